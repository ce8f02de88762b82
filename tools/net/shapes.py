"""The shape of every blob of a net and the number of weights of every layer, without Caffe."""

from difflib import get_close_matches

from prototxt import caffe_pb2
from tools.net.aborts import check_aborts
from tools.net.fields import fail
from tools.net.in_place import Memory
from tools.net.layers import LAYERS
from tools.net.params import net_params, number_of_weights
from tools.net.state import in_phase

PHASES = {"TRAIN": caffe_pb2.TRAIN, "TEST": caffe_pb2.TEST}


def infer_shapes(net, phase, data_shapes):
    """Return ({blob: shape tuple}, {layer: number of weights}) of the layers that `phase` builds.

    data_shapes: {layer name: shape (N, channels, H, W)} of the Data layers. Input layers carry their own.
    Weights that layers share count for the first of them only. Raises InputError naming the layer whose type, bottoms,
    tops or weights cannot be.
    """
    shapes, layers = trace(net, phase, data_shapes)
    return shapes, number_of_weights(net_params(layers))


def infer_params(net, phase, data_shapes):
    """{layer: [Param]}, the weights of the layers that `phase` builds; arguments and errors as of infer_shapes."""
    return net_params(trace(net, phase, data_shapes)[1])


def trace(net, phase, data_shapes):
    """({blob: shape}, [(layer, shapes of its bottoms)]) of the layers that `phase` builds, in order."""
    shapes, layers, memory = {}, [], Memory(training=phase == caffe_pb2.TRAIN)
    for layer in (layer for layer in net.layer if in_phase(layer, phase)):
        check_bottoms(layer, shapes)
        bottoms = [shapes[bottom] for bottom in layer.bottom]
        tops = [data_shapes[layer.name]] if layer.type == "Data" else top_shapes(layer, bottoms)
        check_tops(layer, tops)
        memory.add(layer, has_weights=bool(LAYERS[layer.type].weights(layer, bottoms)))
        layers.append((layer, bottoms))
        shapes.update(zip(layer.top, tops))
    return shapes, layers


def check_bottoms(layer, shapes):
    """Raise InputError for a bottom that no earlier layer makes."""
    for bottom in layer.bottom:
        if bottom not in shapes:
            known = ", ".join(shapes) or "none"
            fail(layer, f"bottom {bottom!r} is no top of an earlier layer; there are: {known}")


def check_tops(layer, tops):
    """Raise InputError for too many tops or none. A loss needs none; Accuracy may leave out its second one."""
    least = 0 if LAYERS[layer.type].is_loss else min(len(tops), 1)
    if not least <= len(layer.top) <= len(tops):
        fail(layer, f"has {len(layer.top)} tops, expected {len(tops)}")


def top_shapes(layer, bottoms):
    """The shape of each top of one layer."""
    known = LAYERS.get(layer.type)
    if known is None:
        near = get_close_matches(layer.type, LAYERS, 1)
        hint = f"did you mean {near[0]!r}? Known:" if near else "known:"
        fail(layer, f"unknown layer type {layer.type!r}; {hint} {', '.join(sorted(LAYERS))}")
    check_aborts(layer, bottoms)
    return known.shapes(layer, bottoms)
