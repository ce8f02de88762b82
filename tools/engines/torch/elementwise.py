"""Layers that map each number by itself: activations, Dropout, Scale, Bias, Eltwise. Blobs are as in
tools/engines/torch/blobs.py."""

import torch
from torch.nn import functional

from tools.engines.torch.blobs import along_channels, over_first_axes, placed


def relu(layer, weights, bottoms, _):
    slope = layer.relu_param.negative_slope
    return [functional.leaky_relu(bottoms[0], slope) if slope else functional.relu(bottoms[0])]


def prelu(layer, weights, bottoms, _):
    slope = along_channels(weights[0], bottoms[0])
    return [torch.where(bottoms[0] > 0, bottoms[0], slope * bottoms[0])]  # the gradient at 0 is the slope, as Caffe's


def elu(layer, weights, bottoms, _):
    return [functional.elu(bottoms[0], layer.elu_param.alpha)]


def sigmoid(layer, weights, bottoms, _):
    return [torch.sigmoid(bottoms[0])]


def tanh(layer, weights, bottoms, _):
    return [torch.tanh(bottoms[0])]


def power(layer, weights, bottoms, _):
    p = layer.power_param
    inner = p.shift + p.scale * bottoms[0]
    return [inner if p.power == 1 else inner**p.power]


def absolute(layer, weights, bottoms, _):
    return [bottoms[0].abs()]


def dropout(layer, weights, bottoms, context):
    ratio, (x,) = layer.dropout_param.dropout_ratio, bottoms
    if not context.training or not ratio:
        return [x]
    x = x.transpose(0, 1).movedim(2, -1)  # channels last, as images stand in memory
    kept = context.draws.kept(layer.name, ratio, x.shape[1:])
    return [Dropped.apply(x, kept, 1 / (1 - ratio)).movedim(-1, 2).transpose(0, 1)]


class Dropped(torch.autograd.Function):
    """x * kept * scale in one operation, forward and backward; `kept` bool takes a byte a number, whatever x is."""

    @staticmethod
    def forward(ctx, x, kept, scale):
        ctx.save_for_backward(kept)
        ctx.scale = scale
        return torch.ops.aten.native_dropout_backward(x, kept, scale)

    @staticmethod
    def backward(ctx, gradient):
        return torch.ops.aten.native_dropout_backward(gradient, *ctx.saved_tensors, ctx.scale), None, None


def scale(layer, weights, bottoms, _):
    p, (x, *second) = layer.scale_param, bottoms
    top = x * (over_first_axes(*second, x) if second else placed(layer, weights[0], x))
    return [top + placed(layer, weights[-1], x) if p.bias_term else top]


def bias(layer, weights, bottoms, _):
    x, *second = bottoms
    return [x + (over_first_axes(*second, x) if second else placed(layer, weights[0], x))]


def eltwise(layer, weights, bottoms, _):
    p = layer.eltwise_param
    if p.operation == p.SUM:
        coefficients = list(p.coeff) or [1] * len(bottoms)
        return [sum(factor * bottom for factor, bottom in zip(coefficients, bottoms))]
    top = bottoms[0]
    for number, bottom in enumerate(bottoms[1:]):
        if p.operation == p.PROD:
            top = top * bottom
        else:  # of equal maxima Caffe takes the second of the first two bottoms, then the earlier one
            top = torch.where(top >= bottom if number else top > bottom, top, bottom)
    return [top]
