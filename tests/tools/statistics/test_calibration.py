"""Probabilities and thresholds chosen on frames that trained nothing."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, f1_score

from tools.statistics.calibration import (
    best_threshold,
    brier,
    calibrate,
    calibration_error,
    compressed,
    platt,
    reliability,
    uncalibrated,
)


def drawn(n, seed=0, slope=2.0, intercept=-1.5):
    """Scores float [n], and presence bool [n] with the probability that a calibration has to find."""
    rng = np.random.default_rng(seed)
    score = rng.standard_t(2, n) * 5 - 3
    return score, rng.random(n) < expit(slope * compressed(score) + intercept)


def test_the_slope_and_the_intercept_are_found():
    assert platt(*drawn(200_000)) == pytest.approx((2, -1.5), abs=0.05)


def test_scores_that_mean_nothing_give_the_base_rate():
    rng = np.random.default_rng(0)
    present = rng.random(1000) < 0.2
    slope, intercept = platt(-10 * present + rng.normal(0, 1, 1000), present)  # worse than nothing
    assert slope == 0 and expit(intercept) == pytest.approx(present.mean(), abs=0.002)
    assert platt(np.zeros(10), np.arange(10) < 5)[0] == 0


def test_frames_that_a_score_separates_make_it_sure_but_not_certain():
    slope, intercept = platt(np.array([-3.0, -2, 2, 3]), np.array([0, 0, 1, 1], bool))
    low, high = expit(slope * compressed(np.array([-3.0, 3])) + intercept)
    assert 0.1 < low < 0.3 and 0.7 < high < 0.9  # targets are 1/4 and 3/4


def test_the_order_of_scores_stays_and_so_does_zero():
    score = np.array([-1e6, -3, -1e-9, 0, 1e-9, 2, 1e9])
    assert (np.diff(compressed(score)) > 0).all() and compressed(np.zeros(1))[0] == 0


def test_calibrated_probabilities_are_right_where_log_odds_are_not():
    score, present = drawn(20_000)
    found, why = calibrate(score[:, None], present[:, None].astype(int))
    other, truth = drawn(20_000, seed=1)
    assert calibration_error(truth, found.probability(other[:, None])[:, 0]) < 0.01 < 0.1
    assert calibration_error(truth, expit(other)) > 0.04 and not why
    assert brier(truth, found.probability(other[:, None])[:, 0]) < brier(truth, expit(other))


def test_an_au_with_few_positives_is_calibrated_on_all_aus_together_and_says_so():
    score, present = drawn(2000)
    label = np.stack([present, present], axis=1).astype(int)
    label[:, 1] = 0
    label[:4, 1] = 1
    found, why = calibrate(np.stack([score, score], axis=1), label, "f1")
    assert why == {1: "4 positive and 1996 negative validation frames"}
    expected = platt(np.concatenate([score, score]), label.T.ravel() == 1)
    assert (found.slope[1], found.intercept[1]) == pytest.approx(expected) and found.slope[0] != found.slope[1]
    assert found.threshold[1] == 0 != found.threshold[0]


def test_unknown_labels_and_missing_scores_do_not_count():
    score, present = drawn(2000)
    label = present[:, None].astype(int)
    label[1000:] = -1
    found, _ = calibrate(score[:, None], label)
    expected, _ = calibrate(score[:1000, None], label[:1000])
    np.testing.assert_allclose(found, expected)
    nothing, why = calibrate(np.full((2000, 1), np.nan), label)
    assert np.isnan(nothing.slope[0]) and nothing.threshold[0] == 0 and why


def test_without_a_calibration_the_probability_is_what_log_odds_say():
    score = np.array([[-2.0, 0], [3, 1]])
    assert uncalibrated(2).probability(score) == pytest.approx(expit(score))
    assert uncalibrated(2).threshold.tolist() == [0, 0]


def test_the_best_threshold_is_that_of_the_highest_f1():
    rng = np.random.default_rng(0)
    for _ in range(20):
        score, present = rng.integers(-5, 6, 60) + 0.0, rng.random(60) < 0.3
        present[0] = True
        found = best_threshold(score, present)
        best = max(f1_score(present, score > cut) for cut in np.arange(-5.5, 6))
        assert f1_score(present, score > found) == pytest.approx(best, abs=1e-12)
    assert best_threshold(np.array([3.0, 2, 1]), np.array([True, False, False])) == 2.5
    assert best_threshold(np.array([3.0, 2, 1]), np.ones(3, bool)) < 1
    assert best_threshold(np.array([1.0, 1, 1]), np.array([True, False, False])) < 1


def test_reliability_by_hand():
    probability, present = np.array([0.05, 0.15, 0.12, 0.95, 1.0]), np.array([0, 1, 0, 1, 1])
    rows = reliability(present, probability)
    assert rows[0].tolist() == [1, 0.05, 0] and rows[1].tolist() == [2, 0.135, 0.5]
    assert rows[9].tolist() == [2, 0.975, 1] and np.isnan(rows[5, 1:]).all() and rows[5, 0] == 0
    assert calibration_error(present, probability) == pytest.approx((0.05 + 2 * 0.365 + 2 * 0.025) / 5, abs=1e-12)
    assert np.isnan(calibration_error(present[:0], probability[:0])) and np.isnan(brier(present[:0], probability[:0]))


def test_brier_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    probability, present = rng.random(100), rng.random(100) < 0.3
    assert brier(present, probability) == pytest.approx(brier_score_loss(present, probability), abs=1e-12)
