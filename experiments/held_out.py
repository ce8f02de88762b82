"""Folds that hold subjects out of a dataset one by one, in the usual three groups of later work, or in five."""

from pathlib import Path

from data_prep.subjects.splits import leave_out, random_groups
from data_prep.system.arguments import positive
from data_prep.system.errors import InputError
from experiments.options import fold_task
from experiments.results import result
from tools.engines.run_folder import NET, SOLVER
from tools.folds.folder import fold_folder
from tools.folds.run import pool_scores
from tools.search.study import BEST

LOSO, THREE_FOLD, FIVE_FOLD = "loso", "3fold", "5fold"
FEWEST = 3  # subjects: one is tested, one trains, one validates
SEARCHED_ONCE = (
    "Net and solver are those of a random search on one fold, whose training and validation subjects are test subjects "
    "here: the choice has seen them."
)
TITLES = {
    LOSO: "Leave-one-subject-out",
    THREE_FOLD: "3-fold, the usual groups of subjects",
    FIVE_FOLD: "5-fold, random groups of subjects",
}


def add_split_option(commands):
    commands.add_argument("--subjects", type=positive, help="hold out only this many of them (default: all)")
    commands.add_argument(
        "--split",
        choices=TITLES,
        default=LOSO,
        help="3fold: the groups of most later work on a dataset, for comparison with it; 5fold: five random groups of "
        "subjects (default %(default)s)",
    )
    commands.add_argument("--searched", metavar="FOLDER", help="use the best nets and solvers of this random search")


def held_out_tasks(settings, prepared):
    """(FoldTasks, how many there would be without --subjects) of a Prepared dataset."""
    dataset, groups = prepared.dataset, groups_of(settings, prepared)
    folds = leave_out(groups, lambda others, number: dataset.split(others, (settings.seed, number)))
    by_name = settings.split == LOSO
    names = [group[0] if by_name else f"group{number}" for number, group in enumerate(groups, start=1)]
    tasks = [
        fold_task(
            settings,
            name=name,
            folder=fold_folder(settings.out, name),
            fold=fold,
            subjects=prepared.subjects,
            dataset=dataset,
        )
        for name, fold in zip(names, folds)
    ]
    return [with_searched_net(settings, task) for task in tasks[: settings.subjects]], len(tasks)


def groups_of(settings, prepared):
    """The groups of subjects of a Prepared dataset that are held out, one after another."""
    dataset, names = prepared.dataset, sorted(prepared.subjects)
    if len(names) < FEWEST:
        raise InputError(
            f"{dataset.title}: {len(names)} subjects to use ({', '.join(names) or 'none'}); to hold one out it takes "
            f"{FEWEST}, as one is tested, one trains and one validates; add subjects"
        )
    if settings.split == LOSO:
        return [(name,) for name in names]
    if settings.split == FIVE_FOLD:
        return random_groups(names, 5, settings.seed)
    groups = [tuple(name for name in group if name in names) for group in dataset.three_folds]
    if not groups:
        raise InputError(f"{dataset.title}: no three groups of it are usual; use --split {FIVE_FOLD} or {LOSO}")
    if not all(groups):
        raise InputError(f"{dataset.title}: one of the three groups has no subject here; use --split {LOSO}")
    return groups


def with_searched_net(settings, task):
    """The task with the best net and solver of `make search`: of its own fold where the search was nested."""
    if not settings.searched:
        return task
    for folder in (Path(settings.searched) / Path(task.folder).name, Path(settings.searched)):
        if (folder / BEST).is_dir():
            return task._replace(net=str(folder / BEST / NET), solver=str(folder / BEST / SOLVER))
    raise InputError(f"{settings.searched}: no {BEST}/{NET} here; run `make search` first")


def of_one_search(settings, tasks):
    """Whether nets come from a random search that served all folds, and so saw subjects that these tasks test."""
    return bool(settings.searched) and any(Path(task.net) == Path(settings.searched) / BEST / NET for task in tasks)


def held_out_result(settings, prepared, tasks, published=None):
    """The entry of metrics["results"]: test frames of all folds, pooled.

    published  the paper's, leave-one-out; None if it has none
    """
    notes = []
    if published and settings.split != LOSO:
        published, notes = None, ["The paper has no such split: none of its numbers stands beside these."]
    if of_one_search(settings, tasks):
        notes.append(SEARCHED_ONCE)
    return result(
        title=TITLES[settings.split],
        tested_on=prepared.name,
        pooled=pool_scores(tasks),
        aus=prepared.dataset.aus,
        published=published,
        notes=notes,
    )
