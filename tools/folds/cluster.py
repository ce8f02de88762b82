"""Independent tasks on this machine, or on a Dask cluster of several.

  export PYTHONPATH=. OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
  dask scheduler
  dask worker tcp://HOST:8786 --nworkers 2 --nthreads 1

all from the repository root, in its .venv; on every machine the same folder at the same path, e.g. on a shared file
system, as tasks and results are files. Then add --scheduler tcp://HOST:8786, or
`make table1 SCHEDULER=tcp://HOST:8786`.
"""

import asyncio
import contextlib
import functools
import logging
import os
import pickle
import tempfile
import uuid
import warnings
from pathlib import Path

from data_prep.system.attempts import Attempts
from data_prep.system.code import edited_since_loaded
from data_prep.system.errors import InputError
from data_prep.system.files import in_turn
from data_prep.system.pool import run_all

TIMEOUT = 10  # ours: seconds to wait for a scheduler, and for its first worker
GRACE = 2  # ours: seconds that a worker gets to end
SAME_VERSIONS = [
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "opencv-python-headless",
]  # ours: on these the results rest


def run_tasks(function, tasks, jobs=None, scheduler=None, name=str):
    """`run_all` on a local pool of `jobs` processes, or on the Dask cluster at `scheduler`: same results."""
    return run_on(function, tasks, scheduler, name) if scheduler else run_all(function, tasks, jobs, name)


def run_on(function, tasks, scheduler, name=str):
    """`run_all` on the Dask cluster at `scheduler`. Raises InputError where it cannot be reached or used, or is lost.

    No more tasks are handed out than there are workers, so that a worker that dies takes one task with it. Of tasks
    with the same `folder`, one runs at a time.
    """
    from distributed import KilledWorker, as_completed
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError

    tasks = list(tasks)
    attempts, folder = Attempts(tasks, name), folder_of(tasks)
    function = functools.partial(run_in_turn, function)
    client = connect(scheduler, function, folder)
    ended, running = as_completed(), {}
    try:
        client.run_on_scheduler(never_retry)  # it would count the death of a worker against all that waits there
        while attempts.waiting or running:
            while attempts.waiting and len(running) < max(len(client.nthreads()), 1):
                task, attempt = attempts.next()
                future = client.submit(function, task, pure=False)
                running[future] = task, attempt
                ended.add(future)
            future = next(ended)
            task, attempt = running.pop(future)
            try:
                result = future.result()
            except KilledWorker:
                attempts.worker_died(task, attempt, "worker lost")
                continue
            yield task, result
    except (CommClosedError, FutureCancelledError) as error:
        running.clear()  # there is nobody to cancel them
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # of its attempts to reconnect
        raise InputError(
            f"{scheduler}: the scheduler is gone; what is finished is kept. Start it again, with its "
            "workers, and run the same command again"
        ) from error
    finally:
        end_tasks(client, running)
        client.close()
    attempts.raise_if_died()


def run_in_turn(function, task):
    """Runs on a worker. A killed run leaves tasks behind: where one still writes in this folder, wait for it."""
    with in_turn(task.folder) if hasattr(task, "folder") else contextlib.nullcontext():
        return function(task)


def end_tasks(client, futures):
    """Cancel the tasks, and restart the workers that are at one: else it would run on, and a rerun wait for it."""
    keys = {future.key for future in futures}
    if keys:
        busy = [worker for worker, at in client.processing().items() if keys.intersection(at)]
        client.cancel(list(futures))
        with contextlib.suppress(TimeoutError, ValueError):  # it starts later; or has no nanny that could restart it
            client.restart_workers(busy, timeout=GRACE)


def never_retry(dask_scheduler=None):
    """Runs on the scheduler: a task whose worker died is reported at once."""
    dask_scheduler.allowed_failures = 0


