"""What a fold leaves: the features its classifiers were fitted on, and its scores on each test set.

<folder>/features.npz        feature float32 [n, K], label int8 [n, C] of the frames that QDA is fitted on; fingerprint
<folder>/features_train.npz  the same of the training frames of step 1, by its net
<folder>/scores_<test>.npz   a FoldScores
<folder>/validation.npz      the FoldScores of the validation subjects, by classifiers of these training frames
"""

import json
from typing import NamedTuple

import numpy as np

from data_prep.subjects.splits import HELD_OUT
from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from tools.folds.folder import RETRAINING, features_path, scores_path
from tools.statistics.calibration import Calibration

BY_CLASSIFIER = ("score", "calibration")  # fields of FoldScores that are dictionaries


class FoldScores(NamedTuple):
    """The scores on one test set of m frames, for C AUs.

    score     {classifier: float64 [m, C]} log-odds by those of tools/folds/classifiers.py
    calibration {classifier: Calibration of its scores}; none for validation subjects
    feature   float32 [m, K] what QDA saw
    label     int8 [m, C]
    intensity int8 [m, C], as in subject files
    frame     int64 [m]
    sequence  str [m]
    subject   str [m]
    facts     {"fold": name, "iterations": of either training, "reasons": {"qda": {AU: why its scores are NaN, or
              its QDA is not a plain one}, ...}, "uncalibrated": {"qda": {AU: why its calibration is not its own}, ...},
              "start": the Start of its training (tools/net/starting_weights.py) or None,
              "features": fingerprint of `feature`, "fingerprint": of the scores}
    """

    score: dict
    calibration: dict
    feature: np.ndarray
    label: np.ndarray
    intensity: np.ndarray
    frame: np.ndarray
    sequence: np.ndarray
    subject: np.ndarray
    facts: dict


def save_scores(folder, test, scores):
    arrays = scores._asdict()
    named = {f"{field}_{name}": values for field in BY_CLASSIFIER for name, values in arrays.pop(field).items()}
    with atomic(scores_path(folder, test)) as part:
        np.savez(part, **arrays | named | {"facts": json.dumps(scores.facts)})


def load_scores(folder, test=HELD_OUT):
    """A fold's FoldScores on a test set. Raises FileNotFoundError where there are none, InputError where damaged."""
    path = scores_path(folder, test)
    arrays = load_arrays(path)
    score, calibration = (
        {name.removeprefix(f"{field}_"): values for name, values in arrays.items() if name.startswith(f"{field}_")}
        for field in BY_CLASSIFIER
    )
    try:
        calibration = {name: Calibration(*values) for name, values in calibration.items()}
        plain = {name: arrays[name] for name in FoldScores._fields if name not in (*BY_CLASSIFIER, "facts")}
        return FoldScores(score=score, calibration=calibration, **plain, facts=json.loads(str(arrays["facts"])))
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path}: not a fold's scores ({error!r}); run the experiment again") from error


def save_features(folder, feature, label, fingerprint, step=RETRAINING):
    with atomic(features_path(folder, step)) as part:
        np.savez(part, feature=feature, label=label, fingerprint=fingerprint)


def features_are(folder, fingerprint, step=RETRAINING):
    """Whether a fold's features of a step are complete and have this fingerprint."""
    try:
        return str(load_arrays(features_path(folder, step))["fingerprint"]) == fingerprint
    except (FileNotFoundError, InputError, KeyError):
        return False


def load_features(folder, step=RETRAINING):
    """(feature float32 [n, K], label int8 [n, C]) that a fold's QDA was fitted on, or that of step 1.

    Raises FileNotFoundError where there are none, InputError where they are damaged.
    """
    arrays = load_arrays(features_path(folder, step))
    try:
        return arrays["feature"], arrays["label"]
    except KeyError as error:
        raise InputError(f"{features_path(folder, step)}: has no {error}; run the experiment again") from error


def load_arrays(path):
    """{name: array} of a .npz, all of it, which verifies its checksums."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except (FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # numpy and zipfile raise many kinds on a damaged file
        raise InputError(f"{path}: damaged ({error}); run the experiment again, which makes it anew") from error
