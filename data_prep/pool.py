"""Independent tasks on a local pool of processes that never outlives its parent."""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def cores():
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def run_all(function, tasks, jobs=None):
    """Run `function(task)` for every task in `jobs` processes; yield (task, result) as they end.

    One BLAS thread per process: processes are the parallelism, and results do not depend on `jobs`. The first
    exception, Ctrl-C included, ends every worker at once.
    """
    tasks = list(tasks)
    os.environ.update(ONE_THREAD)  # inherited by the workers before they load NumPy
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(min(jobs or cores(), len(tasks)), 1), context, start_worker) as pool:
        futures = {pool.submit(function, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


def start_worker():
    """Leave Ctrl-C to the parent, and end with it however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
