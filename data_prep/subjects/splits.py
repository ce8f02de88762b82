"""Who trains, who validates, who is tested. A fold is data: tuples of subject names."""

from typing import NamedTuple

import numpy as np

from data_prep.system.errors import InputError

TRAIN_SHARE = 0.75  # paper: Sec. V, 75% of the other subjects train, 25% validate
HELD_OUT = "test"  # name of the one test set of a fold that holds subjects out
VALIDATION = "validation/"  # in its place: the subjects that validate; no file, and so no test set, has this name


class Fold(NamedTuple):
    """Subjects that train, that validate, and those of each test set, {name: subjects}."""

    train: tuple
    val: tuple
    tests: dict

    @property
    def tested(self):
        """The subjects of all test sets."""
        return frozenset(name for names in self.tests.values() for name in names)

    @property
    def fitted(self):
        """Whom net, mean image and QDA are made from in the end (paper: Sec. V): `train` and `val`.

        Where early stopping looks at the very subjects that are tested, these are left out here.
        """
        return self.train + tuple(name for name in self.val if name not in self.tested)

    @property
    def calibrating(self):
        """The subjects that validate and are not tested: probabilities and thresholds are chosen on them."""
        return tuple(name for name in self.val if name not in self.tested)

    def subjects_of(self, test):
        """The subjects of the test set `test`, or those of VALIDATION."""
        return self.calibrating if test == VALIDATION else self.tests[test]


def train_val_split(subjects, seed):
    """(75% training, 25% validation) of `subjects` by a random seed, at least one of each.

    Raises InputError if there are fewer than two.
    """
    if len(subjects) < 2:
        raise InputError(f"a training/validation split needs at least 2 subjects, got {len(subjects)}")
    order = np.random.default_rng(seed).permutation(sorted(subjects))
    count = min(max(round(TRAIN_SHARE * len(order)), 1), len(order) - 1)
    return tuple(sorted(map(str, order[:count]))), tuple(sorted(map(str, order[count:])))


def by_partition(subjects, train, val):
    """(training, validation) subjects among `subjects`, by the dataset's partition `train` and `val`.

    Raises InputError if one of the two has no subject.
    """
    parts = tuple(tuple(name for name in sorted(subjects) if name in part) for part in (train, val))
    if not all(parts):
        raise InputError(
            f"none of {', '.join(sorted(subjects))} is a {'validation' if parts[0] else 'training'} subject of the "
            "dataset's partition; add the missing subjects"
        )
    return parts


def random_groups(subjects, count, seed):
    """`count` groups of `subjects` by a random seed, of equal size give or take one. Raises InputError if too few."""
    if len(subjects) < count:
        raise InputError(f"{len(subjects)} subjects make no {count} groups; hold out one subject at a time instead")
    order = np.random.default_rng(seed).permutation(sorted(subjects))
    return [tuple(sorted(map(str, part))) for part in np.array_split(order, count)]


def leave_out(groups, split):
    """One Fold per group of subjects, which is tested (paper: Sec. V, groups of one).

    split(others, number) gives the training and validation subjects of fold `number` among the others.
    """
    everyone = sorted(name for group in groups for name in group)
    return [
        Fold(*split([name for name in everyone if name not in group], number), {HELD_OUT: tuple(group)})
        for number, group in enumerate(groups)
    ]
