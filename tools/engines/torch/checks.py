"""What PyTorch cannot follow of a Caffe layer here, said with the layer and the field before training starts."""

import math

from tools.engines.torch.losses import loss_options
from tools.net.shapes import fail, pair

PYTHON_LOSS = "layers.multilabel_softmax_loss.MultilabelSoftmaxLossLayer"
BOTTOMS = {"SoftmaxWithLoss": 2, "SigmoidCrossEntropyLoss": 2, "EuclideanLoss": 2, "Accuracy": 2, "Python": 2}
ANY_BOTTOMS = ("Concat", "Eltwise", "Silence")
AXIS = {
    "Softmax": "softmax_param",
    "SoftmaxWithLoss": "softmax_param",
    "Accuracy": "accuracy_param",
    "Concat": "concat_param",
    "Slice": "slice_param",
    "Flatten": "flatten_param",
    "Scale": "scale_param",
    "Bias": "bias_param",
    "InnerProduct": "inner_product_param",
}


def check_layer(layer, bottoms):
    """Raise InputError naming the layer and the field that PyTorch cannot follow; `bottoms` are shapes (N, ...)."""
    if layer.propagate_down:
        fail(layer, "propagate_down is not supported on PyTorch; lr_mult: 0 keeps weights as they are")
    if layer.loss_weight and len(layer.loss_weight) != max(len(layer.top), 1):
        fail(layer, f"loss_weight is given {len(layer.loss_weight)} times for {len(layer.top)} tops")
    if layer.type in AXIS:
        check_axis(layer, getattr(layer, AXIS[layer.type]).axis, len(bottoms[0]))
    if layer.type in ("SoftmaxWithLoss", "Accuracy"):
        count = math.prod(bottoms[0]) // bottoms[0][getattr(layer, AXIS[layer.type]).axis]
        if math.prod(bottoms[1]) != count:
            fail(layer, f"scores {bottoms[0]} need {count} labels, one class number each; got {bottoms[1]}")
    for refused, field in limits(layer, bottoms):
        if refused:
            fail(layer, f"{field} is not supported on PyTorch")
    if layer.type not in ANY_BOTTOMS and len(bottoms) != BOTTOMS.get(layer.type, 1):
        fail(layer, f"has {len(bottoms)} bottoms; supported on PyTorch: {BOTTOMS.get(layer.type, 1)}")


def check_axis(layer, axis, axes):
    """Images stay apart: no layer works along axis 0."""
    if not -axes <= axis < axes or axis % axes == 0:
        fail(
            layer,
            f"{AXIS[layer.type]}.axis {axis} is not supported on PyTorch for a bottom of {axes} axes: give "
            f"1 to {axes - 1}, or -1 to {1 - axes}",
        )


def limits(layer, bottoms):
    """[(whether the layer has it, what is not supported)]."""
    if layer.type == "Convolution":
        return [(layer.convolution_param.axis != 1, "convolution_param.axis other than 1")]
    if layer.type == "Pooling":
        p = layer.pooling_param
        sides = zip(pair(p, "pad", "pad", 0), pair(p, "kernel_size", "kernel", 0))
        return [
            (p.pool not in (p.MAX, p.AVE), "pooling_param.pool other than MAX and AVE"),
            (
                not p.global_pooling and any(2 * pad > size for pad, size in sides),
                "pooling_param.pad above half the window",
            ),
        ]
    if layer.type == "LRN":
        return [(layer.lrn_param.local_size % 2 == 0, "an even lrn_param.local_size")]
    if layer.type == "Dropout":
        return [(not 0 <= layer.dropout_param.dropout_ratio < 1, "dropout_param.dropout_ratio outside 0 to 1, or of 1")]
    if layer.type in ("Scale", "Bias"):
        return [(getattr(layer, AXIS[layer.type]).num_axes == 0, f"{AXIS[layer.type]}.num_axes 0")]
    if layer.type == "Concat":
        return [(layer.concat_param.HasField("concat_dim"), "concat_param.concat_dim (give axis instead)")]
    if layer.type == "Slice":
        return [(layer.slice_param.HasField("slice_dim"), "slice_param.slice_dim (give axis instead)")]
    if layer.type == "Eltwise":
        p = layer.eltwise_param
        return [
            (len(bottoms) < 2, "a single bottom"),
            (p.coeff and p.operation != p.SUM, "eltwise_param.coeff for another operation than SUM"),
            (p.coeff and len(p.coeff) != len(bottoms), "another number of eltwise_param.coeff than of bottoms"),
        ]
    if layer.type == "Reshape":
        p = layer.reshape_param
        first = p.shape.dim[0] if p.shape.dim and p.axis in (0, -len(bottoms[0]) - 1) else 0
        return [(first not in (0, bottoms[0][0]), "a reshape_param that changes the images' axis (give 0 for it)")]
    if layer.type == "Python":
        loss_options(layer)
        name = f"{layer.python_param.module}.{layer.python_param.layer}"
        return [(name != PYTHON_LOSS, f"{name}, Python for Caffe (only {PYTHON_LOSS} is rewritten),")]
    return []
