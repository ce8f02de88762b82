"""An engine never outlives the command that started it, whenever and however that ends."""

import os
import signal
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest

from data_prep.system.code import ROOT
from tests.processes import heed_ctrl_c, wait_until
from tools.engines.process import ENGINES
from tools.net.prototxt import save_prototxt

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
DELAYS = (0, 0.05, 0.1, 0.3, 0.6, 1.5)  # seconds after the engine has started
AT_ONCE = 6


def processes(mark):
    """{process id: its command line} of the live processes that inherited the environment variable MARK."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"MARK={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().decode().replace("\0", " ")
        except OSError:  # it has ended, or is another user's
            continue
    return found


def left_behind(solver, out, engine, how, to_group, delay):
    """What is left of a training whose command is ended `delay` seconds after the engine has started."""
    mark = uuid.uuid4().hex
    command = subprocess.Popen(
        [sys.executable, "-m", "tools.train", solver, "--out", out, "--engine", engine],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT), MARK=mark),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,
    )
    wait_until(lambda: any(ENGINES[engine] in line for line in processes(mark).values()))
    time.sleep(delay)
    (os.killpg if to_group else os.kill)(command.pid, how)
    command.wait()
    time.sleep(2)
    left = processes(mark)
    for process in left:
        os.kill(process, signal.SIGKILL)
    return left


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_alive_two_seconds_after_the_command_was_ended(run_folder, net, solver, engine):
    if engine == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
    solver.max_iter, solver.net = 10**6, str(run_folder / "net.prototxt")
    save_prototxt(run_folder / "net.prototxt", net)
    save_prototxt(run_folder / "solver.prototxt", solver)
    cases = list(product(SIGNALS, (False, True), DELAYS if engine == "caffe" else (0.1,)))

    def left(number):
        return left_behind(run_folder / "solver.prototxt", run_folder / f"out{number}", engine, *cases[number])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        survivors = dict(zip(cases, pool.map(left, range(len(cases)))))
    assert {case: lines for case, lines in survivors.items() if lines} == {}
