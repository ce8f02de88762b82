"""Trained on one dataset, tested on another: DISFA, BP4D, CK+ and data of your own, in any pair.

  python -m experiments.transfer --train disfa --test mine.csv --disfa /path/to/DISFA --out runs/transfer_disfa_mine
  python -m experiments.transfer --train mine.csv --test other.csv --out runs/transfer_mine_other

What Table III is for the paper's datasets. Net, mean image and QDA come from the training data alone, from all subjects
and all AUs; only the subjects' mean faces are of the test data. Scored are the AUs that both have. The net serves
other tests, and `make bundle`, too.
"""

from pathlib import Path

from data_prep.datasets.table import DATASETS, TRAINED_ON
from data_prep.readers.delivery import listed
from data_prep.system.errors import InputError, one_clear_error
from experiments.datasets import titles
from experiments.experiment import run_experiment
from experiments.nets import everybody
from experiments.options import parser
from experiments.results import result
from experiments.seeds import add_seeds_option
from tools.folds.run import pool_scores


def plan(settings, data):
    train, test = data[settings.train], data[settings.test]
    if not shared_aus(train, test):
        raise InputError(
            f"{train.dataset.title} and {test.dataset.title}: no AU in common, so there is nothing to score; they have "
            f"{listed(train.dataset.aus)} and {listed(test.dataset.aus)}"
        )
    return [everybody(settings, settings.train, data, {test.key: told_apart(train, test)})], 1


def shared_aus(train, test):
    """The AU numbers that two Prepared datasets both have."""
    return tuple(au for au in train.dataset.aus if au in test.dataset.aus)


def told_apart(train, test):
    """{name: file} of the subjects of `test`, under another name where `train` has a subject of that name."""
    taken = {name: f"{name} of {test.dataset.title}" for name in test.subjects if name in train.subjects}
    return {taken.get(name, name): file for name, file in test.subjects.items()}


def results(settings, data, tasks):
    (task,), train, test = tasks, data[settings.train], data[settings.test]
    aus = shared_aus(train, test)
    notes = [f"The net learned the {len(task.aus)} AUs of its training data; scored are the {len(aus)} that both have."]
    if twice := sorted(set(train.subjects) & set(test.subjects)):
        notes.append(
            f"Subjects of the same name in both are taken for different people: {listed(twice)}. If they are not, the "
            "net has seen people that it is tested on."
        )
    entry = result(
        title=f"{train.dataset.title} -> {test.dataset.title}",
        tested_on=test.name,
        pooled=pool_scores([task], test.key),
        aus=aus,
        columns=task.aus,
        notes=notes,
    )
    return {f"{train.key}_{test.key}": entry}


def check_names(settings):
    """Raise InputError unless --train and --test are two datasets or files, and the first may be trained on."""
    for option, name in (("train", settings.train), ("test", settings.test)):
        if name not in DATASETS and not Path(name).is_file():
            raise InputError(f"--{option} {name}: neither {', '.join(DATASETS)} nor a CSV that is there")
    if settings.train == settings.test:
        raise InputError(f"{settings.train}: both to train and to test; `make loso` holds out subjects of one dataset")
    if settings.train in DATASETS and settings.train not in TRAINED_ON:
        title = DATASETS[settings.train].title
        raise InputError(f"{title} is tested on only, as in the paper; `make table3 TRAIN_CKPLUS=1` trains on it")


@one_clear_error
def main(argv=None):
    commands = parser(__doc__, DATASETS)
    choices = f"{', '.join(DATASETS)}, or the path of a CSV"
    commands.add_argument("--train", required=True, metavar="DATA", help=f"what trains the net: {choices}")
    commands.add_argument("--test", required=True, metavar="DATA", help=f"what it is tested on: {choices}")
    add_seeds_option(commands)
    settings = commands.parse_args(argv)
    check_names(settings)
    names = [settings.train, settings.test]
    title = titles(names, settings)
    run_experiment(
        settings,
        name="transfer",
        title=f"Trained on {title[settings.train]}, tested on {title[settings.test]}",
        keys=names,
        plan=plan,
        results=results,
    )


if __name__ == "__main__":
    main()
