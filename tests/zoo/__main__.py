"""Print how far PyTorch and ONNX are from real Caffe, net by net, or whether bundles decide as their folds do.

  python -m tests.zoo [NAME...]
  python -m tests.zoo --folds [NAME...]

The first takes half a minute. It prints the largest errors, relative to the largest value: of all blobs in TEST, and of
all gradients and the loss in training. The second trains each net as a fold on drawn subjects, which takes 10 seconds a
net, and counts the decisions on the test subject that detection with the fold's bundle makes otherwise than the fold.
"""

import argparse
import functools
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from data_prep.system.errors import InputError
from tests.zoo.engines import onnx_errors, torch_errors, under_caffe
from tests.zoo.folds import compared, draw_subjects, engine_of
from tests.zoo.table import ZOO


def print_errors(names):
    print(f"{'net':26} features vary  PyTorch: blobs  gradients  ONNX: blobs")
    with tempfile.TemporaryDirectory() as folder:
        results = under_caffe(Path(folder), {name: ZOO[name] for name in names})
        lines = [print_net(name, result) for name, result in results.items()]
    for column, title in enumerate(("PyTorch, blobs", "PyTorch, gradients", "ONNX, blobs")):
        errors = [line[column] for line in lines if line[column] is not None]
        print(f"{title}: {len(errors)} of {len(names)} nets, the largest error is {max(errors, default=0):.1e}")


def print_net(name, result):
    """Print a net's line; returns its errors: PyTorch's blobs and gradients, ONNX's blobs. None where it is refused."""
    why = []

    def largest(engine, parts):
        try:
            found = engine(result)
        except InputError as error:
            why.append(str(error))
            return [None] * parts
        return [max(errors.values()) for errors in (found if parts > 1 else [found])]

    errors = largest(torch_errors, 2) + largest(onnx_errors, 1)
    if "caffe" in ZOO[name].refused:
        errors[1] = None
        why.append("Caffe cannot train it")
    words = ["" if error is None else f"{error:.1e}" for error in errors]
    feature = result.test[ZOO[name].feature]
    varies = np.ptp(feature, axis=0).max() / np.abs(feature).max()
    print(f"{name:26} {varies:13.2f}  {words[0]:>14} {words[1]:>10} {words[2]:>12}  {'; '.join(why)}".rstrip())
    return errors


def print_folds(names):
    print(f"{'net':26} engine  decisions  differ  present  largest error of the scores")
    differ = done = 0
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as pool:
        (Path(folder) / "data").mkdir()
        subjects = draw_subjects(Path(folder) / "data")
        for name, found in zip(names, pool.map(functools.partial(fold, folder, subjects), names)):
            if isinstance(found, str):
                print(f"{name:26} {found}", flush=True)
                continue
            print(
                f"{name:26} {engine_of(ZOO[name]):6} {found.decisions:10} {found.differ:7} {found.present:8} "
                f"{found.error:10.1e}",
                flush=True,
            )
            differ, done = differ + found.differ, done + 1
    print(f"{done} of {len(names)} nets train and are bundled; {differ} of their decisions differ")


def fold(folder, subjects, name):
    """Compared, or why there is none."""
    try:
        return compared(ZOO[name], Path(folder) / name, subjects, engine_of(ZOO[name]))
    except InputError as error:
        return str(error).replace(str(folder), "...")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="nets of the zoo (default: all)")
    parser.add_argument("--folds", action="store_true", help="train each as a fold, and compare its bundle's decisions")
    arguments = parser.parse_args()
    chosen = [name for name in arguments.names or ZOO if "all" not in ZOO[name].refused]
    (print_folds if arguments.folds else print_errors)(chosen)
