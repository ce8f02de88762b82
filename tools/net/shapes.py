"""The shape of every blob of a net and the number of weights of every layer, without Caffe."""

import itertools
from difflib import get_close_matches
from math import prod

from prototxt import caffe_pb2
from tools.net.fields import fail
from tools.net.in_place import Memory
from tools.net.layers import LAYERS
from tools.net.state import in_phase

PHASES = {"TRAIN": caffe_pb2.TRAIN, "TEST": caffe_pb2.TEST}


def infer_shapes(net, phase, data_shapes):
    """Return ({blob: shape tuple}, {layer: number of weights}) of the layers that `phase` builds; weights that several
    layers share count for the first of them.

    data_shapes: {layer name: shape (N, channels, H, W)} of the Data layers. Input layers carry their own.
    Raises InputError naming the layer whose type, bottoms or tops cannot be.
    """
    shapes, counts, shared, memory = {}, {}, {}, Memory(training=phase == caffe_pb2.TRAIN)
    for layer in (layer for layer in net.layer if in_phase(layer, phase)):
        check_bottoms(layer, shapes)
        bottoms = [shapes[bottom] for bottom in layer.bottom]
        tops = [data_shapes[layer.name]] if layer.type == "Data" else top_shapes(layer, bottoms)
        if len(layer.top) > len(tops):
            fail(layer, f"has {len(layer.top)} tops, expected {len(tops)}")
        blobs = LAYERS[layer.type].weights(layer, bottoms)
        memory.add(layer, has_weights=bool(blobs))
        counts[layer.name] = sum(map(prod, own_weights(layer, blobs, shared)))
        shapes.update(zip(layer.top, tops))
    return shapes, counts


def check_bottoms(layer, shapes):
    """Raise InputError for a bottom that no earlier layer makes."""
    for bottom in layer.bottom:
        if bottom not in shapes:
            known = ", ".join(shapes) or "none"
            fail(layer, f"bottom {bottom!r} is no top of an earlier layer; there are: {known}")


def own_weights(layer, blobs, shared):
    """The shapes of those WeightBlobs of a layer that no earlier layer has under the same name.

    shared  {name: (shape, ParamSpec)} of the blobs that earlier layers name, which gets those of this one
    """
    own = []
    for spec, blob in itertools.zip_longest(layer.param, blobs):
        if blob is None:
            fail(layer, f"param is given {len(layer.param)} times for {len(blobs)} blobs of weights")
        if spec is None or spec.name not in shared:
            own.append(blob.shape)
            if spec and spec.name:
                shared[spec.name] = blob.shape, spec
            continue
        shape, first = shared[spec.name]
        if shape != blob.shape and (spec.share_mode == spec.STRICT or prod(shape) != prod(blob.shape)):
            fail(layer, f"shares weights {spec.name!r} of shape {shape}, but wants {blob.shape}; make them alike")
        for field in ("lr_mult", "decay_mult"):
            given = [getattr(one, field) for one in (first, spec) if one.HasField(field)]
            if len(set(given)) > 1:
                fail(layer, f"shares weights {spec.name!r}, but with {field} {given[1]:g} instead of {given[0]:g}")
    return own


def top_shapes(layer, bottoms):
    """The shape of each top of one layer."""
    known = LAYERS.get(layer.type)
    if known is None:
        near = get_close_matches(layer.type, LAYERS, 1)
        hint = f"did you mean {near[0]!r}? Known:" if near else "known:"
        fail(layer, f"unknown layer type {layer.type!r}; {hint} {', '.join(sorted(LAYERS))}")
    if not bottoms and not known.is_source:
        fail(layer, "has no bottom")
    if known.axis:
        axis, axes = getattr(layer, known.axis).axis, len(bottoms[0])
        if not -axes <= axis < axes:
            fail(layer, f"{known.axis}.axis {axis}: its bottom has {axes} axes")
    return known.shapes(layer, bottoms)