def connect(scheduler, function, folder="."):
    """A client of a cluster that can run `function` on files in `folder`. Raises InputError where there is none."""
    from distributed import Client

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other versions: check_versions says it in one line
            asyncio.run(greet(scheduler))
            client = Client(scheduler, timeout=TIMEOUT)
    except Exception as error:  # nothing listens there, or a program that is no scheduler
        why = str(error) if isinstance(error, (OSError, ValueError)) else "something else does"
        raise InputError(
            f"{scheduler}: no Dask scheduler answers here ({why or f'silent for {TIMEOUT} s'}); start one "
            "with `dask scheduler` and give the address it prints, such as tcp://HOST:8786"
        ) from error
    try:
        check_workers(client, scheduler)
        check_versions(client, scheduler)
        check_project(client, scheduler, function)
        check_files(client, scheduler, folder)
    except BaseException:
        client.close()
        raise
    return client


async def greet(scheduler):
    """Ask once, for no longer than TIMEOUT: a Client by itself waits forever if the port is open but silent."""
    from distributed import Security, rpc

    security = Security().get_connection_args("client")
    async with asyncio.timeout(TIMEOUT), rpc(scheduler, connection_args=security) as far:
        await far.identity()


def check_workers(client, scheduler):
    """Raise InputError unless there are workers, all of one thread and in this very folder."""
    start = f"start workers in {os.getcwd()} with `dask worker {scheduler} --nthreads 1`"
    try:
        client.wait_for_workers(1, timeout=TIMEOUT)
    except TimeoutError as error:
        raise InputError(f"{scheduler}: the scheduler has no worker; {start}") from error
    for worker, threads in client.nthreads().items():
        if threads != 1:
            raise InputError(f"{worker} has {threads} threads, and tasks need a process of their own; {start}")
    for worker, folder in client.run(os.getcwd).items():
        if folder != os.getcwd():
            raise InputError(f"{worker} runs in {folder}, but the tasks' files are here; {start}")


def check_versions(client, scheduler):
    """Raise InputError where scheduler or workers have other versions of Python or the libraries than are here."""
    versions = client.get_versions(packages=SAME_VERSIONS)
    here = versions["client"]["packages"]
    for where, there in [(scheduler, versions["scheduler"]), *versions["workers"].items()]:
        other = [
            f"{package} {there['packages'][package]}, here {version}"
            for package, version in here.items()
            if there["packages"][package] != version
        ]
        if other:
            raise InputError(f"{where} has other versions ({'; '.join(other)}); start it in the repository's .venv")


def check_project(client, scheduler, function):
    """Raise InputError where scheduler or workers cannot import what `function` needs: a worker would end silently."""
    import cloudpickle

    pickled = cloudpickle.dumps(function)
    for where, run in [("the scheduler", client.run_on_scheduler), ("a worker", client.run)]:
        try:
            run(pickle.loads, pickled)
        except (ImportError, AttributeError) as error:
            raise InputError(
                f"{scheduler}: {where} cannot import the project ({error}); start it in the repository, "
                "in its .venv, with PYTHONPATH=."
            ) from error
    for worker, path in client.run(edited_since_loaded).items():
        if path:
            raise InputError(f"{worker} has loaded the project before {path} was edited; restart the workers")


def folder_of(tasks):
    """The folder that is there and in which the first task writes; the current one for tasks without files."""
    path = Path(getattr(tasks[0], "folder", ".") if tasks else ".").absolute()
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def check_files(client, scheduler, folder):
    """Raise InputError unless every worker sees `folder` as it is here, and not a disk of its own at the same path."""
    with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".shared-folder-", suffix=".token") as token:
        token.write(uuid.uuid4().hex)
        token.flush()
        expected = Path(token.name).read_text()
        for worker, found in client.run(read_token, token.name).items():
            if found != expected:
                raise InputError(
                    f"{scheduler}: {worker} has a folder of its own at {folder}, where the tasks' files are; start it "
                    "with that folder shared, e.g. on the same network file system"
                )


def read_token(path):
    """Runs on a worker: what a file holds there; "" where there is none."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""
