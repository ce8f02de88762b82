"""The part of report.html on nets and solvers as the runs used them: what the engine read, from the folds' folders."""

from pathlib import Path
from typing import NamedTuple

from tools.engines.run_folder import NET, SOLVER
from tools.folds.folder import RETRAINING, TRAINING
from tools.net.prototxt import load_net, load_solver
from tools.report.page import details, paragraph, preformatted, table

STEPS = {TRAINING: "finding when to stop", RETRAINING: "training the net that is used"}
PLACE = "<fold>"  # stands for the folder of a fold where those of several are compared


class Used(NamedTuple):
    """What a fold was trained by.

    name     of the fold
    net      text of the net that is used, as its file has it
    solvers  {step: {field: text of its value}}
    folder   of the fold, as its files write it
    """

    name: str
    net: str
    solvers: dict
    folder: str


def used_by(task):
    """The Used of a trained FoldTask."""
    solvers = {step: load_solver(Path(task.folder) / step / SOLVER) for step in STEPS}
    fields = {step: {field.name: text_of(value) for field, value in solvers[step].ListFields()} for step in STEPS}
    folder = Path(solvers[RETRAINING].net).parents[1]  # another command may have written it otherwise than the task
    return Used(task.name, str(load_net(Path(task.folder) / RETRAINING / NET)), fields, str(folder))


def text_of(value):
    """The value of a solver's field as text; of a list, its items."""
    if isinstance(value, float):
        return f"{value:.7g}"  # single precision
    return str(value) if isinstance(value, str | int) else ", ".join(map(str, value))


def net_blocks(tasks):
    """What differs between the folds of trained FoldTasks, and each net and solver that they used."""
    folds = [used_by(task) for task in tasks]
    blocks, (groups, *rows) = [paragraph(where_they_differ(folds))] if len(folds) > 1 else [], differences(folds)
    if len(groups) > 1:
        caption = (
            "What differs from fold to fold; each random_seed follows from the seed of the settings, fold and step"
        )
        blocks.append(table(rows, caption, groups=groups))
    for group, net in nets(folds).items():
        blocks.append(details(f"{NET} of {group}", [preformatted(net)]))
    for step, purpose in STEPS.items():
        text = str(load_solver(Path(tasks[0].folder) / step / SOLVER))
        blocks.append(details(f"{SOLVER} of {folds[0].name}, {purpose}", [preformatted(text)]))
    return blocks


def where_they_differ(folds):
    """A sentence on the folds whose files are shown, and on paths."""
    count = len(nets(folds))
    same = "All folds trained the same net" if count == 1 else f"The folds trained {count} different nets, shown below"
    return (
        f"{same}. Paths of LMDBs (source), net and snapshot_prefix lie in each fold's own folder; the files shown are "
        "those of the fold they are named after."
    )


def nets(folds):
    """{names of the folds that trained it: text of a net}; paths aside."""
    groups = {}
    for fold in folds:
        groups.setdefault(fold.net.replace(fold.folder, PLACE), []).append(fold)
    return {names(group): group[0].net for group in groups.values()}


def names(group):
    first, *others = (fold.name for fold in group)
    return f"{first} and {len(others)} others" if len(others) > 2 else ", ".join([first, *others])


def differences(folds):
    """Rows of a table: a row for each fold, a column for each field of a solver in which they differ. The first row has
    the step of training of each column, the second the field."""
    columns = {}
    for step in STEPS:
        for field in dict.fromkeys(field for fold in folds for field in fold.solvers[step]):
            values = [fold.solvers[step].get(field, "").replace(fold.folder, PLACE) for fold in folds]
            if len(set(values)) > 1:
                columns[STEPS[step], field] = values
    steps, fields = ([column[part] for column in columns] for part in (0, 1))
    return [["", *steps], ["fold", *fields], *([fold.name, *cells] for fold, *cells in zip(folds, *columns.values()))]
