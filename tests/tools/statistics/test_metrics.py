"""Metrics, with answers one can do in one's head, and scikit-learn's for the rest."""

import numpy as np
import pytest
import sklearn.metrics

from tools.statistics.metrics import (
    METRICS,
    average_precision,
    averaged_aus,
    by_subject,
    of_counts,
    score_all,
    score_au,
    two_afc,
)
from tools.statistics.scored import is_present, scored


def of_one(label, score, **more):
    """The metrics of one AU."""
    label, score = np.asarray(label), np.asarray(score, float)
    (au,) = scored(label[:, None], score[:, None], **more).columns()
    return score_au(au)


def test_a_constant_score_is_chance():
    assert two_afc(np.array([1, 0, 0]), np.zeros(3)) == 0.5
    assert average_precision(np.array([1, 0, 0, 0]), np.zeros(4)) == 0.25  # the base rate


def test_two_afc_counts_pairs_with_ties_at_one_half():
    assert two_afc(np.array([1, 1, 0, 0]), np.array([3.0, 1.0, 1.0, 0.0])) == (1 + 1 + 0.5 + 1) / 4


def test_average_precision_by_hand():
    assert average_precision(np.array([1, 0, 1, 0]), np.array([4.0, 3, 2, 1])) == (1 + 2 / 3) / 2
    assert average_precision(np.array([1, 0, 1, 0]), np.array([2.0, 2, 1, 1])) == (1 / 2 + 2 / 4) / 2  # tied pairs


def test_what_needs_a_class_that_is_not_there_is_nan():
    nothing, everything = of_one([0, 0, 0], [1, -1, -1]), of_one([1, 1, 1], [1, -1, -1])
    for values in (nothing, everything):
        for metric in ("two_afc", "skew_normalized_f1", "skew_normalized_accuracy", "mcc", "kappa"):
            assert np.isnan(values[metric]), metric
    assert np.isnan(nothing["average_precision"]) and everything["average_precision"] == 1
    assert nothing["f1"] == 0 and everything["f1"] == 2 * 1 / (2 * 1 + 2)
    assert (nothing["base_rate"], everything["base_rate"], nothing["majority_accuracy"]) == (0, 1, 100)
    assert np.isnan(of_one([0, 0], [-1, -1])["f1"])  # no positive in labels and predictions: undefined, not zero


