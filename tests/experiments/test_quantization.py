"""Features of float pixels under a fold's own QDA."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments import quantization
from tests.folds import BETWEEN, FEATURE, LABEL, finished_fold, finished_run, fold_task, save_net
from tools.folds.task import FoldTask


@pytest.mark.parametrize("priors, present", [("empirical", False), ("equal", True)])
def test_qda_is_fitted_with_the_priors_of_the_fold(tmp_path, monkeypatch, priors, present):
    save_net(tmp_path)
    frames = iter([SimpleNamespace(feature=FEATURE, label=LABEL, mean=None), SimpleNamespace(feature=BETWEEN)])
    monkeypatch.setattr(FoldTask, "frames", lambda task, subjects: next(frames))
    monkeypatch.setattr(quantization, "features", lambda task, frames, mean, weights: frames.feature)
    assert (quantization.same_weights(fold_task(tmp_path, priors)) > 0).tolist() == [[present]]


def test_what_float_pixels_change_is_a_table_with_a_dash_for_what_is_undefined(tmp_path, capsys, monkeypatch):
    run = finished_run(tmp_path / "run", "S1")
    finished_fold(run / "floats/fold_S1", "empirical")
    monkeypatch.setattr(quantization, "run_folds", lambda tasks, jobs: None)
    monkeypatch.setattr(quantization, "same_weights", lambda task: np.array([[1.0], [-1]]))
    quantization.main([str(run)])
    output = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in output.splitlines() if line.startswith("| ")]
    assert rows == [
        ["pixels", "2AFC", "accuracy %", "F1"],
        ["bytes", "0.5000", "50.00", "0.000"],
        ["floats, same weights", "1.0000", "100.00", "1.000"],
        ["floats, trained again", "0.5000", "50.00", "0.000"],
    ]


def test_floats_are_trained_in_a_folder_of_their_own(tmp_path):
    task = quantization.with_floats(fold_task(tmp_path / "run/fold_S1", "empirical"))
    assert task.folder == str(tmp_path / "run/floats/fold_S1") and not task.quantize
