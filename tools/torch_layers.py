"""Caffe's layers as PyTorch functions, for several nets of one architecture at once.

A blob is a tensor [N, F, ...]: N images, F nets (folds), then Caffe's axes from channels on; a blob of weights is
[F, ...] with Caffe's axes. One net is F = 1. A function takes (layer, weights, bottoms, context) and returns its tops;
gradients are autograd's. What Caffe computes differently from PyTorch is said where it stands.
"""

import json
import math
from typing import NamedTuple

import torch
from torch.nn import functional

from data_prep.errors import InputError
from tools.net import is_loss
from tools.net_shapes import pair

FLT_MIN = 1.17549435e-38


class Context(NamedTuple):
    """What a layer may need besides weights and bottoms: whether it trains, and where its random numbers come from."""

    training: bool
    generators: list  # one per net, so that a net trained among others draws what it draws alone


def fail(layer, why):
    raise InputError(f"layer {layer.name!r} ({layer.type}): {why}")


def merged(blob):
    """[N, F, C, H, W] as [N, F C, H, W]: channels of different nets never meet."""
    return blob.reshape(blob.shape[0], -1, *blob.shape[3:])


def split(blob, nets):
    return blob.reshape(blob.shape[0], nets, -1, *blob.shape[2:])


def convolution(layer, weights, bottoms, _):
    p, (x,) = layer.convolution_param, bottoms
    nets = x.shape[1]
    bias = weights[1].reshape(-1) if p.bias_term else None
    top = functional.conv2d(merged(x), weights[0].flatten(0, 1), bias, pair(p, "stride", "stride", 1),
                            pair(p, "pad", "pad", 0), pair(p, "dilation", "", 1), nets * p.group)
    return [split(top, nets)]


def pooling(layer, weights, bottoms, _):
    """Caffe rounds the output size up, and drops a last window that starts in the padding."""
    p, (x,) = layer.pooling_param, bottoms
    if p.pool not in (p.MAX, p.AVE):
        fail(layer, "pool is neither MAX nor AVE")
    if p.global_pooling:
        return [x.amax((3, 4), keepdim=True) if p.pool == p.MAX else x.mean((3, 4), keepdim=True)]
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
    return [functional.relu(bottoms[0]) - slope * functional.relu(-bottoms[0])]


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


def mvn(layer, weights, bottoms, _):
    """eps is added after the square root, the variance is biased."""
    p, (x,) = layer.mvn_param, bottoms
    axes = tuple(range(2 if p.across_channels else 3, x.dim()))
    centered = x - x.mean(axes, keepdim=True)
    if not p.normalize_variance:
        return [centered]
    return [centered / ((centered * centered).mean(axes, keepdim=True).sqrt() + p.eps)]


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
    top = x * placed(layer, weights[0], x, p.axis)
    return [top + placed(layer, weights[1], x, p.axis) if p.bias_term else top]


def bias(layer, weights, bottoms, _):
    return [bottoms[0] + placed(layer, weights[0], bottoms[0], layer.bias_param.axis)]


def placed(layer, weight, blob, axis):
    """Weights [F, ...] over the axes of a blob from Caffe's `axis` on; axis 0, the images, cannot be learned here."""
    axis = axis % (blob.dim() - 1)
    if axis == 0:
        fail(layer, "axis 0 is not supported")
    before, after = axis - 1, blob.dim() - 1 - axis - (weight.dim() - 1)
    return weight.reshape(weight.shape[0], *[1] * before, *weight.shape[1:], *[1] * after)


def dropout(layer, weights, bottoms, context):
    ratio, (x,) = layer.dropout_param.dropout_ratio, bottoms
    if not context.training or not ratio:
        return [x]
    kept = torch.stack([keep((x.shape[0], *x.shape[2:]), ratio, generator) for generator in context.generators], 1)
    return [x * (kept * (1 / (1 - ratio)))]


