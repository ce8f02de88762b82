"""Intervals over subjects are those of the metrics on the very frames of each resample."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, roc_auc_score

from tools.bootstrap import METRICS, intervals, paired, resampled, resamples
from tools.metrics import score_all


@pytest.fixture
def scored():
    """300 frames of 6 subjects, 2 AUs, tied scores, a few unknown labels: label, score, subject."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, (300, 2))
    score = np.round(label + rng.normal(0, 1, (300, 2)), 1) - 0.45
    label[rng.random((300, 2)) < 0.05] = -1
    return label, score, np.array([f"S{number}" for number in rng.integers(0, 6, 300)])


def test_each_resample_has_the_metrics_of_its_frames(scored):
    label, score, subject = scored
    weights = resamples(6, seed=3, count=20)
    values = resampled(label, score, subject, weights)
    for number, times in enumerate(weights):
        rows = np.concatenate([np.flatnonzero(subject == f"S{one}") for one, n in enumerate(times) for _ in range(n)])
        for column in range(2):
            known = rows[label[rows, column] >= 0]
            truth, scores = label[known, column], score[known, column]
            expected = (100 * accuracy_score(truth, scores > 0), roc_auc_score(truth, scores), f1_score(truth, scores > 0),
                        100 * balanced_accuracy_score(truth, scores > 0))
            assert [values[metric][number, column] for metric in METRICS] == pytest.approx(expected, abs=1e-12, rel=1e-12)


def test_a_resample_draws_as_many_subjects_as_there_are_and_follows_from_the_seed():
    weights = resamples(5, seed=1)
    assert weights.shape == (1000, 5) and (weights.sum(axis=1) == 5).all() and weights.std() > 0
    assert (weights == resamples(5, seed=1)).all() and (weights != resamples(5, seed=2)).any()


def test_intervals_hold_the_value_and_the_average(scored):
    label, score, subject = scored
    found, plain = intervals(label, score, subject, (1, 12)), score_all(label, score, (1, 12))
    for metric in METRICS:
        for ranges, values in ((found["average"], plain["average"]), (found["per_au"]["12"], plain["per_au"]["12"])):
            low, high = ranges[metric]
            assert low < values[metric] < high


def test_of_one_subject_the_interval_is_a_point(scored):
    label, score, subject = scored
    low, high = intervals(label, score, np.full_like(subject, "S0"), (1, 12))["per_au"]["1"]["two_afc"]
    assert low == high == pytest.approx(score_all(label, score, (1, 12))["per_au"]["1"]["two_afc"], abs=1e-12)


def test_resamples_without_a_positive_are_left_out():
    label, score = np.array([[1], [0], [0], [0]]), np.array([[1.0], [0], [2], [-1]])
    low, high = intervals(label, score, np.array(["a", "a", "b", "b"]), (5,))["per_au"]["5"]["two_afc"]
    assert (low, high) == (pytest.approx(2 / 3), 1)  # "b" alone has no positive, "a" alone wins all pairs
    nothing = intervals(label * 0, score, np.array(["a", "a", "b", "b"]), (5,))
    assert np.isnan(nothing["per_au"]["5"]["two_afc"]).all() and np.isnan(nothing["average"]["two_afc"]).all()


def test_an_au_that_could_not_be_trained_has_no_interval_and_no_part_in_the_average(scored):
    label, score, subject = scored
    score[:, 1] = np.nan
    found = intervals(label, score, subject, (1, 12))
    assert np.isnan(found["per_au"]["12"]["f1"]).all()
    assert found["average"]["two_afc"] == found["per_au"]["1"]["two_afc"]


def test_two_runs_are_compared_on_the_same_resamples(scored):
    label, score, subject = scored
    same = paired(label, score, score, subject, (1, 12))["average"]["two_afc"]
    assert same == {"interval": [0, 0], "above": 0}
    better = paired(label, score + 3 * (label == 1), score, subject, (1, 12))
    assert better["average"]["two_afc"]["above"] == 1 and better["per_au"]["1"]["two_afc"]["interval"][0] > 0
