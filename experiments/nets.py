"""The nets that several tables and figures share, a folder each under --nets: trained once, tested where needed.

disfa_split  DISFA's 12 AUs, 75% of the subjects; tested on the other 25% (Figs. 3 and 4; Table III's comparison)
bp4d_fera    BP4D's 10 AUs, FERA 2015's training subjects; tested on its development subjects (Table II, Fig. 2)
disfa_all    the ten shared AUs on all of DISFA, for other datasets (Table III)
bp4d_all     the same on all of BP4D
disfa_everybody, csv_mine_1f0c2d3e_everybody and so on
             all AUs on all subjects of a dataset, for bundles and for tests on other datasets (`make transfer`)
"""

from pathlib import Path

from data_prep.datasets.table import BP4D, DISFA
from data_prep.subjects.aus import SHARED_AUS
from data_prep.subjects.splits import Fold, train_val_split
from data_prep.system.errors import InputError
from experiments.options import fold_task

FEWEST = 2  # subjects: one trains, one validates
DEV = "dev"  # name of the test set of held-out subjects of the source


def net_folder(settings, name):
    """The folder of the net `name`, under --nets."""
    nets = Path(settings.nets) if settings.nets else Path(settings.out) / "nets"
    return nets / name


def disfa_split(settings, data, *targets):
    """The FoldTask of 75% of DISFA's subjects, tested on the others and on all subjects of the datasets `targets`."""
    train, dev = train_val_split(list(data[DISFA].subjects), settings.seed)
    fold = Fold(*train_val_split(train, (settings.seed, 1)), tests(data, targets) | {DEV: dev})
    return net_task(settings, "disfa_split", fold, data, data[DISFA].dataset)


def bp4d_fera(settings, data, *targets, literal=False):
    """The FoldTask of FERA 2015's partitions.

    Early stopping sees training subjects only (ours). `literal`: it sees the development subjects, and all training
    subjects train the net that is tested.
    """
    train, dev = data[BP4D].dataset.split(list(data[BP4D].subjects), settings.seed)
    parts = (train, dev) if literal else train_val_split(train, settings.seed)
    name = "bp4d_fera_literal" if literal else "bp4d_fera"
    return net_task(settings, name, Fold(*parts, tests(data, targets) | {DEV: dev}), data, data[BP4D].dataset)


def all_of(settings, data, source, *targets):
    """The FoldTask of all of a dataset's subjects and ten shared AUs, tested on the datasets `targets` (Table III)."""
    dataset = data[source].dataset
    fold = Fold(*dataset.split(list(data[source].subjects), settings.seed), tests(data, targets))
    return net_task(settings, f"{source}_all", fold, data, dataset, SHARED_AUS)


def everybody(settings, source, data, tests=None):
    """The FoldTask of all subjects and AUs of data[source]; `tests` {test set: {subject: file}} are of other data."""
    dataset, subjects = data[source].dataset, data[source].subjects
    tests = tests or {}
    if len(subjects) < FEWEST:
        raise InputError(
            f"{dataset.title}: {len(subjects)} subjects to use ({', '.join(subjects) or 'none'}); to train it takes "
            f"{FEWEST}, as one trains and one validates; add subjects"
        )
    fold = Fold(*dataset.split(list(subjects), settings.seed), {test: tuple(tested) for test, tested in tests.items()})
    name = f"{dataset.key}_everybody"
    every = {subject: file for group in (subjects, *tests.values()) for subject, file in group.items()}
    return fold_task(settings, f"all of {dataset.title}", net_folder(settings, name), fold, every, dataset)


def net_task(settings, name, fold, data, dataset, aus=None):
    """The FoldTask of the shared net `name`."""
    return fold_task(
        settings,
        name=name,
        folder=net_folder(settings, name),
        fold=fold,
        subjects=files(data),
        dataset=dataset,
        aus=aus,
    )


def tests(data, targets):
    """{target: all its subjects}: the test sets of other datasets."""
    return {target: tuple(data[target].subjects) for target in targets}


def files(data):
    """{subject: (path, sha256)} of all datasets; their subjects' names differ."""
    return {name: file for prepared in data.values() for name, file in prepared.subjects.items()}
