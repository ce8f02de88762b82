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
from tests.zoo.nets import SHAPES, arrays, parsed, train_val, with_inputs
from tools.engines.process import caffe_python
from tools.net.caffemodel import load_caffemodel
from tools.net.edits import blobs_of_images, deploy_net
from tools.onnx.runtime import Runtime
from tools.onnx.writer import to_onnx


class CaffeResult(NamedTuple):
    """What real Caffe makes of a net.

    train_val the net as its users write it, without what its state does not build
    net       the same with Input layers
    given     {"data", "label"} float32
    weights   path of the .caffemodel
    test, train  {blob: array} of either phase
    gradients {(layer, number): array} of its weights
    loss      in training
    values    how many numbers its weights are, shared ones once
    """

    train_val: caffe_pb2.NetParameter
    net: caffe_pb2.NetParameter
    given: dict
    weights: Path
    test: dict
    train: dict
    gradients: dict
    loss: float
    values: int


def under_caffe(folder, zoo):
    """{name: CaffeResult} of {name: ZooNet}, from one process."""
    given = {name: arrays(zoo_net) for name, zoo_net in zoo.items()}
    for name, zoo_net in zoo.items():
        net = with_inputs(parsed(zoo_net))
        (folder / f"{name}.prototxt").write_text(text_format.MessageToString(net))
        np.savez(folder / f"{name}_in.npz", level=net.state.level, **given[name])
    (folder / "names.json").write_text(json.dumps(list(zoo)))
    done = subprocess.run(
        [caffe_python(), "-m", "tests.zoo.under_caffe", str(folder)],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1"),
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout.split()[-1:]}: {done.stderr[-2000:]}"
    return {name: read_result(folder, name, train_val(zoo_net), given[name]) for name, zoo_net in zoo.items()}


def read_result(folder, name, net, given):
    with np.load(folder / f"{name}_out.npz") as out:
        found = {"test": {}, "train": {}, "grad": {}}
        for key in out.files:
            kind, *rest = key.split("/")
            if rest:
                found[kind][tuple(rest) if kind == "grad" else rest[0]] = out[key]
        gradients = {(layer, int(number)): array for (layer, number), array in found["grad"].items()}
        loss, values = float(out["loss"]), int(out["values"])
    weights, blobs = folder / f"{name}.caffemodel", (found["test"], found["train"])
    return CaffeResult(net, with_inputs(net), given, weights, *blobs, gradients, loss, values)


def error(ours, caffes, largest=None):
    """The largest difference, relative to Caffe's largest value, or another; infinite between other shapes."""
    if ours.shape != caffes.shape and not ours.size == caffes.size == 1:  # one number: a loss
        return np.inf
    largest = np.abs(caffes).max() if largest is None else largest
    return float(np.abs(ours.reshape(caffes.shape) - caffes).max() / max(largest, 1e-30))


def torch_errors(result):
    """On PyTorch, {blob: error} of a net in TEST, and {(layer, number of weights): error} of its gradients in training,
    and of its "loss".

    Gradients are compared with the largest of their layer: one that is 0 but for rounding tells nothing.
    Raises InputError for what PyTorch cannot follow.
    """
    import torch

    from tools.engines.torch.caffemodel import load_caffemodel as load_weights
    from tools.engines.torch.net import TorchNet

    torch.set_num_threads(1)  # nets are too small for more
    given = {name: torch.from_numpy(array).unsqueeze(1) for name, array in result.given.items()}
    train, test = (TorchNet(result.net, phase, {}) for phase in (caffe_pb2.TRAIN, caffe_pb2.TEST))
    for net in (train, test):
        load_weights(result.weights, net)
    with torch.no_grad():
        blobs, _ = test.forward(given)
    blobs = {name: (blob.squeeze(1) if blob.dim() > 1 else blob).numpy() for name, blob in blobs.items()}
    errors = {name: error(blobs[name], array) for name, array in result.test.items() if name in blobs}
    for weight in train.learned():
        weight.value.requires_grad_(True)
    loss = train.forward(given)[1].sum()
    loss.backward()
    largest = largest_gradients(result)
    gradients = {}
    for (layer, number), expected in result.gradients.items():
        weight = train.weights[layer][number]
        if weight.lr_mult:
            gradient = weight.value.grad  # None where nothing flows back to it
            ours = np.zeros_like(expected) if gradient is None else gradient[0].numpy().reshape(expected.shape)
            gradients[layer, number] = error(ours, expected, largest[layer])
    gradients["loss"] = abs(loss.item() - result.loss) / abs(result.loss)
    return errors, gradients


def largest_gradients(result):
    """{layer: the largest gradient of its weights}."""
    largest = {}
    for (layer, _), gradient in result.gradients.items():
        largest[layer] = max(largest.get(layer, 0), float(np.abs(gradient).max()))
    return largest


def onnx_errors(result):
    """{blob: error} of a net in TEST with ONNX. Raises InputError for what ONNX cannot follow."""
    deploy = deploy_net(result.train_val, SHAPES["data"])
    blobs = blobs_of_images(result.train_val)[1:]  # but for the images themselves
    model = to_onnx(deploy, load_caffemodel(result.weights), blobs, {})
    values = Runtime(model.SerializeToString()).run(result.given["data"])
    return {name: error(values[name], result.test[name]) for name in blobs}
