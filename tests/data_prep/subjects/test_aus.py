"""AU sets and the neutral label."""

import numpy as np

from data_prep.subjects.aus import AU_NAMES, DISFA_AUS, SHARED_AUS, with_neutral
from data_prep.synthetic.bp4d import FACS


def test_the_sets_are_the_papers():
    assert DISFA_AUS == (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)
    assert DISFA_AUS[:10] == SHARED_AUS


def test_neutral_is_present_only_where_every_au_is_coded_absent():
    label = np.array([[0, 0], [0, 1], [-1, 0], [-1, 1]], np.int8)
    assert with_neutral(label)[:, 2].tolist() == [1, 0, -1, 0]


def test_an_au_that_nobody_coded_leaves_frames_neutral():
    label = np.array([[0, -1], [1, -1], [-1, -1]], np.int8)
    assert with_neutral(label).tolist() == [[0, -1, 1], [1, -1, 0], [-1, -1, -1]]
    assert with_neutral(label, np.array([True, True]))[:, 2].tolist() == [-1, 0, -1]  # coded elsewhere
    coded_here = np.array([[0, 1], [0, 0]], np.int8)
    assert with_neutral(coded_here, np.array([True, False]))[:, 2].tolist() == [0, 1]


def test_every_au_of_the_datasets_has_a_name_of_its_own():
    assert set(FACS) <= set(AU_NAMES) and {28, 43, 45, 46} <= set(AU_NAMES)
    assert len(set(AU_NAMES.values())) == len(AU_NAMES) and list(AU_NAMES) == sorted(AU_NAMES)
    assert [AU_NAMES[au] for au in (7, 14, 23, 24)] == ["Lid tightener", "Dimpler", "Lip tightener", "Lip pressor"]
