"""What PyTorch cannot follow of a Caffe layer here: an error that names the layer and the field, before training."""

from tools.engines.torch.losses import loss_options
from tools.net.fields import AXES, axis_of, fail, pair
from tools.net.layers import LAYERS

PYTHON_LOSS = "layers.multilabel_softmax_loss.MultilabelSoftmaxLossLayer"


def check_layer(layer, bottoms):
    """Raise InputError naming the layer and the field that PyTorch cannot follow; `bottoms` are shapes (N, ...)."""
    known = LAYERS[layer.type]
    if layer.propagate_down:
        fail(layer, "propagate_down is not supported on PyTorch; lr_mult: 0 keeps weights as they are")
    if layer.loss_weight and len(layer.loss_weight) != max(len(layer.top), 1):
        fail(layer, f"loss_weight is given {len(layer.loss_weight)} times for {len(layer.top)} tops")
    if layer.type in AXES and not axis_of(layer, len(bottoms[0])):
        name = AXES[layer.type][0]
        fail(layer, f"{name}.axis {getattr(layer, name).axis}, that of the images, is not supported on PyTorch")
    for has_it, field in limits(layer, bottoms):
        if has_it:
            fail(layer, f"{field} is not supported on PyTorch")
    if known.bottoms is not None and len(bottoms) != known.bottoms:
        fail(layer, f"has {len(bottoms)} bottoms; supported on PyTorch: {known.bottoms}")


def limits(layer, bottoms):
    """[(whether the layer has it, what is not supported)]."""
    rule = LIMITS.get(layer.type)
    return rule(layer, bottoms) if rule else []


def convolution(layer, bottoms):
    return [(layer.convolution_param.axis != 1, "convolution_param.axis other than 1")]


def pooling(layer, bottoms):
    p = layer.pooling_param
    sides = zip(pair(p, "pad", "pad", 0), pair(p, "kernel_size", "kernel", 0))
    wide = not p.global_pooling and any(2 * pad > size for pad, size in sides)
    return [
        (p.pool not in (p.MAX, p.AVE), "pooling_param.pool other than MAX and AVE"),
        (wide, "pooling_param.pad above half the window"),
    ]


def lrn(layer, bottoms):
    return [(layer.lrn_param.local_size % 2 == 0, "an even lrn_param.local_size")]


def dropout(layer, bottoms):
    return [(not 0 <= layer.dropout_param.dropout_ratio < 1, "dropout_param.dropout_ratio outside 0 to 1, or of 1")]


def scale(layer, bottoms):
    return [(layer.scale_param.num_axes == 0, "scale_param.num_axes 0")]


def bias(layer, bottoms):
    return [(layer.bias_param.num_axes == 0, "bias_param.num_axes 0")]


def concat(layer, bottoms):
    return [(layer.concat_param.HasField("concat_dim"), "concat_param.concat_dim (give axis instead)")]


def slice_tops(layer, bottoms):
    return [(layer.slice_param.HasField("slice_dim"), "slice_param.slice_dim (give axis instead)")]


def eltwise(layer, bottoms):
    p = layer.eltwise_param
    return [
        (len(bottoms) < 2, "a single bottom"),
        (p.coeff and p.operation != p.SUM, "eltwise_param.coeff for another operation than SUM"),
        (p.coeff and len(p.coeff) != len(bottoms), "another number of eltwise_param.coeff than of bottoms"),
    ]


def reshape(layer, bottoms):
    p = layer.reshape_param
    first = p.shape.dim[0] if p.shape.dim and p.axis in (0, -len(bottoms[0]) - 1) else 0
    return [(first not in (0, bottoms[0][0]), "a reshape_param that changes the images' axis (give 0 for it)")]


def python(layer, bottoms):
    loss_options(layer)
    name = f"{layer.python_param.module}.{layer.python_param.layer}"
    return [(name != PYTHON_LOSS, f"the Python layer {name} (only {PYTHON_LOSS} is also written for PyTorch)")]


LIMITS = {
    "Convolution": convolution,
    "Pooling": pooling,
    "LRN": lrn,
    "Dropout": dropout,
    "Scale": scale,
    "Bias": bias,
    "Concat": concat,
    "Slice": slice_tops,
    "Eltwise": eltwise,
    "Reshape": reshape,
    "Python": python,
}
