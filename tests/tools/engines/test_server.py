"""Extraction by one process for many, and training shared by several GPUs."""

import os
import signal

import numpy as np
import pytest

from tests.engine_runs import run_folder
from tools.engines import server, training
from tools.engines.extraction import extract
from tools.engines.process import EngineError, TrainingDiverged, run_engine
from tools.engines.run_folder import ENGINE_LOG, SOLVER, WEIGHTS
from tools.net.prototxt import load_net


@pytest.fixture
def trained(tmp_path):
    """A run folder that PyTorch has trained in for one iteration."""
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
    folder = run_folder(tmp_path / "run", 0, max_iter=1)
    run_engine("torch", ["train", folder, "--patience", 1], folder / ENGINE_LOG)
    return folder


def extracted(folder, name, blob="fc2"):
    net = load_net(folder / "net.prototxt")
    return extract(net, folder / WEIGHTS, folder / "val", blob, folder / name, engine="torch")


def test_a_server_extracts_what_an_engine_extracts_and_says_what_is_wrong(trained, monkeypatch):
    alone = extracted(trained, "alone.npz")
    with server.serving("cpu"):
        monkeypatch.setattr("tools.engines.extraction.run_engine", None)  # no process of its own
        assert np.array_equal(extracted(trained, "served.npz"), alone)
        arguments = ["extract", trained / "net.prototxt", trained / "gone", "--blob", "fc2", "--count", 1, "--out", "x"]
        with pytest.raises(EngineError, match="gone"):
            server.served(arguments)
    assert not server.served(arguments)


def test_where_the_server_is_gone_an_engine_extracts(trained, monkeypatch):
    pids, start = [], server.start_engine

    def started(*arguments):
        process = start(*arguments)
        pids.append(process.pid)
        return process

    monkeypatch.setattr(server, "start_engine", started)
    with server.serving("cpu"):
        assert extracted(trained, "served.npz").shape == (32, 13)
        os.kill(pids[0], signal.SIGKILL)
        assert extracted(trained, "alone.npz").shape == (32, 13)


def test_several_gpus_share_the_folds_and_each_failure_is_told(tmp_path, monkeypatch):
    folders = [run_folder(tmp_path / str(seed), seed) for seed in range(3)]
    started = []

    def engine(name, arguments, log, threads):
        own = arguments[1 : arguments.index("--device")]
        started.append((arguments[arguments.index("--device") + 1], own))
        if folders[1] in own:
            raise TrainingDiverged("the second")

    monkeypatch.setattr(training, "run_engine", engine)
    with pytest.raises(TrainingDiverged, match="the second"):
        training.run_training(folders, "0,1", "torch")
    assert sorted(started) == [("0", [folders[0], folders[2]]), ("1", [folders[1]])]
    started.clear()
    training.run_training(folders[:1], "0,1", "torch")
    assert started == [("0", folders[:1])] and (folders[0] / SOLVER).exists()
