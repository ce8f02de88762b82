"""Independent tasks on a local pool of processes that never outlives its parent.

Each worker has a pipe of its own, over which it gets one task at a time: when the pipe breaks, the task of the worker
that died is known, whenever and however it died, and no other worker notices.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from multiprocessing import resource_tracker
from multiprocessing.connection import wait

from data_prep.system.attempts import Attempts

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def cores():
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def run_all(function, tasks, jobs=None, name=str):
    """Run `function(task)` for every task in `jobs` processes; yield (task, result) as they end.

    One BLAS thread per process: processes are the parallelism, and results do not depend on `jobs`. An exception in a
    task, or Ctrl-C, ends every worker at once. A worker that is killed takes only its own task with it, which is tried
    again; if it dies again, WorkerDied is raised after the other tasks, with `name(task)`.
    """
    os.environ.update(ONE_THREAD)  # inherited by the workers before they load NumPy
    attempts = Attempts(tasks, name)
    workers, running = {}, {}  # {pipe: process}, {pipe: (task, attempt)}
    try:
        while attempts.waiting or running:
            while attempts.waiting and len(running) < (jobs or cores()):
                pipe = next(iter(workers.keys() - running), None) or start_worker(function, workers)
                running[pipe] = attempts.next()
                with contextlib.suppress(OSError):  # a worker that is dead already is met below
                    pipe.send(running[pipe][0])
            for pipe in wait(list(running)):
                task, attempt = running.pop(pipe)
                try:
                    result, error = pipe.recv()
                except (EOFError, OSError):
                    attempts.worker_died(task, attempt, how_it_ended(workers.pop(pipe)))
                    continue
                if error:
                    raise error
                yield task, result
    finally:
        end_workers(workers, running)
    attempts.raise_if_died()


def how_it_ended(process):
    """The end of a process in words; its exit code is minus the number of the signal that ended it."""
    process.join()
    if process.exitcode < 0:
        return signal.Signals(-process.exitcode).name
    return f"exit status {process.exitcode}"


def start_worker(function, workers):
    """Start a process that waits for tasks, add it to `workers`; returns its pipe.

    The worker inherits that Ctrl-C is blocked, from its first moment on: it is the parent's to act on.
    """
    context = multiprocessing.get_context("spawn")
    pipe, its_end = context.Pipe()
    process = context.Process(target=work, args=(function, its_end))
    resource_tracker.ensure_running()  # else `start` does it, which lifts the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()
        workers[pipe] = process
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    its_end.close()  # so that the pipe breaks when the worker dies
    return pipe


def end_workers(workers, running):
    """End all: those with a task at once, the others by themselves, as their pipe is closed."""
    for pipe, process in workers.items():
        if pipe in running:
            process.kill()
        pipe.close()
    for process in workers.values():
        process.join()


def work(function, pipe):
    """A worker: answer each task with (result, None) or (None, exception)."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError):
        while True:
            answer(function, pipe.recv(), pipe)


def answer(function, task, pipe):
    try:
        pipe.send((function(task), None))
    except Exception as error:
        error.add_note(f"In a worker:\n{traceback.format_exc()}")
        pipe.send((None, error))


def end_with_parent():
    """End this process when its parent does, however that ends."""
    multiprocessing.parent_process().join()
    os._exit(1)
