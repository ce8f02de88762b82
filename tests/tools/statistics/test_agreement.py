"""Agreement with intensities."""

import numpy as np
import pytest

from tools.statistics.agreement import agreement, icc31


def test_the_same_numbers_agree_and_a_constant_between_raters_does_not_count():
    grades = np.array([0, 1, 2, 5])
    assert icc31(grades, grades) == icc31(grades, grades + 3) == 1
    assert icc31(grades, -grades) == pytest.approx(-1)


def test_what_does_not_vary_or_is_one_target_is_undefined():
    assert np.isnan(icc31(np.ones(4), np.full(4, 2))) and np.isnan(icc31(np.ones(1), np.ones(1)))
    assert icc31(np.array([0, 1, 2]), np.ones(3)) == 0
    for intensity in ([0, 0, 0], [-1, -1, 3], [-1, -1, -1]):
        found = agreement(np.array(intensity), np.array([0.1, 0.2, 0.3]))
        assert np.isnan(found["icc"]) and np.isnan(found["pearson"])


def test_it_is_that_of_a_two_way_analysis_of_variance():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 6, 200)
    ratings = np.stack([first, 0.7 * first + rng.normal(0, 1, 200) + 1], axis=1)
    n, k = ratings.shape
    grand = ratings.mean()
    of_targets = k * sum((row.mean() - grand) ** 2 for row in ratings)
    of_raters = n * sum((column.mean() - grand) ** 2 for column in ratings.T)
    total = sum((value - grand) ** 2 for value in ratings.ravel())
    between, error = of_targets / (n - 1), (total - of_targets - of_raters) / ((n - 1) * (k - 1))
    assert icc31(*ratings.T) == pytest.approx((between - error) / (between + (k - 1) * error), abs=1e-12)


def test_the_example_of_shrout_and_fleiss():
    """Judges 3 and 4 of their table 2; ICC(3,1) by hand: mean squares 4.7667 and 1.1667 ... of these two columns."""
    third, fourth = np.array([5, 3, 6, 2, 6, 4]), np.array([8, 6, 9, 7, 8, 7])
    covariance = np.cov(third, fourth)
    expected = 2 * covariance[0, 1] / (covariance[0, 0] + covariance[1, 1])
    assert icc31(third, fourth) == pytest.approx(expected, abs=1e-12)


def test_ungraded_frames_are_left_out_and_the_probability_has_the_scale_of_grades():
    found = agreement(np.array([0, 5, -1, 0]), np.array([0, 1, 0.5, 0]))
    assert found == {"icc": 1, "pearson": pytest.approx(1), "frames": 3}
    half = agreement(np.array([0, 5, 0]), np.array([0, 0.5, 0]))
    assert half["pearson"] == pytest.approx(1) and half["icc"] == pytest.approx(0.8)
