"""What stops an engine from outside: a disk that is full, memory that is short, another engine in its folder."""

import re
import resource
import shutil
import subprocess
import sys
import time

import pytest

from data_prep.system.code import ROOT
from data_prep.system.files import in_turn
from tools.engines.process import explain
from tools.engines.run_folder import LOG, WEIGHTS
from tools.net.prototxt import save_prototxt

SHORT, A_PAGE_SHORT = 400 * 1024, 418_000  # bytes of a file; the weights take 418,680


@pytest.fixture
def start_training(run_folder, net, solver):
    """Start `tools.train` in <run_folder>/run, with a limit on the size of files where one is given."""
    save_prototxt(run_folder / "net.prototxt", net)
    solver.net, solver.max_iter = str(run_folder / "net.prototxt"), 2
    save_prototxt(run_folder / "solver.prototxt", solver)

    def start(engine="caffe", limit=None):
        return subprocess.Popen(
            [sys.executable, "-m", "tools.train", run_folder / "solver.prototxt", "--out", run_folder / "run"]
            + ["--engine", engine],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=limit and (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))),
        )

    return start


@pytest.mark.parametrize(
    "engine, limit, message",
    [
        ("caffe", SHORT, "could not be written completely"),
        ("caffe", A_PAGE_SHORT, "could not be written completely"),  # Caffe itself notices nothing and ends with 0
        ("torch", A_PAGE_SHORT, "File too large"),
    ],
)
def test_weights_that_do_not_fit_the_disk_are_an_error_and_get_no_final_name(
    start_training, run_folder, engine, limit, message
):
    if engine == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
    command = start_training(engine, limit)
    _, error = command.communicate()
    assert command.returncode == 1 and message in error and error.startswith("error: ") and error.count("\n") == 1
    assert [path.name for path in (run_folder / "run").glob(f"*{WEIGHTS}*")] == []


def test_an_engine_waits_for_another_one_in_its_run_folder(start_training, run_folder):
    with in_turn(run_folder / "run"):
        command = start_training()
        time.sleep(3)
        assert command.poll() is None and not (run_folder / "run" / LOG).exists()
    command.communicate()
    assert command.returncode == 0 and (run_folder / "run" / WEIGHTS).exists()


@pytest.mark.parametrize(
    "text, free, reason",
    [
        ("ImportError: libcaffe.so: failed to map segment from shared object", 2**30, "there is not enough memory"),
        ("terminate called after throwing an instance of 'std::bad_alloc'", 2**30, "there is not enough memory"),
        ("", 0, "the disk of .* is full; make room"),
        ("", 2**30, "exit status -6"),
    ],
)
def test_the_reason_that_is_given_is_the_right_one(tmp_path, monkeypatch, text, free, reason):
    (tmp_path / "engine.log").write_text(text)
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert re.search(reason, explain(tmp_path / "engine.log", -6))
