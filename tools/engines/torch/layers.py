"""Caffe's layers as PyTorch functions, for several nets of one architecture at once.

A blob is a tensor [N, F, ...]: N images, F nets (folds), then Caffe's axes from channels on; a blob of weights is
[F, ...] with Caffe's axes. One net is F = 1. A function takes (layer, weights, bottoms, context) and returns its tops;
gradients are autograd's. What Caffe computes differently from PyTorch is said where it stands.
"""

import itertools
import math
from typing import NamedTuple

import torch
from torch.nn import functional

from tools.engines.torch.losses import accuracy, euclidean_loss, multilabel_softmax_loss, sigmoid_loss, softmax_loss
from tools.net.prototxt import is_loss
from tools.net.shapes import pair


class Context(NamedTuple):
    """What a layer may need besides weights and bottoms: whether it trains, and where its random numbers come from."""

    training: bool
    generators: list  # one per net, so that a net trained among others draws what it draws alone


def merged(blob):
    """[N, F, C, H, W] as [N, F C, H, W]: channels of different nets never meet."""
    return blob.reshape(blob.shape[0], -1, *blob.shape[3:])


def split(blob, nets):
    return blob.reshape(blob.shape[0], nets, -1, *blob.shape[2:])


def apart(x, axis):
    """The nets of a blob, each without the axis of nets. One net is a view, whose gradient keeps its order of memory."""
    return x.unbind(axis) if x.shape[axis] > 1 else [x.squeeze(axis)]


def together(parts, axis):
    """What `apart` took apart."""
    return torch.stack(parts, axis) if len(parts) > 1 else parts[0].unsqueeze(axis)


def net_by_net(x):
    """Whether each net's images are convolved by themselves: on processors, where that is fastest with channels last, and
    a net among others stays the net alone to the bit. On a GPU all nets are groups of one convolution."""
    return x.device.type == "cpu"


def convolution(layer, weights, bottoms, _):
    p, (x,) = layer.convolution_param, bottoms
    nets = x.shape[1]
    options = pair(p, "stride", "stride", 1), pair(p, "pad", "pad", 0), pair(p, "dilation", "", 1)
    if net_by_net(x):
        bias = apart(weights[1], 0) if p.bias_term else [None] * nets
        tops = [
            functional.conv2d(image.to(memory_format=torch.channels_last), weight, one, *options, p.group)
            for image, weight, one in zip(apart(x, 1), apart(weights[0], 0), bias)
        ]
        return [together(tops, 1)]
    bias = weights[1].reshape(-1) if p.bias_term else None
    top = functional.conv2d(merged(x), weights[0].flatten(0, 1), bias, *options, nets * p.group)
    return [split(top, nets)]


def pooling(layer, weights, bottoms, _):
    """Caffe rounds the output size up, and drops a last window that starts in the padding."""
    p, (x,) = layer.pooling_param, bottoms
    if p.global_pooling and p.pool == p.AVE:
        return [x.mean((3, 4), keepdim=True)]
    if p.global_pooling:  # not amax: of equal maxima Caffe gives the whole gradient to the first
        return [split(functional.max_pool2d(merged(x), x.shape[3:]), x.shape[1])]
    size, stride = pair(p, "kernel_size", "kernel", 0), pair(p, "stride", "stride", 1)
    pad, up = pair(p, "pad", "pad", 0), p.round_mode == p.CEIL
    if p.pool == p.MAX:
        return [split(functional.max_pool2d(merged(x), size, stride, pad, ceil_mode=up), x.shape[1])]
    return [split(functional.avg_pool2d(merged(x), size, stride, pad, ceil_mode=up), x.shape[1])]


def relu(layer, weights, bottoms, _):
    slope = layer.relu_param.negative_slope
    return [functional.leaky_relu(bottoms[0], slope) if slope else functional.relu(bottoms[0])]


def prelu(layer, weights, bottoms, _):
    slope = along_channels(weights[0], bottoms[0])
    return [torch.where(bottoms[0] > 0, bottoms[0], slope * bottoms[0])]  # the gradient at 0 is the slope, as Caffe's


