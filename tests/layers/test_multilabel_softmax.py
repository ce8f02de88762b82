"""Eq. 1 and 2 in NumPy."""

import numpy as np
import pytest

from layers.multilabel_softmax import multilabel_softmax


def test_one_positive_among_two_equal_scores_costs_log_2():
    loss, gradient = multilabel_softmax(np.zeros((1, 2)), np.array([[1, 0]]))
    assert loss == pytest.approx(np.log(2))
    assert gradient == pytest.approx(np.array([[-0.5, 0.5]]))


def test_loss_is_a_sum_over_positives_and_a_mean_over_images():
    loss, _ = multilabel_softmax(np.zeros((2, 4)), np.array([[1, 1, 0, 0], [0, 0, 1, 0]]))
    assert loss == pytest.approx((2 + 1) * np.log(4) / 2)


def test_normalize_positives_makes_it_a_mean_over_positives():
    loss, _ = multilabel_softmax(np.zeros((2, 4)), np.array([[1, 1, 0, 0], [0, 0, 1, 0]]), normalize_positives=True)
    assert loss == pytest.approx(np.log(4))


def test_an_image_without_a_positive_teaches_nothing():
    loss, gradient = multilabel_softmax(np.array([[3.0, -1.0]]), np.zeros((1, 2)))
    assert loss == 0 and not gradient.any()


def test_an_unknown_label_is_left_out_of_sum_and_softmax():
    scores, labels = np.array([[1.0, 2.0, 50.0]]), np.array([[1, 0, -1]])
    loss, gradient = multilabel_softmax(scores, labels)
    expected_loss, expected_gradient = multilabel_softmax(scores[:, :2], labels[:, :2])
    assert loss == expected_loss
    assert gradient[0, 2] == 0 and np.array_equal(gradient[:, :2], expected_gradient)


def test_an_image_with_only_unknown_labels_gives_zero_not_nan():
    loss, gradient = multilabel_softmax(np.array([[1.0, 2.0]]), np.array([[-1, -1]]))
    assert loss == 0 and not gradient.any()


def test_huge_scores_stay_finite():
    loss, gradient = multilabel_softmax(np.array([[1e4, -1e4]], np.float32), np.array([[0, 1]], np.float32))
    assert loss == pytest.approx(2e4)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("normalize", [False, True])
def test_gradient_is_that_of_the_loss_in_float64(normalize):
    rng = np.random.default_rng(3)
    scores, labels = 3 * rng.standard_normal((5, 7)), rng.integers(-1, 2, (5, 7))
    _, gradient = multilabel_softmax(scores, labels, normalize)
    step = 1e-6
    for index in np.ndindex(*scores.shape):
        nudge = np.zeros_like(scores)
        nudge[index] = step
        up, down = (multilabel_softmax(scores + sign * nudge, labels, normalize)[0] for sign in (1, -1))
        assert gradient[index] == pytest.approx((up - down) / (2 * step), abs=1e-8)
