"""The phi coefficient against its definition and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from tools.statistics.phi import likeness, phi, phi_matrix


def test_phi_is_one_for_the_same_and_minus_one_for_the_opposite():
    label = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert phi_matrix(label) == pytest.approx(np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]]), abs=1e-12)


def test_phi_of_two_vectors_is_that_of_their_two_by_two_table():
    a, b = np.array([1] * 10 + [0] * 20), np.array([1] * 8 + [0] * 2 + [1] * 5 + [0] * 15)
    by_hand = (8 * 15 - 2 * 5) / np.sqrt(10 * 20 * 13 * 17)
    assert phi(a, b) == phi(b, a) == pytest.approx(by_hand, abs=1e-12)
    assert phi(a, a) == 1 and phi(a, 1 - a) == -1 and np.isnan(phi(a, np.ones(30)))
    assert phi(np.append(a, [1, -1]), np.append(b, [-1, 0])) == phi(a, b)


def test_a_pair_that_is_never_known_together_has_no_phi():
    assert np.isnan(phi(np.array([1, 0, -1, -1]), np.array([-1, -1, 1, 0])))


def test_phi_agrees_with_the_count_of_every_pair_of_labels():
    label = np.random.default_rng(3).integers(-1, 2, (200, 4)).astype(np.int8)
    found = phi_matrix(label)
    for i, j in np.ndindex(4, 4):
        table = np.zeros((2, 2))
        for one, other in label[:, [i, j]]:
            if one >= 0 and other >= 0:
                table[one, other] += 1
        margins = np.prod([*table.sum(axis=0), *table.sum(axis=1)])
        assert found[i, j] == pytest.approx(
            (table[1, 1] * table[0, 0] - table[1, 0] * table[0, 1]) / np.sqrt(margins), abs=1e-12
        )


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
