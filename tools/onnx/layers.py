"""Caffe's layers as ONNX nodes, as Caffe computes them in its TEST phase.

A function takes (layer, weights, bottoms, write) and returns the names of the values of its tops:

weights  float32 arrays in Caffe's order, of Caffe's shapes
bottoms  Blobs (tools/onnx/graph.py)
write    (op, *inputs, tops, **attributes): Graph.write for this layer

Where Caffe computes something differently from ONNX, a comment there says so. What a function cannot do stands in
tools/onnx/limits.py, and is refused before.
"""

from tools.onnx import axes, elementwise, normalization, windows


def unchanged(layer, weights, bottoms, write):
    return [bottoms[0].name]


FORMS = {
    "Input": lambda layer, *_: list(layer.top),
    "Convolution": windows.convolution,
    "Pooling": windows.pooling,
    "LRN": windows.lrn,
    "ReLU": elementwise.relu,
    "PReLU": elementwise.prelu,
    "ELU": elementwise.elu,
    "Sigmoid": elementwise.sigmoid,
    "TanH": elementwise.tanh,
    "AbsVal": elementwise.absolute,
    "Power": elementwise.power,
    "Scale": elementwise.scale,
    "Bias": elementwise.bias,
    "Eltwise": elementwise.eltwise,
    "MVN": normalization.mvn,
    "BatchNorm": normalization.batch_norm,
    "Dropout": unchanged,
    "InnerProduct": axes.inner_product,
    "Softmax": axes.softmax,
    "Concat": axes.concat,
    "Slice": axes.slice_tops,
    "Flatten": axes.flatten,
    "Reshape": axes.reshape,
    "Python": lambda layer, *rest: PYTHON[python_name(layer)](layer, *rest),
}
PYTHON = {}  # functions of Python layers, by "module.layer"


def python_name(layer):
    return f"{layer.python_param.module}.{layer.python_param.layer}"
