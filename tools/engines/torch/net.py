"""A Caffe net on PyTorch, from its prototxt; several nets of one architecture at once."""

import math
from dataclasses import dataclass

import torch

from prototxt import caffe_pb2
from tools.engines.torch.checks import check_layer
from tools.engines.torch.draws import words
from tools.engines.torch.fillers import fill
from tools.engines.torch.layers import FORWARD, Context, loss_weights
from tools.engines.torch.losses import over_images
from tools.engines.torch.rewrite import pooled_first
from tools.net.fields import fail
from tools.net.layers import LAYERS
from tools.net.params import net_params
from tools.net.shapes import trace
from tools.net.state import in_phase


@dataclass(eq=False)
class Weight:
    """One blob of weights of F nets; blobs that Caffe shares are one Weight.

    value  float32 [F, ...] with Caffe's axes after the first
    lr_mult, decay_mult  as the prototxt has them; lr_mult 0 for what is not learned
    """

    value: torch.Tensor
    lr_mult: float
    decay_mult: float


def build_layers(net, phase):
    """The layers of `net` that `phase` builds, but for data. Raises InputError naming what PyTorch cannot do here."""
    supported, layers = [name for name, known in LAYERS.items() if known.on_torch], []
    for layer in (layer for layer in net.layer if in_phase(layer, phase)):
        if layer.type not in supported:
            fail(layer, f"type not supported on PyTorch; supported: {', '.join(sorted(supported))}")
        if not LAYERS[layer.type].is_source:
            layers.append(layer)
    return layers


class TorchNet:
    """The layers of one phase of a net, and the weights of F nets.

    net      parsed NetParameter
    phase    caffe_pb2.TRAIN or TEST
    shapes   {layer name: (N, channels, H, W)} of the Data layers, as `infer_shapes` takes them
    trained  a TorchNet of the same net whose weights this one has too, layer by layer; other weights, by default all,
             are initialized from `seeds`
    params   {layer name: [Param]}
    weights  {layer name: [Weight]}, one for each Param
    steps    the layers in the order in which they are computed
    """

    def __init__(self, net, phase, shapes, trained=None, seeds=(0,), device="cpu"):
        self.layers, self.training, self.name = build_layers(net, phase), phase == caffe_pb2.TRAIN, net.name
        self.force_backward = net.force_backward  # which overrides propagate_down
        self.blob_shapes, traced = trace(net, phase, shapes)
        self.params = net_params(traced)
        for layer in self.layers:
            check_layer(layer, [self.blob_shapes[bottom] for bottom in layer.bottom])
        self.weights = self.initialize(trained.weights if trained else {}, seeds, device)
        self.steps = pooled_first(self.layers) if self.training else self.layers

    def initialize(self, trained, seeds, device):
        """{layer name: [Weight]}: those of `trained`, a dictionary of the same, others as the fillers want them, one
        net per seed."""
        generators, owned = [torch.Generator().manual_seed(seed) for seed in seeds], {}
        for layer in (layer for layer in self.layers if layer.name not in trained):
            for blob, owner, lr_mult, decay_mult in self.params[layer.name]:
                if owner not in owned:
                    values = [fill(blob.filler, blob.shape, generator) for generator in generators]
                    owned[owner] = Weight(torch.stack(values).to(device), lr_mult, decay_mult)
        return {
            layer.name: trained.get(layer.name) or [owned[param.owner] for param in self.params[layer.name]]
            for layer in self.layers
        }

    def owned(self):
        """The Weights in the net's order, each once."""
        return list(dict.fromkeys(weight for layer in self.layers for weight in self.weights[layer.name]))

    def learned(self):
        """The Weights that a solver updates, in the net's order."""
        return [weight for weight in self.owned() if weight.lr_mult]

    def numbers(self):
        """{layer name: random numbers a pass} of Dropout, as Draws take them."""
        dropout = [layer for layer in self.layers if layer.type == "Dropout"]
        return {
            layer.name: words(layer.dropout_param.dropout_ratio, math.prod(self.blob_shapes[layer.bottom[0]]))
            for layer in (dropout if self.training else ())
        }

    def values(self, name):
        """The blobs of weights of a layer, [F, ...] with the axes that this layer gives them."""
        values = [weight.value for weight in self.weights[name]]
        shapes = [(len(value), *param.blob.shape) for value, param in zip(values, self.params[name])]
        return [value if value.shape == shape else value.reshape(shape) for value, shape in zip(values, shapes)]

    def forward(self, blobs, draws=None):
        """All blobs {name: [N, F, ...]}, and the loss of each net [F], from the data blobs; Dropout needs Draws."""
        blobs, loss = dict(blobs), 0
        context = Context(self.training, draws)
        for layer in self.steps:
            bottoms = [blobs[name] for name in layer.bottom]
            if layer.propagate_down and not self.force_backward:
                bottoms = [x if down else x.detach() for x, down in zip(bottoms, layer.propagate_down)]
            tops = FORWARD[layer.type](layer, self.values(layer.name), bottoms, context)
            blobs.update(zip(layer.top, tops))
            for top, weight in zip(tops, loss_weights(layer)):
                if weight:
                    loss = loss + weight * (top if top.dim() == 1 else over_images(top))
        return blobs, loss


def select(nets, rows):
    """Keep of TorchNets that may have Weights in common the nets `rows` (indices) only."""
    for weight in dict.fromkeys(weight for net in nets for weight in net.owned()):
        weight.value = weight.value[rows].detach().clone()
