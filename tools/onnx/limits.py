"""What cannot be written in ONNX of a Caffe layer here: an error that names the layer, the field and the remedy."""

from tools.net import shape_rules
from tools.net.fields import Limit, axis_of, fail
from tools.onnx.layers import FORMS, PYTHON, python_name


def along_images(message):
    """Limit of the layers whose parameters `message` have an axis: it is open how many images there are."""

    def is_first(layer, bottoms):
        return axis_of(layer, len(bottoms[0])) == 0

    return Limit(f"{message}.axis 0, that of the images (give 1, 2, ...)", is_first)


def weights_along_images(message):
    """The same where the axis is that of weights, unless these are one number, or a second bottom."""
    limit = along_images(message)

    def is_first(layer, bottoms):
        return len(bottoms) == 1 and getattr(layer, message).num_axes != 0 and limit.has_it(layer, bottoms)

    return limit._replace(has_it=is_first)


def second_bottom(message):
    def differs(layer, bottoms):
        return len(bottoms) > 1 and (getattr(layer, message).axis or bottoms[0][: len(bottoms[1])] != bottoms[1])

    return Limit(
        f"a second bottom whose shape is not how the first one's begins, images included (give {message}.axis 0)",
        differs,
    )


def has_no_axes(layer, bottoms):
    return not all(shape.dim for shape in layer.input_param.shape)


def uses_statistics_of_the_batch(layer, bottoms):
    p = layer.batch_norm_param
    return p.HasField("use_global_stats") and not p.use_global_stats


def flattens_images(layer, bottoms):
    p, axes = layer.flatten_param, len(bottoms[0])
    return p.axis % axes == 0 and p.end_axis % axes != 0


def reshapes_images(layer, bottoms):
    return shape_rules.reshape(layer, bottoms)[0][:1] != bottoms[0][:1]


FOUR_AXES = Limit(
    "a bottom of another number of axes than 4 (Reshape it before)", lambda _, bottoms: len(bottoms[0]) != 4
)
LIMITS = {
    "Input": [Limit("an Input without axes (the first is that of the images)", has_no_axes)],
    "MVN": [FOUR_AXES],
    "BatchNorm": [
        Limit("batch_norm_param.use_global_stats false at test (leave it out)", uses_statistics_of_the_batch),
    ],
    "Scale": [weights_along_images("scale_param"), second_bottom("scale_param")],
    "Bias": [weights_along_images("bias_param"), second_bottom("bias_param")],
    "InnerProduct": [along_images("inner_product_param")],
    "Softmax": [along_images("softmax_param")],
    "Concat": [along_images("concat_param")],
    "Slice": [along_images("slice_param")],
    "Flatten": [Limit("flatten_param.axis 0, that of the images (give 1, 2, ...)", flattens_images)],
    "Reshape": [Limit("a reshape_param that changes the axis of the images (give `dim: 0` for it)", reshapes_images)],
    "Python": [
        Limit(
            "a Python layer that tools/onnx/layers.py does not know (give the blob before it, or add a form there)",
            lambda layer, _: python_name(layer) not in PYTHON,
        )
    ],
}


def check_layer(layer, bottoms):
    """Raise InputError naming what of `layer` cannot be written; `bottoms` are shapes (N, ...)."""
    if layer.type not in FORMS:
        fail(layer, f"there is no such layer in ONNX here; there are: {', '.join(sorted(FORMS))}")
    for limit in LIMITS.get(layer.type, ()):
        if limit.has_it(layer, bottoms):
            fail(layer, f"{limit.text} is not supported in ONNX")
