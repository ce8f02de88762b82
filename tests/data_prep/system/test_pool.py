"""The local pool: results, and what happens when a worker dies, fails, or loses its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_prep.system.attempts import WorkerDied
from data_prep.system.code import ROOT
from data_prep.system.pool import run_all
from tests.processes import heed_ctrl_c, wait_until


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


def exit_quietly(task):
    os._exit(0)


class Arriving:
    """A function that is what `call(argument)` gives in the worker it arrives at, before that begins with a task."""

    def __init__(self, call, argument):
        self.call, self.argument = call, argument

    def __reduce__(self):
        return self.call, (self.argument,)


def fragile_square(mark):
    die_at_first(mark)
    return square


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
    with pytest.raises(WorkerDied, match=r"process died: fold dies \(SIGKILL\); the results of all others are kept"):
        for task, _ in run_all(die_if_asked, ["a", "dies", "b", "c"], 2, name=lambda task: f"fold {task}"):
            done.append(task)
    assert sorted(done) == ["a", "b", "c"]


def test_a_worker_killed_while_it_starts_costs_no_result(tmp_path):
    assert dict(run_all(Arriving(fragile_square, str(tmp_path / "mark")), range(3), 2)) == {0: 0, 1: 1, 2: 4}


def test_a_worker_that_ends_without_an_error_or_an_answer_is_no_endless_wait():
    with pytest.raises(WorkerDied, match=r"fold 7 \(exit status 0\)"):
        list(run_all(exit_quietly, [7], 1, name=lambda task: f"fold {task}"))


def test_an_exception_in_a_task_ends_all():
    with pytest.raises(ValueError, match="task 0 is wrong"):
        list(run_all(fail, [0], 1))


def sleep(path):
    Path(path, str(os.getpid())).touch()
    time.sleep(60)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_when_their_parent_is_killed_or_interrupted(tmp_path, end):
    parent, workers = sleepers(tmp_path, "from data_prep.system.pool import run_all", "run_all(sleep, [folder] * 2, 2)")
    parent.send_signal(end)
    parent.communicate()
    wait_until(lambda: not any(map(runs, workers)))


def test_ctrl_c_in_a_terminal_says_one_line(tmp_path):
    parent, _ = sleepers(tmp_path, "from data_prep.system.pool import run_all", "run_all(sleep, [folder] * 2, 2)")
    os.killpg(parent.pid, signal.SIGINT)  # a terminal interrupts the workers, too
    assert parent.communicate()[0] == "error: stopped; the same command goes on from here\n"
    assert parent.returncode == 1


def test_ctrl_c_is_no_concern_of_a_worker_that_is_starting(tmp_path):
    imports = "from data_prep.system.pool import run_all\nfrom tests.data_prep.system.test_pool import Arriving"
    parent, workers = sleepers(tmp_path, imports, "run_all(Arriving(sleep, folder), [1, 2], 2)")
    for worker in workers:
        os.kill(worker, signal.SIGINT)
    time.sleep(0.2)  # in which it would say what it thinks of that
    parent.send_signal(signal.SIGINT)
    assert parent.communicate()[0] == "error: stopped; the same command goes on from here\n"


def sleepers(folder, imports, expression):
    """A command that evaluates `expression`, two tasks asleep; returns it and their process ids once both are."""
    script = folder / "script.py"
    script.write_text(
        f"from tests.data_prep.system.test_pool import sleep\nfrom data_prep.system.errors import one_clear_error\n"
        f"{imports}\nfolder = {str(folder)!r}\n@one_clear_error\n"
        f"def main(argv=None):\n    list({expression})\n"
        "if __name__ == '__main__':\n    main()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, script],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,
    )
    wait_until(lambda: sum(path.name.isdigit() for path in folder.iterdir()) == 2)
    return parent, [int(path.name) for path in folder.iterdir() if path.name.isdigit()]


def runs(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
