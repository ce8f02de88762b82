"""Speed of training: real Caffe, the PyTorch engine, and a plain hand-written PyTorch loop, side by side in one run.

  python -m experiments.bench_train --out runs [--device 0]

The DISFA net, batch 64, on frames of noise; the sides take turns, and medians are reported. On processors each side
runs as one process with a thread per core, and as one process of one thread for each core; the faster way counts. A
leave-one-subject-out experiment is 27 folds: on processors its time follows from these rates, for ours with processes
side by side, for the plain loop with one run after another; on a GPU ours is measured, all folds at once. The last line
is JSON; ratio_caffe, ratio_torch and ratio_loso say how many times faster the engine is.
"""

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from data_prep.datasets.table import DATASETS, DISFA
from data_prep.subjects.aus import DISFA_AUS
from data_prep.subjects.lmdb_pair import write_lmdb_pair
from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.system.arguments import device, positive
from data_prep.system.code import ROOT
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.pool import cores
from tools.engines.process import check_device, engine_python
from tools.engines.run_folder import load_log
from tools.engines.training import run_training, write_run
from tools.net.edits import with_sources
from tools.net.prototxt import load_net, load_solver
from tools.report.tables import markdown_table

FRAMES, BATCH = 6400, 64
FOLDS, ITERATIONS = 27, 5000  # paper: Sec. V, on DISFA
CAFFE, ENGINE, PLAIN = "real Caffe", "engine on PyTorch", "plain PyTorch loop"


def write_data(prefix, frames=None):
    frames, rng = frames or FRAMES, np.random.default_rng(0)
    write_lmdb_pair(
        prefix,
        rng.integers(0, 256, (frames, STORED_SIZE, STORED_SIZE), np.uint8),
        rng.integers(0, 2, (frames, len(DISFA_AUS) + 1), np.int8),
    )


def write_disfa_run(folder, prefix, iterations, device, seed=1):
    """A run folder of the DISFA net without validation, as an engine trains it."""
    solver = load_solver(DATASETS[DISFA].prototxt("solver"))
    del solver.test_iter[:]
    solver.ClearField("test_interval")
    solver.max_iter, solver.random_seed = iterations, seed
    write_run(with_sources(load_net(DATASETS[DISFA].prototxt("train_val")), prefix, prefix), solver, folder, device)
    return folder


def train_once(side, folder, prefix, iterations, threads, device):
    """Train one net for `iterations`; returns images per second, not counting the start."""
    if side == PLAIN:
        environment = dict(
            os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS=str(threads), CUBLAS_WORKSPACE_CONFIG=":4096:8"
        )
        command = [sys.executable, "-m", "experiments.plain_torch", prefix]
        done = subprocess.run(
            [*command, "--out", folder, "--iterations", str(iterations), "--device", device],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise InputError(f"the plain loop failed: {done.stderr.strip().splitlines()[-1]}")
    else:
        run_training([folder], device, engine="caffe" if side == CAFFE else "torch", threads=threads)
    return BATCH / seconds_an_iteration(folder)


def seconds_an_iteration(folder):
    """Between the first and the last row of log.csv, so the start does not count."""
    rows = load_log(folder)
    return (rows[-1].seconds - rows[0].seconds) / (rows[-1].iteration - rows[0].iteration)


def rate(side, folder, prefix, iterations, processes, threads, device):
    """Images per second of `processes` nets trained side by side."""
    folders = [write_disfa_run(Path(folder) / f"{number}", prefix, iterations, device) for number in range(processes)]
    train = functools.partial(train_once, side, prefix=prefix, iterations=iterations, threads=threads, device=device)
    with ThreadPoolExecutor(processes) as pool:
        return sum(pool.map(train, folders))


def rates(folder, prefix, rounds, iterations, device):
    """{side: {(processes, threads): [images per second of each round]}}, sides taking turns."""
    ways = [(1, 1)] if device != "cpu" else sorted({(cores(), 1), (1, cores())})
    sides = [ENGINE, PLAIN] if device != "cpu" else [CAFFE, ENGINE, PLAIN]
    found = {side: {way: [] for way in ways} for side in sides}
    for number in range(rounds):
        for way in ways:
            for side in sides:
                images = rate(
                    side, folder, prefix, iterations=iterations, processes=way[0], threads=way[1], device=device
                )
                found[side][way].append(images)
                place = f"round {number + 1} of {rounds}, {way[0]} x {way[1]} threads"
                print(f"{place}, {side}: {images:.0f} images/s", file=sys.stderr, flush=True)
    return found


def fold_seconds(folder, prefix, iterations, device):
    """Seconds an iteration of all folds at once on a GPU."""
    folders = [write_disfa_run(Path(folder) / f"fold{seed}", prefix, iterations, device, seed) for seed in range(FOLDS)]
    run_training(folders, device, "torch")
    return seconds_an_iteration(folders[0])


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="runs", help="a folder for scratch files; left as it was (default runs)")
    parser.add_argument("--device", type=device, default="cpu", help="cpu or a GPU number")
    parser.add_argument("--rounds", type=positive, default=3, help="default %(default)s")
    parser.add_argument("--iterations", type=positive, default=100, help="of each training (default %(default)s)")
    arguments = parser.parse_args(argv)
    check_device("torch", arguments.device)
    if arguments.device == "cpu":
        engine_python("caffe")
    if arguments.iterations < 60:
        raise InputError(f"--iterations {arguments.iterations}: give 60 or more, as the first 20 are not counted")
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.out, prefix="bench_train_") as folder:
        prefix = str(Path(folder).resolve() / "noise")
        write_data(prefix)
        found = rates(folder, prefix, arguments.rounds, arguments.iterations, arguments.device)
        at_once = (
            None if arguments.device == "cpu" else fold_seconds(folder, prefix, arguments.iterations, arguments.device)
        )
    report(found, at_once, arguments.device)


def report(found, at_once, device):
    """Print the table and the JSON line."""
    medians = {side: {way: statistics.median(values) for way, values in ways.items()} for side, ways in found.items()}
    best = {side: max(ways.values()) for side, ways in medians.items()}
    alone = max(value for (processes, _), value in medians[PLAIN].items() if processes == 1)
    images = FOLDS * ITERATIONS * BATCH
    ours, theirs = images / best[ENGINE] if at_once is None else ITERATIONS * at_once, images / alone
    rows = [["side", "processes x threads", "images/s, each round", "median"]]
    rows += [
        [
            side,
            f"{processes} x {threads}",
            " ".join(f"{value:.0f}" for value in found[side][processes, threads]),
            f"{median:.0f}",
        ]
        for side, ways in medians.items()
        for (processes, threads), median in ways.items()
    ]
    print(markdown_table(rows))
    print(f"{FOLDS} folds of {ITERATIONS} iterations: engine {ours:.0f} s, plain loop one after another {theirs:.0f} s")
    print(
        json.dumps(
            {
                "bench": "train",
                "device": device,
                "cores": cores(),
                "ratio_caffe": round(best[ENGINE] / best[CAFFE], 2) if CAFFE in best else None,
                "ratio_torch": round(best[ENGINE] / best[PLAIN], 2),
                "ratio_loso": round(theirs / ours, 2),
                "images_per_second": {side: round(value) for side, value in best.items()},
                "loso_seconds": round(ours),
                "loso_seconds_plain": round(theirs),
            }
        )
    )


if __name__ == "__main__":
    main()
