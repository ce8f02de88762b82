"""A Caffe net on PyTorch, from its prototxt; several nets of one architecture at once, and Caffe's own .caffemodel."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from prototxt import caffe_pb2
from tools.engines.torch.checks import check_layer
from tools.engines.torch.layers import FORWARD, Context, loss_weights
from tools.engines.torch.losses import over_images
from tools.engines.torch.rewrite import pooled_first
from tools.net.prototxt import in_phase
from tools.net.shapes import fail, infer_shapes, pair

DATA = ("Data", "Input")
FILLERS = ("constant", "uniform", "gaussian", "xavier", "msra")


class Weight(NamedTuple):
    """One blob of weights of F nets.

    value  float32 [F, ...] with Caffe's axes after the first
    lr_mult, decay_mult  as the prototxt has them; lr_mult 0 for what is not learned
    """

    value: torch.Tensor
    lr_mult: float
    decay_mult: float


def build_layers(net, phase):
    """The layers of `net` that `phase` builds, but for data. Raises InputError naming what PyTorch cannot do here."""
    layers = [layer for layer in net.layer if in_phase(layer, phase) and layer.type not in DATA]
    names = [layer.name for layer in layers]
    for layer in layers:
        if layer.type not in FORWARD:
            fail(layer, f"type not supported on PyTorch; supported: {', '.join(sorted(FORWARD))}")
        if names.count(layer.name) > 1:
            fail(layer, "another layer has this name too; weights are kept by name")
        if any(spec.name for spec in layer.param):
            fail(layer, "weights shared by name (param { name }) are not supported on PyTorch")
    return layers


def check_weights(layer, bottoms):
    """Raise InputError for more `param` than weights, or a filler that is none of FILLERS."""
    wanted = weight_shapes(layer, bottoms)
    if len(layer.param) > len(wanted):
        fail(layer, f"param is given {len(layer.param)} times for {len(wanted)} blobs of weights")
    for number, filler in enumerate(fillers(layer)[: len(wanted)]):
        if filler.type not in FILLERS:
            fail(
                layer,
                f"filler {filler.type!r} of weights {number} is not supported on PyTorch; supported: "
                f"{', '.join(FILLERS)}",
            )


def weight_shapes(layer, bottoms):
    """Shapes of a layer's weights in Caffe's order, given those of its bottoms (N, ...)."""
    if layer.type == "Convolution":
        p = layer.convolution_param
        first = (p.num_output, bottoms[0][1] // p.group, *pair(p, "kernel_size", "kernel", 0))
        return [first, (p.num_output,)][: 1 + p.bias_term]
    if layer.type == "InnerProduct":
        p = layer.inner_product_param
        inputs = math.prod(bottoms[0][p.axis % len(bottoms[0]) :])
        return [(inputs, p.num_output) if p.transpose else (p.num_output, inputs), (p.num_output,)][: 1 + p.bias_term]
    if layer.type == "PReLU":
        return [(1,) if layer.prelu_param.channel_shared else (bottoms[0][1],)]
    if layer.type == "BatchNorm":
        return [(bottoms[0][1],), (bottoms[0][1],), (1,)]
    if layer.type in ("Scale", "Bias"):
        p = layer.scale_param if layer.type == "Scale" else layer.bias_param
        axis = p.axis % len(bottoms[0])
        end = len(bottoms[0]) if p.num_axes == -1 else axis + p.num_axes
        return [tuple(bottoms[0][axis:end])] * (2 if layer.type == "Scale" and p.bias_term else 1)
    return []


def fillers(layer):
    """The FillerParameter of each of a layer's weights; None for zeros."""
    constant = caffe_pb2.FillerParameter
    if layer.type == "Convolution":
        return [layer.convolution_param.weight_filler, layer.convolution_param.bias_filler]
    if layer.type == "InnerProduct":
        return [layer.inner_product_param.weight_filler, layer.inner_product_param.bias_filler]
    if layer.type == "PReLU":
        p = layer.prelu_param
        return [p.filler if p.HasField("filler") else constant(value=0.25)]
    if layer.type == "Scale":
        p = layer.scale_param
        return [p.filler if p.HasField("filler") else constant(value=1), p.bias_filler]
    if layer.type == "Bias":
        return [layer.bias_param.filler]
    return [constant()] * 3


def fill(filler, shape, generator):
    """float32 `shape` as one of FILLERS draws it, from a torch.Generator on the CPU; not Caffe's own numbers."""
    fan_in = math.prod(shape) // shape[0]
    fan_out = math.prod(shape) // shape[1] if len(shape) > 1 else math.prod(shape)
    n = {filler.FAN_IN: fan_in, filler.FAN_OUT: fan_out, filler.AVERAGE: (fan_in + fan_out) / 2}[filler.variance_norm]
    if filler.type == "constant":
        return torch.full(shape, filler.value)
    if filler.type == "uniform":
        return torch.empty(shape).uniform_(filler.min, filler.max, generator=generator)
    if filler.type == "xavier":
        return torch.empty(shape).uniform_(-math.sqrt(3 / n), math.sqrt(3 / n), generator=generator)
    if filler.type == "msra":
        return torch.empty(shape).normal_(0, math.sqrt(2 / n), generator=generator)
    drawn = torch.empty(shape).normal_(filler.mean, filler.std, generator=generator)
    if filler.sparse >= 0:
        drawn *= torch.rand(shape, generator=generator) < filler.sparse / shape[0]
    return drawn


