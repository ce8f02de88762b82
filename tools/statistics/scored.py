"""Frames with their labels and what a classifier makes of them: what metrics and intervals are computed from."""

from typing import NamedTuple

import numpy as np


class Scored(NamedTuple):
    """n frames and C AUs.

    label    int [n, C]    1 present, 0 absent, -1 unknown
    score    float [n, C]  higher where the AU is likelier; NaN throughout where there is no classifier
    present  bool [n, C]   the decisions
    subject  str [n]       who it is
    stretch  int [n]       number of the stretch of consecutive frames that a frame is in, in order of time (events.py)
    """

    label: np.ndarray
    score: np.ndarray
    present: np.ndarray
    subject: np.ndarray
    stretch: np.ndarray

    def rows(self, keep):
        """The frames `keep`, a mask [n] or indices."""
        return Scored(*(values[keep] for values in self))

    def columns(self):
        """A Scored with vectors [n] for each AU."""
        for label, score, present in zip(self.label.T, self.score.T, self.present.T):
            yield Scored(label, score, present, self.subject, self.stretch)


def joined(parts):
    """The Scored of the frames of several, whose stretches differ."""
    begins = np.cumsum([0, *(part.stretch.max(initial=-1) + 1 for part in parts)])
    parts = [part._replace(stretch=part.stretch + begin) for part, begin in zip(parts, begins)]
    return Scored(*(np.concatenate(column) for column in zip(*parts)))


def is_present(score):
    """bool: what `score`, log-odds of presence, predicts. A score of exactly 0 predicts absence, and so does NaN."""
    return score > 0


def scored(label, score, subject=None, present=None, stretch=None):
    """A Scored. By default frames are of one subject and not of a video, and decisions are is_present(score)."""
    count = len(label)
    return Scored(
        label,
        score,
        is_present(score) if present is None else present,
        np.zeros(count, int) if subject is None else subject,
        np.arange(count) if stretch is None else stretch,
    )
