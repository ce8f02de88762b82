"""The paper's random search for net and solver (Sec. V), by the validation loss on a fold's subjects but its test ones.

  python -m experiments.search --out runs/search --trials 20 --disfa /path/to/DISFA
  python -m experiments.table1 --out runs/table1 --searched runs/search --disfa /path/to/DISFA

Once on the first fold, whose best net serves all folds (ours: its validation subjects are test subjects elsewhere, as
the report says); --nested searches for each fold on its own. Samples that do not fit the crop are no trials.

Leaves study.log (an Optuna journal), a folder per trial, best/ with the prototxts to use, search.pdf and .png,
trials.csv, metrics.json and report.html. It resumes; more trials extend a study.
"""

import math
from pathlib import Path
from typing import NamedTuple

from data_prep.datasets.table import DATASETS, TRAINED_ON
from data_prep.system.arguments import positive
from data_prep.system.digests import digest
from data_prep.system.errors import one_clear_error
from experiments.datasets import prepared
from experiments.experiment import check_settings, stage
from experiments.facts import shortened
from experiments.held_out import add_split_option, held_out_tasks
from experiments.options import add_source_option, parser, source_of, used
from experiments.recorded import run_folder
from experiments.run_files import REPORT
from experiments.run_record import command_line
from experiments.search_page import save_search_page
from experiments.search_results import save_search_files, search_result
from tools.engines.process import TrainingDiverged
from tools.engines.run_folder import NET, SOLVER
from tools.engines.training import write_prototxts
from tools.folds.cluster import run_tasks
from tools.folds.folder import TASK, TRAINING
from tools.folds.metrics_file import save_metrics
from tools.folds.progress import Progress
from tools.folds.together import groups_at_once, validate_at_once
from tools.folds.training import validate
from tools.net.edits import with_crop
from tools.net.mean_file import mean_digests
from tools.net.prototxt import load_solver
from tools.net.starting_weights import weights_digests
from tools.report.tables import number
from tools.report.versions import made_by, versions
from tools.search.space import ITERATIONS, apply
from tools.search.study import (
    Search,
    ask_trials,
    finished,
    open_study,
    tell,
    trial_folder,
)

TRIALS = 20  # ours: the paper does not say how many
CROP = 40  # ours: the committed nets' crop
ROOM = 4  # ours: stored pixels beyond the crop, for random crops


class FoldSearch(NamedTuple):
    """The search on one fold: its FoldTask, its folder, what its losses depend on, its Optuna study, its Trials."""

    task: object
    folder: Path
    search: Search
    study: object
    trials: list


def open_search(settings, task):
    """The FoldSearch of a fold, all its trials sampled."""
    folder = Path(settings.out) / Path(task.folder).name if settings.nested else Path(settings.out)
    names = task.fold.train + task.fold.val
    solver = load_solver(task.solver)
    search = Search(
        net=with_crop(task.built_net(), settings.crop),
        solver=solver,
        crop=settings.crop,
        seed=settings.seed,
        iterations=settings.iterations,
        data=digest(
            names,
            task.digests(names),
            task.aus,
            task.training_code(),
            task.balance,
            task.mixed,
            task.device,
            weights_digests(solver),
            mean_digests(task.built_net()),
        ),
    )
    study = open_study(folder, search)
    return FoldSearch(task, folder, search, study, ask_trials(study, search, settings.trials))


def trial_tasks(found):
    """[(FoldTask of a trial, (FoldSearch, its number))] of the trials that are still to be trained."""
    tasks, done = [], finished(found.study)
    for trial in found.trials:
        if not trial.reason and trial.number not in done:
            folder = trial_folder(found.folder, trial.number)
            write_prototxts(
                *apply(trial.sample, found.search.net, found.search.solver, found.search.iterations), folder
            )
            tasks.append(
                (
                    found.task._replace(
                        name=f"{found.task.name} trial {trial.number}",
                        folder=str(folder),
                        net=str(folder / NET),
                        solver=str(folder / SOLVER),
                        iterations=None,
                    ),
                    (found, trial.number),
                )
            )
    return tasks


def train_trial(task):
    """(lowest validation loss, its iteration, the last one, "") of a trial; if it diverged, a loss of inf and why."""
    try:
        return *validate(task), ""
    except TrainingDiverged as error:
        return diverged(error)


def diverged(error):
    return math.inf, None, None, str(error)


