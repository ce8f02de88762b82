"""One fold from subject files to scores (paper: Sec. V).

  1  train on the training subjects, stop by the validation subjects' loss
  2  train afresh on training + validation subjects, for as many iterations
  3  extract the last fully connected layer for training + validation and for the test frames
  4  QDA per AU on those features; beside it PCA + LDA on the same crops

A fold is a task of its own: files in, one scores file per test set out, any number of folds at once. What is there and
up to date is not computed again: steps 1 and 2, and each test set.
"""

import functools
import json
from pathlib import Path

import numpy as np

from data_prep.balance import balance
from data_prep.errors import InputError
from data_prep.files import remove, whole
from data_prep.frames import load_frames, write_frames
from data_prep.lmdb_pair import image_lmdb, label_lmdb
from data_prep.normalize import center_crop, from_scale, to_bytes
from prototxt import caffe_pb2
from tools.classify import classify, fit_lda, fit_qda, pca
from tools.early_stopping import best_iteration
from tools.extract import extract
from tools.net import clone, in_phase, is_label, last_layer, load_solver, with_sources
from tools.scores import FoldScores, load_scores, save_features, save_scores
from tools.task import digest, save_task
from tools.train import WEIGHTS, load_log, train

TRAINING, RETRAINING = "train", "retrain"  # folders of steps 1 and 2
TRAINED = "trained.json"  # {"fingerprint", "iterations"}; written last, so its presence means the weights are whole


def run_fold(task):
    """Bring a fold up to date; returns its folder."""
    Path(task.folder).mkdir(parents=True, exist_ok=True)
    save_task(task)
    both = load_frames(task.files(task.fold.train + task.fold.val), task.aus)
    iterations = trained_iterations(task)
    if iterations is None:
        iterations = train_both(task, both)
    pending = [test for test in task.fold.tests if not is_scored(task, test)]
    if pending:
        net, train_feature = task.built_net(), features(task, both, both.mean)
        save_features(task.folder, train_feature, both.label)
    for test in pending:
        frames = load_frames(task.files(task.fold.tests[test]), task.aus)
        score_test(task, test, net, both, train_feature, frames, iterations)
    return task.folder


def is_done(task):
    """Whether weights and all scores are there and made from this very task."""
    return trained_iterations(task) is not None and all(is_scored(task, test) for test in task.fold.tests)


def is_scored(task, test):
    try:
        return load_scores(task.folder, test).facts["fingerprint"] == task.scores_fingerprint(test)
    except FileNotFoundError:
        return False
    except Exception:  # a damaged file is as good as none: it is written again
        return False


def trained_iterations(task):
    """Iterations of either training if the weights are there and up to date, else None."""
    try:
        facts = json.loads((Path(task.folder) / TRAINED).read_text())
        return facts["iterations"] if facts["fingerprint"] == task.training_fingerprint() else None
    except (OSError, ValueError, KeyError):
        return None


def train_both(task, both):
    """Steps 1 and 2; returns the iterations of either."""
    folder, net = Path(task.folder), task.built_net()
    remove(folder / TRAINED)
    solver, rng = seeded_solver(task)
    stop_early(task, net, solver, both, rng)
    iterations = load_log(folder / TRAINING)[0][-1][0]
    retrain(task, net, solver, iterations, both, rng)
    with whole(folder / TRAINED) as part:
        part.write_text(json.dumps({"fingerprint": task.training_fingerprint(), "iterations": iterations}) + "\n")
    return iterations


def validate(task):
    """Step 1 alone, for comparing nets and solvers: (lowest validation loss in nats, its iteration, the last one)."""
    Path(task.folder).mkdir(parents=True, exist_ok=True)
    save_task(task)
    both = load_frames(task.files(task.fold.train + task.fold.val), task.aus)
    solver, rng = seeded_solver(task)
    stop_early(task, task.built_net(), solver, both, rng)
    training, validation = load_log(Path(task.folder) / TRAINING)
    best = best_iteration(validation)
    return dict(validation)[best], best, training[-1][0]


