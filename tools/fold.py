"""One fold from subject files to scores (paper: Sec. V).

  1  train on the training subjects, stop by the validation subjects' loss
  2  train afresh on training + validation subjects, for as many iterations
  3  extract the last fully connected layer for training + validation and for test frames
  4  QDA per AU on those features; beside it PCA + LDA on the same crops

A fold is a task of its own: files in, `scores.npz` out, any number of folds at once.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.balance import balance
from data_prep.errors import InputError
from data_prep.files import remove, whole
from data_prep.frames import join, load_frames, write_frames
from data_prep.lmdb_pair import image_lmdb, label_lmdb
from data_prep.normalize import center_crop, from_scale, to_bytes
from data_prep.splits import Fold
from data_prep.subjects import load_subject
from prototxt import caffe_pb2
from tools.classify import classify, fit_lda, fit_qda, pca
from tools.engine import ROOT
from tools.extract import extract
from tools.net import clone, for_labels, in_phase, is_label, last_layer, load_net, load_solver, with_sources
from tools.train import load_log, train

SCORES, FEATURES, TRAINING, RETRAINING = "scores.npz", "features.npz", "train", "retrain"
# a change in any of these makes finished folds out of date
SCORING_CODE = ("layers/*.py", "data_prep/frames.py", "data_prep/normalize.py", "data_prep/lmdb_pair.py",
                "data_prep/aus.py", "data_prep/balance.py", "tools/fold.py", "tools/classify.py", "tools/train.py",
                "tools/extract.py", "tools/net.py", "tools/caffe_engine.py", "tools/early_stopping.py")


class FoldTask(NamedTuple):
    """What a fold is computed from; equal tasks give equal scores."""

    fold: Fold
    folder: str  # run folder of this fold
    subjects: dict  # {subject: (path of its file, sha256 of the file)}
    net: str  # prototxt paths
    solver: str
    seed: int
    iterations: int | None = None  # instead of the solver's max_iter
    device: str = "cpu"
    keep_lmdb: bool = False
    quantize: bool = True  # False: pixels stay floats, to measure what one byte per pixel costs
    balance: str = "none"  # a strategy of data_prep/balance.py (paper: Sec. IV, without a gain)

    def fingerprint(self):
        """A digest of all that the scores depend on: nets as parsed, code, data, split, seed."""
        parts = [self.fold, sorted((name, digest) for name, (_, digest) in self.subjects.items()), self.seed,
                 self.iterations, self.device, self.quantize, self.balance,
                 load_net(self.net).SerializeToString().hex(), load_solver(self.solver).SerializeToString().hex(),
                 *(path.read_text() for pattern in SCORING_CODE for path in sorted(ROOT.glob(pattern)))]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class FoldScores(NamedTuple):
    """What a fold leaves in scores.npz; n test frames, C AUs.

    score     {"qda": float64 [n, C] log-odds by QDA, "pca_lda": the same by the baseline}
    label     int8 [n, C]
    frame     int64 [n]
    sequence  str [n]
    subject   str [n]
    facts     {"iterations": of either training, "reasons": {"qda": {AU: why its scores are NaN}, "pca_lda": ...},
              "fingerprint": of the task}
    """

    score: dict
    label: np.ndarray
    frame: np.ndarray
    sequence: np.ndarray
    subject: np.ndarray
    facts: dict


def save_scores(path, scores):
    with whole(path) as part:
        np.savez(part, label=scores.label, frame=scores.frame, sequence=scores.sequence,
                 subject=scores.subject, facts=json.dumps(scores.facts),
                 **{f"score_{name}": score for name, score in scores.score.items()})


def load_scores(path):
    """Read scores.npz. Raises FileNotFoundError where there is none."""
    with np.load(path, allow_pickle=False) as arrays:
        score = {key.removeprefix("score_"): arrays[key] for key in arrays if key.startswith("score_")}
        return FoldScores(score, arrays["label"], arrays["frame"], arrays["sequence"], arrays["subject"],
                          json.loads(str(arrays["facts"])))


def save_features(path, train_feature, train_label, test_feature):
    """What QDA was fitted on and scored: float32 [n, K], int8 [n, C], float32 [m, K]."""
    with whole(path) as part:
        np.savez(part, train_feature=train_feature, train_label=train_label, test_feature=test_feature)


def load_features(path):
    """(train_feature, train_label, test_feature) of a fold's features.npz."""
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["train_feature"], arrays["train_label"], arrays["test_feature"]


def is_done(task):
    """Whether scores.npz is there and made from this very task."""
    try:
        return load_scores(Path(task.folder) / SCORES).facts["fingerprint"] == task.fingerprint()
    except FileNotFoundError:
        return False
    except Exception:  # a damaged file is as good as none: it is written again
        return False


def save_task(task):
    """Write task.json, the fold's configuration, for whoever wants to repeat or vary it."""
    with whole(Path(task.folder) / "task.json") as part:
        part.write_text(json.dumps(task._asdict(), indent=1) + "\n")


