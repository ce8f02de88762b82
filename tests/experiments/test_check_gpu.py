"""The check of the GPU path, as far as a CPU can try it."""

import json

import pytest

from data_prep.system.code import ROOT

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from experiments.gpu.report import Report  # noqa: E402


def test_all_that_a_cpu_can_try_holds(project, tmp_path):
    done = project("experiments.check_gpu", "--device", "cpu", "--small", "--out", tmp_path, cwd=ROOT, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["broken"] == [] and found["claims"] >= 15
    kept = json.loads((tmp_path / "gpu_check.json").read_text())
    assert set(kept["seconds"]) >= {"layers", "training", "determinism", "speed", "memory", "process"}
    assert [path.name for path in tmp_path.iterdir()] == ["gpu_check.json"]  # nothing else stays


def test_a_claim_that_does_not_hold_and_a_part_that_breaks_are_told(capsys, tmp_path):
    report = Report(tmp_path / "gpu_check.json")
    report.say("faster", 3, holds=False)
    report.run("layers", lambda: 1 / 0)
    assert report.broken() == ["faster", "layers ended with"]
    printed = capsys.readouterr().out
    assert "FAIL faster: 3" in printed and "ZeroDivisionError" in printed


def test_of_a_gpu_that_is_not_there_one_line_says_so(project, tmp_path):
    done = project("experiments.check_gpu", "--device", "63", "--out", tmp_path, cwd=ROOT)
    assert done.returncode == 1 and done.stderr.startswith("error: GPU 63") and done.stderr.count("\n") == 1
    assert "log" not in done.stderr  # it is gone
