"""Independent tasks on this machine, or on a Dask cluster of several.

  dask scheduler
  OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH=. dask worker tcp://HOST:8786 --nworkers 2 --nthreads 1

both from the repository root, in its .venv; on every machine the same folder at the same path, e.g. on a shared file
system, as tasks and results are files. Then add --scheduler tcp://HOST:8786, or `make table1 SCHEDULER=tcp://HOST:8786`.
"""

import os

from data_prep.errors import InputError
from data_prep.pool import ATTEMPTS, raise_if_died, run_all

TIMEOUT = 10  # ours: seconds to wait for a scheduler, and for its first worker


def run_tasks(function, tasks, jobs=None, scheduler=None, name=str):
    """`run_all` on a local pool of `jobs` processes, or on the Dask cluster at the address `scheduler`: same results."""
    return run_on(function, tasks, scheduler, name) if scheduler else run_all(function, tasks, jobs, name)


def run_on(function, tasks, scheduler, name=str):
    """`run_all` on the Dask cluster at `scheduler`. Raises InputError where it cannot be reached or used.

    No more tasks are handed out than there are worker threads, so that a worker that dies takes one task with it.
    """
    from distributed import KilledWorker, as_completed

    waiting, died = [(task, 1) for task in reversed(list(tasks))], {}
    client = connect(scheduler)
    ended, running = as_completed(), {}
    try:
        client.run_on_scheduler(never_retry)  # it would count the death of a worker against all that waits there
        while waiting or running:
            while waiting and len(running) < max(sum(client.nthreads().values()), 1):
                future = client.submit(function, waiting[-1][0], pure=False)
                running[future] = waiting.pop()
                ended.add(future)
            future = next(ended)
            task, attempt = running.pop(future)
            try:
                result = future.result()
            except KilledWorker:
                if attempt < ATTEMPTS:
                    waiting.append((task, attempt + 1))
                else:
                    died[name(task)] = "worker lost"
                continue
            except ModuleNotFoundError as error:
                raise InputError(f"{scheduler}: a worker cannot import the project ({error}); start workers in the "
                                 "repository with PYTHONPATH=.") from error
            yield task, result
    finally:
        client.cancel(list(running))
        client.close()
    raise_if_died(died)


def connect(scheduler):
    """A client of the cluster, which has a worker in this very folder. Raises InputError where there is none."""
    from distributed import Client

    try:
        client = Client(scheduler, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise InputError(f"{scheduler}: no Dask scheduler answers here ({error}); start one with `dask scheduler` and give "
                         "the address it prints, such as tcp://HOST:8786") from error
    try:
        client.wait_for_workers(1, timeout=TIMEOUT)
        folders = client.run(os.getcwd)
    except Exception as error:  # no worker, or one of another version
        client.close()
        raise InputError(f"{scheduler}: no usable worker ({error}); start some with `dask worker {scheduler} --nthreads 1`, "
                         "in the repository and with its .venv") from error
    for worker, folder in folders.items():
        if folder != os.getcwd():
            client.close()
            raise InputError(f"{worker} runs in {folder}; start workers in {os.getcwd()}, where the tasks' files are")
    return client


def never_retry(dask_scheduler=None):
    """Runs on the scheduler: a task whose worker died is reported at once."""
    dask_scheduler.allowed_failures = 0
