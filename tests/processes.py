"""Processes that tests start, watch and end."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

from data_prep.system.code import ROOT


def wait_until(condition, seconds=90):
    """Poll `condition()` until it holds."""
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "did not happen in time"
        time.sleep(0.02)


@contextlib.contextmanager
def dask_cluster(folder, workers, prefix=()):
    """Yield the address of a Dask scheduler with `workers` one-thread workers; logs and scratch go to `folder`.

    prefix  a command that runs the workers' command, such as one that gives them a mount of their own
    """
    file, processes = folder / "scheduler.json", []

    def start(*command, prefix=()):
        processes.append(
            subprocess.Popen(
                [*prefix, sys.executable, "-m", "dask", *map(str, command), "--no-dashboard"],
                cwd=ROOT,
                start_new_session=True,
                env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS="1"),
                stdout=open(folder / f"{command[0]}.log", "w"),
                stderr=subprocess.STDOUT,
            )
        )

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)
        wait_until(lambda: file.is_file() and file.read_text().endswith("}"))
        address = json.loads(file.read_text())["address"]
        start("worker", address, "--nworkers", workers, "--nthreads", "1", "--local-directory", folder, prefix=prefix)
        yield address
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def heed_ctrl_c():
    """A test run in the background of a shell passes on that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
