"""How many multiplications a net does for one image."""

from math import prod

from prototxt import caffe_pb2
from tools.net.layers import LAYERS
from tools.net.shapes import trace


def operations(net):
    """{layer: multiplications, each with an addition, for an image} of a deploy net.

    Those of convolutions and InnerProducts: the other layers do little beside them.
    """
    blobs, layers = trace(net, caffe_pb2.TEST, {})
    return {
        layer.name: prod(LAYERS[layer.type].weights(layer, bottoms)[0].shape) * places(layer, blobs[layer.top[0]])
        for layer, bottoms in layers
        if layer.type in ("Convolution", "InnerProduct")
    }


def places(layer, shape):
    """How often a layer applies its weights to an image: at each place of its top."""
    return prod(shape[2:]) if layer.type == "Convolution" else prod(shape[1:-1])
