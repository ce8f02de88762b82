"""What stands in a fold's folder, <run>/fold_<name>, beside its features and scores (tools/folds/scores.py).

task.json      the FoldTask (tools/folds/task.py)
train/         run folder of step 1, which finds out how long to train
retrain/       run folder of step 2, whose weights are the fold's
trained.json   {"fingerprint": of what step 1 began with, "iterations": of either step; null until the weights are
               complete}
"""

from pathlib import Path

from data_prep.system.files import load_json, save_json
from tools.engines.run_folder import NET, WEIGHTS

TASK, TRAINED = "task.json", "trained.json"
TRAINING, RETRAINING = "train", "retrain"


def fold_folder(run, name):
    """Folder of the fold `name` in the run folder `run`."""
    return Path(run) / f"fold_{name}"


def net_path(folder):
    """Path of the net as it was trained; the prototxt that it came from may have been edited since."""
    return Path(folder) / RETRAINING / NET


def deploy_path(folder):
    return Path(folder) / RETRAINING / "deploy.prototxt"


def weights_path(folder):
    return Path(folder) / RETRAINING / WEIGHTS


def save_trained(folder, fingerprint, iterations):
    save_json(Path(folder) / TRAINED, {"fingerprint": fingerprint, "iterations": iterations})


def load_trained(folder):
    """trained.json. Raises FileNotFoundError where there is none, ValueError where it is garbage."""
    return load_json(Path(folder) / TRAINED)
