"""The blobs of weights of each type of layer that has any: their shapes in Caffe's order, and what they begin with.

A rule takes (layer, shapes of its bottoms), which the rule for its tops has accepted, and returns WeightBlobs.
"""

from math import prod
from typing import NamedTuple

from prototxt import caffe_pb2
from tools.net.fields import axes_of, axis_of, fail, pair

ZEROS = caffe_pb2.FillerParameter()  # constant, 0


class WeightBlob(NamedTuple):
    """A blob of weights: its shape, and the FillerParameter that initializes it."""

    shape: tuple
    filler: caffe_pb2.FillerParameter


def check_filler(layer, number, blob):
    """Raise InputError for a filler at which Caffe aborts for a blob, number `number` of the layer, of this shape."""
    filler, shape = blob.filler, blob.shape
    if filler.sparse != -1 and (filler.type != "gaussian" or filler.sparse < -1):
        fail(layer, f"filler {filler.type!r} of weights {number} takes no `sparse` {filler.sparse}; only gaussian does")
    if filler.type == "bilinear" and (len(shape) != 4 or shape[2] != shape[3]):
        fail(layer, f"filler 'bilinear' is for square kernels, but weights {number} have shape {shape}; take another")
    if shape and filler.sparse > shape[0]:
        fail(layer, f"`sparse` {filler.sparse} of weights {number} is more than their {shape[0]} outputs; lower it")
    if not shape and (filler.type in ("xavier", "msra", "positive_unitball") or filler.sparse >= 0):
        fail(layer, f"filler {filler.type!r} of weights {number} needs an axis, but they are one number; take constant")


def none(layer, bottoms):
    return []


def convolution(layer, bottoms):
    p = layer.convolution_param
    kernel = (p.num_output, bottoms[0][1] // p.group, *pair(p, "kernel_size", "kernel", 0))
    return with_bias(p, WeightBlob(kernel, p.weight_filler), (p.num_output,))


def inner_product(layer, bottoms):
    p = layer.inner_product_param
    inputs = prod(bottoms[0][axis_of(layer, len(bottoms[0])) :])
    matrix = (inputs, p.num_output) if p.transpose else (p.num_output, inputs)
    return with_bias(p, WeightBlob(matrix, p.weight_filler), (p.num_output,))


def prelu(layer, bottoms):
    p = layer.prelu_param
    filler = p.filler if p.HasField("filler") else caffe_pb2.FillerParameter(value=0.25)
    return [WeightBlob(() if p.channel_shared else (channels(bottoms[0]),), filler)]


def batch_norm(layer, bottoms):
    """Sums of means and of variances, and the factor that both are divided by."""
    count = channels(bottoms[0])
    return [WeightBlob(shape, ZEROS) for shape in ((count,), (count,), (1,))]


def scale(layer, bottoms):
    p = layer.scale_param
    if len(bottoms) > 1:  # the second bottom is the factor
        return [WeightBlob(bottoms[1], p.bias_filler)] if p.bias_term else []
    first, end = axes_of(layer, len(bottoms[0]))
    shape = tuple(bottoms[0][first:end])
    filler = p.filler if p.HasField("filler") else caffe_pb2.FillerParameter(value=1)
    return with_bias(p, WeightBlob(shape, filler), shape)


def bias(layer, bottoms):
    if len(bottoms) > 1:  # the second bottom is added
        return []
    first, end = axes_of(layer, len(bottoms[0]))
    return [WeightBlob(tuple(bottoms[0][first:end]), layer.bias_param.filler)]


def with_bias(p, weights, shape):
    """[weights], and a bias of `shape` unless bias_term of the parameters `p` is false."""
    return [weights, WeightBlob(shape, p.bias_filler)] if p.bias_term else [weights]


def channels(shape):
    return shape[1] if len(shape) > 1 else 1
