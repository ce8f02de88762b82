"""The same tasks on a Dask cluster whose scheduler and workers are processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from data_prep.errors import InputError
from data_prep.pool import WorkerDied
from tests.data_prep.test_pool import die_at_first, die_if_asked, square, wait_until
from tools.cluster import run_on, run_tasks
from tools.engine import ROOT


def start(tmp_path, *command, cwd=ROOT):
    return subprocess.Popen([sys.executable, "-m", "dask", *command], cwd=cwd, start_new_session=True,
                            env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS="1"),
                            stdout=open(tmp_path / f"{command[0]}.log", "w"), stderr=subprocess.STDOUT)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a Dask scheduler, and a function that starts workers in a folder."""
    folder = tmp_path_factory.mktemp("dask")
    file, processes = folder / "scheduler.json", []
    processes.append(start(folder, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file",
                           str(file)))
    wait_until(file.is_file)
    time.sleep(0.2)
    yield json.loads(file.read_text())["address"], lambda count, cwd=ROOT: processes.append(
        start(folder, "worker", json.loads(file.read_text())["address"], "--nworkers", str(count), "--nthreads", "1",
              "--no-dashboard", "--local-directory", str(folder), cwd=cwd)) or processes[-1]
    for process in processes:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def cluster(scheduler):
    address, start_workers = scheduler
    start_workers(2)
    return address


def test_results_are_those_of_the_local_pool(cluster):
    assert dict(run_tasks(square, range(5), scheduler=cluster)) == dict(run_tasks(square, range(5), jobs=2))


def test_a_task_whose_worker_is_killed_is_tried_again(cluster, tmp_path):
    tasks = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert dict(run_on(die_at_first, tasks, cluster)) == dict.fromkeys(tasks, "alive")


def test_killed_twice_it_is_named_after_the_others_have_ended(cluster):
    done = []
    with pytest.raises(WorkerDied, match=r"fold dies \(worker lost\); the results of all others are kept"):
        for task, _ in run_on(die_if_asked, ["a", "dies", "b", "c"], cluster, name=lambda task: f"fold {task}"):
            done.append(task)
    assert sorted(done) == ["a", "b", "c"]


def test_an_address_without_a_scheduler_is_one_error(monkeypatch):
    monkeypatch.setattr("tools.cluster.TIMEOUT", 1)
    with pytest.raises(InputError, match="tcp://127.0.0.1:9: no Dask scheduler answers here .* start one with `dask sch"):
        list(run_on(square, [1], "tcp://127.0.0.1:9"))
