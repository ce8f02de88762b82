"""The command line that all experiments share, and the FoldTask that it makes of a fold."""

import argparse

from data_prep.datasets.dataset import add_options
from data_prep.datasets.table import DATASETS, TRAINED_ON
from data_prep.faces.stage import add_stage_options
from data_prep.subjects.balance import STRATEGIES
from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.system.arguments import devices, natural, positive
from tools.engines.process import ENGINES
from tools.folds.task import FoldTask
from tools.net.edits import MVN_PLACES
from tools.statistics.calibration import THRESHOLDS
from tools.statistics.qda import PRIORS


def parser(doc, keys):
    """The parser of an experiment with module docstring `doc` on the datasets `keys`."""
    commands = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands.add_argument("--out", required=True, help="run folder")
    commands.add_argument("--data", metavar="FOLDER", help="for subject files and synthetic faces (default OUT/data)")
    commands.add_argument("--nets", metavar="FOLDER", help="for nets that several experiments share (default OUT/nets)")
    commands.add_argument("--index", metavar="FOLDER", help="refresh index.html in it, the page over all runs")
    commands.add_argument(
        "--size",
        type=positive,
        default=STORED_SIZE,
        help="pixels a side of the stored faces, for nets with a larger crop (default %(default)s)",
    )
    commands.add_argument(
        "--seed", type=natural, default=0, help="splits, shuffling, nets and synthetic faces (default 0)"
    )
    commands.add_argument("--jobs", type=positive, help="processes at a time (default: one per core)")
    commands.add_argument("--scheduler", metavar="ADDRESS", help="run folds on this Dask cluster instead")
    commands.add_argument("--iterations", type=positive, help="instead of the solver's max_iter")
    commands.add_argument("--engine", choices=ENGINES, default="caffe", help="what trains (default %(default)s)")
    commands.add_argument("--mixed", action="store_true", help="mixed precision in training (engine torch)")
    commands.add_argument("--tf32", action="store_true", help="matrix products in TF32 in training (engine torch)")
    commands.add_argument(
        "--device", type=devices, default="cpu", help="cpu or a GPU number; on engine torch several, such as 0,1"
    )
    add_dataset_options(commands.add_argument_group("data; without any folder, synthetic faces are drawn"), keys)
    add_method_options(commands.add_argument_group("alternatives where the paper is silent or contradicts itself"))
    return commands


def add_dataset_options(group, keys):
    datasets = [DATASETS[key] for key in keys]
    for dataset in datasets:
        what = f"{dataset.title} as it was delivered" if dataset.title else "data of your own (data_prep/README.md)"
        group.add_argument(f"--{dataset.key}", metavar=dataset.root, help=what)
    add_options(group, datasets)


def add_source_option(commands):
    """Add --source, one of the datasets that may be trained on; `source_of` says which it is if it is not given."""
    commands.add_argument("--source", choices=TRAINED_ON, help="dataset to train on (default: the first that is given)")


def source_of(settings):
    """The key of the dataset to train on: --source, else the first whose data are given, else the first at all."""
    given = [key for key in TRAINED_ON if getattr(settings, key)]
    return settings.source or (given or TRAINED_ON)[0]


def add_method_options(group):
    add_stage_options(group)
    group.add_argument("--net", help="train_val.prototxt instead of the dataset's")
    group.add_argument("--solver", help="solver.prototxt instead of the dataset's")
    group.add_argument(
        "--mvn",
        choices=MVN_PLACES,
        default="input",
        help="mean-variance normalization as in the prototxt, after conv1, or none (default input)",
    )
    group.add_argument("--normalize-positives", action="store_true", help="divide Eq. 1 by the number of positives")
    group.add_argument(
        "--balance",
        choices=STRATEGIES,
        default="none",
        help="repeat or leave out training frames (default none, as it gained the paper nothing)",
    )
    group.add_argument(
        "--feature", dest="blob", metavar="BLOB", help="what QDA sees, e.g. fc1 (default: the last layer)"
    )
    group.add_argument("--priors", choices=PRIORS, default="empirical", help="of QDA's classes (default %(default)s)")
    group.add_argument(
        "--threshold",
        choices=THRESHOLDS,
        default="likelihood",
        help="above which score an AU is present: 0, as in the paper, or where F1 is best on validation subjects "
        "(default %(default)s)",
    )
    group.add_argument("--keep-lmdb", action="store_true", help="keep each fold's LMDBs")


def fold_task(settings, name, folder, fold, subjects, dataset, aus=None):
    """The FoldTask of `fold` with the command's options; net, solver and `aus` are those of `dataset` by default."""
    return FoldTask(
        name=name,
        fold=fold,
        folder=str(folder),
        subjects=subjects,
        aus=aus or dataset.aus,
        net=settings.net or dataset.prototxt("train_val"),
        solver=settings.solver or dataset.prototxt("solver"),
        seed=settings.seed,
        iterations=settings.iterations,
        device=settings.device,
        engine=settings.engine,
        keep_lmdb=settings.keep_lmdb,
        balance=settings.balance,
        mvn=settings.mvn,
        normalize_positives=settings.normalize_positives,
        blob=settings.blob,
        priors=settings.priors,
        threshold=settings.threshold,
        mixed=settings.mixed,
        tf32=settings.tf32,
    )


def used(settings):
    """The options in use, {name: value}, defaults too, without those that do not change a run's numbers."""
    aside = {"out", "data", "nets", "index", "jobs", "scheduler", "keep_lmdb"}
    return {name: value for name, value in sorted(vars(settings).items()) if name not in aside}
