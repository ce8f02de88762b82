"""What the project knows of each type of layer: one row for each. A new type is a row here, a function for PyTorch in
tools/engines/torch/layers.py, and one for ONNX in tools/onnx/layers.py.

Shapes, counts of weights, checks, the engine on PyTorch and the drawing of a net all ask this table.
"""

from collections.abc import Callable
from typing import NamedTuple

from tools.net import shape_rules as shapes
from tools.net import weight_rules as weights


class LayerType(NamedTuple):
    """One type of layer.

    shapes      (layer, shapes of its bottoms) -> shape of each top; None where they come from an LMDB
    weights     (layer, shapes of its bottoms) -> its WeightBlobs, in Caffe's order
    bottoms     (least, most) that it takes; None for any number
    is_source   it makes blobs out of nothing
    is_loss     its top counts in the net's loss, with weight 1 if loss_weight does not say otherwise
    own_block   in a drawing its top is a block of its own; the others stand on an arrow
    drawn_as    what a drawing calls it, if not by the name of the type
    on_torch    PyTorch can follow it, up to what tools/engines/torch/checks.py refuses; Caffe knows every type here
    """

    shapes: Callable | None
    weights: Callable = weights.none
    bottoms: tuple = (1, 1)
    is_source: bool = False
    is_loss: bool = False
    own_block: bool = False
    drawn_as: str | None = None
    on_torch: bool = True


# fmt: off
LAYERS = {
    "Data": LayerType(None, bottoms=(0, 0), is_source=True, own_block=True),
    "Input": LayerType(shapes.inputs, bottoms=(0, 0), is_source=True, own_block=True),
    "Convolution": LayerType(shapes.convolution, weights.convolution, own_block=True),
    "InnerProduct": LayerType(shapes.inner_product, weights.inner_product, own_block=True),
    "Pooling": LayerType(shapes.pooling, own_block=True),
    "ReLU": LayerType(shapes.unchanged),
    "PReLU": LayerType(shapes.unchanged, weights.prelu),
    "ELU": LayerType(shapes.unchanged),
    "Sigmoid": LayerType(shapes.unchanged),
    "TanH": LayerType(shapes.unchanged),
    "AbsVal": LayerType(shapes.unchanged),
    "Power": LayerType(shapes.unchanged),
    "Dropout": LayerType(shapes.unchanged),
    "MVN": LayerType(shapes.unchanged),
    "LRN": LayerType(shapes.unchanged),
    "BatchNorm": LayerType(shapes.unchanged, weights.batch_norm),
    "Scale": LayerType(shapes.unchanged, weights.scale, bottoms=(1, 2)),
    "Bias": LayerType(shapes.unchanged, weights.bias, bottoms=(1, 2)),
    "Softmax": LayerType(shapes.softmax, drawn_as="softmax"),
    "Concat": LayerType(shapes.concat, bottoms=(1, None), own_block=True, drawn_as="concat"),
    "Slice": LayerType(shapes.slice_tops, own_block=True, drawn_as="slice"),
    "Eltwise": LayerType(shapes.eltwise, bottoms=(2, None), own_block=True),
    "Flatten": LayerType(shapes.flatten, own_block=True, drawn_as="flatten"),
    "Reshape": LayerType(shapes.reshape, own_block=True, drawn_as="reshape"),
    "Silence": LayerType(shapes.nothing, bottoms=(1, None)),
    "SoftmaxWithLoss": LayerType(shapes.softmax_loss, bottoms=(2, 2), is_loss=True),
    "SigmoidCrossEntropyLoss": LayerType(shapes.scores_like_labels, bottoms=(2, 2), is_loss=True),
    "EuclideanLoss": LayerType(shapes.scores_like_labels, bottoms=(2, 2), is_loss=True),
    "Accuracy": LayerType(shapes.accuracy, bottoms=(2, 2)),
    "Python": LayerType(shapes.python, bottoms=(1, None)),  # a loss where loss_weight says so
}
# fmt: on
