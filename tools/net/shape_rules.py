"""How each type of layer makes the shapes of its tops from those of its bottoms, as Caffe does.

A rule takes (layer, shapes of its bottoms) and returns the shape of each top. Caffe checks a layer itself, but by
aborting; here a misfit is an InputError that names the layer.
"""

import itertools
from math import ceil, prod

from tools.net.fields import axes_of, axis_of, counted, fail, pair


def inputs(layer, bottoms):
    return [tuple(shape.dim) for shape in layer.input_param.shape]


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
    kernels, pads, strides = windows(layer, p)
    dilations = pair(p, "dilation", "", 1)
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
        given = [field.name for field, _ in p.ListFields() if field.name.split("_")[0] in ("kernel", "stride", "pad")]
        if given:
            fail(layer, f"pooling_param.global_pooling takes whole maps: leave {given[0]} out")
        return [(n, channels, 1, 1)]
    size = []
    for length, window, pad, stride in zip(image, *windows(layer, p)):
        if not window or not stride or length + 2 * pad < window:
            fail(layer, f"window {window} (pad {pad}) does not fit {length} pixels; make it smaller, or pad more")
        if pad >= window:
            fail(layer, f"pad {pad} is not smaller than window {window}; pad less")
        if window < stride:
            fail(layer, f"window {window} is smaller than stride {stride}: Caffe reads outside the image there")
        steps = (length + 2 * pad - window) / stride
        out = (ceil(steps) if p.round_mode == p.CEIL else int(steps)) + 1
        if pad and (out - 1) * stride >= length + pad:
            out -= 1
        size.append(out)
    return [(n, channels, *size)]


def windows(layer, p):
    """(height, width) of the kernel, of the padding and of the stride by the parameters `p`."""
    names = (("kernel_size", "kernel", 0), ("pad", "pad", 0), ("stride", "stride", 1))
    given = {field.name for field, _ in p.ListFields()}
    for name, prefix, _ in names:
        sides = {f"{prefix}_h", f"{prefix}_w"} & given
        if sides and name in given:
            fail(layer, f"has both {name} and {min(sides)}; leave one out")
        if len(sides) == 1 and layer.type == "Pooling":
            fail(layer, f"has {sides.pop()} alone; give both {prefix}_h and {prefix}_w")
    return [pair(p, *name) for name in names]


def need_image(layer, shape):
    if len(shape) != 4:
        fail(layer, f"needs a bottom of 4 axes, got {shape}")
    return shape


def inner_product(layer, bottoms):
    p = layer.inner_product_param
    if not p.num_output:
        fail(layer, "inner_product_param needs num_output")
    return [(*bottoms[0][: axis_of(layer, len(bottoms[0]))], p.num_output)]


def scaled(layer, bottoms):
    """Scale or Bias: by weights, or by a second bottom, over some axes of the first."""
    shape = bottoms[0]
    if len(bottoms) == 1:
        axes_of(layer, len(shape))  # raises InputError
        return unchanged(layer, bottoms)
    first = axis_of(layer, len(shape))
    if bottoms[1] != shape[first : first + len(bottoms[1])]:
        fail(layer, f"second bottom {bottoms[1]} does not match axes {first} on of the first, {shape}")
    return unchanged(layer, bottoms)


def lrn(layer, bottoms):
    if layer.lrn_param.local_size % 2 == 0:
        fail(layer, f"lrn_param.local_size {layer.lrn_param.local_size} is even; give an odd one")
    return unchanged(layer, bottoms)


def dropout(layer, bottoms):
    ratio = layer.dropout_param.dropout_ratio
    if not 0 <= ratio < 1:
        fail(layer, f"dropout_param.dropout_ratio {ratio:g} is not from 0 to less than 1")
    return unchanged(layer, bottoms)


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
    p = layer.eltwise_param
    if len(bottoms) < 2:
        fail(layer, "needs two bottoms or more")
    if p.coeff and p.operation == p.PROD:
        fail(layer, "eltwise_param.coeff is not supported for PROD: scale before it, by a Power layer")
    if len(p.coeff) not in (0, len(bottoms)):
        fail(layer, f"eltwise_param.coeff is given {len(p.coeff)} times for {len(bottoms)} bottoms")
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
    middle = [old[start + k] if dim == 0 else dim for k, dim in enumerate(p.shape.dim)]
    if -1 in middle:
        middle[middle.index(-1)] = prod(old[start:end]) // max(-prod(middle), 1)
    new = (*old[:start], *middle, *old[end:])
    if prod(new) != prod(old):
        fail(layer, f"cannot reshape {old} into {new}")
    return [new]


def scores_and_labels(layer, bottoms):
    """A loss or an accuracy: one number."""
    if len(bottoms) < 2:
        fail(layer, "needs two bottoms: scores and labels")
    return [()]


def scores_and_class_numbers(layer, bottoms):
    """A loss or an accuracy with a class number where the scores have one score for each class: one number."""
    tops = scores_and_labels(layer, bottoms)
    scores, labels = bottoms[:2]
    count = prod(scores) // scores[axis_of(layer, len(scores))]
    if prod(labels) != count:
        fail(layer, f"scores {scores} need {count} labels, one class number each; got {labels}")
    return tops


def scores_like_labels(layer, bottoms):
    """A loss with a label for every score: one number."""
    tops = scores_and_labels(layer, bottoms)
    if prod(bottoms[0]) != prod(bottoms[1]):
        fail(layer, f"scores {bottoms[0]} and labels {bottoms[1]} differ in size")
    return tops


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
