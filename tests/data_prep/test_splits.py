"""Splits are subject-independent and repeatable."""

import pytest

from data_prep.errors import InputError
from data_prep.splits import leave_one_subject_out, train_val_split

SUBJECTS = [f"SN{number:03d}" for number in range(1, 28)]


def test_every_subject_is_tested_once_and_never_trains_in_its_own_fold():
    folds = leave_one_subject_out(SUBJECTS, seed=0)
    assert [fold.test for fold in folds] == [(subject,) for subject in SUBJECTS]
    for fold in folds:
        assert sorted(fold.test + fold.train + fold.val) == SUBJECTS
        assert (len(fold.train), len(fold.val)) in ((20, 6), (19, 7))


def test_the_seed_decides_the_split_and_the_order_of_subjects_does_not():
    assert train_val_split(SUBJECTS, 1) == train_val_split(SUBJECTS[::-1], 1) != train_val_split(SUBJECTS, 2)


def test_too_few_subjects_is_an_error():
    with pytest.raises(InputError, match="at least 2 subjects"):
        train_val_split(["SN001"], 0)
