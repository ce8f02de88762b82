"""Run the folds of a run, and pool their scores. A fold that is done is not run again, so a run resumes."""

import contextlib
from typing import NamedTuple

import numpy as np

from data_prep.subjects.splits import HELD_OUT
from data_prep.system.errors import InputError
from tools.engines.process import TrainingDiverged, engine_python
from tools.engines.server import serving
from tools.folds.cluster import run_tasks
from tools.folds.fold import is_done, run_fold
from tools.folds.folder import RETRAINING, TRAINING, fold_folder, scores_path
from tools.folds.metrics_file import METRICS_FILE, load_metrics
from tools.folds.progress import Progress
from tools.folds.scores import load_scores
from tools.folds.together import groups_at_once, train_at_once
from tools.net.prototxt import load_solver
from tools.statistics.events import stretches
from tools.statistics.scored import scored

OF_FRAMES = ("label", "intensity", "subject", "sequence", "frame", "feature")  # fields of FoldScores and of Pooled


class Pooled(NamedTuple):
    """The test frames of several folds, or of one, in one: n frames, C AUs.

    score, threshold, probability  {classifier: float64 [n, C]}; a score above the threshold of its fold calls the AU
        present, and NaN is no threshold; the probability is calibrated
    label     int8 [n, C]
    intensity int8 [n, C], as in subject files
    subject   str [n]
    sequence  str [n]
    frame     int64 [n]
    feature   float32 [n, K]; of one net only where there is one fold
    reasons   {classifier: {"AU 5, fold SN001": why its scores are NaN, or not those of plain QDA}}
    uncalibrated  {classifier: {"AU 5, fold SN001": why its calibration is not of its own frames}}
    """

    score: dict
    threshold: dict
    probability: dict
    label: np.ndarray
    intensity: np.ndarray
    subject: np.ndarray
    sequence: np.ndarray
    frame: np.ndarray
    feature: np.ndarray
    reasons: dict
    uncalibrated: dict


def scored_by(pooled, name):
    """The Scored of a classifier on Pooled frames, in order of time."""
    stretch, order = stretches(pooled.subject, pooled.sequence, pooled.frame)
    score, present = pooled.score[name], pooled.score[name] > pooled.threshold[name]
    return scored(pooled.label, score, pooled.subject, present, stretch).rows(order)


def run_folds(tasks, jobs=None, scheduler=None):
    """Run the FoldTasks that are not done, `jobs` at a time (default: one per core), or on a Dask cluster.

    On a GPU the torch engine trains those of one net all at once. Raises TrainingDiverged, after the others, for folds
    that it could not train among them.
    """
    for task in tasks[:1]:
        engine_python(task.engine)  # its absence is better known before the first fold
    due = [task for task in tasks if not is_done(task)]
    if len(due) < len(tasks):
        print(f"{len(tasks) - len(due)} of {len(tasks)} folds are done already")
    max_iter = max((task.iterations or load_solver(task.solver).max_iter for task in due), default=0)
    failed = {}
    with Progress(due, {TRAINING: max_iter, RETRAINING: max_iter}) as progress, extraction_server(due, scheduler):
        for group in groups_at_once(due):
            failed |= train_at_once(group, jobs, scheduler)
        rest = [task for task in due if task.folder not in failed]
        for task, _ in run_tasks(run_fold, rest, jobs, scheduler, lambda task: f"fold {task.name}"):
            progress.done(task)
    if failed:
        raise TrainingDiverged("; ".join(map(str, failed.values())))


def extraction_server(tasks, scheduler):
    """Where the torch engine extracts on a GPU of this machine: one process for all folds."""
    served = [task for task in tasks if task.engine == "torch" and task.device != "cpu" and not scheduler]
    return serving(served[0].device) if served else contextlib.nullcontext()


def pool_scores(tasks, test=HELD_OUT):
    """The Pooled scores of finished FoldTasks on the test set `test`."""
    folds = [load_scores(task.folder, test) for task in tasks]
    classifiers = sorted(set.intersection(*(set(fold.score) for fold in folds)))

    def of_folds(values):
        return {name: np.concatenate([values(fold, name) for fold in folds]) for name in classifiers}

    def texts(fact):
        return {
            name: {
                f"AU {au}, fold {fold.facts['fold']}": why
                for fold in folds
                for au, why in fold.facts[fact].get(name, {}).items()
            }
            for name in classifiers
        }

    return Pooled(
        score=of_folds(lambda fold, name: fold.score[name]),
        threshold=of_folds(lambda fold, name: np.broadcast_to(fold.calibration[name].threshold, fold.label.shape)),
        probability=of_folds(lambda fold, name: fold.calibration[name].probability(fold.score[name])),
        **{field: np.concatenate([getattr(fold, field) for fold in folds]) for field in OF_FRAMES},
        reasons=texts("reasons"),
        uncalibrated=texts("uncalibrated"),
    )


def finished_folds(run):
    """Folders of the folds that hold subjects out in the finished run `run`. Raises InputError if there is none.

    They are those of its metrics.json: the folder may hold folds of earlier runs with other options too.
    """
    try:
        names = list(load_metrics(run)["folds"])
    except FileNotFoundError as error:
        raise InputError(f"{run}: no finished run here; run its experiment first, e.g. `make demo`") from error
    except (KeyError, TypeError) as error:
        raise InputError(f"{run}/{METRICS_FILE}: names no folds; run its experiment again") from error
    folders = [fold_folder(run, name) for name in names]
    folders = [folder for folder in folders if scores_path(folder).exists()]
    if not folders:
        raise InputError(f"{run}: no fold here holds subjects out; take a run of table1 or table2")
    return folders