def test_no_frame_at_all_is_nan_and_zero_frames():
    values = of_one([-1, -1], [1, 2])
    assert all(np.isnan(values[metric]) for metric in METRICS)
    assert (values["frames"], values["masked"], values["positives"], values["subjects"]) == (0, 2, 0, 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_predictions_that_are_all_the_same_agree_by_chance_only(sign):
    values = of_one([1, 0, 0, 0], [sign] * 4)
    assert (values["mcc"], values["kappa"], values["skew_normalized_accuracy"]) == (0, 0, 50)
    assert values["f1"] == (0.4 if sign > 0 else 0)
    assert values["skew_normalized_f1"] == (pytest.approx(2 / 3) if sign > 0 else 0)


def test_perfect_and_reversed_predictions_are_the_ends_of_the_scale():
    best, worst = of_one([1, 0, 0, 0], [1, -1, -1, -1]), of_one([1, 0, 0, 0], [-1, 1, 1, 1])
    assert [best[metric] for metric in ("mcc", "kappa", "f1", "skew_normalized_f1", "average_precision")] == [1] * 5
    assert (worst["mcc"], worst["f1"], worst["skew_normalized_f1"]) == (-1, 0, 0) and worst["kappa"] < 0


def test_skew_normalized_metrics_do_not_reward_the_majority():
    label = np.array([1] + [0] * 9)
    half = of_one(label, np.array([1] + [1] * 3 + [-1] * 6))
    assert half["skew_normalized_accuracy"] == pytest.approx(100 * (1 + 6 / 9) / 2)
    assert half["skew_normalized_f1"] == pytest.approx(2 / (2 + 3 / 9))  # as with one negative to each positive
    assert of_one(label, -np.ones(10))["skew_normalized_accuracy"] == 50


@pytest.mark.parametrize("rate, seed", [(0.5, 0), (0.02, 1), (0.9, 2)])
def test_every_metric_agrees_with_scikit_learn_ties_included(rate, seed):
    rng = np.random.default_rng(seed)
    label = (rng.random(1000) < rate).astype(int)
    score = rng.integers(-6, 7, 1000) + 0.5 + label
    values, present = of_one(label, score), score > 0
    weight = np.where(label == 1, 0.5 / label.sum(), 0.5 / (1 - label).sum())  # both classes alike
    reference = sklearn.metrics
    for metric, expected in {
        "two_afc": reference.roc_auc_score(label, score),
        "average_precision": reference.average_precision_score(label, score),
        "f1": reference.f1_score(label, present),
        "skew_normalized_f1": reference.f1_score(label, present, sample_weight=weight),
        "accuracy": 100 * reference.accuracy_score(label, present),
        "skew_normalized_accuracy": 100 * reference.balanced_accuracy_score(label, present),
        "mcc": reference.matthews_corrcoef(label, present),
        "kappa": reference.cohen_kappa_score(label, present),
        "base_rate": label.mean(),
        "majority_accuracy": 100 * max(label.mean(), 1 - label.mean()),
    }.items():
        assert values[metric] == pytest.approx(expected, abs=1e-12, rel=1e-12), metric
    (tn, fp), (fn, tp) = reference.confusion_matrix(label, present)
    names = ("true_positives", "false_positives", "true_negatives", "false_negatives")
    assert [values[name] for name in names] == [tp, fp, tn, fn]
    pairs = [(p > n) + (p == n) / 2 for p in score[label == 1] for n in score[label == 0]]
    assert values["two_afc"] == pytest.approx(np.mean(pairs), abs=1e-12)


def test_counts_may_be_arrays():
    found = of_counts([1, 0], [0, 1], [1, 0], [0, 1])
    assert found["accuracy"].tolist() == [100, 0] and found["mcc"].tolist() == [1, -1]


def test_unknown_labels_are_left_out_of_every_metric_and_count():
    with_unknown, without = of_one([1, 0, -1, -1], [1.0, -1, 9, -9]), of_one([1, 0], [1.0, -1])
    np.testing.assert_equal(with_unknown, without | {"masked": 2})
    assert with_unknown["frames"] == 2 and with_unknown["accuracy"] == 100


def test_a_score_of_zero_predicts_absence():
    assert is_present(np.array([1e-9, 0.0, -0.0, -1e-9, np.nan])).tolist() == [True, False, False, False, False]
    result = of_one([0, 1], [0, 0])
    assert (result["accuracy"], result["f1"], result["skew_normalized_accuracy"]) == (50, 0, 50)


def test_decisions_may_be_others_than_those_of_zero():
    values = of_one([1, 0], [-1, -2], present=np.array([[True], [False]]))
    assert (values["accuracy"], values["two_afc"], values["true_positives"]) == (100, 1, 1)


def test_each_subject_has_metrics_of_its_own():
    label = np.array([[1], [0], [1], [0], [0], [0]])
    score = np.array([[2.0], [1], [1], [1], [5], [9]])
    found = by_subject(scored(label, score, np.array(["a", "a", "b", "b", "c", "c"])), (12,))
    assert [found[name]["12"]["two_afc"] for name in "ab"] == [1, 0.5] and np.isnan(found["c"]["12"]["two_afc"])
    assert found["c"]["12"]["frames"] == 2 and found["c"]["12"]["false_positives"] == 2


def test_a_subject_counts_for_an_au_only_if_one_of_its_labels_is_known():
    label = np.array([[1, -1], [0, -1], [-1, 1], [1, 1]])
    per_au = score_all(scored(label, np.ones((4, 2)), np.array(["a", "a", "b", "c"])), (1, 2))["per_au"]
    assert [(per_au[au]["subjects"], per_au[au]["masked"]) for au in "12"] == [(2, 1), (2, 2)]


def test_averages_are_of_the_same_aus_for_every_metric():
    label = np.array([[1, 1, 0], [0, 0, 0]])
    frames = scored(label, np.array([[1.0, np.nan, 1], [-1.0, np.nan, 1]]))
    result = score_all(frames, (1, 2, 4))
    assert np.isnan(result["per_au"]["2"]["two_afc"]) and np.isnan(result["per_au"]["2"]["accuracy"])
    assert result["per_au"]["4"]["accuracy"] == 0
    assert averaged_aus(frames, (1, 2, 4)) == [1] == result["average"]["aus"]
    assert (result["average"]["two_afc"], result["average"]["accuracy"]) == (1, 100)
    assert np.isnan(score_all(frames, (1, 2, 4), averaged=[])["average"]["accuracy"])