def keep(shape, ratio, generator):
    """bool `shape`, False with probability `ratio`, to 1 in 65,536: four draws from each random number of 64 bits."""
    count, limit = math.prod(shape), 2**63 - 1
    bits = torch.randint(-limit, limit, (-(-count // 4),), generator=generator, device=generator.device)
    return (bits.view(torch.int16)[:count] >= round(ratio * 65536) - 32768).reshape(shape)


def inner_product(layer, weights, bottoms, _):
    p, (x,) = layer.inner_product_param, bottoms
    axis = p.axis % (x.dim() - 1)
    if axis != 1:
        fail(layer, "axis other than 1 is not supported")
    rows = x.flatten(2).transpose(0, 1)  # [F, N, K]
    top = torch.bmm(rows, weights[0] if p.transpose else weights[0].transpose(1, 2)).transpose(0, 1)
    return [top + weights[1] if p.bias_term else top]


def concat(layer, weights, bottoms, _):
    axis = layer.concat_param.axis % (bottoms[0].dim() - 1)
    if axis == 0:
        fail(layer, "axis 0 is not supported")
    return [torch.cat(bottoms, axis + 1)]


def slice_tops(layer, weights, bottoms, _):
    p, (x,) = layer.slice_param, bottoms
    axis = p.axis % (x.dim() - 1)
    if axis == 0:
        fail(layer, "axis 0 is not supported")
    ends = [0, *p.slice_point, x.shape[axis + 1]]
    if not p.slice_point:
        return list(x.chunk(len(layer.top), axis + 1))
    return [x.narrow(axis + 1, start, end - start) for start, end in zip(ends, ends[1:])]


def eltwise(layer, weights, bottoms, _):
    p = layer.eltwise_param
    if p.operation == p.SUM:
        coefficients = list(p.coeff) or [1] * len(bottoms)
        return [sum(factor * bottom for factor, bottom in zip(coefficients, bottoms))]
    top = bottoms[0]
    for bottom in bottoms[1:]:
        top = top * bottom if p.operation == p.PROD else torch.where(top >= bottom, top, bottom)
    return [top]


def flatten(layer, weights, bottoms, _):
    p, (x,) = layer.flatten_param, bottoms
    start, end = p.axis % (x.dim() - 1), p.end_axis % (x.dim() - 1)
    if start == 0:
        fail(layer, "axis 0 is not supported")
    return [x.flatten(start + 1, end + 1)]


def reshape(layer, weights, bottoms, _):
    p, (x,) = layer.reshape_param, bottoms
    old = [x.shape[0], *x.shape[2:]]
    start = p.axis if p.axis >= 0 else len(old) + p.axis + 1
    end = len(old) if p.num_axes == -1 else start + p.num_axes
    new = [*old[:start], *(old[start + k] if dim == 0 else dim for k, dim in enumerate(p.shape.dim)), *old[end:]]
    if new[0] != x.shape[0]:
        fail(layer, "the images' axis cannot be reshaped here: give 0 for it")
    return [x.reshape(new[0], x.shape[1], *new[1:])]


def softmax(layer, weights, bottoms, _):
    return [bottoms[0].softmax(layer.softmax_param.axis % (bottoms[0].dim() - 1) + 1)]


def over_images(term):
    """The sum of a [N, F, ...] term for each net, [F]."""
    return term.transpose(0, 1).flatten(1).sum(1)


def divisor(layer, valid, images, default):
    """What a loss is divided by, [F]; `valid` bool [N, F, ...] labels that are not ignored."""
    p = layer.loss_param
    mode = p.normalization if p.HasField("normalization") else default
    if not p.HasField("normalization") and p.HasField("normalize"):
        mode = p.VALID if p.normalize else p.BATCH_SIZE
    if mode == p.NONE:
        return 1
    if mode == p.BATCH_SIZE:
        return images
    counted = valid if mode == p.VALID else torch.ones_like(valid)
    return over_images(counted.float()).clamp(min=1)


def softmax_loss(layer, weights, bottoms, _):
    scores, label = bottoms
    axis = layer.softmax_param.axis % (scores.dim() - 1) + 1
    label = label.reshape([size for k, size in enumerate(scores.shape) if k != axis]).long()
    valid = label != layer.loss_param.ignore_label if layer.loss_param.HasField("ignore_label") else torch.ones_like(
        label, dtype=bool)
    p = scores.softmax(axis).gather(axis, torch.where(valid, label, 0).unsqueeze(axis)).squeeze(axis)
    term = -p.clamp(min=FLT_MIN).log() * valid
    return [over_images(term) / divisor(layer, valid, scores.shape[0], layer.loss_param.VALID)]


def sigmoid_loss(layer, weights, bottoms, _):
    scores, target = bottoms[0], bottoms[1].reshape(bottoms[0].shape)
    ignored = layer.loss_param.HasField("ignore_label")
    valid = target.int() != layer.loss_param.ignore_label if ignored else torch.ones_like(target, dtype=bool)
    term = functional.binary_cross_entropy_with_logits(scores, target, reduction="none") * valid
    return [over_images(term) / divisor(layer, valid, scores.shape[0], layer.loss_param.BATCH_SIZE)]


def euclidean_loss(layer, weights, bottoms, _):
    difference = bottoms[0] - bottoms[1].reshape(bottoms[0].shape)
    return [over_images(difference * difference) / (2 * len(difference))]


def accuracy(layer, weights, bottoms, _):
    """A tie with the right class counts against it."""
    p, (scores, label) = layer.accuracy_param, bottoms
    label = label.reshape(*scores.shape[:2], 1).long()
    right = scores.gather(2, label)
    hit = ((scores >= right).sum(2) <= p.top_k).float()
    valid = (label[..., 0] != p.ignore_label) if p.HasField("ignore_label") else torch.ones_like(hit, dtype=bool)
    return [over_images(hit * valid) / over_images(valid.float()).clamp(min=1)]


def multilabel_softmax_loss(layer, weights, bottoms, _):
    """layers/multilabel_softmax.py, Eq. 1 and 2."""
    scores, labels = (bottom.reshape(*bottom.shape[:2], -1) for bottom in bottoms)
    options = json.loads(layer.python_param.param_str or "{}")
    known = labels >= 0
    present = torch.where(known, labels, 0).to(scores.dtype)
    if options.get("normalize_positives"):
        present = present / present.sum(2, keepdim=True).clamp(min=1)
    masked = scores.masked_fill(~known, -torch.inf)
    any_known = known.any(2, keepdim=True)
    log_p = (masked - torch.where(any_known, masked, 0).logsumexp(2, keepdim=True)).masked_fill(~known, 0)
    return [-over_images(present * log_p) / len(scores)]


def python(layer, weights, bottoms, context):
    name = f"{layer.python_param.module}.{layer.python_param.layer}"
    if name != "layers.multilabel_softmax_loss.MultilabelSoftmaxLossLayer":
        fail(layer, f"{name} is Python for Caffe; only layers.multilabel_softmax_loss has a PyTorch form")
    return multilabel_softmax_loss(layer, weights, bottoms, context)


FORWARD = {
    "Convolution": convolution, "Pooling": pooling, "ReLU": relu, "PReLU": prelu, "ELU": elu, "Sigmoid": sigmoid,
    "TanH": tanh, "Power": power, "AbsVal": absolute, "LRN": lrn, "MVN": mvn, "BatchNorm": batch_norm, "Scale": scale,
    "Bias": bias, "Dropout": dropout, "InnerProduct": inner_product, "Concat": concat, "Slice": slice_tops,
    "Eltwise": eltwise, "Flatten": flatten, "Reshape": reshape, "Softmax": softmax, "SoftmaxWithLoss": softmax_loss,
    "SigmoidCrossEntropyLoss": sigmoid_loss, "EuclideanLoss": euclidean_loss, "Accuracy": accuracy, "Python": python,
    "Silence": lambda *_: [],
}


def loss_weights(layer):
    """{top: weight} of the tops of a layer that add to the loss; Caffe's losses have weight 1 unless told otherwise."""
    given = list(layer.loss_weight) or [1.0 if is_loss(layer) and layer.type != "Python" else 0.0] * len(layer.top)
    return {top: weight for top, weight in zip(layer.top, given) if weight}
