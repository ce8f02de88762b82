"""Layers whose window slides over maps: Convolution, Pooling, LRN."""

from math import prod

import numpy as np

from tools.net.fields import pair
from tools.net.shape_rules import pooling as pooled_shape


def convolution(layer, weights, bottoms, write):
    p, (x,) = layer.convolution_param, bottoms
    pads = pair(p, "pad", "pad", 0)
    top = write(
        "Conv",
        x,
        *weights,
        group=p.group,
        kernel_shape=pair(p, "kernel_size", "kernel", 0),
        strides=pair(p, "stride", "stride", 1),
        dilations=pair(p, "dilation", "", 1),
        pads=[*pads, *pads],
    )
    return [top]


def pooling(layer, weights, bottoms, write):
    """Caffe's windows by padding alone, never by ceil_mode: runtimes differ in what that does to the last window."""
    p, (x,) = layer.pooling_param, bottoms
    if p.global_pooling:
        return [write("GlobalMaxPool" if p.pool == p.MAX else "GlobalAveragePool", x)]
    sizes, strides = pair(p, "kernel_size", "kernel", 0), pair(p, "stride", "stride", 1)
    starts = [
        np.arange(count) * stride - pad
        for count, stride, pad in zip(pooled_shape(layer, [x.shape])[0][2:], strides, pair(p, "pad", "pad", 0))
    ]
    ends = [max(0, start[-1] + size - length) for start, size, length in zip(starts, sizes, x.shape[2:])]
    options = {"kernel_shape": sizes, "strides": strides, "pads": [*(-start[0] for start in starts), *ends]}
    if p.pool == p.MAX:
        return [write("MaxPool", x, **options)]
    divisors, inside = average_divisors(starts, sizes, x.shape[2:])
    window = np.full_like(divisors, prod(sizes))
    if (divisors == inside).all() or (divisors == window).all():
        return [write("AveragePool", x, count_include_pad=int((divisors != inside).any()), **options)]
    return [write("Mul", write("AveragePool", x, count_include_pad=1, **options), window / divisors)]


def average_divisors(starts, sizes, lengths):
    """What Caffe divides the sum of each window by, and how many pixels of the image are in it: both int [H, W].

    starts: int [H] and int [W], where windows start, in pixels of an image of `lengths`; the first is -pad

    Caffe counts padding, but only as much of it behind the image as before it.
    """
    counted, inside = [], []
    for start, size, length in zip(starts, sizes, lengths):
        counted.append(np.minimum(start + size, length - start[0]) - start)
        inside.append(np.minimum(start + size, length) - np.maximum(start, 0))
    return np.outer(*counted), np.outer(*inside)


def lrn(layer, weights, bottoms, write):
    """x (k + alpha m) ^ -beta, where m is the mean of the squares around a number. Not ONNX's LRN, which has no
    WITHIN_CHANNEL, and for which onnxruntime takes four times as long."""
    p, (x,) = layer.lrn_param, bottoms
    size, pad, squares = p.local_size, p.local_size // 2, write("Mul", x, x)
    if p.norm_region == p.ACROSS_CHANNELS:  # a column of one map for each pixel
        _, channels, height, width = x.shape
        columns = write("Reshape", squares, [0, 1, channels, height * width])
        window = {"kernel_shape": [size, 1], "pads": [pad, 0, pad, 0], "count_include_pad": 1}
        mean, k = write("Reshape", write("AveragePool", columns, **window), [0, channels, height, width]), p.k
    else:
        window = {"kernel_shape": [size, size], "pads": [pad] * 4, "count_include_pad": 1}
        mean, k = write("AveragePool", squares, **window), 1.0  # Caffe ignores k here
    scale = write("Add", write("Mul", mean, p.alpha), k)
    return [write("Mul", x, write("Pow", scale, -p.beta))]
