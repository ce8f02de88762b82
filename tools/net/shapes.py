"""The shape of every blob of a net and the number of weights of every layer, without Caffe.

Caffe checks these itself, but by aborting; here a misfit is an InputError that names the layer.
"""

import itertools
from math import ceil, prod

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.prototxt import in_phase, is_loss

ELEMENTWISE = {
    "ReLU",
    "PReLU",
    "ELU",
    "Sigmoid",
    "TanH",
    "AbsVal",
    "Power",
    "Dropout",
    "MVN",
    "LRN",
    "BatchNorm",
    "Softmax",
}
SCALAR = {"SoftmaxWithLoss", "SigmoidCrossEntropyLoss", "EuclideanLoss", "Accuracy"}


def infer_shapes(net, phase, data_shapes):
    """Return ({blob: shape tuple}, {layer: weights}) of the layers that `phase` builds.

    data_shapes: {layer name: shape (N, channels, H, W)} of the Data layers. Input layers carry their own.
    Raises InputError naming the layer whose type, bottoms or tops cannot be.
    """
    shapes, weights = {}, {}
    for layer in (layer for layer in net.layer if in_phase(layer, phase)):
        for bottom in layer.bottom:
            if bottom not in shapes:
                fail(
                    layer, f"bottom {bottom!r} is no top of an earlier layer; there are: {', '.join(shapes) or 'none'}"
                )
        for top in layer.top:
            if top in shapes and top not in layer.bottom:
                fail(layer, f"top {top!r} is already the top of an earlier layer")
        tops, weights[layer.name] = layer_shapes(layer, [shapes[bottom] for bottom in layer.bottom], data_shapes)
        if len(layer.top) > len(tops):
            fail(layer, f"has {len(layer.top)} tops, expected {len(tops)}")
        shapes.update(zip(layer.top, tops))
    return shapes, weights


def layer_shapes(layer, bottoms, data_shapes):
    """([shape of each top], number of weights) of one layer."""
    if layer.type == "Data":
        return [data_shapes[layer.name]], 0
    if layer.type == "Input":
        return [tuple(shape.dim) for shape in layer.input_param.shape], 0
    rule = RULES.get(layer.type)
    if rule is None:
        known = sorted({*RULES, "Data", "Input"})
        fail(layer, f"unknown layer type {layer.type!r}; known: {', '.join(known)}")
    if not bottoms:
        fail(layer, "has no bottom")
    return rule(layer, bottoms)


def fail(layer, why):
    raise InputError(f"layer {layer.name!r} ({layer.type}): {why}")