def run_trials(settings, searches):
    """Train the trials that are not trained yet, and store the loss of each in its study as it ends."""
    pairs = [pair for found in searches for pair in trial_tasks(found)]
    tasks, due = [task for task, _ in pairs], {task.folder: entry for task, entry in pairs}
    most = max((load_solver(task.solver).max_iter for task in tasks), default=0)
    with Progress(tasks, {TRAINING: most}) as progress:
        for task, (loss, at, last, why) in trained_trials(tasks, settings.jobs, settings.scheduler):
            found, number = due[task.folder]
            tell(found.study, number, loss, {"best_iteration": at, "stopped_at": last, "why": why})
            progress.done(task)


def trained_trials(tasks, jobs, scheduler):
    """Yield (task, what train_trial returns); on a GPU a sample of a nested search is trained on all folds at once."""
    tasks = list(tasks)
    for group in groups_at_once(tasks):
        for task, result in zip(group, validate_at_once(group, jobs, scheduler)):
            tasks.remove(task)
            yield task, diverged(result) if isinstance(result, TrainingDiverged) else (*result, "")
    yield from run_tasks(train_trial, tasks, jobs, scheduler, lambda task: task.name)


def seen_by_the_search(fold):
    """A remark on whom a search on one Fold has seen that other folds test."""
    return (
        f"The search judged nets by the validation subjects of one fold ({', '.join(fold.val)}) and trained them on "
        f"{len(fold.train)} others. In the other folds all of these are test subjects, so that results with the best "
        "net are not free of the choice; NESTED=1 searches for each fold on subjects of its own."
    )


@one_clear_error
def main(argv=None):
    commands = parser(__doc__, TRAINED_ON)
    add_split_option(commands)
    add_source_option(commands)
    commands.add_argument(
        "--trials",
        type=positive,
        default=TRIALS,
        help="nets that are trained; samples that do not fit the crop do not count (default %(default)s)",
    )
    commands.add_argument(
        "--crop",
        type=positive,
        default=CROP,
        help="pixels a side that the net sees (default %(default)s); with 83 every sample is feasible",
    )
    commands.add_argument("--nested", action="store_true", help="a search for each held-out subject on its own")
    settings = commands.parse_args(argv)
    settings.source = source_of(settings)
    settings.size, seconds, out = max(settings.size, settings.crop + ROOM), {}, Path(settings.out)
    check_settings(settings, [settings.source])
    with run_folder(settings, f"Random search on {DATASETS[settings.source].title}") as sources:
        with stage("data", seconds):
            data = prepared([settings.source], settings, lambda data: held_out_tasks(settings, data[settings.source]))
            data = data[settings.source]
        folds, full = held_out_tasks(settings, data)
        if not settings.nested:
            folds, full = folds[:1], 1
        with stage("trials", seconds):
            searches = [open_search(settings, task) for task in folds]
            run_trials(settings, searches)
        sources.folds += [path.parent for found in searches for path in sorted(found.folder.glob(f"trial_*/{TASK}"))]
        title = f"Random search on {data.name}"
        short = shortened(settings.iterations or ITERATIONS.high, len(folds), full, ITERATIONS.high)
        metrics = {
            "experiment": "search",
            "title": title,
            "data": {data.key: data.name},
            "synthetic": data.synthetic,
            "shortened": short,
            "crop": settings.crop,
            "iterations": settings.iterations,
            "seed": settings.seed,
            "settings": used(settings),
            "versions": versions(settings.engine),
            "made_by": made_by(),
            "command": command_line(),
            "notes": [] if settings.nested else [seen_by_the_search(folds[0].fold)],
            "results": {found.task.name: search_result(found) for found in searches},
            "seconds": seconds,
        }
        for found in searches:
            save_search_files(found, title)
        save_search_page(out / REPORT, metrics, {found.task.name: found.folder for found in searches})
        save_metrics(out, metrics)
    for name, entry in metrics["results"].items():
        print(
            f"fold {name}: {entry['infeasible']} of {len(entry['trials'])} samples infeasible "
            f"({number(100 * entry['infeasible_share_of_space'], 0)}% of the space), best {entry['best']}"
        )
    for note in metrics["notes"]:
        print(note)
    print(f"everything is in {out}; use it with --searched {out} (SEARCHED={out})")


if __name__ == "__main__":
    main()
