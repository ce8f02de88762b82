"""What the classifiers of a fold see: the output of a layer of its trained net (paper: Sec. IV), frame by frame."""

from pathlib import Path

import numpy as np

from data_prep.subjects.frames import write_frames
from data_prep.system.errors import InputError
from data_prep.system.files import remove
from tools.engines.extraction import extract
from tools.folds.folder import EXTRACT_PAIR, RETRAINING, net_path, weights_path
from tools.folds.training import discard
from tools.net.prototxt import load_net
from tools.net.roles import last_layer


def features(task, frames, train_mean, step=RETRAINING, weights=None):
    """Step 3: QDA's features of `frames`, float32 [n, K] in their order, by the net of a step of training.

    weights  path of other ones than those
    """
    net, weights = trained_net(task), weights or weights_path(task.folder, step)
    prefix = Path(task.folder) / EXTRACT_PAIR
    out = prefix.with_suffix(".npz")
    write_frames(prefix, frames, train_mean, np.arange(len(frames.label)), task.quantize)
    blob = feature_blob(task, net)
    feature = extract(net, weights, lmdb_prefix=prefix, blob=blob, out=out, device=task.device, engine=task.engine)
    remove(out)
    discard(task, EXTRACT_PAIR)
    return feature


def check_alive(task, feature):
    """Raise InputError if the features [n, K] of all fitted frames are the same.

    Those of test frames may be: a subject may have one frame.
    """
    if not (feature.std(axis=0) > 1e-6 * (1 + np.abs(feature).max())).any():
        raise InputError(
            f"{weights_path(task.folder)}: the trained net gives every image the same features, its units have died; "
            "lower base_lr in the solver"
        )


def trained_net(task):
    """The net as it was trained, a parsed message; the prototxt it came from may have been edited since."""
    return load_net(net_path(task.folder))


def feature_blob(task, net):
    return task.blob or last_layer(net).top[0]
