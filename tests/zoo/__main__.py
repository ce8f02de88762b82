"""Print how far PyTorch and ONNX are from real Caffe, net by net: the largest errors, relative to the largest value.

  python -m tests.zoo [NAME...]

blobs      of all blobs in TEST
gradients  of all weights, and the loss, in training
A net that cannot be done has the error instead.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from data_prep.system.errors import InputError
from tests.zoo.engines import onnx_errors, torch_errors, under_caffe
from tests.zoo.table import ZOO


def main(names):
    names = [name for name in names or ZOO if "all" not in ZOO[name].refused]
    with tempfile.TemporaryDirectory() as folder:
        results = under_caffe(Path(folder), {name: ZOO[name] for name in names})
        print(f"{'net':26} features vary  PyTorch: blobs  gradients  ONNX: blobs")
        lines = {name: measured(name, result) for name, result in results.items()}
    for column, title in enumerate(("PyTorch, blobs", "PyTorch, gradients", "ONNX, blobs")):
        errors = [line[column] for line in lines.values() if line[column] is not None]
        print(f"{title}: {len(errors)} of {len(names)} nets, the largest error is {max(errors):.1e}")


def measured(name, result):
    """(errors of PyTorch's blobs and gradients, of ONNX's blobs), each None where there is none; prints them."""
    feature, errors, why = result.test[ZOO[name].feature], [], []
    for engine in (torch_errors, onnx_errors):
        try:
            found = engine(result)
            found = found if engine is torch_errors else (found,)
            errors += [max(values.values()) for values in found]
        except InputError as error:
            errors += [None] * (2 if engine is torch_errors else 1)
            why.append(str(error))
    if "caffe" in ZOO[name].refused:
        errors[1] = None
        why.append("Caffe cannot train it")
    words = ["" if error is None else f"{error:.1e}" for error in errors]
    varies = np.ptp(feature, axis=0).max() / np.abs(feature).max()
    print(f"{name:26} {varies:13.2f}  {words[0]:>14} {words[1]:>10} {words[2]:>12}  {'; '.join(why)}".rstrip())
    return errors


main(sys.argv[1:])
