"""Metrics, with answers one can do in one's head."""

import numpy as np
import pytest
import sklearn.metrics

from tools.statistics.metrics import (
    by_subject,
    f1,
    is_present,
    majority_accuracy,
    score_all,
    score_au,
    skew_normalized_accuracy,
    two_afc,
)


def test_a_constant_score_is_chance():
    assert two_afc(np.array([1, 0, 0]), np.zeros(3)) == 0.5


def test_two_afc_counts_pairs_with_ties_at_one_half():
    assert two_afc(np.array([1, 1, 0, 0]), np.array([3.0, 1.0, 1.0, 0.0])) == (1 + 1 + 0.5 + 1) / 4


def test_two_afc_is_nan_without_both_classes():
    assert np.isnan(two_afc(np.ones(3), np.arange(3.0)))


def test_f1_without_any_positive_is_nan_not_zero():
    assert np.isnan(f1(np.zeros(3), np.zeros(3)))


def test_majority_is_the_larger_share():
    assert majority_accuracy(np.array([1, 0, 0, 0])) == 75


def test_unknown_labels_are_left_out_of_every_metric_and_count():
    with_unknown = score_au(np.array([1, 0, -1, -1]), np.array([1.0, -1.0, 9.0, -9.0]))
    assert with_unknown == score_au(np.array([1, 0]), np.array([1.0, -1.0])) | {"masked": 2}
    assert with_unknown["frames"] == 2 and with_unknown["accuracy"] == 100


def test_a_score_of_zero_predicts_absence():
    assert is_present(np.array([1e-9, 0.0, -0.0, -1e-9, np.nan])).tolist() == [True, False, False, False, False]
    result = score_au(np.array([0, 1]), np.zeros(2))
    assert (result["accuracy"], result["f1"], result["skew_normalized_accuracy"]) == (50, 0, 50)
    assert score_au(np.zeros(2, int), np.zeros(2))["accuracy"] == 100


def test_skew_normalized_accuracy_does_not_reward_the_majority():
    label = np.array([1] + [0] * 9)
    assert skew_normalized_accuracy(label, np.zeros(10, int)) == 50
    assert skew_normalized_accuracy(label, label) == 100
    assert skew_normalized_accuracy(label, np.array([1] + [1] * 3 + [0] * 6)) == pytest.approx(100 * (1 + 6 / 9) / 2)
    assert np.isnan(skew_normalized_accuracy(np.zeros(3, int), np.zeros(3, int)))


def test_every_metric_agrees_with_scikit_learn_and_with_counting_ties_included():
    rng = np.random.default_rng(0)
    label, score = rng.integers(0, 2, 400), rng.integers(-6, 7, 400) + 0.5
    result, predicted = score_au(label, score), score > 0
    assert result["two_afc"] == pytest.approx(sklearn.metrics.roc_auc_score(label, score), abs=1e-12)
    assert result["f1"] == pytest.approx(sklearn.metrics.f1_score(label, predicted), abs=1e-12)
    assert result["accuracy"] == pytest.approx(100 * sklearn.metrics.accuracy_score(label, predicted), rel=1e-12)
    assert result["skew_normalized_accuracy"] == pytest.approx(
        100 * sklearn.metrics.balanced_accuracy_score(label, predicted), rel=1e-12
    )
    pairs = [(p > n) + (p == n) / 2 for p in score[label == 1] for n in score[label == 0]]
    assert result["two_afc"] == pytest.approx(np.mean(pairs), abs=1e-12)
    pairs = list(zip(label, predicted))
    hits, misses, alarms = pairs.count((1, 1)), pairs.count((1, 0)), pairs.count((0, 1))
    assert result["f1"] == pytest.approx(2 * hits / (2 * hits + misses + alarms), abs=1e-12)


def test_two_afc_subject_by_subject_averages_those_with_both_classes():
    label = np.array([[1], [0], [1], [0], [0], [0]])
    score = np.array([[2.0], [1], [1], [1], [5], [9]])
    subject = np.array(["a", "a", "b", "b", "c", "c"])
    assert by_subject(label, score, subject, (12,)) == {"12": {"two_afc_by_subject": 0.75, "subjects_scored": 2}}
    nothing = by_subject(label, score * np.nan, subject, (12,))["12"]
    assert np.isnan(nothing["two_afc_by_subject"]) and nothing["subjects_scored"] == 0


def test_a_subject_counts_for_an_au_only_if_one_of_its_labels_is_known():
    label = np.array([[1, -1], [0, -1], [-1, 1], [1, 1]])
    per_au = score_all(label, np.ones((4, 2)), (1, 2), np.array(["a", "a", "b", "c"]))["per_au"]
    assert [(per_au[au]["subjects"], per_au[au]["masked"]) for au in "12"] == [(2, 1), (2, 2)]


def test_an_au_that_could_not_be_trained_is_nan_and_left_out_of_the_average():
    label = np.array([[1, 1], [0, 0]])
    result = score_all(label, np.array([[1.0, np.nan], [-1.0, np.nan]]), (1, 2))
    assert np.isnan(result["per_au"]["2"]["two_afc"]) and np.isnan(result["per_au"]["2"]["accuracy"])
    assert result["average"]["two_afc"] == 1 and result["average"]["aus"] == [1]