def convolution(layer, bottoms):
    p = layer.convolution_param
    if not p.num_output:
        fail(layer, "convolution_param needs num_output")
    n, channels, *image = need_image(layer, bottoms[0])
    kernel = pair(p, "kernel_size", "kernel", 0)
    if channels % p.group or p.num_output % p.group:
        fail(layer, f"group {p.group} does not divide {channels} channels and {p.num_output} outputs")
    size = []
    for length, k, pad, stride, dilation in zip(
        image, kernel, pair(p, "pad", "pad", 0), pair(p, "stride", "stride", 1), pair(p, "dilation", "", 1)
    ):
        extent = dilation * (k - 1) + 1
        if not k or not stride or length + 2 * pad < extent:
            fail(layer, f"kernel {k} (pad {pad}, stride {stride}, dilation {dilation}) does not fit {length} pixels")
        size.append((length + 2 * pad - extent) // stride + 1)
    count = p.num_output * (channels // p.group) * prod(kernel) + p.bias_term * p.num_output
    return [(n, p.num_output, *size)], count


def pooling(layer, bottoms):
    p = layer.pooling_param
    n, channels, *image = need_image(layer, bottoms[0])
    if p.global_pooling:
        return [(n, channels, 1, 1)], 0
    size = []
    for length, k, pad, stride in zip(
        image, pair(p, "kernel_size", "kernel", 0), pair(p, "pad", "pad", 0), pair(p, "stride", "stride", 1)
    ):
        if not k or not stride or length + 2 * pad < k:
            fail(layer, f"window {k} (pad {pad}) does not fit {length} pixels")
        if k < stride:
            fail(layer, f"window {k} is smaller than stride {stride}: Caffe reads outside the image there")
        steps = (length + 2 * pad - k) / stride
        out = (ceil(steps) if p.round_mode == p.CEIL else int(steps)) + 1
        if pad and (out - 1) * stride >= length + pad:
            out -= 1
        size.append(out)
    return [(n, channels, *size)], 0


def need_image(layer, shape):
    if len(shape) != 4:
        fail(layer, f"needs a bottom of 4 axes, got {shape}")
    return shape


def pair(p, name, prefix, default):
    """(height, width) of a field given once, twice, or as _h and _w."""
    if prefix and (p.HasField(f"{prefix}_h") or p.HasField(f"{prefix}_w")):
        return getattr(p, f"{prefix}_h"), getattr(p, f"{prefix}_w")
    value = getattr(p, name)
    values = [value] if isinstance(value, int) else list(value)
    if not values or (isinstance(value, int) and not p.HasField(name)):
        values = [default]
    return (values * 2)[:2]


def inner_product(layer, bottoms):
    p = layer.inner_product_param
    if not p.num_output:
        fail(layer, "inner_product_param needs num_output")
    axis = p.axis % len(bottoms[0])
    inputs = prod(bottoms[0][axis:])
    return [(*bottoms[0][:axis], p.num_output)], p.num_output * (inputs + p.bias_term)


def elementwise(layer, bottoms):
    shape = bottoms[0]
    channels = shape[1] if len(shape) > 1 else 1
    if layer.type == "PReLU":
        return [shape], 1 if layer.prelu_param.channel_shared else channels
    return [shape], 2 * channels + 1 if layer.type == "BatchNorm" else 0


def scale_or_bias(layer, bottoms):
    p = layer.scale_param if layer.type == "Scale" else layer.bias_param
    if len(bottoms) > 1:
        return [bottoms[0]], 0
    axis = p.axis % len(bottoms[0])
    end = len(bottoms[0]) if p.num_axes == -1 else axis + p.num_axes
    count = prod(bottoms[0][axis:end])
    return [bottoms[0]], count * (2 if layer.type == "Scale" and p.bias_term else 1)


def concat(layer, bottoms):
    axis = layer.concat_param.axis % len(bottoms[0])
    rest = {(*shape[:axis], *shape[axis + 1 :]) for shape in bottoms}
    if len(rest) > 1:
        fail(layer, f"bottoms differ outside axis {axis}: {bottoms}")
    return [(*bottoms[0][:axis], sum(shape[axis] for shape in bottoms), *bottoms[0][axis + 1 :])], 0


def slice_tops(layer, bottoms):
    p, shape = layer.slice_param, bottoms[0]
    axis, tops = p.axis % len(shape), len(layer.top)
    points = list(p.slice_point) or [shape[axis] * k // tops for k in range(1, tops)]
    ends = [0, *points, shape[axis]]
    if len(points) != tops - 1 or ends != sorted(set(ends)) or (not p.slice_point and shape[axis] % tops):
        fail(layer, f"cannot slice {shape[axis]} into {tops} tops at {points}")
    return [(*shape[:axis], end - start, *shape[axis + 1 :]) for start, end in itertools.pairwise(ends)], 0


def eltwise(layer, bottoms):
    if len(set(bottoms)) > 1:
        fail(layer, f"bottoms differ in shape: {bottoms}")
    return [bottoms[0]], 0


def flatten(layer, bottoms):
    shape, p = bottoms[0], layer.flatten_param
    start, end = p.axis % len(shape), p.end_axis % len(shape)
    return [(*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :])], 0


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
    return [new], 0


def scalar(layer, bottoms):
    if len(bottoms) < 2:
        fail(layer, "needs two bottoms: scores and labels")
    if layer.type in ("SigmoidCrossEntropyLoss", "EuclideanLoss") and prod(bottoms[0]) != prod(bottoms[1]):
        fail(layer, f"scores {bottoms[0]} and labels {bottoms[1]} differ in size")
    return [()], 0


def python(layer, bottoms):
    """A Python layer with loss_weight is a loss over scores and labels; any other keeps its first bottom's shape."""
    if not is_loss(layer):
        return [bottoms[0]] * len(layer.top), 0
    if len(bottoms) > 1 and prod(bottoms[0]) != prod(bottoms[1]):
        fail(
            layer,
            f"scores {bottoms[0]} and labels {bottoms[1]} differ: the last layer's num_output must be the "
            "number of labels",
        )
    return [()] * len(layer.top), 0


RULES = {
    "Convolution": convolution,
    "Pooling": pooling,
    "InnerProduct": inner_product,
    "Concat": concat,
    "Slice": slice_tops,
    "Eltwise": eltwise,
    "Flatten": flatten,
    "Reshape": reshape,
    "Python": python,
    "Scale": scale_or_bias,
    "Bias": scale_or_bias,
    "Silence": lambda layer, bottoms: ([], 0),
    **dict.fromkeys(ELEMENTWISE, elementwise),
    **dict.fromkeys(SCALAR, scalar),
}
PHASES = {"TRAIN": caffe_pb2.TRAIN, "TEST": caffe_pb2.TEST}
