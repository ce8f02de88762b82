"""Intervals over subjects hold the value of all people about as often as they say."""

import numpy as np
import pytest

from tools.statistics.intervals import FEWEST, WITH_INTERVALS, intervals, paired, subjects_with_both
from tools.statistics.metrics import score_all
from tools.statistics.scored import scored

DRAWS, FRAMES, AUS = 2000, 40, (4, 12)
PEOPLE = 4000


@pytest.fixture(scope="module")
def people():
    """Labels int8 and scores float64 [PEOPLE, FRAMES, 2] of people who differ in base rate, zero and separation."""
    rng = np.random.default_rng(0)
    rate = rng.beta(3, 17, (PEOPLE, 1, 2))
    zero, separation = rng.normal(-1, 0.5, (PEOPLE, 1, 2)), rng.normal([2.5, 1.5], 0.5, (PEOPLE, 1, 2))
    label = (rng.random((PEOPLE, FRAMES, 2)) < rate).astype(np.int8)
    score = rng.normal(0, 1, label.shape) + zero + separation * label
    return label, score


def frames_of(label, score):
    """The Scored of people: their frames are one stretch each."""
    subject = np.repeat(np.arange(len(label)), FRAMES)
    return scored(label.reshape(-1, 2), score.reshape(-1, 2), subject, stretch=subject)


@pytest.mark.parametrize("subjects", [6, 27])
def test_95_percent_intervals_hold_the_value_in_92_to_98_percent_of_draws(people, subjects):
    truth = score_all(frames_of(*people), AUS)
    rng, held = np.random.default_rng(subjects), []
    while len(held) < DRAWS:
        drawn = rng.choice(PEOPLE, subjects, replace=False)
        frames = frames_of(*(values[drawn] for values in people))
        if min(subjects_with_both(frames)) < FEWEST:
            continue
        found = intervals(frames, AUS)
        held.append(
            [
                [low <= values[metric] <= high for metric, (low, high) in ranges.items()]
                for ranges, values in (
                    (found["per_au"]["4"], truth["per_au"]["4"]),
                    (found["per_au"]["12"], truth["per_au"]["12"]),
                    (found["average"], truth["average"]),
                )
            ]
        )
    shares = np.mean(held, axis=0)
    assert shares.shape == (3, len(WITH_INTERVALS))
    assert shares.min() >= 0.92 and shares.max() <= 0.98, shares


def test_so_do_those_of_differences_between_two_classifiers_of_the_same_frames(people):
    label, score = people
    rng, held = np.random.default_rng(1), []
    other = score + rng.normal(0, 0.5, (PEOPLE, 1, 2)) + rng.normal(0, 1, score.shape)
    first, second = (score_all(frames_of(label, scores), AUS) for scores in (score, other))
    truth = {metric: first["average"][metric] - second["average"][metric] for metric in WITH_INTERVALS}
    while len(held) < DRAWS // 2:
        drawn = rng.choice(PEOPLE, 6, replace=False)
        frames, others = (frames_of(label[drawn], scores[drawn]) for scores in (score, other))
        if min(subjects_with_both(frames)) >= FEWEST:
            found = paired(frames, others, AUS)["average"]
            ends = {metric: values["interval"] for metric, values in found.items()}
            held.append([ends[metric][0] <= truth[metric] <= ends[metric][1] for metric in WITH_INTERVALS])
    shares = np.mean(held, axis=0)
    assert shares.min() >= 0.92 and shares.max() <= 0.98, shares
