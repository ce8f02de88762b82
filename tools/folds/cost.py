"""cost.json of a fold's folder: what it took to compute, beside log.csv, which has the seconds of its trainings.

scoring_seconds  of features, classifiers and scores
engine_bytes     the most memory that an engine took, and
own_bytes        the process that computed the fold; of all folds that it has computed
"""

import contextlib
import resource
import time
from pathlib import Path

from data_prep.system.files import load_json, save_json

COST = "cost.json"
UNIT = 1024  # bytes in which Linux counts


@contextlib.contextmanager
def measured_scoring(folder):
    """Write cost.json of a fold whose scores are made within, after its training by the same process, if it trained."""
    start = time.time()
    yield
    engine, own = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    seconds = round(time.time() - start, 2)
    facts = {"scoring_seconds": seconds, "engine_bytes": engine * UNIT, "own_bytes": own * UNIT}
    save_json(Path(folder) / COST, facts)


def load_cost(folder):
    """What cost.json of a fold says; {} where there is none."""
    try:
        return load_json(Path(folder) / COST)
    except (FileNotFoundError, ValueError):
        return {}
