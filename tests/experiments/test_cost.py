"""What a run took."""

import json

import pytest

from experiments.cost import cost_of, cost_rows
from tests.tools.folds.conftest import make_fold
from tools.folds.cost import load_cost
from tools.folds.fold import run_fold
from tools.folds.folder import scores_path


def test_a_fold_measures_what_it_takes_and_a_rerun_of_its_scores_measures_these(tmp_path):
    task = make_fold(tmp_path)
    run_fold(task)
    first = load_cost(task.folder)
    assert first["scoring_seconds"] > 0
    assert 20e6 < first["engine_bytes"] < 20e9 and 20e6 < first["own_bytes"] < 20e9  # of a process with its libraries
    run_fold(task)
    assert load_cost(task.folder) == first  # nothing was computed
    scores_path(task.folder).unlink()
    run_fold(task)
    assert load_cost(task.folder) != first
    cost = cost_of([task])
    fold = cost["folds"]["D"]
    assert cost["weights"] == 520 + 25_050 + 78_432 + 99 and cost["operations"] > 5e6
    assert fold["iterations"] == 12 and fold["train_seconds"] > 0
    assert 12 * 8 / fold["images_per_second"] == pytest.approx(fold["train_seconds"], abs=0.006)  # it is rounded
    rows = dict(cost_rows(cost))
    assert rows["weights of the net"] == "104,101" and rows["iterations of a fold, both trainings"].startswith("12 ")


def test_what_was_not_measured_says_so(tmp_path):
    fold = {"iterations": 10, "train_seconds": 1.0, "images_per_second": 640.0}
    nothing = dict.fromkeys(("scoring_seconds", "engine_bytes", "own_bytes"))
    rows = dict(cost_rows({"weights": 1, "operations": 2, "folds": {"A": fold | nothing}}))
    assert rows["memory of the engine, MB"] == "not measured" and rows["images a second in training"].startswith("640")
    assert load_cost(tmp_path) == {}
    (tmp_path / "cost.json").write_text("{")
    assert load_cost(tmp_path) == {} and json.dumps(rows)
