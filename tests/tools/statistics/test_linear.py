"""Linear classifiers of shapes and features, and the curves from their scores to intensities."""

import numpy as np
import pytest

from tools.statistics.linear import Curves, Linear, combined, fit_curves, fit_part, principal


@pytest.fixture(scope="module")
def data():
    """(feature [600, 12], label [600, 2]): feature 3 tells the first AU, feature 5 the second; some labels unknown."""
    rng = np.random.default_rng(0)
    label = (rng.random((600, 2)) < 0.3).astype(np.int8)
    feature = rng.normal(0, [3, 1, 1, 0.5, 1, 0.5, *[1] * 6], (600, 12))
    feature[:, 3] += 2 * label[:, 0]
    feature[:, 5] += 2 * label[:, 1]
    label[:50] = -1
    return feature, label


def test_a_part_separates_and_counts_in_units_of_deviation(data):
    feature, label = data
    score = fit_part(feature, label, principal(feature, 12)).scores(feature)
    for column in range(2):
        present = label[:, column] == 1
        assert score[present, column].min() > score[label[:, column] == 0, column].mean()
        assert (score[present, column] > 0).mean() > 0.95
    assert score.std(0) == pytest.approx([1, 1], abs=0.1)


def test_frames_that_count_double_are_frames_twice(data):
    feature, label = data
    through = principal(feature, 12)
    weight = np.where(np.arange(600) < 200, 2.0, 1.0)
    twice = np.concatenate([np.arange(600), np.arange(200)])
    one, other = fit_part(feature, label, through, weight), fit_part(feature[twice], label[twice], through)
    np.testing.assert_allclose(one.scores(feature), other.scores(feature), atol=0.01)


def test_an_au_that_nobody_shows_has_no_weights(data):
    feature, label = data
    part = fit_part(feature, np.zeros_like(label), principal(feature, 5))
    assert not part.weight.any() and not part.offset.any()


def test_an_au_rests_on_what_it_is_told_to(data):
    feature, label = data
    part = fit_part(feature, label, principal(feature, 12))
    linear = combined(part, part, [(1, 0), (0.5, 1.5)])
    assert not linear.shape[0].any() and linear.net.all()
    score = linear.scores(feature, feature)
    np.testing.assert_allclose(score, part.scores(feature) * [1, 2])
    np.testing.assert_allclose(Linear(*linear).columns([1]).scores(feature, feature), score[:, [1]])


def test_intensities_rise_with_the_score_between_0_and_5():
    rng = np.random.default_rng(1)
    truth = np.where(rng.random((2000, 1)) < 0.6, 0, rng.uniform(0, 5, (2000, 1)))
    score = truth + rng.normal(0, 1, truth.shape)
    curves = fit_curves(score, truth)
    found = curves.intensity(np.linspace(-20, 20, 500)[:, None])[:, 0]
    assert (np.diff(found) >= 0).all() and 0 <= found[0] < 0.5 and 3.5 < found[-1] <= 5
    assert np.corrcoef(curves.intensity(score)[:, 0], truth[:, 0])[0, 1] > 0.8
    assert isinstance(curves.columns([0]), Curves)