class TorchNet:
    """The layers of one phase of a net, and the weights of F nets.

    net      parsed NetParameter
    phase    caffe_pb2.TRAIN or TEST
    shapes   {layer name: (N, channels, H, W)} of the Data layers, as tools.net_shapes takes them
    weights  {layer name: [Weight]}, e.g. those of another phase's TorchNet; drawn from `seeds` where not given
    """

    def __init__(self, net, phase, shapes, weights=None, seeds=(0,), device="cpu"):
        self.layers, self.training, self.name = build_layers(net, phase), phase == caffe_pb2.TRAIN, net.name
        self.blob_shapes, _ = infer_shapes(net, phase, shapes)
        for layer in self.layers:
            bottoms = [self.blob_shapes[bottom] for bottom in layer.bottom]
            check_layer(layer, bottoms)
            check_weights(layer, bottoms)
        self.weights = weights if weights is not None else self.draw(seeds, device)
        self.steps = pooled_first(self.layers) if self.training else self.layers

    def draw(self, seeds, device):
        """Weights as the fillers want them, one net per seed."""
        generators, weights = [torch.Generator().manual_seed(seed) for seed in seeds], {}
        for layer in self.layers:
            shapes = weight_shapes(layer, [self.blob_shapes[bottom] for bottom in layer.bottom])
            specs = [*layer.param, *[caffe_pb2.ParamSpec()] * len(shapes)]
            weights[layer.name] = [
                Weight(
                    torch.stack([fill(filler, shape, generator) for generator in generators]).to(device),
                    0.0 if layer.type == "BatchNorm" else spec.lr_mult,
                    spec.decay_mult,
                )
                for filler, shape, spec in zip(fillers(layer), shapes, specs)
            ]
        return weights

    def learned(self):
        """The Weights that a solver updates, in the net's order."""
        return [weight for layer in self.layers for weight in self.weights[layer.name] if weight.lr_mult]

    def forward(self, blobs, generators=()):
        """All blobs {name: [N, F, ...]}, and the loss of each net [F], from the data blobs."""
        blobs, loss = dict(blobs), 0
        context = Context(self.training, generators)
        for layer in self.steps:
            values = [weight.value for weight in self.weights[layer.name]]
            tops = FORWARD[layer.type](layer, values, [blobs[name] for name in layer.bottom], context)
            blobs.update(zip(layer.top, tops))
            for top, weight in zip(tops, loss_weights(layer)):
                if weight:
                    loss = loss + weight * (top if top.dim() == 1 else over_images(top))
        return blobs, loss

    def select(self, rows):
        """Keep the nets `rows` (indices) only."""
        for weights in self.weights.values():
            for number, weight in enumerate(weights):
                weights[number] = weight._replace(value=weight.value[rows].detach().clone())


def save_caffemodel(path, net, row):
    """Write the weights of net number `row` of a TorchNet as Caffe's own .caffemodel."""
    message = caffe_pb2.NetParameter(name=net.name)
    for layer in net.layers:
        kept = message.layer.add(name=layer.name, type=layer.type, bottom=layer.bottom, top=layer.top)
        for weight in net.weights[layer.name]:
            value = weight.value[row].detach().cpu()
            blob = kept.blobs.add(data=value.flatten().tolist())
            blob.shape.dim.extend(value.shape)
    with atomic(path) as part:
        part.write_bytes(message.SerializeToString())


def load_caffemodel(path, net):
    """Set the weights of a TorchNet of one net from a .caffemodel, by layer name, as Caffe does.

    Raises InputError for a file that is none, a layer without its weights, or one of another shape.
    """
    message = caffe_pb2.NetParameter()
    try:
        message.ParseFromString(Path(path).read_bytes())
    except Exception as error:  # protobuf's C++ and Python parts raise different kinds
        raise InputError(f"{path}: not a .caffemodel ({error})") from error
    stored = {layer.name: layer.blobs for layer in message.layer}
    for name, weights in net.weights.items():
        if weights and name not in stored:
            raise InputError(f"{path}: no weights of layer {name!r}; it holds: {', '.join(stored) or 'nothing'}")
        blobs = stored.get(name, ())
        if name in stored and len(blobs) != len(weights):
            raise InputError(f"{path}: layer {name!r} has {len(blobs)} blobs of weights, the net wants {len(weights)}")
        for number, (weight, blob) in enumerate(zip(weights, blobs)):
            wanted = tuple(weight.value.shape[1:])
            values = np.array(blob.data or blob.double_data, np.float32)
            if not fits(blob, wanted) or len(values) != math.prod(wanted):
                raise InputError(
                    f"{path}: weights {number} of layer {name!r} have shape {stored_shape(blob)}, the net "
                    f"wants {wanted}; the file holds {len(values)} values"
                )
            with torch.no_grad():
                weight.value[0] = torch.from_numpy(values.reshape(wanted))


def stored_shape(blob):
    """The shape of a BlobProto; files older than `shape` give four sizes."""
    return tuple(blob.shape.dim) if blob.HasField("shape") else (blob.num, blob.channels, blob.height, blob.width)


def fits(blob, shape):
    """Whether a BlobProto has `shape`, as Caffe compares them: four old sizes lead with ones."""
    return stored_shape(blob) == (shape if blob.HasField("shape") else (1,) * (4 - len(shape)) + shape)
