"""Splits are subject-independent and repeatable."""

import pytest

from data_prep.subjects.splits import HELD_OUT, by_partition, leave_out, train_val_split
from data_prep.system.errors import InputError

SUBJECTS = [f"SN{number:03d}" for number in range(1, 28)]


def test_every_subject_is_tested_once_and_never_trains_in_its_own_fold():
    groups = [(subject,) for subject in SUBJECTS]
    folds = leave_out(groups, lambda others, number: train_val_split(others, (0, number)))
    assert [fold.tests[HELD_OUT] for fold in folds] == [(subject,) for subject in SUBJECTS]
    for fold in folds:
        assert sorted(fold.tests[HELD_OUT] + fold.train + fold.val) == SUBJECTS
        assert (len(fold.train), len(fold.val)) in ((20, 6), (19, 7))


def test_the_seed_decides_the_split_and_the_order_of_subjects_does_not():
    assert train_val_split(SUBJECTS, 1) == train_val_split(SUBJECTS[::-1], 1) != train_val_split(SUBJECTS, 2)


def test_too_few_subjects_is_an_error():
    with pytest.raises(InputError, match="at least 2 subjects"):
        train_val_split(["SN001"], 0)


def test_a_datasets_own_partitions_train_and_validate_without_the_tested_subject():
    folds = leave_out(
        [("F001",), ("F002",)],
        lambda others, _: by_partition([*others, "F003", "F004"], {"F001", "F003"}, {"F002", "F004"}),
    )
    assert folds[0] == (("F003",), ("F002", "F004"), {HELD_OUT: ("F001",)})
    assert folds[1] == (("F001", "F003"), ("F004",), {HELD_OUT: ("F002",)})


def test_a_partition_without_a_subject_is_named():
    with pytest.raises(InputError, match="none of F001, F003 is a validation subject"):
        by_partition(["F001", "F003"], {"F001", "F003"}, {"F002"})
