"""A finished fold without training: one feature, one AU that is present in one frame of ten."""

import numpy as np

from data_prep.subjects.splits import Fold
from tools.folds.scores import FoldScores, save_features, save_scores
from tools.folds.task import FoldTask, save_task

LABEL = np.array([[0]] * 90 + [[1]] * 10, np.int8)
FEATURE = np.array([[-1], [1]] * 45 + [[0], [2]] * 5, np.float32)  # means 0 and 1, variance 1
BETWEEN = np.array([[0.7]], np.float32)  # nearer to presence, which is nine times rarer


def fold_task(folder, priors, test="test"):
    """The FoldTask of a fold whose files are not there."""
    return FoldTask(
        "S1", Fold(("S2",), ("S3",), {test: ("S1",)}), str(folder), {}, (12,), "net", "solver", 0, priors=priors
    )


def finished_fold(folder, priors, test="test", classifiers=("qda", "pca_lda", "logit")):
    """Write the files of a fold that is tested on the frame BETWEEN, coded as present; returns its FoldTask."""
    folder.mkdir(parents=True)
    task, one = fold_task(folder, priors, test), np.array(["S1"])
    save_task(task)
    save_features(folder, FEATURE, LABEL, "")
    facts = {"fold": "S1", "fingerprint": "", "iterations": 1, "reasons": {name: {} for name in classifiers}}
    save_scores(
        folder,
        test,
        FoldScores(
            {name: np.zeros((1, 1)) for name in classifiers},
            BETWEEN,
            np.array([[1]], np.int8),
            np.array([1]),
            one,
            one,
            facts,
        ),
    )
    return task
