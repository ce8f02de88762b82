"""What PyTorch cannot follow of a Caffe layer here: an error that names the layer and the field, before training.

Without PyTorch itself, so that the documentation of these limits can be made from this file anywhere.
"""

import json

from tools.net.fields import AXES, Limit, axis_of, fail

PYTHON_LOSS = "layers.multilabel_softmax_loss.MultilabelSoftmaxLossLayer"


def check_layer(layer, bottoms):
    """Raise InputError naming the layer and the field that PyTorch cannot follow; `bottoms` are shapes (N, ...)."""
    for limit in [*EVERY_LAYER, *LIMITS.get(layer.type, ())]:
        if limit.has_it(layer, bottoms):
            fail(layer, f"{limit.text} is not supported on PyTorch")
    if layer.type == "Python":
        loss_options(layer)


def loss_options(layer):
    """param_str of the multi-label softmax loss as a dictionary. Raises InputError where that layer would."""
    text = layer.python_param.param_str or "{}"
    try:
        options = json.loads(text)
    except json.JSONDecodeError as error:
        fail(layer, f"python_param.param_str is not JSON ({error}): {text}")
    if not isinstance(options, dict) or set(options) - {"normalize_positives"}:
        fail(layer, f"python_param.param_str has an unknown key; known: normalize_positives; got {text}")
    return options


def along_images(kind):
    """The Limit of a type of layer that cannot work along axis 0."""
    return Limit(
        f"{AXES[kind][0]}.axis 0, that of the images,", lambda layer, bottoms: not axis_of(layer, len(bottoms[0]))
    )


def second_bottom_off_images(layer, bottoms):
    return len(bottoms) > 1 and axis_of(layer, len(bottoms[0])) > 0


def other_python_layer(layer, bottoms):
    return f"{layer.python_param.module}.{layer.python_param.layer}" != PYTHON_LOSS


SECOND_BOTTOM = Limit("a second bottom without the axis of the images (`axis` other than 0)", second_bottom_off_images)
EVERY_LAYER = [
    Limit("`blobs` in a prototxt (name a file in the solver's `weights`)", lambda layer, bottoms: layer.blobs)
]
LIMITS = {
    "InnerProduct": [along_images("InnerProduct")],
    "Scale": [SECOND_BOTTOM],
    "Bias": [SECOND_BOTTOM],
    "SoftmaxWithLoss": [along_images("SoftmaxWithLoss")],
    "Accuracy": [
        along_images("Accuracy"),
        Limit("a second top, the accuracy of each class,", lambda layer, bottoms: len(layer.top) > 1),
    ],
    "Python": [
        Limit(f"another Python layer than {PYTHON_LOSS}", other_python_layer),
        Limit("a Python layer of other than 2 bottoms", lambda layer, bottoms: len(bottoms) != 2),
    ],
}
