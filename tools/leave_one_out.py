"""Run folds on a local pool and pool their scores. A fold that is done is not run again, so a run resumes."""

from pathlib import Path

import numpy as np

from data_prep.errors import InputError
from data_prep.pool import cores, run_all
from tools.engine import caffe_python
from tools.fold import SCORES, is_done, load_scores, run_fold
from tools.metrics import score_all
from tools.net import load_solver
from tools.progress import Progress


def run_folds(tasks, jobs=None):
    """Run the FoldTasks that are not done, `jobs` at a time (default: one per core). Returns their FoldScores."""
    caffe_python()  # its absence is better known before the first fold
    due = [task for task in tasks if not is_done(task)]
    if len(due) < len(tasks):
        print(f"{len(tasks) - len(due)} of {len(tasks)} folds are done already")
    max_iter = max((task.iterations or load_solver(task.solver).max_iter for task in due), default=0)
    with Progress(due, max_iter) as progress:
        for task, _ in run_all(run_fold, due, jobs or cores()):
            progress.done(task)
    return [load_scores(Path(task.folder) / SCORES) for task in tasks]


def finished_folds(run):
    """Folders of the finished folds of the run folder `run`. Raises InputError if there is none."""
    folders = [path.parent for path in sorted(Path(run).glob(f"fold_*/{SCORES}"))]
    if not folders:
        raise InputError(f"{run}: no finished fold here; run `make demo` first")
    return folders


def pool_scores(scores, aus, names):
    """Metrics over the pooled test frames of all folds: {result name: {"per_au", "average"}}.

    `names` maps a classifier of FoldScores.score to the name of its result. An AU that a fold could not train is
    undefined in the pool too, and "reasons" says in which fold and why.
    """
    label = np.concatenate([fold.label for fold in scores])
    results = {}
    for classifier, name in names.items():
        results[name] = score_all(label, np.concatenate([fold.score[classifier] for fold in scores]), aus)
        reasons = {f"AU {au}, fold {fold.subject[0]}": why for fold in scores
                   for au, why in fold.facts["reasons"][classifier].items()}
        if reasons:
            results[name]["reasons"] = reasons
    return results
