"""The check of the GPU path, as far as a CPU can try it."""

import gc
import json

import pytest

from data_prep.system.code import ROOT

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from experiments.gpu.report import Report  # noqa: E402
from experiments.gpu.setting import CPU, as_on_gpu  # noqa: E402
from experiments.gpu.training import write_folders  # noqa: E402
from tools.engines.torch.training import Training  # noqa: E402


def test_all_that_a_cpu_can_try_holds(project, tmp_path):
    done = project("experiments.check_gpu", "--device", "cpu", "--small", "--out", tmp_path, cwd=ROOT, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["broken"] == [] and found["claims"] >= 15
    kept = json.loads((tmp_path / "gpu_check.json").read_text())
    assert set(kept["seconds"]) >= {"layers", "training", "determinism", "speed", "memory", "process"}
    assert [path.name for path in tmp_path.iterdir()] == ["gpu_check.json"]  # nothing else stays


def tensors():
    return sum(type(thing) is torch.Tensor for thing in gc.get_objects())


def test_no_tensor_stays_in_memory_when_a_training_is_done(tmp_path):
    folders = write_folders(tmp_path, 2)
    with as_on_gpu():
        Training(folders, CPU, 100).iterate()  # what is kept once and for all
        gc.collect()
        gc.disable()  # that nothing waits for it, either
        try:
            before = tensors()
            Training(folders, CPU, 100).iterate()
            assert tensors() == before
        finally:
            gc.enable()


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
