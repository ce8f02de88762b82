"""The phi coefficient against its definition and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from tools.phi import likeness, phi_matrix


def test_phi_is_one_for_the_same_and_minus_one_for_the_opposite():
    label = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert phi_matrix(label) == pytest.approx(np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]]), abs=1e-12)


def test_phi_agrees_with_scikit_learn_and_numpy():
    label = np.random.default_rng(0).integers(0, 2, (200, 5))
    found = phi_matrix(label)
    assert found == pytest.approx(np.corrcoef(label.T), abs=1e-12)
    assert found[1, 3] == pytest.approx(matthews_corrcoef(label[:, 1], label[:, 3]), abs=1e-12)


def test_unknown_labels_are_left_out_pair_by_pair():
    rng = np.random.default_rng(1)
    label = rng.integers(0, 2, (200, 3))
    label[:50, 0] = -1
    both = label[:, 0] >= 0
    assert phi_matrix(label)[0, 2] == pytest.approx(matthews_corrcoef(label[both, 0], label[both, 2]), abs=1e-12)
    assert phi_matrix(label)[1, 2] == pytest.approx(matthews_corrcoef(label[:, 1], label[:, 2]), abs=1e-12)


def test_a_label_that_never_changes_has_no_phi_not_even_with_itself():
    found = phi_matrix(np.array([[1, 0], [1, 1], [1, 0]]))
    assert np.isnan(found[0]).all() and np.isnan(found[:, 0]).all() and found[1, 1] == 1


def test_likeness_is_the_correlation_of_what_both_define():
    a = phi_matrix(np.random.default_rng(2).integers(0, 2, (40, 5)))
    assert likeness(a, a) == pytest.approx(1) and likeness(a, 0.5 * a + 0.1) == pytest.approx(1)
    assert likeness(a, -a) == pytest.approx(-1)
    b = a.copy()
    b[0, 1] = np.nan
    rows = [(i, j) for i in range(5) for j in range(i + 1, 5) if (i, j) != (0, 1)]
    noisy = a**2
    assert likeness(b, noisy) == pytest.approx(np.corrcoef([a[r] for r in rows], [noisy[r] for r in rows])[0, 1])


def test_likeness_of_nothing_is_not_a_number():
    assert np.isnan(likeness(np.full((4, 4), np.nan), np.eye(4))) and np.isnan(likeness(np.eye(2), np.eye(2)))
    assert np.isnan(likeness(np.zeros((4, 4)), np.zeros((4, 4))))
