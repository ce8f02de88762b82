"""QDA: what it agrees with, what does not change it, and what it says where there is little to learn from."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.metrics import f1_score

from tools.statistics.classify import classify
from tools.statistics.metrics import two_afc
from tools.statistics.qda import CannotFit, fit_qda


@pytest.fixture
def sample():
    """600 frames of 6 correlated features of very different scales, and presence that depends on them."""
    rng = np.random.default_rng(1)
    feature = rng.normal(0, 1, (600, 6)) @ rng.normal(0, 1, (6, 6)) * [1, 50, 0.01, 2, 1, 1] + 3
    return feature, feature[:, 0] + rng.normal(0, 0.5, 600) > 4


def test_without_a_ridge_it_is_that_of_scikit_learn(sample):
    feature, present = sample
    model, remarks = fit_qda(feature, present, ridge=0)
    z = (feature - feature.mean(axis=0)) / feature.std(axis=0)
    expected = QuadraticDiscriminantAnalysis(solver="eigen", shrinkage=0.0, tol=0).fit(z, present)
    score = model.decision_function(feature)
    assert not remarks and np.ptp(score) > 10
    np.testing.assert_allclose(score, expected.decision_function(z), rtol=1e-8, atol=1e-8)
    equal, _ = fit_qda(feature, present, ridge=0, priors="equal")
    log_odds = np.log(present.mean() / (1 - present.mean()))
    np.testing.assert_allclose(score - equal.decision_function(feature), log_odds, atol=1e-8)


@pytest.mark.parametrize("ridge", [0, 1e-3, 0.1])
def test_a_linear_change_of_the_features_changes_nothing(sample, ridge):
    feature, present = sample
    change = np.random.default_rng(2).normal(0, 1, (6, 6))
    score = fit_qda(feature, present, ridge)[0].decision_function(feature)
    other = fit_qda(feature @ change - 7, present, ridge)[0].decision_function(feature @ change - 7)
    np.testing.assert_allclose(other, score, rtol=1e-6, atol=1e-6)


def test_a_constant_and_a_repeated_feature_change_nothing(sample):
    feature, present = sample
    more = np.column_stack([feature, feature[:, 2], np.full(600, 7.0)])
    model, _ = fit_qda(more, present)
    assert model.whitening.shape == (2, 6, 8) and (model.scale > 0).all()
    expected = fit_qda(feature, present)[0].decision_function(feature)
    np.testing.assert_allclose(model.decision_function(more), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("ridge", [0, 1e-3])
def test_a_number_added_to_all_features_of_a_frame_changes_nothing_where_the_loss_does_not_see_it(sample, ridge):
    feature, present = sample
    shift = 100 * np.random.default_rng(3).normal(0, 1, (600, 1))
    model, _ = fit_qda(feature, present, ridge, ignore_shift=True)
    assert model.whitening.shape == (2, 5, 6)
    score = model.decision_function(feature)
    np.testing.assert_allclose(model.decision_function(feature + shift), score, rtol=1e-6, atol=1e-6)
    other, _ = fit_qda(feature + shift, present, ridge, ignore_shift=True)
    np.testing.assert_allclose(other.decision_function(feature), score, rtol=1e-4, atol=1e-4)
    seen, _ = fit_qda(feature, present, ridge)
    assert np.abs(seen.decision_function(feature + shift) - seen.decision_function(feature)).max() > 1


def test_what_no_frame_says_of_a_mixture_in_float32_is_no_direction_of_its_own():
    rng = np.random.default_rng(4)
    feature = rng.normal(0, 1, (500, 3)).astype(np.float32)
    feature = np.column_stack([feature, feature.sum(axis=1)])
    assert fit_qda(feature, rng.random(500) < 0.3)[0].whitening.shape == (2, 3, 4)


def faces(rng, n, rate):
    """(features float32 [n, 12], bool [n]): 12 scores, of which presence raises three; the classes overlap."""
    present = rng.random(n) < rate
    feature = rng.normal(0, 1, (n, 12)) @ np.linalg.qr(rng.normal(0, 1, (12, 12)))[0] * np.linspace(0.3, 3, 12)
    return (feature + 2 * present[:, None] * np.array([1, 1, 1] + [0] * 9)).astype(np.float32), present


@pytest.mark.parametrize("positives", [2, 5, 12, 20])
def test_few_positives_still_find_some_and_are_told(positives):
    rng = np.random.default_rng(5)
    feature, present = faces(rng, 3000, 0.1)
    keep = ~present
    keep[np.flatnonzero(present)[:positives]] = True
    test, truth = feature[~keep], present[~keep]
    negatives, _ = faces(np.random.default_rng(5), 3000, 0.1)
    test, truth = np.concatenate([test, negatives]), np.concatenate([truth, present])
    score, reasons = classify(fit_qda, feature[keep], present[keep][:, None].astype(np.int8), test)
    share = round(100 * 12 / (positives + 12))
    assert reasons == {
        0: f"{positives} positive training frames are few for 12 features: {share}% of their covariance is that of all "
        "frames"
    }
    assert f1_score(truth, score[:, 0] > 0) > 0.15 and two_afc(truth, score[:, 0]) > 0.75


def test_enough_frames_need_no_remark():
    feature, present = faces(np.random.default_rng(6), 3000, 0.1)
    assert present.sum() > 120 and fit_qda(feature, present)[1] == []


@pytest.mark.parametrize("jitter", [0, 1e-7, 1e-3])
def test_positives_that_hardly_differ_are_told_and_others_near_them_are_still_found(jitter):
    feature, present = faces(np.random.default_rng(7), 3000, 0.1)
    center = feature[present].mean(axis=0)
    still = feature.copy()
    still[present] = center + jitter * feature[present]
    model, remarks = fit_qda(still, present)
    assert remarks == [
        f"{present.sum()} positive training frames hardly differ: their covariance is that of all frames (12 features)"
    ]
    assert two_afc(present, model.decision_function(feature)) > 0.8


def test_an_au_whose_frames_all_vary_little_is_trained_like_any_other(sample):
    feature, present = sample
    score = fit_qda(feature, present)[0].decision_function(feature)
    tiny = fit_qda(1 + 1e-3 * feature, present)[0].decision_function(1 + 1e-3 * feature)
    np.testing.assert_allclose(tiny, score, rtol=1e-3, atol=1e-3)


def test_frames_that_are_all_the_same_have_no_classifier_and_a_reason():
    present = np.arange(40) < 20
    with pytest.raises(CannotFit, match="all 40 training frames have the same features"):
        fit_qda(np.full((40, 3), 0.1, np.float32), present)
    score, reasons = classify(fit_qda, np.ones((40, 3)), present[:, None].astype(np.int8), np.ones((2, 3)))
    assert np.isnan(score).all() and reasons == {0: "all 40 training frames have the same features"}


def test_any_small_ridge_gives_the_same_ranking_once_the_untrained_direction_is_out():
    """As in a trained net: scores of 12 labels of which one mixture, their sum, hardly varies and means nothing."""
    rng = np.random.default_rng(8)
    feature, present = faces(rng, 4000, 0.1)
    feature += 1e-3 * rng.normal(0, 1, (4000, 1)) - feature.mean(axis=1, keepdims=True)
    train, test = slice(0, 2000), slice(2000, None)
    found = [
        two_afc(
            present[test],
            fit_qda(feature[train], present[train], ridge, ignore_shift=True)[0].decision_function(feature[test]),
        )
        for ridge in (1e-6, 1e-4, 1e-3, 1e-2)
    ]
    assert np.ptp(found) < 0.003 and min(found) > 0.8