def along_channels(weight, blob):
    """[F, C] (or [F, 1]) to multiply a blob [N, F, C, ...]."""
    return weight.reshape(*weight.shape[:1], -1, *[1] * (blob.dim() - 3))


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


def lrn(layer, weights, bottoms, _):
    p, (x,) = layer.lrn_param, bottoms
    if p.norm_region == p.ACROSS_CHANNELS:
        return [functional.local_response_norm(x.flatten(0, 1), p.local_size, p.alpha, p.beta, p.k).reshape(x.shape)]
    pooled = functional.avg_pool2d(merged(x * x), p.local_size, 1, (p.local_size - 1) // 2)
    return [x * (1 + p.alpha * split(pooled, x.shape[1])) ** -p.beta]  # Caffe ignores k here


class UnitVariance(torch.autograd.Function):
    """centered / (deviation + eps) over `axes`, with Caffe's gradient: that of eps = 0, divided by deviation + eps.

    Autograd's own is NaN where the deviation is 0, in a constant image.
    """

    @staticmethod
    def forward(ctx, centered, axes, eps):
        spread = (centered * centered).mean(axes, keepdim=True).sqrt() + eps
        top, ctx.axes = centered / spread, axes
        ctx.save_for_backward(top, spread)
        return top

    @staticmethod
    def backward(ctx, gradient):
        top, spread = ctx.saved_tensors
        return (gradient - top * (gradient * top).mean(ctx.axes, keepdim=True)) / spread, None, None


def mvn(layer, weights, bottoms, _):
    """eps is added after the square root, the variance is biased."""
    p, (x,) = layer.mvn_param, bottoms
    axes = tuple(range(2 if p.across_channels else 3, x.dim()))
    centered = x - x.mean(axes, keepdim=True)
    return [UnitVariance.apply(centered, axes, p.eps) if p.normalize_variance else centered]


def batch_norm(layer, weights, bottoms, context):
    """Weights: sums of means and of variances, and the factor that both are divided by."""
    p, (x,) = layer.batch_norm_param, bottoms
    use_stored = p.use_global_stats if p.HasField("use_global_stats") else not context.training
    axes = (0, *range(3, x.dim()))
    if use_stored:
        scale = torch.where(weights[2] == 0, 0, 1 / weights[2])
        mean, variance = weights[0] * scale, weights[1] * scale
    else:
        mean, variance = x.mean(axes), x.var(axes, unbiased=False)
        count = x.numel() / x.shape[1] / x.shape[2]
        with torch.no_grad():
            fresh = (mean, variance * count / max(count - 1, 1), torch.ones_like(weights[2]))
            for weight, value in zip(weights, fresh):
                weight.mul_(p.moving_average_fraction).add_(value)
    spread = (variance + p.eps).sqrt()
    return [(x - along_channels(mean, x)) / along_channels(spread, x)]


def scale(layer, weights, bottoms, _):
    p, x = layer.scale_param, bottoms[0]
    top = x * placed(weights[0], x, p.axis)
    return [top + placed(weights[1], x, p.axis) if p.bias_term else top]


def bias(layer, weights, bottoms, _):
    return [bottoms[0] + placed(weights[0], bottoms[0], layer.bias_param.axis)]


def placed(weight, blob, axis):
    """Weights [F, ...] over the axes of a blob from Caffe's `axis` on, which is not 0."""
    axis = axis % (blob.dim() - 1)
    before, after = axis - 1, blob.dim() - 1 - axis - (weight.dim() - 1)
    return weight.reshape(weight.shape[0], *[1] * before, *weight.shape[1:], *[1] * after)


def dropout(layer, weights, bottoms, context):
    ratio, (x,) = layer.dropout_param.dropout_ratio, bottoms
    if not context.training or not ratio:
        return [x]
    shape = x.movedim(2, -1).shape  # channels last, as images stand in the memory of processors
    kept = together([keep((shape[0], *shape[2:]), ratio, generator) for generator in context.generators], 1)
    return [x * kept.mul_(1 / (1 - ratio)).movedim(-1, 2)]


def keep(shape, ratio, generator):
    """float32 `shape`, 0 with probability `ratio`, to 1 in 65,536, else 1: several draws from each random 64 bits."""
    kind = torch.int8 if ratio * 256 % 1 == 0 else torch.int16
    values, limit, count = 2 ** torch.iinfo(kind).bits, 2**63 - 1, math.prod(shape)
    bits = torch.randint(-limit, limit, (-(-count * kind.itemsize // 8),), generator=generator, device=generator.device)
    kept = torch.empty(count, device=generator.device)  # a comparison that writes floats is the fastest
    return torch.ge(bits.view(kind)[:count], round(ratio * values) - values // 2, out=kept).reshape(shape)


def inner_product(layer, weights, bottoms, _):
    p, (x,) = layer.inner_product_param, bottoms
    x = x.flatten(p.axis % (x.dim() - 1) + 1).transpose(0, 1)  # [F, N, ..., K]
    rows = x.flatten(1, -2)
    top = torch.bmm(rows, weights[0] if p.transpose else weights[0].transpose(1, 2))
    top = top + weights[1].unsqueeze(1) if p.bias_term else top
    return [top.reshape(*x.shape[:-1], -1).transpose(0, 1)]


def concat(layer, weights, bottoms, _):
    return [torch.cat(bottoms, layer.concat_param.axis % (bottoms[0].dim() - 1) + 1)]


def slice_tops(layer, weights, bottoms, _):
    p, (x,) = layer.slice_param, bottoms
    axis = p.axis % (x.dim() - 1)
    ends = [0, *p.slice_point, x.shape[axis + 1]]
    if not p.slice_point:
        return list(x.chunk(len(layer.top), axis + 1))
    return [x.narrow(axis + 1, start, end - start) for start, end in itertools.pairwise(ends)]


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


def flatten(layer, weights, bottoms, _):
    p, (x,) = layer.flatten_param, bottoms
    start, end = p.axis % (x.dim() - 1), p.end_axis % (x.dim() - 1)
    return [x.flatten(start + 1, end + 1)]


def reshape(layer, weights, bottoms, _):
    p, (x,) = layer.reshape_param, bottoms
    old = [x.shape[0], *x.shape[2:]]
    start = p.axis if p.axis >= 0 else len(old) + p.axis + 1
    end = len(old) if p.num_axes == -1 else start + p.num_axes
    new = [*old[:start], *(old[start + k] if dim == 0 else dim for k, dim in enumerate(p.shape.dim)), *old[end:]]
    return [x.reshape(x.shape[0], x.shape[1], *new[1:])]


def softmax(layer, weights, bottoms, _):
    return [bottoms[0].softmax(layer.softmax_param.axis % (bottoms[0].dim() - 1) + 1)]


FORWARD = {
    "Convolution": convolution,
    "Pooling": pooling,
    "ReLU": relu,
    "PReLU": prelu,
    "ELU": elu,
    "Sigmoid": sigmoid,
    "TanH": tanh,
    "Power": power,
    "AbsVal": absolute,
    "LRN": lrn,
    "MVN": mvn,
    "BatchNorm": batch_norm,
    "Scale": scale,
    "Bias": bias,
    "Dropout": dropout,
    "InnerProduct": inner_product,
    "Concat": concat,
    "Slice": slice_tops,
    "Eltwise": eltwise,
    "Flatten": flatten,
    "Reshape": reshape,
    "Softmax": softmax,
    "SoftmaxWithLoss": softmax_loss,
    "SigmoidCrossEntropyLoss": sigmoid_loss,
    "EuclideanLoss": euclidean_loss,
    "Accuracy": accuracy,
    "Python": multilabel_softmax_loss,
    "Silence": lambda *_: [],
}


def loss_weights(layer):
    """The weight in the loss of each top of a layer; Caffe's losses have weight 1 unless told otherwise, and a top even
    where the prototxt names none."""
    default = 1.0 if is_loss(layer) and layer.type != "Python" else 0.0
    return list(layer.loss_weight) or [default] * max(len(layer.top), 1)
