"""One fold from subject files to scores (paper: Sec. V).

  1, 2  train, with early stopping, and train afresh (tools/folds/training.py)
  3     extract the last fully connected layer for the frames of step 2 and for the test frames
  4     QDA per AU on those features; beside it PCA + LDA on the same crops

A fold is a task of its own: files in, one scores file per test set out, any number of folds at once. What is there and
up to date is not computed again: the weights, the features, and the scores of each test set.
"""

from pathlib import Path

import numpy as np

from data_prep.subjects.normalize import to_bytes
from data_prep.system.errors import InputError
from tools.folds.classifiers import qda_of
from tools.folds.features import check_alive, feature_blob, features, trained_net
from tools.folds.folder import load_trained
from tools.folds.scores import FoldScores, features_are, load_features, load_scores, save_features, save_scores
from tools.folds.task import save_task
from tools.folds.training import is_trained, train_fold
from tools.net.preprocessing import preprocessing_of
from tools.net.roles import scores_blob
from tools.statistics.classify import classify, fit_lda, pca


def run_fold(task):
    """Bring a fold up to date; returns its folder."""
    Path(task.folder).mkdir(parents=True, exist_ok=True)
    save_task(task)
    if not is_trained(task):
        train_fold(task)
    fingerprint = task.features_fingerprint(load_trained(task.folder).fingerprint)
    pending = [test for test in task.fold.tests if not is_scored(task, test)]
    has_features = features_are(task.folder, fingerprint)
    if pending or not has_features:
        fitted = task.frames(task.fold.fitted)
        if not has_features:
            feature = features(task, fitted, fitted.mean)
            check_alive(task, feature)
            save_features(task.folder, feature, fitted.label, fingerprint)
        train_feature, _ = load_features(task.folder)
        for test in pending:
            score_test(task, test, fitted, train_feature)
    return task.folder


def is_done(task):
    """Whether weights, features and all scores are there and made from this very task."""
    return (
        is_trained(task)
        and features_are(task.folder, task.features_fingerprint())
        and all(is_scored(task, test) for test in task.fold.tests)
    )


def is_scored(task, test):
    scores = readable_scores(task, test)
    return scores is not None and scores.facts.get("fingerprint") == task.scores_fingerprint(test)


def readable_scores(task, test):
    """The FoldScores of a test set, out of date or not; None where there are none that can be read."""
    try:
        return load_scores(task.folder, test)
    except (FileNotFoundError, InputError):
        return None


def score_test(task, test, fitted, train_feature):
    """Step 4 on one test set: writes its scores file."""
    net, trained, frames = trained_net(task), load_trained(task.folder), task.frames(task.fold.tests[test])
    feature, score, reasons = test_features(task, test, frames, fitted.mean), {}, {}
    score["qda"], reasons["qda"] = classify(qda_of(task), train_feature, fitted.label, feature)
    train_projection, projection = pca(*baseline_features(net, fitted, frames))
    score["pca_lda"], reasons["pca_lda"] = classify(fit_lda, train_projection, fitted.label, projection)
    if feature_blob(task, net) == scores_blob(net):
        score["logit"], reasons["logit"] = feature[:, : len(task.aus)].astype(np.float64), {}
    facts = {
        "fold": task.name,
        "fingerprint": task.scores_fingerprint(test, trained.fingerprint),
        "features": task.test_features_fingerprint(test, trained.fingerprint),
        "iterations": trained.iterations,
        "reasons": {name: {str(task.aus[column]): why for column, why in reasons[name].items()} for name in reasons},
    }
    tested = {field: getattr(frames, field) for field in ("label", "intensity", "frame", "sequence", "subject")}
    save_scores(task.folder, test, FoldScores(score=score, feature=feature, **tested, facts=facts))


def test_features(task, test, frames, train_mean):
    """Step 3 for a test set; those beside its old scores where only the scoring has changed."""
    scores, trained = readable_scores(task, test), load_trained(task.folder).fingerprint
    if scores is not None and scores.facts.get("features") == task.test_features_fingerprint(test, trained):
        return scores.feature
    return features(task, frames, train_mean)


def baseline_features(net, training, test):
    """What the net sees of each frame, flattened: the same bytes, the same center crop."""
    preprocessing = preprocessing_of(net)
    for frames in (training, test):
        seen = preprocessing.apply(to_bytes(frames.difference, training.mean)[:, None])
        yield seen.reshape(len(seen), -1)
