"""What the loss of a net does not see of a blob."""

from prototxt import caffe_pb2
from tools.net.roles import is_loss
from tools.net.state import in_phase

# a softmax over all values of an image stays as it is when all of them grow alike (paper: Eq. 2)
SOFTMAX_LOSSES = {"SoftmaxWithLoss", "layers.multilabel_softmax_loss.MultilabelSoftmaxLossLayer"}
LOOKS_ON = {"Accuracy", "Silence"}  # types of layers that read a blob and train nothing


def ignores_shift(net, blob):
    """Whether the loss of `net` stays as it is when all values of `blob` of an image grow by the same number.

    That is so where a softmax loss is all that reads them. Their sum over the values is then not trained: its gradient
    is 0, and it stays what the random start of the weights makes it.
    """
    readers = [layer for layer in net.layer if in_phase(layer, caffe_pb2.TRAIN) and blob in layer.bottom]
    readers = [layer for layer in readers if layer.type not in LOOKS_ON]
    return bool(readers) and all(is_loss(layer) and kind(layer) in SOFTMAX_LOSSES for layer in readers)


def kind(layer):
    """The type of a layer; of a Python layer its class, with the module."""
    if layer.type == "Python":
        return f"{layer.python_param.module}.{layer.python_param.layer}"
    return layer.type
