"""A net of the zoo under real Caffe, on PyTorch and on ONNX; all with the weights of one .caffemodel."""

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
from google.protobuf import text_format

from data_prep.system.code import ROOT
from prototxt import caffe_pb2
from tests.zoo.nets import arrays, train_val, with_inputs
from tools.engines.process import caffe_python


class CaffeResult(NamedTuple):
    """What real Caffe makes of a net.

    net       parsed, with Input layers
    given     {"data", "label"} float32
    weights   path of the .caffemodel
    test, train  {blob: array} of either phase
    gradients {(layer, number): array} of its weights
    values    how many numbers its weights are, shared ones once
    """

    net: caffe_pb2.NetParameter
    given: dict
    weights: Path
    test: dict
    train: dict
    gradients: dict
    values: int


def under_caffe(folder, zoo):
    """{name: CaffeResult} of {name: ZooNet}, from one process."""
    nets = {name: with_inputs(train_val(zoo_net)) for name, zoo_net in zoo.items()}
    given = {name: arrays(zoo_net) for name, zoo_net in zoo.items()}
    for name, net in nets.items():
        (folder / f"{name}.prototxt").write_text(text_format.MessageToString(net))
        np.savez(folder / f"{name}_in.npz", level=net.state.level, **given[name])
    (folder / "names.json").write_text(json.dumps(list(nets)))
    done = subprocess.run(
        [caffe_python(), "-m", "tests.zoo.under_caffe", str(folder)],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1"),
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout.split()[-1:]}: {done.stderr[-2000:]}"
    return {name: read_result(folder, name, nets[name], given[name]) for name in nets}


def read_result(folder, name, net, given):
    with np.load(folder / f"{name}_out.npz") as out:
        found = {"test": {}, "train": {}, "grad": {}}
        for key in out.files:
            kind, *rest = key.split("/")
            if rest:
                found[kind][tuple(rest) if kind == "grad" else rest[0]] = out[key]
        gradients = {(layer, int(number)): array for (layer, number), array in found["grad"].items()}
        values = int(out["values"])
    return CaffeResult(net, given, folder / f"{name}.caffemodel", found["test"], found["train"], gradients, values)


def error(ours, caffes):
    """The largest difference, relative to Caffe's largest value."""
    ours = np.asarray(ours).reshape(caffes.shape)
    return float(np.abs(ours - caffes).max() / max(np.abs(caffes).max(), 1e-30)) if caffes.size else 0.0


def torch_errors(result):
    """{"blobs", "gradients": the largest error} of a net on PyTorch. Raises InputError for what it cannot follow."""
    import torch

    from tools.engines.torch.caffemodel import load_caffemodel
    from tools.engines.torch.net import TorchNet

    given = {name: torch.from_numpy(array).unsqueeze(1) for name, array in result.given.items()}
    train, test = (TorchNet(result.net, phase, {}) for phase in (caffe_pb2.TRAIN, caffe_pb2.TEST))
    for net in (train, test):
        load_caffemodel(result.weights, net)
    with torch.no_grad():
        blobs, _ = test.forward(given)
    blobs = {name: error(blobs[name], array) for name, array in result.test.items() if name in blobs}
    gradients = {}
    for weight in train.learned():
        weight.value.requires_grad_(True)
    train.forward(given)[1].sum().backward()
    for (layer, number), expected in result.gradients.items():
        weight = train.weights[layer][number]
        if weight.lr_mult:
            gradients[layer, number] = error(weight.value.grad[0], expected)
    return blobs, gradients
