"""One fold from subject files to scores (paper: Sec. V).

  1, 2  train, with early stopping, and train afresh (tools/folds/training.py)
  3     extract the last fully connected layer for the frames of step 2 and for the test frames
  4     QDA per AU on those features; beside it PCA + LDA on the same crops

A fold is a task of its own: files in, one scores file per test set out, any number of folds at once. What is there and
up to date is not computed again: the weights, and each test set.
"""

import functools
from pathlib import Path

import numpy as np

from data_prep.subjects.frames import write_frames
from data_prep.subjects.normalize import center_crop, from_scale, to_bytes
from data_prep.system.errors import InputError
from data_prep.system.files import remove
from prototxt import caffe_pb2
from tools.engines.extraction import extract
from tools.engines.run_folder import NET, WEIGHTS
from tools.folds.scores import FoldScores, features_are, load_scores, save_features, save_scores
from tools.folds.task import save_task
from tools.folds.training import RETRAINING, discard, image_layer, load_trained, train_fold, trained_iterations
from tools.net.prototxt import last_layer, load_net
from tools.statistics.classify import classify, fit_lda, fit_qda, pca


def run_fold(task):
    """Bring a fold up to date; returns its folder."""
    Path(task.folder).mkdir(parents=True, exist_ok=True)
    save_task(task)
    if trained_iterations(task) is None:
        train_fold(task)
    trained = load_trained(task)["fingerprint"]
    pending = [test for test in task.fold.tests if not is_scored(task, test)]
    if pending or not features_are(task.folder, task.features_fingerprint(trained)):
        fitted = task.frames(task.fold.fitted)
        train_feature = features(task, fitted, fitted.mean)
        save_features(task.folder, train_feature, fitted.label, task.features_fingerprint(trained))
    for test in pending:
        score_test(task, test, fitted, train_feature)
    return task.folder


def is_done(task):
    """Whether weights, features and all scores are there and made from this very task."""
    return (
        trained_iterations(task) is not None
        and features_are(task.folder, task.features_fingerprint())
        and all(is_scored(task, test) for test in task.fold.tests)
    )


def is_scored(task, test):
    try:
        return load_scores(task.folder, test).facts["fingerprint"] == task.scores_fingerprint(test)
    except FileNotFoundError:
        return False
    except Exception:  # a damaged file is as good as none: it is written again
        return False


def features(task, frames, train_mean, weights=None):
    """Step 3: QDA's features of `frames`, float32 [n, K] in their order. `weights`: other ones than the fold's."""
    net, weights = trained_net(task), weights or Path(task.folder) / RETRAINING / WEIGHTS
    prefix = Path(task.folder) / "extract"
    write_frames(prefix, frames, train_mean, np.arange(len(frames.label)), task.quantize)
    feature = extract(
        net, weights, prefix, feature_blob(task, net), prefix.with_suffix(".npz"), task.device, task.engine
    )
    remove(prefix.with_suffix(".npz"))
    discard(task, "extract")
    if not (feature.std(axis=0) > 1e-6 * (1 + np.abs(feature).max())).any():
        raise InputError(
            f"{weights}: the trained net gives every image the same features, its units have died; "
            "lower base_lr in the solver"
        )
    return feature


def trained_net(task):
    """The net as it was trained, a parsed message; the prototxt it came from may have been edited since."""
    return load_net(Path(task.folder) / RETRAINING / NET)


def feature_blob(task, net):
    return task.blob or last_layer(net).top[0]


def score_test(task, test, fitted, train_feature):
    """Step 4 on one test set: writes its scores file."""
    net, trained, frames = trained_net(task), load_trained(task), task.frames(task.fold.tests[test])
    feature, score, reasons = features(task, frames, fitted.mean), {}, {}
    fit = functools.partial(fit_qda, priors=task.priors)
    score["qda"], reasons["qda"] = classify(fit, train_feature, fitted.label, feature)
    train_projection, projection = pca(*baseline_features(net, fitted, frames))
    score["pca_lda"], reasons["pca_lda"] = classify(fit_lda, train_projection, fitted.label, projection)
    if feature_blob(task, net) == last_layer(net).top[0]:
        score["logit"], reasons["logit"] = feature[:, : len(task.aus)].astype(np.float64), {}
    facts = {
        "fold": task.name,
        "fingerprint": task.scores_fingerprint(test, trained["fingerprint"]),
        "iterations": trained["iterations"],
        "reasons": {name: {str(task.aus[column]): why for column, why in reasons[name].items()} for name in reasons},
    }
    save_scores(
        task.folder,
        test,
        FoldScores(score, feature, frames.label, frames.frame, frames.sequence, frames.subject, facts),
    )


def baseline_features(net, training, test):
    """What the net sees of each frame, flattened: the same bytes, the same center crop."""
    mean = training.mean
    size = image_layer(net, caffe_pb2.TEST).transform_param.crop_size or mean.shape[0]
    for frames in (training, test):
        crop = center_crop(from_scale(to_bytes(frames.difference, mean)), size)
        yield crop.reshape(len(crop), -1)
