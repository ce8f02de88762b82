"""Many folds of one net trained at once, on the torch engine: each step of all of them in one process.

Each fold has its own data, random numbers and early stopping, and ends with the weights that it would have alone. One
whose training diverges leaves, and the others go on.
"""

from pathlib import Path

from data_prep.system.pool import cores
from tools.engines.process import TrainingDiverged
from tools.engines.run_folder import load_failure
from tools.folds.cluster import run_tasks
from tools.folds.folder import TRAINING
from tools.folds.training import (
    STEPS,
    has_ended,
    is_trained,
    mark_trained,
    run_step,
    validated,
    validation_batch,
    write_stop,
)
from tools.net.prototxt import load_solver


def groups_at_once(due):
    """Lists of two FoldTasks or more, not trained yet, that differ in data only: the torch engine trains each together.

    On a GPU: on processors, as many one-thread processes as cores are faster than one with several threads.
    """
    groups = {}
    for task in due:
        if task.engine == "torch" and task.device != "cpu" and not is_trained(task):
            net = task.built_net()
            batch = validation_batch(net, task.labelled(task.fold.val))
            same = net.SerializeToString(deterministic=True), batch, solver_text(task)
            groups.setdefault((*same, task.iterations, task.device, task.mixed, task.tf32), []).append(task)
    return [group for group in groups.values() if len(group) > 1]


def solver_text(task):
    """The solver of a task but for the name of its net."""
    solver = load_solver(task.solver)
    solver.ClearField("net")
    return solver.SerializeToString(deterministic=True)


def train_at_once(tasks, jobs=None, scheduler=None):
    """Both steps of many folds, each step of all of them in one process of an engine that can.

    Returns {folder of a task: TrainingDiverged} of those that have failed.
    """
    failed = {}
    for write, step in STEPS:
        due = [task for task in tasks if task.folder not in failed and not has_ended(task, step)]
        failed |= step_at_once(write, step, due, jobs, scheduler)
    for task in tasks:
        if task.folder not in failed:
            mark_trained(task)
    return failed


def step_at_once(write, step, tasks, jobs, scheduler):
    """One step of many folds. Returns {folder of a task: TrainingDiverged} of those that have failed."""
    if not tasks:
        return {}
    for _ in run_tasks(write, tasks, jobs, scheduler, lambda task: f"fold {task.name}"):
        pass
    try:
        run_step(tasks, step, jobs or cores())
    except TrainingDiverged:
        reasons = {task.folder: load_failure(Path(task.folder) / step) for task in tasks}
        failed = {folder: TrainingDiverged(reason) for folder, reason in reasons.items() if reason}
        if not failed:
            raise
        return failed
    return {}


def validate_at_once(tasks, jobs=None, scheduler=None):
    """`validate` of each of many folds, all in one process of an engine that can; a TrainingDiverged for one that
    has failed."""
    failed = step_at_once(write_stop, TRAINING, tasks, jobs, scheduler)
    return [failed[task.folder] if task.folder in failed else validated(task) for task in tasks]
