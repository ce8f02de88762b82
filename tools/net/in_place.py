"""Layers whose top has the name of their bottom, so that Caffe writes the one over the other.

Caffe computes that rightly for some types only. Of the others it refuses a few, and of the rest the values or the
gradients are wrong, and nothing says so.
"""

from tools.net.fields import fail

RIGHT = {"ReLU", "PReLU", "ELU", "Sigmoid", "TanH", "Dropout", "BatchNorm", "Scale", "Bias", "Softmax", "Python"}
RIGHT_FORWARD = {"Power", "MVN"}  # the gradient is wrong, which does not matter where there is none: to the data


def check_in_place(layer, number, data):
    """Raise InputError if Caffe computes a layer wrongly whose top `number` is the bottom of that number.

    data  the names of the blobs of Data and Input layers
    """
    top = layer.top[number]
    is_right = layer.type in RIGHT or (layer.type in RIGHT_FORWARD and top in data)
    if layer.type == "MVN" and not layer.mvn_param.normalize_variance:
        is_right = True
    if layer.relu_param.negative_slope < 0 or layer.elu_param.alpha < 0:  # the gradient goes by the sign of the top
        is_right = False
    if not is_right:
        fail(layer, f"Caffe computes it wrongly in place; give its top another name than that of its bottom, {top!r}")
