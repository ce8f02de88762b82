"""Layers that work along axes: InnerProduct, Softmax, and those that only rearrange."""

from math import prod

from tools.net import shape_rules
from tools.net.fields import axis_of


def inner_product(layer, weights, bottoms, write):
    p, (x,) = layer.inner_product_param, bottoms
    axis = axis_of(layer, len(x.shape))
    if axis == 1:
        rows = x if len(x.shape) == 2 else write("Flatten", x)
        return [write("Gemm", rows, *weights, transB=int(not p.transpose))]
    rows = write("Reshape", x, [0, *x.shape[1:axis], prod(x.shape[axis:])])
    top = write("MatMul", rows, weights[0] if p.transpose else weights[0].T)
    return [write("Add", top, weights[1]) if p.bias_term else top]


def softmax(layer, weights, bottoms, write):
    return [write("Softmax", bottoms[0], axis=axis_of(layer, len(bottoms[0].shape)))]


def concat(layer, weights, bottoms, write):
    return [write("Concat", *bottoms, axis=axis_of(layer, len(bottoms[0].shape)))]


def slice_tops(layer, weights, bottoms, write):
    axis = axis_of(layer, len(bottoms[0].shape))
    sizes = [shape[axis] for shape in shape_rules.slice_tops(layer, [bottoms[0].shape])]
    return write("Split", bottoms[0], sizes, axis=axis, tops=len(sizes))


def flatten(layer, weights, bottoms, write):
    return reshaped(shape_rules.flatten(layer, [bottoms[0].shape]), bottoms, write)


def reshape(layer, weights, bottoms, write):
    return reshaped(shape_rules.reshape(layer, [bottoms[0].shape]), bottoms, write)


def reshaped(tops, bottoms, write):
    """The bottom in the shape of the only one of `tops`, whose first axis is that of the images."""
    return [write("Reshape", bottoms[0], [0, *tops[0][1:]])]  # 0: as many as the bottom has