def seeded_solver(task):
    """The solver as the task wants it, and the random generator of the fold."""
    rng = np.random.default_rng([task.seed, int(digest(task.fold.train, task.fold.val)[:8], 16)])
    solver = load_solver(task.solver)
    solver.max_iter = solver.max_iter if task.iterations is None else task.iterations
    # ours: a shortened run validates as many times as a long one, at least ten
    solver.test_interval = min(solver.test_interval, max(solver.max_iter // 10, 1))
    solver.display = min(solver.display or solver.test_interval, solver.test_interval)
    solver.random_seed = int(rng.integers(1, 2**31))
    return solver, rng


def stop_early(task, net, solver, both, rng):
    """Step 1: train on the training frames among `both`, stop by the others' loss (paper: Sec. V)."""
    training, validation = (both.of(names) for names in (task.fold.train, task.fold.val))
    folder, batch = Path(task.folder), image_layer(net, caffe_pb2.TEST).data_param.batch_size
    if len(validation.label) < batch:
        raise InputError(f"{len(validation.label)} validation frames are fewer than the TEST batch_size of {batch}; "
                         "prepare more frames or lower batch_size in the prototxt")
    batches = len(validation.label) // batch  # ours: whole batches, or Caffe's TEST cursor drifts
    solver = clone(solver)
    solver.test_iter[:] = [batches]
    write_frames(folder / "train", training, training.mean, training_order(task, training, rng), task.quantize)
    write_frames(folder / "val", validation, training.mean, rng.permutation(len(validation.label))[: batches * batch],
                 task.quantize)
    train(with_sources(net, folder / "train", folder / "val"), solver, folder / TRAINING, task.device)
    discard(task, "train", "val")


def retrain(task, net, solver, iterations, both, rng):
    """Step 2: train afresh on training + validation frames."""
    folder = Path(task.folder)
    solver = clone(solver)
    solver.max_iter = iterations
    del solver.test_iter[:]
    solver.ClearField("test_interval")
    pair = folder / "trainval"  # for TEST too: nothing is validated, but the net stays one that can extract
    write_frames(pair, both, both.mean, training_order(task, both, rng), task.quantize)
    train(with_sources(net, pair, pair), solver, folder / RETRAINING, task.device)
    discard(task, "trainval")


def training_order(task, frames, rng):
    """int64: the frames to train on, shuffled. Balancing does not touch the mean image, validation, test, nor QDA."""
    return rng.permutation(balance(frames.label, task.balance, rng))


def features(task, frames, train_mean, weights=None):
    """Step 3: QDA's features of `frames`, float32 [n, K] in their order. `weights`: other ones than the fold's."""
    net, weights = task.built_net(), weights or Path(task.folder) / RETRAINING / WEIGHTS
    prefix = Path(task.folder) / "extract"
    write_frames(prefix, frames, train_mean, np.arange(len(frames.label)), task.quantize)
    feature = extract(net, weights, prefix, feature_blob(task, net), prefix.with_suffix(".npz"), task.device)
    remove(prefix.with_suffix(".npz"))
    discard(task, "extract")
    if not (feature.std(axis=0) > 1e-6 * (1 + np.abs(feature).max())).any():
        raise InputError(f"{weights}: the trained net gives every image the same features, its units have died; "
                         "lower base_lr in the solver")
    return feature


def feature_blob(task, net):
    return task.blob or last_layer(net).top[0]


def score_test(task, test, net, both, train_feature, frames, iterations):
    """Step 4 on one test set: writes its scores file."""
    feature, score, reasons = features(task, frames, both.mean), {}, {}
    fit = functools.partial(fit_qda, priors=task.priors)
    score["qda"], reasons["qda"] = classify(fit, train_feature, both.label, feature)
    train_projection, projection = pca(*baseline_features(net, both, frames))
    score["pca_lda"], reasons["pca_lda"] = classify(fit_lda, train_projection, both.label, projection)
    if feature_blob(task, net) == last_layer(net).top[0]:
        score["logit"], reasons["logit"] = feature[:, : len(task.aus)].astype(np.float64), {}
    facts = {"fold": task.name, "fingerprint": task.scores_fingerprint(test), "iterations": iterations,
             "reasons": {name: {str(task.aus[column]): why for column, why in reasons[name].items()} for name in reasons}}
    save_scores(task.folder, test,
                FoldScores(score, feature, frames.label, frames.frame, frames.sequence, frames.subject, facts))


def discard(task, *prefixes):
    """A fold's LMDBs are scratch."""
    for prefix in prefixes if not task.keep_lmdb else ():
        remove(image_lmdb(Path(task.folder) / prefix))
        remove(label_lmdb(Path(task.folder) / prefix))


def image_layer(net, phase):
    return next(layer for layer in net.layer
                if layer.type == "Data" and not is_label(layer) and in_phase(layer, phase))


def baseline_features(net, training, test):
    """What the net sees of each frame, flattened: the same bytes, the same centre crop."""
    mean = training.mean
    size = image_layer(net, caffe_pb2.TEST).transform_param.crop_size or mean.shape[0]
    for frames in (training, test):
        crop = center_crop(from_scale(to_bytes(frames.difference, mean)), size)
        yield crop.reshape(len(crop), -1)
