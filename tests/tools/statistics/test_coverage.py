"""Intervals over subjects hold the value of all people about as often as they say."""

import numpy as np
import pytest

from tools.statistics.intervals import FEWEST, WITH_INTERVALS, intervals, paired, subjects_with_both
from tools.statistics.metrics import score_all

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


@pytest.mark.parametrize("subjects", [6, 27])
def test_95_percent_intervals_hold_the_value_in_92_to_98_percent_of_draws(people, subjects):
    label, score = people
    truth = score_all(label.reshape(-1, 2), score.reshape(-1, 2), AUS)
    rng, held, names = np.random.default_rng(subjects), [], np.repeat(np.arange(subjects), FRAMES)
    while len(held) < DRAWS:
        drawn = rng.choice(PEOPLE, subjects, replace=False)
        labels, scores = label[drawn].reshape(-1, 2), score[drawn].reshape(-1, 2)
        if min(subjects_with_both(labels, names)) < FEWEST:
            continue
        found = intervals(labels, scores, names, AUS)
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
    rng, held, names = np.random.default_rng(1), [], np.repeat(np.arange(6), FRAMES)
    other = score + rng.normal(0, 0.5, (PEOPLE, 1, 2)) + rng.normal(0, 1, score.shape)
    first, second = (score_all(label.reshape(-1, 2), scores.reshape(-1, 2), AUS) for scores in (score, other))
    while len(held) < DRAWS:
        drawn = rng.choice(PEOPLE, 6, replace=False)
        labels, scores, others = (values[drawn].reshape(-1, 2) for values in (label, score, other))
        if min(subjects_with_both(labels, names)) >= FEWEST:
            found = paired(labels, scores, others, names, AUS)["average"]
            truth = {metric: first["average"][metric] - second["average"][metric] for metric in WITH_INTERVALS}
            ends = {metric: values["interval"] for metric, values in found.items()}
            held.append([ends[metric][0] <= truth[metric] <= ends[metric][1] for metric in WITH_INTERVALS])
    shares = np.mean(held, axis=0)
    assert shares.min() >= 0.92 and shares.max() <= 0.98, shares
