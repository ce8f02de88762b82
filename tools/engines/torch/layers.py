"""Caffe's layers as PyTorch functions, for several nets of one architecture at once.

A function takes (layer, weights, bottoms, context) and returns its tops; blobs are as in tools/engines/torch/blobs.py.
Gradients are autograd's. Where Caffe computes something differently from PyTorch, a comment there says so.
"""

from typing import NamedTuple

from tools.engines.torch import axes, elementwise, losses, normalization, windows
from tools.engines.torch.draws import Draws
from tools.net.layers import LAYERS


class Context(NamedTuple):
    """What a layer may need besides weights and bottoms: whether it trains, and its random numbers."""

    training: bool
    draws: Draws | None


FORWARD = {
    "Convolution": windows.convolution,
    "Pooling": windows.pooling,
    "ReLU": elementwise.relu,
    "PReLU": elementwise.prelu,
    "ELU": elementwise.elu,
    "Sigmoid": elementwise.sigmoid,
    "TanH": elementwise.tanh,
    "Power": elementwise.power,
    "AbsVal": elementwise.absolute,
    "LRN": windows.lrn,
    "MVN": normalization.mvn,
    "BatchNorm": normalization.batch_norm,
    "Scale": elementwise.scale,
    "Bias": elementwise.bias,
    "Dropout": elementwise.dropout,
    "InnerProduct": axes.inner_product,
    "Concat": axes.concat,
    "Slice": axes.slice_tops,
    "Eltwise": elementwise.eltwise,
    "Flatten": axes.flatten,
    "Reshape": axes.reshape,
    "Softmax": axes.softmax,
    "SoftmaxWithLoss": losses.softmax_loss,
    "SigmoidCrossEntropyLoss": losses.sigmoid_loss,
    "EuclideanLoss": losses.euclidean_loss,
    "Accuracy": losses.accuracy,
    "Python": losses.multilabel_softmax_loss,
    "Silence": lambda *_: [],
}


def loss_weights(layer):
    """The weight in the loss of each top of a layer. A loss has a top even where the prototxt names none."""
    default = 1.0 if LAYERS[layer.type].is_loss else 0.0
    return list(layer.loss_weight) or [default] * max(len(layer.top), 1)
