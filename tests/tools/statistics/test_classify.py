"""QDA per AU and the baseline."""

import numpy as np
import pytest

from tools.statistics.classify import classify, fit_lda, pca
from tools.statistics.qda import fit_qda


def rings(n, seed):
    """A small class inside a wide one: no line divides them, a quadric does."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n).astype(np.int8)
    return rng.standard_normal((n, 2)) * np.where(label, 0.3, 3.0)[:, None], label[:, None]


def test_qda_learns_a_quadratic_boundary_and_lda_does_not():
    (train, train_label), (test, label) = rings(500, 0), rings(500, 1)
    for fit, low, high in ((fit_qda, 0.9, 1), (fit_lda, 0.3, 0.75)):
        score, _ = classify(fit, train, train_label, test)
        assert low < np.mean((score > 0) == (label == 1)) < high


def test_the_score_is_the_log_odds_of_two_gaussians():
    """Means -1 and 1, variance 1, equal priors: log-odds 2 x."""
    rng = np.random.default_rng(0)
    label = np.repeat([0, 1], 20_000).astype(np.int8)
    feature = rng.standard_normal((40_000, 1)) + 2 * label[:, None] - 1
    score, _ = classify(fit_qda, feature, label[:, None], np.array([[0.0], [1.0], [-2.0]]))
    assert score[:, 0] == pytest.approx([0, 2, -4], abs=0.15)


def test_far_scores_stay_apart_where_posteriors_would_tie():
    feature, label = rings(500, 0)
    score, _ = classify(fit_qda, feature, label, np.array([[50.0, 0], [60.0, 0]]))
    assert score[0, 0] > score[1, 0]


def test_one_class_only_is_nan_with_a_reason():
    feature = np.random.default_rng(0).standard_normal((10, 3))
    label = np.zeros((10, 2), np.int8)
    label[:5, 1] = 1  # as many as features cannot tell a covariance
    score, reasons = classify(fit_qda, feature, label, feature)
    assert np.isnan(score[:, 0]).all() and not np.isnan(score[:, 1]).any()
    assert reasons[0] == "0 positive and 10 negative training frames" and "are few for 3 features" in reasons[1]


@pytest.mark.parametrize("fit", [fit_qda, fit_lda])
@pytest.mark.parametrize(
    "positives, why",
    [(1, "1 positive and 9 negative training frames"), (9, "9 positive and 1 negative training frames")],
)
def test_a_single_frame_of_a_class_is_nan_with_a_reason(fit, positives, why):
    feature = np.random.default_rng(0).standard_normal((10, 3))
    label = (np.arange(10) < positives).astype(np.int8)[:, None]
    score, reasons = classify(fit, feature, label, feature)
    assert np.isnan(score).all() and reasons == {0: why}


@pytest.mark.parametrize("fit", [fit_qda, fit_lda])
def test_a_constant_or_repeated_feature_or_few_positives_do_no_harm(fit):
    rng = np.random.default_rng(0)
    feature = rng.standard_normal((60, 4))
    feature[:, 1], feature[:, 2] = 7, feature[:, 0]
    label = np.zeros((60, 1), np.int8)
    label[:2] = 1
    score, reasons = classify(fit, feature, label, feature)
    assert np.isfinite(score).all() and set(reasons) == ({0} if fit is fit_qda else set())


def test_unknown_labels_do_not_train():
    feature, label = rings(200, 0)
    masked = label.copy()
    masked[100:] = -1
    assert np.array_equal(
        classify(fit_qda, feature, masked, feature)[0], classify(fit_qda, feature[:100], label[:100], feature)[0]
    )


def test_pca_keeps_what_varies():
    rng = np.random.default_rng(0)
    image = np.outer(rng.standard_normal(50), np.ones(9)) + 0.01 * rng.standard_normal((50, 9))
    train, test = pca(image[:40], image[40:], components=1)
    assert train.shape == (40, 1) and abs(np.corrcoef(test[:, 0], image[40:].mean(axis=1))[0, 1]) > 0.99
