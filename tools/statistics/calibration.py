"""From log-odds to probabilities that are right, and to a threshold, on frames that trained nothing.

Platt scaling (Platt 1999) of one AU: P(present) = 1 / (1 + exp(-(slope g(score) + intercept))), both numbers by maximum
likelihood on frames of other people than those that fitted the classifier. g(s) = sign(s) log(1 + |s|) (ours) keeps the
order of scores and their zero: QDA's log-odds are squares of distances, of which a few far off would decide the slope.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from data_prep.subjects.aus import UNKNOWN

THRESHOLDS = ("likelihood", "f1")
FEWEST = 5  # ours: frames of each class, to calibrate an AU by itself
BINS = 10  # ours: of probability, equally wide


class Calibration(NamedTuple):
    """float64 [C] each. `threshold` is the score above which an AU is called present."""

    slope: np.ndarray
    intercept: np.ndarray
    threshold: np.ndarray

    def probability(self, score):
        """float64 [n, C] of presence, from scores [n, C]; without a calibration, what log-odds say."""
        calibrated = expit(self.slope * compressed(score) + self.intercept)
        return np.where(np.isnan(self.slope), expit(score), calibrated)


def uncalibrated(count):
    """The Calibration of `count` AUs where there is nothing to calibrate on."""
    nothing = np.full(count, np.nan)
    return Calibration(nothing, nothing, np.zeros(count))


def compressed(score):
    return np.sign(score) * np.log1p(np.abs(score))


def calibrate(score, label, threshold="likelihood"):
    """(Calibration from `score` float [n, C] and `label` int [n, C], {column: why it is not from its own frames}).

    threshold  "likelihood": a score of 0; "f1": that of the highest F1 on these frames
    An AU with few frames of a class is calibrated on all AUs together, and its threshold stays 0. An AU without scores
    has NaN.
    """
    known = (label != UNKNOWN) & ~np.isnan(score)
    count, why = label.shape[1], {}
    result = Calibration(np.full(count, np.nan), np.full(count, np.nan), np.zeros(count))
    for column in range(count):
        rows = known[:, column]
        own, truth = score[rows, column], label[rows, column] == 1
        if min(truth.sum(), (~truth).sum()) < FEWEST:
            why[column] = f"{truth.sum()} positive and {(~truth).sum()} negative validation frames"
            own, truth = score[known], label[known] == 1
        elif threshold == "f1":
            result.threshold[column] = best_threshold(own, truth)
        if len(own):
            result.slope[column], result.intercept[column] = platt(own, truth)
    return result, why


def platt(score, present):
    """(slope, intercept) for `score` float [n] and `present` bool [n].

    As in Platt 1999, the target of a class of n frames is (n + 1) / (n + 2), so that no frames make it certain.
    The slope is never below 0: where scores say less than nothing, the probability is the base rate.
    """
    positives, negatives = present.sum(), (~present).sum()
    target = np.where(present, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    x, ends = compressed(score)[:, None], np.repeat([1, 0], len(score))
    model = LogisticRegression(C=np.inf).fit(np.concatenate([x, x]), ends, np.concatenate([target, 1 - target]))
    if model.coef_[0, 0] > 0:
        return float(model.coef_[0, 0]), float(model.intercept_[0])
    return 0.0, float(np.log(target.sum() / (1 - target).sum()))


def best_threshold(score, present):
    """The score float above which calling `present` bool [n] gives the highest F1 on `score` float [n].

    Halfway to the next lower score; the highest of several that are as good.
    """
    order = np.argsort(-score, kind="stable")
    ordered, found = score[order], np.cumsum(present[order])
    called = np.arange(1, len(score) + 1)
    f1 = 2 * found / (called + found[-1])
    lower = np.append(ordered[1:], ordered[-1] - 1)
    f1[ordered == lower] = -1  # no threshold lies between equal scores
    best = int(np.argmax(f1))
    return float((ordered[best] + lower[best]) / 2)


def reliability(present, probability, bins=BINS):
    """float64 [bins, 3]: frames, mean probability and share of `present` in each bin; NaN in empty ones."""
    place = np.minimum((probability * bins).astype(int), bins - 1)
    frames = np.bincount(place, minlength=bins).astype(float)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(place, values, minlength=bins) / frames for values in (probability, present)]
    return np.stack([frames, *means], axis=1)


def calibration_error(present, probability, bins=BINS):
    """The expected calibration error (ECE), 0 to 1: |mean probability - share of present|, a mean over all frames."""
    if not len(present):
        return np.nan
    frames, expected, found = reliability(present, probability, bins).T
    return float(np.nansum(frames * np.abs(expected - found)) / len(present))


def brier(present, probability):
    """The mean squared error of `probability`, 0 to 1; NaN of no frame."""
    return float(np.mean((probability - present) ** 2)) if len(present) else np.nan
