"""metrics.json of a run."""

import json
import math
from pathlib import Path

from data_prep.system.files import atomic


def save_metrics(path, metrics):
    """Write metrics.json; what is undefined (NaN) becomes null."""
    with atomic(path) as part:
        part.write_text(json.dumps(without_nan(metrics), indent=1) + "\n")


def load_metrics(run):
    """metrics.json of the run folder `run`. Raises FileNotFoundError where there is none."""
    return json.loads((Path(run) / "metrics.json").read_text())


def without_nan(value):
    if isinstance(value, dict):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value
