"""The same tasks on a Dask cluster whose scheduler and workers are processes of their own."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from data_prep.system.attempts import WorkerDied
from data_prep.system.errors import InputError
from tests.data_prep.system.test_pool import die_at_first, die_if_asked, fail, runs, sleepers, square
from tests.processes import dask_cluster, wait_until
from tools.folds.cluster import run_on, run_tasks


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


def test_an_exception_in_a_task_is_passed_on(cluster):
    with pytest.raises(ValueError, match="task 0 is wrong"):
        list(run_on(fail, [0], cluster))


def test_ctrl_c_ends_the_tasks_on_the_workers(cluster, tmp_path):
    parent, workers = sleepers(
        tmp_path, "from tools.folds.cluster import run_on", f"run_on(sleep, [folder] * 2, {cluster!r})"
    )
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.communicate()[0] == "error: stopped; the same command goes on from here\n"
    wait_until(lambda: not any(map(runs, workers)))


class Job(NamedTuple):
    folder: Path


def be_alone(job):
    """Raise FileExistsError if another process is at a job of the same folder."""
    mark = job.folder / "mark"
    mark.touch(exist_ok=False)
    time.sleep(0.3)
    mark.unlink()
    return "alone"


def test_two_workers_are_never_at_once_in_the_folder_of_a_task(cluster, tmp_path):
    jobs = [Job(tmp_path / "fold"), Job(tmp_path / "fold")]
    jobs[0].folder.mkdir()
    assert list(run_on(be_alone, jobs, cluster)) == [(job, "alone") for job in jobs]


def test_other_versions_are_one_line_that_names_them(cluster, monkeypatch):
    monkeypatch.setattr("distributed.versions._version_cached", lambda package: "0.1")
    with pytest.raises(InputError, match=r"has other versions \(.*numpy \S+, here 0\.1.*start it in the repository"):
        list(run_on(square, [1], cluster))


def test_a_cluster_that_cannot_import_the_project_is_one_error(tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def one(task):\n    return 1\n")
    with dask_cluster(tmp_path, workers=1) as address:
        monkeypatch.syspath_prepend(tmp_path)
        import only_here

        with pytest.raises(InputError, match=r"cannot import the project \(No module named 'only_here'\).*PYTHONPATH"):
            list(run_on(only_here.one, [1], address))


def test_a_scheduler_without_workers_is_one_error(tmp_path, monkeypatch):
    monkeypatch.setattr("tools.folds.cluster.TIMEOUT", 2)
    with dask_cluster(tmp_path, workers=0) as address:
        with pytest.raises(InputError, match=f"the scheduler has no worker; start workers .* `dask worker {address}"):
            list(run_on(square, [1], address))


def test_a_port_on_which_somebody_listens_in_silence_is_one_error(monkeypatch):
    monkeypatch.setattr("tools.folds.cluster.TIMEOUT", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(InputError, match=r"no Dask scheduler answers here \(silent for 1 s\)"):
            list(run_on(square, [1], f"tcp://127.0.0.1:{server.getsockname()[1]}"))


def test_an_address_without_a_scheduler_is_one_error(monkeypatch):
    monkeypatch.setattr("tools.folds.cluster.TIMEOUT", 1)
    with pytest.raises(InputError, match="tcp://127.0.0.1:9: no Dask scheduler answers here .* start one with `dask"):
        list(run_on(square, [1], "tcp://127.0.0.1:9"))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a worker a folder of its own")
def test_a_worker_with_a_folder_of_its_own_at_the_same_path_is_named(tmp_path):
    (tmp_path / "runs").mkdir()
    hide = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs tmpfs {tmp_path}/runs && exec "$@"', "sh"]
    with dask_cluster(tmp_path, workers=1, prefix=hide) as address:
        with pytest.raises(
            InputError, match=rf"tcp://\S+ has a folder of its own at {tmp_path}/runs, where the tasks'"
        ):
            list(run_on(be_alone, [Job(tmp_path / "runs/fold")], address))
    assert not list((tmp_path / "runs").iterdir())
