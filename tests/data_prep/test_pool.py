"""The local pool: results, and what happens when a worker dies, fails, or loses its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_prep.pool import WorkerDied, run_all
from tests.processes import wait_until
from tools.engine import ROOT


def square(number):
    return number * number


def die_at_first(path):
    """Kill this process unless an earlier attempt left a mark."""
    mark = Path(path)
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def die_if_asked(task):
    if task == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def fail(task):
    raise ValueError(f"task {task} is wrong")


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_do_not_depend_on_the_number_of_workers(jobs):
    assert dict(run_all(square, range(5), jobs)) == {number: number * number for number in range(5)}


def test_no_task_gives_no_result():
    assert list(run_all(square, [])) == []


def test_a_task_whose_worker_is_killed_is_tried_again(tmp_path):
    tasks = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert dict(run_all(die_at_first, tasks, 2)) == dict.fromkeys(tasks, "alive")


def test_killed_twice_it_is_named_after_the_others_have_ended():
    done = []
    with pytest.raises(WorkerDied, match=r"their process died: fold dies \(SIGKILL\); the results of all others are kept"):
        for task, _ in run_all(die_if_asked, ["a", "dies", "b", "c"], 2, name=lambda task: f"fold {task}"):
            done.append(task)
    assert sorted(done) == ["a", "b", "c"]


def test_an_exception_in_a_task_ends_all():
    with pytest.raises(ValueError, match="task 0 is wrong"):
        list(run_all(fail, [0], 1))


def sleep(path):
    Path(path, str(os.getpid())).touch()
    time.sleep(60)


def test_workers_end_when_their_parent_is_killed(tmp_path):
    code = ("from tests.data_prep.test_pool import sleep; from data_prep.pool import run_all\n"
            f"if __name__ == '__main__': list(run_all(sleep, [{str(tmp_path)!r}] * 2, 2))\n")
    script = tmp_path / "script.py"
    script.write_text(code)
    parent = subprocess.Popen([sys.executable, script], env=dict(os.environ, PYTHONPATH=str(ROOT)))
    wait_until(lambda: sum(path.name.isdigit() for path in tmp_path.iterdir()) == 2)
    workers = [int(path.name) for path in tmp_path.iterdir() if path.name.isdigit()]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not any(map(runs, workers)))


def runs(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
