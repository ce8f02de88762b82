"""The same tasks on a Dask cluster whose scheduler and workers are processes of their own."""

import pytest

from data_prep.errors import InputError
from data_prep.pool import WorkerDied
from tests.data_prep.test_pool import die_at_first, die_if_asked, square
from tools.cluster import run_on, run_tasks


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
