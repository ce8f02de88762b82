"""A Caffe net on PyTorch, from its prototxt; several nets of one architecture at once."""

import math
from typing import NamedTuple

import torch

from prototxt import caffe_pb2
from tools.engines.torch.checks import check_layer
from tools.engines.torch.layers import FORWARD, Context, loss_weights
from tools.engines.torch.losses import over_images
from tools.engines.torch.rewrite import pooled_first
from tools.net.fields import fail
from tools.net.layers import LAYERS
from tools.net.shapes import infer_shapes
from tools.net.state import in_phase

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
    supported = [name for name, known in LAYERS.items() if known.on_torch]
    layers, names = [], set()
    for layer in (layer for layer in net.layer if in_phase(layer, phase)):
        if layer.type not in supported:
            fail(layer, f"type not supported on PyTorch; supported: {', '.join(sorted(supported))}")
        if LAYERS[layer.type].is_source:
            continue
        if layer.name in names:
            fail(layer, "another layer has this name too; weights are kept by name")
        if any(spec.name for spec in layer.param):
            fail(layer, "weights shared by name (param { name }) are not supported on PyTorch")
        layers.append(layer)
        names.add(layer.name)
    return layers


def check_weights(layer, blobs):
    """Raise InputError for more `param` than `blobs` (WeightBlobs), or a filler that is none of FILLERS."""
    if len(layer.param) > len(blobs):
        fail(layer, f"param is given {len(layer.param)} times for {len(blobs)} blobs of weights")
    for number, blob in enumerate(blobs):
        if blob.filler.type not in FILLERS:
            fail(
                layer,
                f"filler {blob.filler.type!r} of weights {number} is not supported on PyTorch; supported: "
                f"{', '.join(FILLERS)}",
            )


def fill(filler, shape, generator):
    """float32 `shape` from the distribution of a filler (one of FILLERS), by a torch.Generator on the CPU.

    Caffe has the same distributions, but other random numbers.
    """
    rows, columns = (*shape, 1, 1)[:2]
    fan_in, fan_out = math.prod(shape) // rows, math.prod(shape) // columns
    n = {filler.FAN_IN: fan_in, filler.FAN_OUT: fan_out, filler.AVERAGE: (fan_in + fan_out) / 2}[filler.variance_norm]
    if filler.type == "constant":
        return torch.full(shape, filler.value)
    if filler.type == "uniform":
        return torch.empty(shape).uniform_(filler.min, filler.max, generator=generator)
    if filler.type == "xavier":
        return torch.empty(shape).uniform_(-math.sqrt(3 / n), math.sqrt(3 / n), generator=generator)
    if filler.type == "msra":
        return torch.empty(shape).normal_(0, math.sqrt(2 / n), generator=generator)
    values = torch.empty(shape).normal_(filler.mean, filler.std, generator=generator)
    if filler.sparse >= 0:
        values *= torch.rand(shape, generator=generator) < filler.sparse / shape[0]
    return values


class TorchNet:
    """The layers of one phase of a net, and the weights of F nets.

    net      parsed NetParameter
    phase    caffe_pb2.TRAIN or TEST
    shapes   {layer name: (N, channels, H, W)} of the Data layers, as `infer_shapes` takes them
    weights  {layer name: [Weight]}, e.g. those of another phase's TorchNet; by default initialized from `seeds`
    steps    the layers in the order in which they are computed
    """

    def __init__(self, net, phase, shapes, weights=None, seeds=(0,), device="cpu"):
        self.layers, self.training, self.name = build_layers(net, phase), phase == caffe_pb2.TRAIN, net.name
        self.blob_shapes, _ = infer_shapes(net, phase, shapes)
        for layer in self.layers:
            check_layer(layer, [self.blob_shapes[bottom] for bottom in layer.bottom])
            check_weights(layer, self.weight_blobs(layer))
        self.weights = weights if weights is not None else self.initialize(seeds, device)
        self.steps = pooled_first(self.layers) if self.training else self.layers

    def weight_blobs(self, layer):
        """The WeightBlobs of a layer."""
        return LAYERS[layer.type].weights(layer, [self.blob_shapes[bottom] for bottom in layer.bottom])

    def initialize(self, seeds, device):
        """{layer name: [Weight]} as the fillers want them, one net per seed."""
        generators, weights = [torch.Generator().manual_seed(seed) for seed in seeds], {}
        for layer in self.layers:
            blobs, learned = self.weight_blobs(layer), layer.type != "BatchNorm"
            specs = [*layer.param, *[caffe_pb2.ParamSpec()] * len(blobs)]
            weights[layer.name] = [
                Weight(
                    torch.stack([fill(blob.filler, blob.shape, generator) for generator in generators]).to(device),
                    lr_mult=spec.lr_mult if learned else 0.0,
                    decay_mult=spec.decay_mult,
                )
                for blob, spec in zip(blobs, specs)
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
