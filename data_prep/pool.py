"""Independent tasks on a local pool of processes that never outlives its parent."""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, wait

from pebble import ProcessExpired, ProcessPool

from data_prep.errors import InputError

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
ATTEMPTS = 2  # ours: a task whose worker died, e.g. for want of memory, is tried once more


class WorkerDied(InputError):
    """Tasks whose worker died every time; raised after all others have ended, whose results stay."""


def cores():
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def run_all(function, tasks, jobs=None, name=str):
    """Run `function(task)` for every task in `jobs` processes; yield (task, result) as they end.

    One BLAS thread per process: processes are the parallelism, and results do not depend on `jobs`. An exception in a
    task, or Ctrl-C, ends every worker at once. A worker that is killed takes only its own task with it, which is tried
    again; if that is in vain WorkerDied, raised after the other tasks, tells the task by `name(task)`.
    """
    tasks, died = list(tasks), {}
    os.environ.update(ONE_THREAD)  # inherited by the workers before they load NumPy
    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(max(min(jobs or cores(), len(tasks)), 1), initializer=start_worker, context=context)
    try:
        running = {pool.schedule(function, args=[task]): (task, 1) for task in tasks}
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task, attempt = running.pop(future)
                try:
                    result = future.result()
                except ProcessExpired as end:
                    if attempt < ATTEMPTS:
                        running[pool.schedule(function, args=[task])] = (task, attempt + 1)
                    else:
                        died[name(task)] = how_it_ended(end.exitcode)
                    continue
                yield task, result
    finally:
        pool.stop()
        pool.join()
    raise_if_died(died)


def raise_if_died(died):
    """Raise WorkerDied for {task name: how its worker ended}, if there is any."""
    if died:
        names = ", ".join(f"{name} ({how})" for name, how in died.items())
        raise WorkerDied(f"given up after {ATTEMPTS} attempts, as their process died: {names}; the results of all others "
                         "are kept. Was memory short? Run the same command again, with fewer JOBS")


def how_it_ended(exitcode):
    """An exit code in words: minus the number of the signal that ended the process."""
    if exitcode is not None and exitcode < 0:
        return signal.Signals(-exitcode).name
    return f"exit status {exitcode}"


def start_worker():
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
