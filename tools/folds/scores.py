"""What a fold leaves: the features its classifiers were fitted on, and its scores on each test set.

<folder>/features.npz       feature float32 [n, K], label int8 [n, C] of the frames its QDA is fitted on, and a fingerprint
<folder>/scores_<test>.npz  a FoldScores
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.subjects.splits import HELD_OUT
from data_prep.system.files import atomic


class FoldScores(NamedTuple):
    """The scores on one test set of m frames, for C AUs.

    score     {"qda": float64 [m, C] log-odds by QDA, "pca_lda": the same by the baseline, "logit": the net's own}
    feature   float32 [m, K] what QDA saw
    label     int8 [m, C]
    frame     int64 [m]
    sequence  str [m]
    subject   str [m]
    facts     {"fold": name, "iterations": of either training, "reasons": {"qda": {AU: why its scores are NaN}, ...},
              "features": fingerprint of `feature`, "fingerprint": of the scores}
    """

    score: dict
    feature: np.ndarray
    label: np.ndarray
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
    """Read a fold's scores on a test set. Raises FileNotFoundError where there are none."""
    with np.load(scores_path(folder, test), allow_pickle=False) as arrays:
        score = {key.removeprefix("score_"): arrays[key] for key in arrays if key.startswith("score_")}
        return FoldScores(
            score, *(arrays[field] for field in FoldScores._fields[1:-1]), json.loads(str(arrays["facts"]))
        )


def features_path(folder):
    return Path(folder) / "features.npz"


def save_features(folder, feature, label, fingerprint):
    with atomic(features_path(folder)) as part:
        np.savez(part, feature=feature, label=label, fingerprint=fingerprint)


def features_are(folder, fingerprint):
    """Whether a fold's features.npz is complete and has this fingerprint."""
    try:
        load_features(folder)  # reading everything verifies the checksums in the file
        with np.load(features_path(folder), allow_pickle=False) as arrays:
            return str(arrays["fingerprint"]) == fingerprint
    except Exception:  # numpy and zipfile raise many kinds on a damaged file, which is as good as none
        return False


def load_features(folder):
    """(feature float32 [n, K], label int8 [n, C]) that a fold's QDA was fitted on."""
    with np.load(features_path(folder), allow_pickle=False) as arrays:
        return arrays["feature"], arrays["label"]
