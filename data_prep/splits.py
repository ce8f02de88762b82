"""Who trains, who validates, who is tested. A fold is data: three tuples of subject names."""

from typing import NamedTuple

import numpy as np

from data_prep.errors import InputError

TRAIN_SHARE = 0.75  # paper: Sec. V, 75% of the other subjects train, 25% validate


class Fold(NamedTuple):
    test: tuple
    train: tuple
    val: tuple


def train_val_split(subjects, seed):
    """Split `subjects` by a random seed into 75% training and 25% validation subjects, at least one of each."""
    if len(subjects) < 2:
        raise InputError(f"a training/validation split needs at least 2 subjects, got {len(subjects)}")
    order = np.random.default_rng(seed).permutation(sorted(subjects))
    count = min(max(round(TRAIN_SHARE * len(order)), 1), len(order) - 1)
    return tuple(sorted(map(str, order[:count]))), tuple(sorted(map(str, order[count:])))


def leave_one_subject_out(subjects, seed):
    """One Fold per subject (paper: Sec. V); fold k's train/validation split is drawn from (seed, k)."""
    folds = []
    for number, test in enumerate(sorted(subjects)):
        others = [subject for subject in subjects if subject != test]
        folds.append(Fold((test,), *train_val_split(others, (seed, number))))
    return folds