def load_task(folder):
    """The FoldTask of a fold's folder."""
    fields = json.loads((Path(folder) / "task.json").read_text())
    return FoldTask(**fields | {"fold": Fold(*map(tuple, fields["fold"]))})


def file_digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def run_fold(task):
    """Run one fold; returns the path of its scores.npz."""
    folder = Path(task.folder)
    remove(folder / SCORES)
    save_task(task)
    held_out = int(hashlib.sha256("".join(task.fold.test).encode()).hexdigest()[:8], 16)
    rng = np.random.default_rng([task.seed, held_out])
    training, validation, test = (load_frames([task.subjects[name][0] for name in names])
                                  for names in (task.fold.train, task.fold.val, task.fold.test))
    aus = load_subject(task.subjects[task.fold.test[0]][0]).au.tolist()
    net = for_labels(load_net(task.net), len(aus) + 1)
    solver = load_solver(task.solver)
    solver.max_iter = solver.max_iter if task.iterations is None else task.iterations
    # ours: a shortened run validates as many times as a long one, at least ten
    solver.test_interval = min(solver.test_interval, max(solver.max_iter // 10, 1))
    solver.display = min(solver.display or solver.test_interval, solver.test_interval)
    solver.random_seed = int(rng.integers(1, 2**31))

    iterations = stop_iteration(task, net, solver, training, validation, rng)
    both = join(training, validation)
    weights = retrain(task, net, solver, iterations, both, rng)
    train_feature, test_feature = (features(task, net, weights, frames, both.mean) for frames in (both, test))

    score, reasons = {}, {}
    score["qda"], reasons["qda"] = classify(fit_qda, train_feature, both.label, test_feature)
    train_projection, test_projection = pca(*baseline_features(net, both, test))
    score["pca_lda"], reasons["pca_lda"] = classify(fit_lda, train_projection, both.label, test_projection)
    facts = {"fingerprint": task.fingerprint(), "iterations": iterations,
             "reasons": {name: {str(aus[column]): why for column, why in reasons[name].items()} for name in reasons}}
    save_features(folder / FEATURES, train_feature, both.label, test_feature)
    save_scores(folder / SCORES, FoldScores(score, test.label, test.frame, test.sequence, test.subject, facts))
    return str(folder / SCORES)


def stop_iteration(task, net, solver, training, validation, rng):
    """Step 1: the number of iterations at which early stopping ends (paper: Sec. V)."""
    folder, batch = Path(task.folder), image_layer(net, caffe_pb2.TEST).data_param.batch_size
    if len(validation.label) < batch:
        raise InputError(f"{len(validation.label)} validation frames are fewer than the TEST batch_size of {batch}; "
                         "prepare more frames or lower batch_size in the prototxt")
    batches = len(validation.label) // batch  # ours: whole batches, or Caffe's TEST cursor drifts
    solver = clone(solver)
    solver.test_iter[:] = [batches]
    mean = training.mean
    write_frames(folder / "train", training, mean, training_order(task, training, rng), task.quantize)
    write_frames(folder / "val", validation, mean, rng.permutation(len(validation.label))[: batches * batch],
                 task.quantize)
    train(with_sources(net, folder / "train", folder / "val"), solver, folder / TRAINING, task.device)
    discard(task, "train", "val")
    return load_log(folder / TRAINING)[0][-1][0]


def retrain(task, net, solver, iterations, both, rng):
    """Step 2: train afresh on training + validation frames; returns the path of the weights."""
    folder = Path(task.folder)
    solver = clone(solver)
    solver.max_iter = iterations
    del solver.test_iter[:]
    solver.ClearField("test_interval")
    pair = folder / "trainval"  # for TEST too: nothing is validated, but the net stays one that can extract
    write_frames(pair, both, both.mean, training_order(task, both, rng), task.quantize)
    weights = train(with_sources(net, pair, pair), solver, folder / RETRAINING, task.device)
    discard(task, "trainval")
    return weights


def training_order(task, frames, rng):
    """int64: the frames to train on, shuffled. Balancing does not touch the mean image, validation, test, nor QDA."""
    return rng.permutation(balance(frames.label, task.balance, rng))


def features(task, net, weights, frames, train_mean):
    """Step 3: the last fully connected layer's output for `frames`, float32 [n, K] in their order."""
    prefix = Path(task.folder) / "extract"
    write_frames(prefix, frames, train_mean, np.arange(len(frames.label)), task.quantize)
    feature = extract(net, weights, prefix, last_layer(net).top[0], prefix.with_suffix(".npz"), task.device)
    discard(task, "extract")
    if not (feature.std(axis=0) > 1e-6 * (1 + np.abs(feature).max())).any():
        raise InputError(f"{weights}: the trained net gives every image the same features, its units have died; "
                         "lower base_lr in the solver")
    return feature


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
