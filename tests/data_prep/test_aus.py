"""AU sets and the neutral label."""

import numpy as np

from data_prep.aus import DISFA_AUS, SHARED_AUS, with_neutral


def test_the_sets_are_the_papers():
    assert DISFA_AUS == (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
    assert SHARED_AUS == DISFA_AUS[:10]


def test_neutral_is_present_only_where_every_au_is_coded_absent():
    label = np.array([[0, 0], [0, 1], [-1, 0], [-1, 1]], np.int8)
    assert with_neutral(label)[:, 2].tolist() == [1, 0, -1, 0]
