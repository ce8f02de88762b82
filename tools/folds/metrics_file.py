"""metrics.json of a run: every number of it, null where undefined (experiments/results.py has its schema)."""

from pathlib import Path

from data_prep.system.files import load_json, save_json

METRICS = "metrics.json"


def save_metrics(run, metrics):
    """Write metrics.json of the run folder `run`."""
    save_json(Path(run) / METRICS, metrics)


def load_metrics(run):
    """metrics.json of the run folder `run`. Raises FileNotFoundError where there is none, ValueError where it is garbage."""
    return load_json(Path(run) / METRICS)
