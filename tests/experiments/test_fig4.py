"""Fig. 4 on a fold of one feature."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from data_prep.subjects.splits import VALIDATION
from experiments.fig4 import labels, neutral_threshold
from tests.folds import FEATURE, LABEL, finished_fold
from tools.folds.classifiers import qda_of
from tools.folds.folder import TRAINING
from tools.folds.scores import FoldScores, save_features, save_scores
from tools.statistics.classify import classify


@pytest.mark.parametrize("priors, neutral", [("empirical", 1), ("equal", 0)])
def test_neutral_is_predicted_with_the_priors_of_the_fold(tmp_path, priors, neutral):
    truth, prediction = labels(finished_fold(tmp_path / "net", priors, "dev"))
    assert truth.tolist() == [[1, 0], [0, 1]] and prediction[:, 1].tolist() == [neutral, 1]


def test_a_score_of_zero_predicts_absence(tmp_path):
    _, prediction = labels(finished_fold(tmp_path / "net", "equal", "dev"))  # its scores are all 0
    assert prediction[:, 0].tolist() == [0, 0]


def test_the_threshold_of_neutral_is_chosen_as_those_of_the_aus_are(tmp_path):
    task = finished_fold(tmp_path / "net", "empirical", "dev")
    save_features(task.folder, FEATURE, LABEL, "", TRAINING)
    count = len(FEATURE)
    nobody = np.full(count, "V")
    scores = {"qda": np.zeros((count, 1))}
    save_scores(
        task.folder,
        VALIDATION,
        FoldScores(scores, {}, FEATURE, LABEL, np.full_like(LABEL, -1), np.arange(count), nobody, nobody, {}),
    )
    assert neutral_threshold(task) == 0
    chosen = neutral_threshold(task._replace(threshold="f1"))
    score, _ = classify(qda_of(task), FEATURE, 1 - LABEL, FEATURE)
    found = [f1_score(1 - LABEL[:, 0], score[:, 0] > cut) for cut in (chosen, 0, *score[:, 0])]
    assert found[0] == max(found)
