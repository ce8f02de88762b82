"""The plain loop that the engine is timed against."""

import pytest

from data_prep.subjects.lmdb_pair import write_lmdb_pair
from tests.conftest import striped_images
from tools.engines.run_folder import load_log

pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from experiments import plain_torch


def test_the_plain_loop_learns_and_logs_as_an_engine_does(tmp_path, monkeypatch):
    monkeypatch.setattr(plain_torch, "DISPLAY", 4)
    write_lmdb_pair(tmp_path / "train", *striped_images(64, 13))
    plain_torch.main([str(tmp_path / "train"), "--out", str(tmp_path / "run"), "--iterations", "12"])
    rows = load_log(tmp_path / "run")
    assert [row.iteration for row in rows] == [4, 8, 12]
    assert rows[0].seconds < rows[-1].seconds and rows[-1].train_loss < rows[0].train_loss
