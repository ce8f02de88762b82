"""A ZooNet as the messages that the project's tools and its engines take."""

import numpy as np
from google.protobuf import text_format

from prototxt import caffe_pb2
from tests.zoo.texts import CROP, LABELS
from tools.net.prototxt import clone
from tools.net.state import reduced

IMAGES = 6
SHAPES = {"data": (IMAGES, 1, CROP, CROP), "label": (IMAGES, LABELS, 1, 1)}
FILLED = {"Convolution": "convolution_param", "InnerProduct": "inner_product_param"}


def parsed(zoo_net):
    """The parsed prototxt; convolutions and InnerProducts without a filler have xavier."""
    net = text_format.Parse(zoo_net.text(), caffe_pb2.NetParameter())
    for layer in net.layer:
        p = getattr(layer, FILLED[layer.type]) if layer.type in FILLED else None
        if p is not None and not p.HasField("weight_filler"):
            p.weight_filler.type = "xavier"
    return net


def train_val(zoo_net):
    """The net as `load_net` gives it to all but Caffe: without the layers that its state does not build."""
    return reduced(parsed(zoo_net))


def with_inputs(net):
    """A copy of `net` with Input layers for its data, and no chance: nothing is dropped out."""
    copy = clone(net)
    for layer in copy.layer:
        if layer.type == "Data":
            layer.type = "Input"
            layer.input_param.shape.add(dim=SHAPES[layer.top[0]])
            layer.ClearField("data_param")
            layer.ClearField("transform_param")
        if layer.type == "Dropout":
            layer.dropout_param.dropout_ratio = 0
    return copy


def arrays(zoo_net, seed=0):
    """{"data", "label"}: what a net is given, float32 of SHAPES."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, SHAPES["label"])
    if zoo_net.unknown:
        label[rng.random(label.shape) < 0.3] = -1
    return {"data": rng.normal(0, 0.5, SHAPES["data"]).astype(np.float32), "label": label.astype(np.float32)}
