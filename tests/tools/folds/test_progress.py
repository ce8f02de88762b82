"""What a user sees of running folds, on a terminal and elsewhere."""

import contextlib
import os
import pty
import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from data_prep.system.code import ROOT
from tools.folds.progress import Progress

STAGES = {"train": 100, "retrain": 100}


@pytest.fixture
def tasks(tmp_path):
    """Two tasks: one trains, the other retrains."""
    for name, stage, rows in (
        ("SN001", "train", "20,2.00,3.9,\n40,4.00,3.5,3.7\n"),
        ("SN002", "retrain", "50,5.00,2.5,\n"),
    ):
        folder = tmp_path / name / stage
        folder.mkdir(parents=True)
        (folder / "log.csv").write_text("iteration,seconds,train_loss,val_loss\n" + rows)
    return [SimpleNamespace(name=name, folder=tmp_path / name) for name in ("SN001", "SN002")]


def test_each_running_task_has_a_line_with_iteration_loss_and_time_left(tasks):
    progress = Progress(tasks, STAGES)
    progress.started = time.time() - 10
    first, second, total = progress.lines()
    assert first == "SN001  train 40/100  loss 3.500  val 3.700  at most 0:06 left"
    assert second == "SN002  retrain 50/100  loss 2.500  at most 0:05 left"
    assert total.startswith("0 of 2 done, at most 0:1")  # 0.2 and 0.75 of two tasks in ten seconds


def test_a_log_of_an_earlier_run_is_not_progress(tasks):
    progress = Progress(tasks, STAGES)
    progress.started = time.time() + 10
    assert progress.lines() == ["0 of 2 done"]


@pytest.mark.parametrize("half_row", ["60,6.0", "60,6.00,3.1,", "60,6.00,3.1,3.", "60,6.00,3.123456,3.654321"])
def test_a_row_that_is_being_written_is_left_for_the_next_time(tasks, half_row):
    with open(tasks[0].folder / "train/log.csv", "a") as log:
        log.write(half_row)
    progress = Progress(tasks, STAGES)
    progress.started = time.time() - 10
    assert progress.lines()[0].startswith("SN001  train 40/100")


SHOW = """
from types import SimpleNamespace
from tools.folds.progress import Progress
task = SimpleNamespace(name="SN001", folder="nowhere")
with Progress([task], {"train": 100}) as progress:
    progress.show(["SN001  train 20/100", "0 of 1 done"])
    progress.show(["SN001  train 40/100", "0 of 1 done"])
    progress.done(task)
"""


def test_on_a_terminal_lines_are_rewritten():
    screen, terminal = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", SHOW], stderr=terminal, cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)), check=True
    )
    os.close(terminal)
    shown = all_of(screen)
    assert shown.count("\033[2F\033[J") == 2 and re.search(r"SN001 done \(1 of 1, 0:0\d\)\r\n$", shown)


def all_of(screen):
    """What was written to a terminal that is closed: it comes in pieces, and its end is an error."""
    pieces = []
    with contextlib.suppress(OSError):
        while piece := os.read(screen, 10000):
            pieces.append(piece)
    return b"".join(pieces).decode()


def test_elsewhere_lines_are_plain_and_stay():
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        check=True,
    )
    lines = r"SN001  train 20/100 \| 0 of 1 done\nSN001  train 40/100 \| 0 of 1 done\nSN001 done \(1 of 1, 0:0\d\)\n"
    assert re.fullmatch(lines, done.stderr)
