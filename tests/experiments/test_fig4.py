"""Fig. 4 on a fold of one feature."""

import pytest

from experiments.fig4 import labels
from tests.folds import finished_fold


@pytest.mark.parametrize("priors, neutral", [("empirical", 1), ("equal", 0)])
def test_neutral_is_predicted_with_the_priors_of_the_fold(tmp_path, priors, neutral):
    truth, prediction = labels(finished_fold(tmp_path / "net", priors, "dev"))
    assert truth.tolist() == [[1, 0], [0, 1]] and prediction[:, 1].tolist() == [neutral, 1]


def test_a_score_of_zero_predicts_absence(tmp_path):
    _, prediction = labels(finished_fold(tmp_path / "net", "equal", "dev"))  # its scores are all 0
    assert prediction[:, 0].tolist() == [0, 0]
