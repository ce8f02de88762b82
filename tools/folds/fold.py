"""One fold from subject files to scores (paper: Sec. V).

  1, 2  train, with early stopping, and train afresh (tools/folds/training.py)
  3     extract the last fully connected layer for the frames of step 2 and for the test frames
  4     fit QDA per AU on those features, and the baselines on the same crops (tools/folds/classifiers.py), and score
  5     the same with the net of step 1 and its training frames for the validation subjects, whom neither has seen: what
        their scores mean calibrates those of the test frames (tools/statistics/calibration.py)

A fold is a task of its own: files in, one scores file per test set out, any number of folds at once. What is there and
up to date is not computed again: the weights, the features, and the scores of each test set.
"""

from pathlib import Path

import numpy as np

from data_prep.subjects.splits import VALIDATION
from data_prep.system.errors import InputError
from tools.engines.training import load_start
from tools.folds.classifiers import LOGIT, scores_of
from tools.folds.features import check_alive, features
from tools.folds.folder import RETRAINING, TRAINING, load_trained
from tools.folds.scores import FoldScores, features_are, load_features, load_scores, save_features, save_scores
from tools.folds.task import save_task
from tools.folds.training import is_trained, train_fold
from tools.statistics.calibration import calibrate, uncalibrated


def run_fold(task):
    """Bring a fold up to date; returns its folder."""
    if task.threshold == "f1" and not task.fold.calibrating:
        raise InputError(
            f"fold {task.name}: THRESHOLD=f1 (--threshold f1) chooses on validation subjects that are not tested, and "
            "there are none; leave it out"
        )
    Path(task.folder).mkdir(parents=True, exist_ok=True)
    save_task(task)
    if not is_trained(task):
        train_fold(task)
    for step, tests in steps_of(task.fold).items():
        pending = [test for test in tests if not is_scored(task, test)]
        if pending or not has_features(task, step):
            score_tests(task, step, pending)
    return task.folder


def steps_of(fold):
    """{step of training: the test sets that its net is for}, in the order in which they are scored."""
    calibration = {TRAINING: [VALIDATION]} if fold.calibrating else {}
    return calibration | {RETRAINING: list(fold.tests)}


def is_done(task):
    """Whether weights, features and all scores are there and made from this very task."""
    return is_trained(task) and all(
        has_features(task, step) and all(is_scored(task, test) for test in tests)
        for step, tests in steps_of(task.fold).items()
    )


def has_features(task, step):
    training = load_trained(task.folder).fingerprint
    return features_are(task.folder, task.features_fingerprint(training), step)


def is_scored(task, test):
    scores = readable_scores(task, test)
    return scores is not None and scores.facts.get("fingerprint") == task.scores_fingerprint(test)


def readable_scores(task, test):
    """The FoldScores of a test set, out of date or not; None where there are none that can be read."""
    try:
        return load_scores(task.folder, test)
    except (FileNotFoundError, InputError):
        return None


def score_tests(task, step, tests):
    """Steps 3 and 4 for test sets that the net of a step is for; the features of its own frames, too."""
    names = task.fold.fitted if step == RETRAINING else task.fold.train
    frames, training = task.frames(names), load_trained(task.folder).fingerprint
    if not has_features(task, step):
        feature = features(task, frames, frames.mean, step)
        if step == RETRAINING:
            check_alive(task, feature)
        save_features(task.folder, feature, frames.label, task.features_fingerprint(training), step)
    fitting = (names, frames, load_features(task.folder, step)[0])
    for test in tests:
        score_test(task, step, test, fitting)


def score_test(task, step, test, fitting):
    """Steps 3 and 4 for one test set: writes its scores file. `fitting`: that of scores_of."""
    names, trained = task.fold.subjects_of(test), load_trained(task.folder)
    frames = task.frames(names)
    feature = test_features(task, step, test, frames, fitting[1].mean)
    score, reasons = scores_of(task, fitting, (names, frames, feature))
    calibration, why = ({}, {}) if test == VALIDATION else calibrations(task, score)
    start = load_start(Path(task.folder) / step)
    facts = {
        "fold": task.name,
        "fingerprint": task.scores_fingerprint(test, trained.fingerprint),
        "features": task.test_features_fingerprint(test, trained.fingerprint),
        "iterations": trained.iterations,
        "start": start and start._asdict(),
        "reasons": by_au(task, reasons),
        "uncalibrated": by_au(task, why),
    }
    tested = {field: getattr(frames, field) for field in ("label", "intensity", "frame", "sequence", "subject")}
    scores = FoldScores(score=score, calibration=calibration, feature=feature, **tested, facts=facts)
    save_scores(task.folder, test, scores)


def by_au(task, reasons):
    """{classifier: {AU: why}} from {classifier: {column: why}}."""
    return {name: {str(task.aus[column]): why for column, why in reasons[name].items()} for name in reasons}


def calibrations(task, classifiers):
    """({classifier: Calibration}, {classifier: {column: why not of its own frames}}), by the validation subjects."""
    found, why = {}, {}
    validation = load_scores(task.folder, VALIDATION) if task.fold.calibrating else None
    for name in classifiers:
        if validation is None:
            found[name] = uncalibrated(len(task.aus))
            why[name] = dict.fromkeys(range(len(task.aus)), "all validation subjects are tested")
        else:
            found[name], why[name] = calibrate(validation.score[name], validation.label, task.threshold)
        if name == LOGIT and task.threshold == "likelihood":  # a softmax weighs labels against each other: zero parts
            found[name].threshold[:] = np.nan  # nothing
    return found, why


def test_features(task, step, test, frames, train_mean):
    """Step 3 for a test set; those beside its old scores where only the scoring has changed."""
    scores, trained = readable_scores(task, test), load_trained(task.folder).fingerprint
    if scores is not None and scores.facts.get("features") == task.test_features_fingerprint(test, trained):
        return scores.feature
    return features(task, frames, train_mean, step)
