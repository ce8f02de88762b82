"""metrics.json of a run: every number of it, null where undefined (experiments/results.py has its schema)."""

from pathlib import Path

from data_prep.system.errors import InputError
from data_prep.system.files import load_json, save_json

METRICS_FILE = "metrics.json"


def save_metrics(run, metrics):
    """Write metrics.json of the run folder `run`."""
    save_json(Path(run) / METRICS_FILE, metrics)


def load_metrics(run):
    """metrics.json of the run folder `run`, a dictionary.

    Raises FileNotFoundError where there is none, InputError where it is garbage.
    """
    path = Path(run) / METRICS_FILE
    try:
        metrics = load_json(path)
    except ValueError as error:
        raise InputError(f"{path}: damaged ({error}); run its experiment again") from error
    if not isinstance(metrics, dict):
        raise InputError(f"{path}: damaged; run its experiment again")
    return metrics
