"""The steps that experiments share, without data and folds."""

import copy
import math
from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments import experiment, loso, table2, table3, transfer
from experiments.experiment import Extras, run_experiment, with_extras
from tests.folds import fold_task
from tools.folds.metrics_file import load_metrics, save_metrics


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run an experiment whose steps note that they were taken; returns (the steps, the run folder, the function)."""
    steps, out = [], tmp_path / "run"

    def note(name):
        def step(*_):
            steps.append((name, (out / "metrics.json").exists()))

        return step

    for name in ("check_settings", "warn_of_silent_frames", "run_folds", "save_report"):
        monkeypatch.setattr(experiment, name, note(name))
    monkeypatch.setattr(experiment, "prepared", lambda keys, settings, plan: {})
    monkeypatch.setattr(experiment, "is_done", lambda task: False)
    monkeypatch.setattr(experiment, "run_facts", lambda *_: {"experiment": "e"})
    monkeypatch.setattr(experiment, "cost_of", lambda tasks: {"weights": 1})

    def save_files(folder, metrics, tasks):
        note("save_files")()
        (folder / "table.md").write_text("a table")

    def save(folder, metrics):
        note("save_metrics")()
        save_metrics(folder, metrics)

    monkeypatch.setattr(experiment, "save_files", save_files)
    monkeypatch.setattr(experiment, "save_metrics", save)
    task = SimpleNamespace(folder=tmp_path / "run/fold")

    def start(extras=None):
        return run_experiment(
            SimpleNamespace(out=str(out), jobs=1, scheduler=None),
            name="e",
            title="E",
            keys=[],
            plan=lambda *_: ([task], 1),
            results=lambda *_: {"dev": 1},
            extras=extras,
        )

    return steps, out, start


class Stop(Exception):
    pass


def test_metrics_are_written_once_and_after_everything_else(run):
    steps, out, start = run
    start(lambda *_: Extras(notes=["a note"], facts={"phi": 1}))
    names = [name for name, _ in steps]
    assert names == [
        "check_settings", "warn_of_silent_frames", "run_folds", "save_files", "save_report", "save_metrics",
    ]  # fmt: skip
    assert not any(there for _, there in steps)
    metrics = load_metrics(out)
    assert list(metrics) == ["experiment", "results", "cost", "notes", "phi", "seconds"]
    assert metrics["results"] == {"dev": 1} and metrics["notes"] == ["a note"]
    assert list(metrics["seconds"]) == ["data", "folds", "report"]


def test_metrics_of_other_folds_are_gone_before_new_ones_are_computed(run):
    steps, _, start = run
    start()
    steps.clear()
    start()
    assert dict(steps)["run_folds"] is False


@pytest.mark.parametrize("command", [loso, transfer])
def test_ones_own_data_may_have_several_seeds_each_with_nets_of_its_own(command, tmp_path, monkeypatch):
    trained = []
    monkeypatch.setattr(experiment, "check_settings", lambda *_: None)
    monkeypatch.setattr(experiment, "prepared", lambda keys, settings, plan: {})
    monkeypatch.setattr(experiment, "warn_of_silent_frames", lambda _: None)
    monkeypatch.setattr(experiment, "is_done", lambda _: False)

    def plan(settings, data):
        return [fold_task(Path(settings.out), "empirical")._replace(folder=str(Path(settings.out) / "fold"))], 1

    def run_folds(tasks, *_):
        trained.extend((task.name, task.folder) for task in tasks)
        raise Stop

    monkeypatch.setattr(command, "plan", plan)
    monkeypatch.setattr(experiment, "run_folds", run_folds)
    csv = tmp_path / "a.csv"
    csv.write_text("subject")
    names = ["--train", "disfa", "--test", str(csv)] if command is transfer else ["--csv", str(csv)]
    with pytest.raises(Stop):
        command.main([*names, "--out", str(tmp_path / "run"), "--seeds", "2"])
    assert trained == [("S1", str(tmp_path / "run/fold")), ("S1, seed 1", str(tmp_path / "run/seed1/fold"))]


def test_a_report_that_fails_leaves_no_metrics(run, monkeypatch):
    _, out, start = run

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(experiment, "save_report", fail)
    with pytest.raises(OSError, match="disk full"):
        start()
    assert (out / "table.md").exists() and not (out / "metrics.json").exists()


def test_extras_stand_after_the_results_and_only_where_there_are_any():
    metrics = {"results": {}}
    assert with_extras(metrics, Extras()) == {"results": {}}
    assert with_extras({"notes": ["of data"]}, Extras(notes=["n"])) == {"notes": ["of data", "n"]}
    more = with_extras(metrics, Extras(notes=["n"], tables=[["caption", []]], facts={"phi": 1}))
    assert list(more) == ["results", "notes", "tables", "phi"] and metrics == {"results": {}}


def test_the_extras_of_the_tables_change_no_metrics():
    averages = {"bp4d_bp4d": 0.8, "bp4d_ckplus": 0.75, "bp4d_disfa": 0.6, "disfa_disfa": math.nan}
    averages |= {"disfa_ckplus": 0.7, "disfa_bp4d": 0.6}
    metrics = {
        "results": {
            name: {
                "title": name,
                "averaged": [] if math.isnan(value) else [1, 12] if name == "bp4d_ckplus" else [1, 2, 12],
                "qda": {
                    "per_au": {str(au): {"accuracy": 70.85, "two_afc": value + 0.1 * (au == 2)} for au in (1, 2, 12)},
                    "average": {"accuracy": 70.85, "two_afc": value},
                },
                "published": {"1": {"accuracy": 86.05, "two_afc": 0.791}},
            }
            for name, value in averages.items()
        }
    }
    before = copy.deepcopy(metrics)
    assert "FERA 2015's baseline" in table2.extras(None, None, metrics, None).notes[0]
    extras = table3.extras(None, None, metrics, None)
    assert str(metrics) == str(before)
    (caption, whole), (_, printed), (_, rows) = extras.tables
    assert "bp4d_ckplus over AUs 1 and 12; bp4d_disfa over AUs 1, 2 and 12" in caption
    assert whole[0][1:4] == ["bp4d_ckplus, accuracy %", "bp4d_ckplus, 2AFC", "bp4d_disfa, accuracy %"]
    assert whole[1] == ["1", "70.9", "0.750", "70.9", "0.600", "70.9", "0.700", "70.9", "0.600"]
    assert whole[-1][:3] == ["Average", "70.9", "0.750"] and len(whole) == 12 == len(printed)
    assert printed[1][:3] == ["1", "86.05", "0.791"] and printed[-1][1] == "-"
    assert rows[1] == ["BP4D", "0.800", "0.750 (-0.050)", "0.600 (-0.200)", "-", "AUs 1 and 12"]  # all three have these
    assert rows[2] == ["DISFA", "-", "-", "-", "-", "no AU"]
    assert "88.14%" in extras.notes[0]
