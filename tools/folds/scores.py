"""What a fold leaves: the features its classifiers were fitted on, and its scores on each test set.

<folder>/features.npz       feature float32 [n, K], label int8 [n, C] of the frames that QDA is fitted on; fingerprint
<folder>/scores_<test>.npz  a FoldScores
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.subjects.splits import HELD_OUT
from data_prep.system.errors import InputError
from data_prep.system.files import atomic, remove


class FoldScores(NamedTuple):
    """The scores on one test set of m frames, for C AUs.

    score     {"qda": float64 [m, C] log-odds by QDA, "pca_lda": the same by the baseline, "logit": the net's own}
    feature   float32 [m, K] what QDA saw
    label     int8 [m, C]
    intensity int8 [m, C], as in subject files
    frame     int64 [m]
    sequence  str [m]
    subject   str [m]
    facts     {"fold": name, "iterations": of either training, "reasons": {"qda": {AU: why its scores are NaN, or
              its QDA is not a plain one}, ...},
              "features": fingerprint of `feature`, "fingerprint": of the scores}
    """

    score: dict
    feature: np.ndarray
    label: np.ndarray
    intensity: np.ndarray
    frame: np.ndarray
    sequence: np.ndarray
    subject: np.ndarray
    facts: dict


def scores_path(folder, test=HELD_OUT):
    return Path(folder) / f"scores_{test}.npz"


def save_scores(folder, test, scores):
    arrays = scores._asdict()
    score, facts = arrays.pop("score"), arrays.pop("facts")
    with atomic(scores_path(folder, test)) as part:
        np.savez(part, **arrays, facts=json.dumps(facts), **{f"score_{name}": values for name, values in score.items()})


def load_scores(folder, test=HELD_OUT):
    """A fold's FoldScores on a test set. Raises FileNotFoundError where there are none, InputError where damaged."""
    path = scores_path(folder, test)
    arrays = load_arrays(path)
    score = {name.removeprefix("score_"): values for name, values in arrays.items() if name.startswith("score_")}
    try:
        return FoldScores(score, *(arrays[name] for name in FoldScores._fields[1:-1]), json.loads(str(arrays["facts"])))
    except (KeyError, ValueError) as error:
        raise InputError(f"{path}: not a fold's scores ({error!r}); run the experiment again") from error


def features_path(folder):
    return Path(folder) / "features.npz"


def save_features(folder, feature, label, fingerprint):
    with atomic(features_path(folder)) as part:
        np.savez(part, feature=feature, label=label, fingerprint=fingerprint)


def features_are(folder, fingerprint):
    """Whether a fold's features.npz is complete and has this fingerprint."""
    try:
        return str(load_arrays(features_path(folder))["fingerprint"]) == fingerprint
    except (FileNotFoundError, InputError, KeyError):
        return False


def load_features(folder):
    """(feature float32 [n, K], label int8 [n, C]) that a fold's QDA was fitted on.

    Raises FileNotFoundError where there are none, InputError where they are damaged.
    """
    arrays = load_arrays(features_path(folder))
    try:
        return arrays["feature"], arrays["label"]
    except KeyError as error:
        raise InputError(f"{features_path(folder)}: has no {error}; run the experiment again") from error


def discard_results(folder):
    """Remove the features and scores of a fold that is about to be trained: they will not be of its new weights."""
    for path in (features_path(folder), *Path(folder).glob("scores_*.npz")):
        remove(path)


def load_arrays(path):
    """{name: array} of a .npz, all of it, which verifies its checksums."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except (FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # numpy and zipfile raise many kinds on a damaged file
        raise InputError(f"{path}: damaged ({error}); run the experiment again, which makes it anew") from error
