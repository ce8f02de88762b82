"""A finished fold without training: one feature, one AU that is present in one frame of ten."""

import json

import numpy as np

from data_prep.subjects.splits import Fold
from prototxt import caffe_pb2
from tools.folds.folder import net_path
from tools.folds.scores import FoldScores, save_features, save_scores
from tools.folds.task import FoldTask, save_task
from tools.net.prototxt import save_prototxt
from tools.statistics.calibration import uncalibrated

LABEL = np.array([[0]] * 90 + [[1]] * 10, np.int8)
FEATURE = np.array([[-1], [1]] * 45 + [[0], [2]] * 5, np.float32)  # means 0 and 1, variance 1
BETWEEN = np.array([[0.7]], np.float32)  # nearer to presence, which is nine times rarer
TESTED = np.array([[0.7], [-3]], np.float32)  # BETWEEN is coded as present, the other as absent


def fold_task(folder, priors, test="test", subject="S1"):
    """The FoldTask of a fold whose files are not there."""
    return FoldTask(
        name=subject,
        fold=Fold(("T1",), ("T2",), {test: (subject,)}),
        folder=str(folder),
        subjects={},
        aus=(12,),
        net="net",
        solver="solver",
        seed=0,
        priors=priors,
    )


def finished_fold(folder, priors, test="test", classifiers=("qda", "pca_lda", "logit"), subject="S1", frame=1):
    """Write the files of a fold that is tested on the frames TESTED; returns its FoldTask."""
    folder.mkdir(parents=True)
    task, names = fold_task(folder, priors, test, subject), np.array([subject] * 2)
    save_task(task)
    save_net(folder)
    save_features(folder, FEATURE, LABEL, "")
    facts = {"fold": subject, "fingerprint": "", "iterations": 1, "reasons": {}, "uncalibrated": {}}
    scores = FoldScores(
        {name: np.zeros((2, 1)) for name in classifiers},
        {name: uncalibrated(1) for name in classifiers},
        TESTED,
        np.array([[1], [0]], np.int8),
        np.full((2, 1), -1, np.int8),
        np.array([frame, frame + 1]),
        names,
        names,
        facts,
    )
    save_scores(folder, test, scores)
    return task


def save_net(folder):
    """Write the net that made the feature, which no softmax has trained."""
    net = caffe_pb2.NetParameter()
    net.layer.add(name="fc", type="InnerProduct", bottom=["data"], top=["fc"])
    net.layer.add(name="loss", type="SigmoidCrossEntropyLoss", bottom=["fc", "label"], top=["loss"])
    net_path(folder).parent.mkdir()
    save_prototxt(net_path(folder), net)


def finished_run(folder, *subjects, frame=1):
    """Write a run of which each of `subjects` is held out in a finished fold; returns its folder."""
    for subject in subjects:
        finished_fold(folder / f"fold_{subject}", "empirical", subject=subject, frame=frame)
    (folder / "metrics.json").write_text(json.dumps({"folds": {subject: {} for subject in subjects}}))
    return folder
