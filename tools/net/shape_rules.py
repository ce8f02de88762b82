"""How each type of layer makes the shapes of its tops from those of its bottoms, as Caffe does.

A rule takes (layer, shapes of its bottoms) and returns the shape of each top. Caffe checks a layer itself, but by
aborting; here a misfit is an InputError that names the layer.
"""

import itertools
from math import ceil, prod

from tools.net.fields import axis_of, counted, fail, pair


def inputs(layer, bottoms):
    shapes = [tuple(shape.dim) for shape in layer.input_param.shape]
    return shapes * len(layer.top) if len(shapes) == 1 else shapes


def unchanged(layer, bottoms):
    return [bottoms[0]]


def nothing(layer, bottoms):
    return []


def convolution(layer, bottoms):
    p = layer.convolution_param
    if not p.num_output:
        fail(layer, "convolution_param needs num_output")
    n, channels, *image = need_image(layer, bottoms[0])
    if channels % p.group or p.num_output % p.group:
        fail(layer, f"group {p.group} does not divide {channels} channels and {p.num_output} outputs")
    kernels, pads = pair(p, "kernel_size", "kernel", 0), pair(p, "pad", "pad", 0)
    strides, dilations = pair(p, "stride", "stride", 1), pair(p, "dilation", "", 1)
    size = []
    for length, kernel, pad, stride, dilation in zip(image, kernels, pads, strides, dilations):
        extent = dilation * (kernel - 1) + 1
        if not kernel or not stride or length + 2 * pad < extent:
            fail(
                layer,
                f"kernel {kernel} (pad {pad}, stride {stride}, dilation {dilation}) does not fit {length} pixels; make "
                "it smaller, or pad more",
            )
        size.append((length + 2 * pad - extent) // stride + 1)
    return [(n, p.num_output, *size)]


def pooling(layer, bottoms):
    p = layer.pooling_param
    n, channels, *image = need_image(layer, bottoms[0])
    if p.global_pooling:
        return [(n, channels, 1, 1)]
    windows, pads = pair(p, "kernel_size", "kernel", 0), pair(p, "pad", "pad", 0)
    size = []
    for length, window, pad, stride in zip(image, windows, pads, pair(p, "stride", "stride", 1)):
        if not window or not stride or length + 2 * pad < window:
            fail(layer, f"window {window} (pad {pad}) does not fit {length} pixels; make it smaller, or pad more")
        if window < stride:
            fail(layer, f"window {window} is smaller than stride {stride}: Caffe reads outside the image there")
        size.append(pooled_length(length, window, stride, pad, p.round_mode == p.CEIL))
    return [(n, channels, *size)]


def pooled_length(length, window, stride, pad, up):
    """Pixels that pooling makes of `length`, rounded up or down; a last window that is all padding is dropped."""
    steps = (length + 2 * pad - window) / stride
    out = (ceil(steps) if up else int(steps)) + 1
    return out - 1 if pad and (out - 1) * stride >= length + pad else out


def need_image(layer, shape):
    if len(shape) != 4:
        fail(layer, f"needs a bottom of 4 axes, got {shape}")
    return shape


def inner_product(layer, bottoms):
    p = layer.inner_product_param
    if not p.num_output:
        fail(layer, "inner_product_param needs num_output")
    return [(*bottoms[0][: axis_of(layer, len(bottoms[0]))], p.num_output)]


def concat(layer, bottoms):
    axis = axis_of(layer, len(bottoms[0]))
    rest = {(*shape[:axis], *shape[axis + 1 :]) for shape in bottoms}
    if len(rest) > 1:
        fail(layer, f"bottoms differ outside axis {axis}: {bottoms}")
    return [(*bottoms[0][:axis], sum(shape[axis] for shape in bottoms), *bottoms[0][axis + 1 :])]


def slice_tops(layer, bottoms):
    p, shape = layer.slice_param, bottoms[0]
    axis, tops = axis_of(layer, len(shape)), len(layer.top)
    points = list(p.slice_point) or [shape[axis] * k // tops for k in range(1, tops)]
    ends = [0, *points, shape[axis]]
    if len(points) != tops - 1 or ends != sorted(set(ends)) or (not p.slice_point and shape[axis] % tops):
        fail(layer, f"cannot slice {shape[axis]} into {tops} tops at {points}")
    return [(*shape[:axis], end - start, *shape[axis + 1 :]) for start, end in itertools.pairwise(ends)]


def eltwise(layer, bottoms):
    if len(set(bottoms)) > 1:
        fail(layer, f"bottoms differ in shape: {bottoms}")
    return [bottoms[0]]


def flatten(layer, bottoms):
    shape = bottoms[0]
    start = axis_of(layer, len(shape))
    end = counted(layer, "flatten_param.end_axis", layer.flatten_param.end_axis, len(shape))
    if end < start - 1:
        fail(layer, f"flatten_param goes from axis {start} to {end}; give an end_axis that is not before axis")
    return [(*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])]


def reshape(layer, bottoms):
    p, old = layer.reshape_param, bottoms[0]
    start = p.axis if p.axis >= 0 else len(old) + p.axis + 1
    end = len(old) if p.num_axes == -1 else start + p.num_axes
    if not 0 <= start <= end <= len(old):
        fail(
            layer, f"reshape_param.axis {p.axis} and num_axes {p.num_axes} are not within the {len(old)} axes of {old}"
        )
    given = list(p.shape.dim)
    if given.count(-1) > 1 or any(dim == 0 and start + k >= len(old) for k, dim in enumerate(given)):
        fail(layer, f"cannot reshape {old} into {tuple(given)}: -1 at most once, 0 only where there is an axis to copy")
    middle = [old[start + k] if dim == 0 else dim for k, dim in enumerate(given)]
    if -1 in middle:
        kept = prod(old[:start]) * prod(old[end:]) * -prod(middle)
        middle[middle.index(-1)] = prod(old) // kept if kept > 0 else 0
    new = (*old[:start], *middle, *old[end:])
    if prod(new) != prod(old):
        fail(layer, f"cannot reshape {old} into {new}")
    return [new]


def softmax(layer, bottoms):
    axis_of(layer, len(bottoms[0]))  # raises InputError if there is none
    return [bottoms[0]]


def softmax_loss(layer, bottoms):
    check_class_numbers(layer, *bottoms)
    return [()]


def accuracy(layer, bottoms):
    """One number, and that of each class where there is a second top."""
    check_class_numbers(layer, *bottoms)
    return [(), (bottoms[0][axis_of(layer, len(bottoms[0]))],)]


def check_class_numbers(layer, scores, labels):
    """Raise InputError unless there is a class number where the scores have one score for each class."""
    count = prod(scores) // scores[axis_of(layer, len(scores))]
    if prod(labels) != count:
        fail(layer, f"scores {scores} need {count} labels, one class number each; got {labels}")


def scores_like_labels(layer, bottoms):
    """A loss with a label for every score: one number."""
    if prod(bottoms[0]) != prod(bottoms[1]):
        fail(layer, f"scores {bottoms[0]} and labels {bottoms[1]} differ in size")
    return [()]


def python(layer, bottoms):
    """A Python layer with loss_weight is a loss over scores and labels; any other keeps its first bottom's shape."""
    if not any(layer.loss_weight):
        return [bottoms[0]] * len(layer.top)
    if len(bottoms) > 1 and prod(bottoms[0]) != prod(bottoms[1]):
        fail(
            layer,
            f"scores {bottoms[0]} and labels {bottoms[1]} differ: the last layer's num_output must be the "
            "number of labels",
        )
    return [()] * len(layer.top)
