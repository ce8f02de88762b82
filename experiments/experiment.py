"""The steps that all experiments share: data, folds, results, report. An interrupted one goes on where it was."""

import contextlib
import functools
import time
from pathlib import Path
from typing import NamedTuple

from data_prep.datasets.table import dataset_of
from data_prep.system.errors import InputError
from data_prep.system.files import only_writer, remove
from experiments.cost import cost_of
from experiments.datasets import prepared
from experiments.facts import run_facts
from experiments.files import save_files
from experiments.neutral import warn_of_silent_frames
from experiments.page import save_report
from experiments.recorded import run_folder
from experiments.run_files import REPORT
from experiments.seeds import named_by_seed, settings_of_seeds, with_seeds
from tools.engines.process import check_device
from tools.folds.fold import is_done
from tools.folds.metrics_file import METRICS_FILE, save_metrics
from tools.folds.run import run_folds
from tools.net.edits import blobs_of_images
from tools.net.prototxt import load_net, load_solver
from tools.net.roles import last_layer
from tools.net.starting_weights import check_weights_files


class Extras(NamedTuple):
    """What an experiment has beside its results.

    pictures  [(path without ending, caption)] of figures for the report, which are there already
    notes     [remark] of metrics.json
    tables    [[caption, rows]] of metrics.json
    facts     {key: value}: further entries of metrics.json
    """

    pictures: list = []
    notes: list = []
    tables: list = []
    facts: dict = {}


def run_experiment(settings, name, title, keys, plan, results, extras=None):
    """Run the experiment `name` on the datasets `keys` by the command's `settings`; returns what metrics.json holds.

    keys are those of DATASETS, or paths of files.
    plan(settings, data)                   the FoldTasks, for data {key: Prepared}; and how many a full run would have;
                                           called before faces are searched for, too, as what it raises is better known
    results(settings, data, tasks)         {name: entry} for metrics["results"]
    extras(settings, out, metrics, tasks)  its Extras, given what metrics.json has so far; pictures go to `out`
    metrics.json is written last: where it is, everything else is there too.
    """
    out, seconds = Path(settings.out), {}
    check_settings(settings, keys)
    with contextlib.ExitStack() as locks:
        sources = locks.enter_context(run_folder(settings, title))
        with stage("data", seconds):
            data = prepared(keys, settings, functools.partial(plan, settings))
        runs = settings_of_seeds(settings)
        tasks, full = plan(settings, data)
        others = [named_by_seed(plan(run, data)[0], run.seed) for run in runs[1:]]
        everything = [*tasks, *(task for more in others for task in more)]
        for task in everything:  # a net may serve several experiments
            locks.enter_context(only_writer(task.folder))
        warn_of_silent_frames(tasks)
        if not all(map(is_done, everything)):
            remove(out / METRICS_FILE)  # it is there only beside the very folds that it is about
        with stage("folds", seconds):
            run_folds(everything, settings.jobs, settings.scheduler)
            sources.folds += [task.folder for task in everything]
            sources.scored = True
        with stage("report", seconds):
            metrics = run_facts(name, title, data, settings, tasks, full)
            found = [results(run, data, own) for run, own in zip(runs, (tasks, *others))]
            metrics["results"] = with_seeds(found[0], found[1:], [run.seed for run in runs[1:]])
            metrics["cost"] = cost_of(tasks)
            more = extras(settings, out, metrics, tasks) if extras else Extras()
            metrics = with_extras(metrics, more)
            save_files(out, metrics, tasks)
        metrics["seconds"] = seconds
        save_report(out / REPORT, metrics, tasks, more.pictures, out)
        save_metrics(out, metrics)
    print(f"\n{(out / 'table.md').read_text()}\nseconds {seconds}; everything is in {out}, report.html first")
    return metrics


def with_extras(metrics, extras):
    """`metrics` with what the Extras add to metrics.json."""
    metrics = dict(metrics)
    if extras.notes:
        metrics["notes"] = [*metrics.get("notes", []), *extras.notes]
    if extras.tables:
        metrics["tables"] = extras.tables
    return metrics | extras.facts


def check_settings(settings, keys):
    """Raise InputError for a wrong net or device: better known before an hour of faces."""
    if settings.mixed and settings.engine != "torch":
        raise InputError("--mixed (MIXED=1) is for the torch engine: Caffe has no mixed precision; add ENGINE=torch")
    check_device(settings.engine, settings.device)
    for dataset in map(dataset_of, keys):
        path = settings.net or dataset.prototxt("train_val")
        solver = load_solver(settings.solver or dataset.prototxt("solver"))
        net = load_net(path, solver)
        blobs = blobs_of_images(net)
        if settings.blob and settings.blob not in blobs:
            raise InputError(f"{path}: no layer makes the blob {settings.blob!r}; features may be {', '.join(blobs)}")
        if not settings.blob:
            last_layer(net)  # whose output the features are
        check_weights_files(solver)


class stage:
    """Announce a stage and note its seconds."""

    def __init__(self, name, seconds):
        self.name, self.seconds = name, seconds

    def __enter__(self):
        self.started = time.time()
        print(f"== {self.name}", flush=True)

    def __exit__(self, *_):
        self.seconds[self.name] = round(time.time() - self.started, 1)
