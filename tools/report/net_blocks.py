"""What there is to draw of a net: one Block per blob, read from the parsed prototxt. Drawn by `tools.draw_net`."""

import re
from typing import NamedTuple

from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.fields import pair
from tools.net.layers import LAYERS
from tools.net.prototxt import clone
from tools.net.roles import SOURCES, is_loss, label_layers
from tools.net.shapes import infer_shapes
from tools.net.state import in_phase

MAKERS = {name for name, known in LAYERS.items() if known.own_block}


class Block(NamedTuple):
    """One blob: the layer that makes it, its shape (1, channels, height, width) or shorter, the layers on the arrow
    that leads to it, the names of the blocks it comes from."""

    name: str
    maker: caffe_pb2.LayerParameter
    shape: tuple
    layers: list
    sources: list


def read_blocks(net, shape):
    """([Block] in the order of the layers, {layer: weights}) of `net` as it is trained, on images of `shape`.

    shape: (channels, height, width), or None for 1 x crop x crop from the crop_size of the Data layer, or else for
    images as they are stored by default; Input layers carry their own. Raises InputError naming the layer that cannot
    be built.
    """
    body, losses = without_labels(net)
    images = {layer.name: (1, *(shape or crop_shape(layer))) for layer in body.layer if layer.type == "Data"}
    shapes, weights = infer_shapes(body, caffe_pb2.TRAIN, images)
    return blocks_of([*body.layer, *losses], shapes), weights


def without_labels(net):
    """(a copy of `net` with the layers that need no label, its loss layers).

    All shapes follow from the copy alone, so no LMDB is needed to know how many labels there are.
    """

    labels = label_layers(net)

    def has_images(phase):
        return any(layer.type in SOURCES and in_phase(layer, phase) and layer.name not in labels for layer in net.layer)

    phase = next(filter(has_images, (caffe_pb2.TRAIN, caffe_pb2.TEST)), None)
    if phase is None:
        raise InputError("no Data or Input layer that reads images, so there is no first blob to draw; add one")
    body, losses, gone = clone(net), [], set()
    del body.layer[:]
    for layer in (layer for layer in net.layer if in_phase(layer, phase)):
        if is_loss(layer):
            losses.append(layer)
        elif layer.name in labels or gone.intersection(layer.bottom):
            gone.update(set(layer.top) - set(layer.bottom))
        else:
            placed = body.layer.add()
            placed.CopyFrom(layer)
            del placed.include[:], placed.exclude[:]
    return body, losses


def crop_shape(layer):
    side = layer.transform_param.crop_size or STORED_SIZE
    return 1, side, side


def blocks_of(layers, shapes):
    """The Blocks of `layers`, given {blob: shape}.

    A layer that only changes values has no block of its own if it works in place, or if one layer alone reads its top
    and reads nothing else: then it stands on the arrow to its block, or on the arrow to that layer's block.
    """
    blocks, home, waiting = [], {}, {}  # blob -> its block; blob -> layers since then that stand on no arrow yet
    for layer in layers:
        bottoms = [bottom for bottom in dict.fromkeys(layer.bottom) if bottom in home]
        before = [earlier for bottom in bottoms for earlier in waiting[bottom]]
        in_place = list(layer.top) == bottoms
        if in_place and not before and home[bottoms[0]].sources:
            home[bottoms[0]].layers.append(layer)
        elif layer.type not in MAKERS and (in_place or any(read_alone(top, layers) for top in layer.top)):
            home[layer.top[0]], waiting[layer.top[0]] = home[bottoms[0]], [*before, layer]
        else:
            sources = list(dict.fromkeys(home[bottom].name for bottom in bottoms))
            tops = list(layer.top)
            if not tops and is_loss(layer):  # Caffe gives it a top
                tops = [layer.name]
            for top in tops:
                name = top if len(layer.top) > 1 else layer.name
                home[top], waiting[top] = Block(name, layer, shapes.get(top, ()), [*before, layer], sources), []
                blocks.append(home[top])
    return blocks


def read_alone(blob, layers):
    """Whether exactly one layer reads `blob`, and reads no other top of `layers`."""
    tops = {top for layer in layers for top in layer.top}
    readers = [layer for layer in layers if blob in layer.bottom and blob not in layer.top]
    return len(readers) == 1 and tops.intersection(readers[0].bottom) == {blob}


def caption(block, weights):
    """The lines under a block: its name, its shape for one image, the weights of the layers on its arrow."""
    count = sum(weights.get(layer.name, 0) for layer in block.layers)
    lines = [block.name, " × ".join(map(str, block.shape[1:])), f"{count:,} weights" if count else ""]
    return [line for line in lines if line]


def words(layer):
    """The lines that say what `layer` does."""
    if layer.type == "Convolution":
        return ["conv {} × {}".format(*kernel(layer)), *details(layer.convolution_param)]
    if layer.type == "Pooling":
        p = layer.pooling_param
        kind = {p.MAX: "max pool", p.AVE: "average pool", p.STOCHASTIC: "stochastic pool"}[p.pool]
        return ["global", kind] if p.global_pooling else [kind, "{} × {}".format(*kernel(layer)), *details(p)]
    if layer.type == "InnerProduct":
        return ["fully", "connected"]
    if layer.type == "Dropout":
        return [f"dropout {layer.dropout_param.dropout_ratio:g}"]
    if layer.type == "Eltwise":
        p = layer.eltwise_param
        return [{p.PROD: "product", p.SUM: "sum", p.MAX: "maximum"}[p.operation]]
    if layer.type == "Python" or is_loss(layer):
        return class_words(layer.python_param.layer or layer.type)
    return [LAYERS[layer.type].drawn_as or layer.type]


def kernel(layer):
    """(height, width) of a convolution's or pooling's window; 0 for a pooling of whole maps."""
    p = layer.convolution_param if layer.type == "Convolution" else layer.pooling_param
    return pair(p, "kernel_size", "kernel", 0)


def details(p):
    """Stride, padding, dilation and groups of a convolution or pooling, where they are not Caffe's defaults."""
    lines = []
    for name, prefix, default in (("stride", "stride", 1), ("pad", "pad", 0), ("dilation", "", 1)):
        values = pair(p, name, prefix, default) if name in p.DESCRIPTOR.fields_by_name else [default]
        if set(values) != {default}:
            lines.append(f"{name} " + " × ".join(map(str, dict.fromkeys(values))))
    groups = getattr(p, "group", 1)
    return [*lines, f"{groups} groups"] if groups > 1 else lines


def class_words(name):
    """The words of a class name: MultilabelSoftmaxLossLayer is multi-label, softmax, loss."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name.removesuffix("Layer"))
    return [part.lower().replace("multilabel", "multi-label") for part in parts]
