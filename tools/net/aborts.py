"""Layers at which Caffe itself aborts, or that compute garbage under it, beyond shapes that do not fit.

An error before any engine starts: Caffe would end the process, and PyTorch would train a net that is none for Caffe.
"""

from math import prod

from tools.net.fields import Limit, axis_of, fail, pair
from tools.net.layers import LAYERS


def check_aborts(layer, bottoms):
    """Raise InputError naming the layer and what Caffe does not accept of it; `bottoms` are shapes (N, ...)."""
    least, most = LAYERS[layer.type].bottoms
    if len(layer.bottom) < least or (most is not None and len(layer.bottom) > most):
        wanted = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
        fail(layer, f"has {len(layer.bottom)} bottoms; it takes {wanted}")
    for limit in [*EVERY_LAYER, *ABORTS.get(layer.type, ())]:
        if limit.has_it(layer, bottoms):
            fail(layer, f"has {limit.text}")


def given_twice(p, name, prefix):
    """Whether a size is given both for height and width at once and for one of them."""
    value = getattr(p, name)
    once = p.HasField(name) if isinstance(value, int) else len(value)
    return bool(once and (p.HasField(f"{prefix}_h") or p.HasField(f"{prefix}_w")))


def half_given(p, prefix):
    return p.HasField(f"{prefix}_h") != p.HasField(f"{prefix}_w")


def twice_or_half(layer, bottoms):
    p = layer.pooling_param
    sides = (("kernel_size", "kernel"), ("pad", "pad"), ("stride", "stride"))
    return any(given_twice(p, *side) or half_given(p, side[1]) for side in sides)


def twice_or_thrice(layer, bottoms):
    p = layer.convolution_param
    sides = (("kernel_size", "kernel"), ("pad", "pad"), ("stride", "stride"))
    return any(given_twice(p, *side) or len(getattr(p, side[0])) > 2 for side in sides) or len(p.dilation) > 2


def global_and_window(layer, bottoms):
    p = layer.pooling_param
    fields = ("kernel_size", "kernel_h", "kernel_w")
    moved = pair(p, "pad", "pad", 0) != [0, 0] or pair(p, "stride", "stride", 1) != [1, 1]
    return p.global_pooling and (any(p.HasField(field) for field in fields) or moved)


def wide_pad(layer, bottoms):
    p = layer.pooling_param
    sides = zip(pair(p, "pad", "pad", 0), pair(p, "kernel_size", "kernel", 0))
    return not p.global_pooling and any(pad and pad >= size for pad, size in sides)


def is_stochastic(layer, bottoms):
    return layer.pooling_param.pool == layer.pooling_param.STOCHASTIC


def other_number_of_coefficients(layer, bottoms):
    return len(layer.eltwise_param.coeff) not in (0, len(bottoms))


def coefficients_of_a_product(layer, bottoms):
    p = layer.eltwise_param
    return p.operation == p.PROD and len(p.coeff) > 0


def one_axis(layer, bottoms):
    return len(bottoms[0]) < 2


def not_four_axes(layer, bottoms):
    return len(bottoms[0]) != 4


def other_scale(layer, bottoms):
    if len(bottoms) < 2:
        return False
    first = axis_of(layer, len(bottoms[0]))
    return bottoms[0][first : first + len(bottoms[1])] != bottoms[1]


def bias_for_each_image(layer, bottoms):
    return layer.scale_param.bias_term and len(bottoms) > 1 and axis_of(layer, len(bottoms[0])) == 0


def other_images(layer, bottoms):
    return bottoms[0][:1] != bottoms[1][:1]


def top_of_more_than_all(layer, bottoms):
    return layer.accuracy_param.top_k > prod(bottoms[0]) // max(prod(bottoms[1]), 1)


def loss_weight_not_for_each_top(layer, bottoms):
    tops = max(len(layer.top), 1) if LAYERS[layer.type].is_loss else len(layer.top)
    return len(layer.loss_weight) not in (0, tops)


def propagate_down_not_for_each_bottom(layer, bottoms):
    return len(layer.propagate_down) not in (0, len(layer.bottom))


def gradient_for_labels(layer, bottoms):
    return len(layer.propagate_down) > 1 and layer.propagate_down[1]


NO_LABEL_GRADIENT = Limit("propagate_down: true for its labels, for which there is no gradient", gradient_for_labels)
FIRST_AXIS = Limit("scores and labels for different numbers of images", other_images)
SCALE_SHAPE = Limit("a second bottom whose shape is not that of the first from `axis` on", other_scale)

EVERY_LAYER = [
    Limit("loss_weight, but not once for each top", loss_weight_not_for_each_top),
    Limit("propagate_down, but not once for each bottom", propagate_down_not_for_each_bottom),
]
ABORTS = {
    "Convolution": [
        Limit("kernel_size, pad, stride or dilation more than twice, or one of them and its _h or _w", twice_or_thrice),
        Limit(
            "convolution_param.axis other than 1; only images of 4 axes are convolved here",
            lambda layer, bottoms: layer.convolution_param.axis not in (1, -3),
        ),
    ],
    "Pooling": [
        Limit("kernel_size, pad or stride and its _h or _w, or only one of _h and _w", twice_or_half),
        Limit("pooling_param.global_pooling and a kernel, pad or stride; remove these", global_and_window),
        Limit("pooling_param.pool STOCHASTIC, which Caffe cannot do on processors; take MAX or AVE", is_stochastic),
        Limit("a pooling_param.pad as wide as its window, or wider", wide_pad),
    ],
    "LRN": [
        Limit(
            "an even lrn_param.local_size; give an odd one",
            lambda layer, bottoms: layer.lrn_param.local_size % 2 == 0,
        ),
        Limit("a bottom of other than 4 axes", not_four_axes),
    ],
    "Dropout": [
        Limit(
            "a dropout_ratio of 1 or more, or below 0",
            lambda layer, bottoms: not 0 <= layer.dropout_param.dropout_ratio < 1,
        )
    ],
    "Eltwise": [
        Limit("another number of eltwise_param.coeff than of bottoms", other_number_of_coefficients),
        Limit("eltwise_param.coeff for PROD; they are for SUM", coefficients_of_a_product),
    ],
    "PReLU": [Limit("a bottom of one axis", one_axis)],
    "BatchNorm": [Limit("a bottom of one axis", one_axis)],
    "Scale": [
        SCALE_SHAPE,
        Limit("scale_param.bias_term and a second bottom: a bias for each image; add a Bias", bias_for_each_image),
    ],
    "Bias": [SCALE_SHAPE],
    "SoftmaxWithLoss": [FIRST_AXIS, NO_LABEL_GRADIENT],
    "SigmoidCrossEntropyLoss": [FIRST_AXIS, NO_LABEL_GRADIENT],
    "EuclideanLoss": [
        FIRST_AXIS,
        Limit(
            "loss_param, which it does not know: it has no ignore_label and always divides by the number of images",
            lambda layer, bottoms: layer.HasField("loss_param"),
        ),
    ],
    "Accuracy": [
        Limit("an accuracy_param.top_k above the number of classes", top_of_more_than_all),
        Limit("a loss_weight, but no gradient", lambda layer, bottoms: any(layer.loss_weight)),
    ],
}
