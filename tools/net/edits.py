"""Edits of named fields of a parsed net: each function returns an edited copy.

Folds and searches edit copies: the committed files under prototxt/ stay the only definition.
"""

import json

from data_prep.subjects.lmdb_pair import image_lmdb, label_lmdb
from prototxt import caffe_pb2
from tools.net.prototxt import clone
from tools.net.roles import SOURCES, heads, image_layer, is_loss, label_blobs, label_layers, last_layer
from tools.net.state import in_phase

MVN_PLACES = ("input", "conv1", "none")


def for_labels(net, count):
    """A copy of `net` whose last layer has one output per label.

    Where there are several, each that is compared with all labels; one that sees a slice of them stays as it is.
    """
    copy = clone(net)
    labels, found = label_blobs(copy), heads(copy)
    for layer, label in found or [(last_layer(copy), None)]:
        if label in labels:
            layer.inner_product_param.num_output = count
    return copy


def place_mvn(net, where):
    """A copy of `net` with its mean-variance normalization moved (paper: Sec. IV does not say where it is).

    `where`: "input" leaves it as the prototxt has it, "conv1" puts it after the first convolution, "none" removes it.
    """
    copy = clone(net)
    if where == "input":
        return copy
    del copy.layer[:]
    gone, added = {}, {}  # {old name: new name} of blobs, after a layer was removed or added
    for layer in net.layer:
        if layer.type == "MVN":
            gone[layer.top[0]] = layer.bottom[0]
            continue
        placed = copy.layer.add()
        placed.CopyFrom(layer)
        names = [[gone.get(name, name) for name in blobs] for blobs in (layer.bottom, layer.top)]
        placed.bottom[:], placed.top[:] = ([added.get(name, name) for name in blobs] for blobs in names)
        if added and placed.top[:1] == [f"{layer.top[0]}_mvn"]:  # in place, which would spoil the gradient of MVN
            placed.top[0] = added[layer.top[0]] = f"{layer.top[0]}_{layer.name}"
        if layer.type == "Convolution" and where == "conv1" and not added:
            added[layer.top[0]] = f"{layer.top[0]}_mvn"
            copy.layer.add(name="mvn", type="MVN", bottom=[layer.top[0]], top=[added[layer.top[0]]])
    return copy


def with_crop(net, size):
    """A copy of `net` whose image Data layers crop to `size` x `size` pixels."""
    copy, labels = clone(net), label_layers(net)
    for layer in copy.layer:
        if layer.type == "Data" and layer.name not in labels:
            layer.transform_param.crop_size = size
    return copy


def with_loss_option(net, normalize_positives):
    """A copy of `net` whose Python loss divides by the number of positives if `normalize_positives` is true."""
    copy = clone(net)
    for layer in copy.layer:
        if normalize_positives and layer.type == "Python" and is_loss(layer):
            layer.python_param.param_str = json.dumps({"normalize_positives": True})
    return copy


def with_sources(net, train=None, val=None):
    """A copy of `net` whose Data layers read the LMDB pairs with these prefixes.

    A phase whose prefix is None loses its Data layers, so it cannot be run.
    """
    prefixes = {caffe_pb2.TRAIN: train, caffe_pb2.TEST: val}
    copy, labels = clone(net), label_layers(net)
    del copy.layer[:]
    for layer in net.layer:
        if layer.type != "Data":
            copy.layer.add().CopyFrom(layer)
            continue
        lmdb_path = label_lmdb if layer.name in labels else image_lmdb
        for phase, prefix in prefixes.items():
            if prefix is None or not in_phase(layer, phase):
                continue
            placed = copy.layer.add()
            placed.CopyFrom(layer)
            del placed.include[:], placed.exclude[:]
            placed.include.add(phase=phase)
            placed.data_param.source = str(lmdb_path(prefix))
    return copy


def extraction_net(net, prefix):
    """The trained net for `extract`: its TEST Data layer over the LMDB images at `prefix`, no labels, no loss."""
    return without_loss(with_sources(net, val=prefix))


def blobs_of_images(net):
    """Names of the blobs that the trained net makes of images alone, in order."""
    return list(dict.fromkeys(top for layer in without_loss(net).layer for top in layer.top))


def deploy_net(net, shape):
    """The deploy net Caffe users expect: data replaced by one Input of `shape` (N, channels, H, W), no loss."""
    image_top = image_layer(net, caffe_pb2.TEST).top[0]
    copy = without_loss(net)
    layers = [layer for layer in copy.layer if layer.type not in SOURCES]
    del copy.layer[:]
    data = copy.layer.add(name=image_top, type="Input", top=[image_top])
    data.input_param.shape.add(dim=shape)
    for layer in layers:
        placed = copy.layer.add()
        placed.CopyFrom(layer)
        del placed.include[:]  # TEST is all there is
    return copy


def without_loss(net):
    """A copy of `net` with only those layers that TEST builds and that need no label."""
    copy, gone = clone(net), set(label_blobs(net))
    del copy.layer[:]
    for layer in (layer for layer in net.layer if in_phase(layer, caffe_pb2.TEST)):
        is_label = layer.type in SOURCES and gone.intersection(layer.top)
        if is_label or gone.intersection(layer.bottom) or is_loss(layer):
            gone.update(set(layer.top) - set(layer.bottom))
        else:
            copy.layer.add().CopyFrom(layer)
    return copy
