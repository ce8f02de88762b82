"""What stands in a fold's folder, <run>/fold_<name>, beside its features and scores (tools/folds/scores.py).

task.json      the FoldTask (tools/folds/task.py)
train/         run folder of step 1, which finds out how long to train
retrain/       run folder of step 2, whose weights are the fold's
trained.json   a Trained: written when step 1 begins, and again when the weights are complete
"""

from pathlib import Path
from typing import NamedTuple

from data_prep.subjects.splits import HELD_OUT, VALIDATION
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from data_prep.system.files import load_json, remove, save_json
from tools.engines.run_folder import DEPLOY, LOG, NET, SOLVER, WEIGHTS

TASK, TRAINED = "task.json", "trained.json"
TRAINING, RETRAINING = "train", "retrain"
# prefixes of the LMDB pairs, which are scratch: frames that train, that validate, that both do, that features are of
TRAIN_PAIR, VAL_PAIR, FITTED_PAIR, EXTRACT_PAIR = "train", "val", "trainval", "extract"
KEPT = tuple(f"{TRAINING}/{name}" for name in (NET, SOLVER, LOG, WEIGHTS)) + tuple(
    f"{RETRAINING}/{name}" for name in (NET, SOLVER, LOG, DEPLOY, WEIGHTS)
)  # what others read of a trained fold


class Trained(NamedTuple):
    """What trained.json says of a fold's training.

    fingerprint  of what step 1 began with (FoldTask.training_fingerprint)
    iterations   of either step; None until the weights are complete
    files        {name in the fold's folder: sha256} of KEPT; empty until then
    """

    fingerprint: str
    iterations: int | None
    files: dict


def fold_folder(run, name):
    """Folder of the fold `name` in the run folder `run`."""
    return Path(run) / f"fold_{name}"


def net_path(folder):
    """Path of the net as it was trained; the prototxt that it came from may have been edited since."""
    return Path(folder) / RETRAINING / NET


def deploy_path(folder):
    return Path(folder) / RETRAINING / DEPLOY


def weights_path(folder, step=RETRAINING):
    return Path(folder) / step / WEIGHTS


def features_path(folder, step=RETRAINING):
    return Path(folder) / ("features.npz" if step == RETRAINING else f"features_{step}.npz")


def scores_path(folder, test=HELD_OUT):
    return Path(folder) / ("validation.npz" if test == VALIDATION else f"scores_{test}.npz")


def discard_results(folder):
    """Remove the features and scores of a fold that is about to be trained: they will not be of its new weights."""
    kept = (features_path(folder), features_path(folder, TRAINING), scores_path(folder, VALIDATION))
    for path in (*kept, *Path(folder).glob("scores_*.npz")):
        remove(path)


def mark_begun(folder, fingerprint):
    """Note that a training with this fingerprint begins: what stands in the folder is no longer complete."""
    save_json(Path(folder) / TRAINED, Trained(fingerprint, None, {})._asdict())


def mark_complete(folder, iterations):
    """Note that the training that was begun has ended, and what it left."""
    files = {name: file_digest(Path(folder) / name) for name in KEPT}
    save_json(Path(folder) / TRAINED, Trained(load_trained(folder).fingerprint, iterations, files)._asdict())


def load_trained(folder):
    """The Trained of a fold's folder. Raises FileNotFoundError where there is none, InputError where it is garbage."""
    path = Path(folder) / TRAINED
    try:
        fields = load_json(path)
        trained = Trained(**fields)
        if not isinstance(trained.fingerprint, str) or not isinstance(trained.iterations, int | None):
            raise TypeError("a value of another type")
        return trained._replace(files=dict(trained.files))
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: not what a training leaves ({error}); run the experiment again") from error


def check_complete(folder):
    """The Trained of a fold whose training has ended and left what stands there now.

    Raises FileNotFoundError where there is no training, InputError naming the file that is not as it was left.
    """
    folder, trained = Path(folder), load_trained(folder)
    if trained.iterations is None:
        raise InputError(f"{folder}: its training has not ended; run its experiment again first")
    for name in KEPT:
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing; run the experiment again, which makes it anew")
        if file_digest(folder / name) != trained.files.get(name):
            raise InputError(
                f"{folder / name}: not as the training left it; run the experiment again, which makes it anew"
            )
    return trained
