"""Features of float pixels under a fold's own QDA."""

from types import SimpleNamespace

import pytest

from experiments import quantization
from tests.folds import BETWEEN, FEATURE, LABEL, fold_task
from tools.folds.task import FoldTask


@pytest.mark.parametrize("priors, present", [("empirical", False), ("equal", True)])
def test_qda_is_fitted_with_the_priors_of_the_fold(tmp_path, monkeypatch, priors, present):
    frames = iter([SimpleNamespace(feature=FEATURE, label=LABEL, mean=None), SimpleNamespace(feature=BETWEEN)])
    monkeypatch.setattr(FoldTask, "frames", lambda task, subjects: next(frames))
    monkeypatch.setattr(quantization, "features", lambda task, frames, mean, weights: frames.feature)
    assert (quantization.same_weights(fold_task(tmp_path, priors)) > 0).tolist() == [[present]]
