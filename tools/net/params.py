"""The weights of a whole net, as Caffe owns, shares and learns them.

A blob of weights with a name (`param { name: "w" }`) is shared by all blobs of that name: the first layer owns it and
initializes it, gradients add up, and a solver updates it once. lr_mult and decay_mult are those of the first layer that
gives them. Where Caffe would abort, an InputError names both layers.
"""

from math import prod
from typing import NamedTuple

from prototxt import caffe_pb2
from tools.net.fields import fail
from tools.net.layers import LAYERS
from tools.net.weight_rules import WeightBlob, check_filler


class Param(NamedTuple):
    """A blob of weights of a layer.

    blob                 its WeightBlob
    owner                (layer, number): the blob whose values it has; its own name and number where it shares none
    lr_mult, decay_mult  of the owner
    """

    blob: WeightBlob
    owner: tuple
    lr_mult: float
    decay_mult: float


def net_params(layers):
    """{layer: [Param]} of the `layers` of one phase, [(LayerParameter, shapes of its bottoms)] in order."""
    blobs = {}
    for layer, bottoms in layers:
        own = LAYERS[layer.type].weights(layer, bottoms)
        if layer.name in blobs and (own or blobs[layer.name]):
            fail(layer, "another layer has this name too, and weights are kept by name; rename one of them")
        if len(layer.param) > len(own):
            fail(layer, f"param is given {len(layer.param)} times for {len(own)} blobs of weights")
        for number, blob in enumerate(own):
            check_filler(layer, number, blob)
        blobs[layer.name] = own
    owners, sharers = owned(layers, blobs)
    mults = {owner: Mults(*(mult(name, entries) for name in Mults._fields)) for owner, entries in sharers.items()}
    return {
        name: [Param(blob, owners[name, number], *mults[owners[name, number]]) for number, blob in enumerate(own)]
        for name, own in blobs.items()
    }


def number_of_weights(params):
    """{layer: number of weights that it owns} of the {layer: [Param]} of a net."""
    return {
        name: sum(prod(param.blob.shape) for number, param in enumerate(own) if param.owner == (name, number))
        for name, own in params.items()
    }


def shapes_of(params):
    """{layer: [shape of each of its blobs]} of the {layer: [Param]} of a net."""
    return {name: [param.blob.shape for param in own] for name, own in params.items()}


class Mults(NamedTuple):
    """What the updates of a blob of weights are multiplied by."""

    lr_mult: float
    decay_mult: float


def owned(layers, blobs):
    """({(layer, number): its owner}, {owner: [(layer, ParamSpec)] of all that share it})."""
    by_name, owners, sharers = {}, {}, {}
    for layer, _ in layers:
        for number, (blob, spec) in enumerate(zip(blobs[layer.name], specs(layer, len(blobs[layer.name])))):
            key = layer.name, number
            owner = by_name.setdefault(spec.name, key) if spec.name else key
            check_shape(layer, number, blob, spec, owner, blobs[owner[0]][owner[1]])
            owners[key] = owner
            sharers.setdefault(owner, []).append((layer, spec))
    return owners, sharers


def specs(layer, count):
    """The ParamSpec of each of a layer's `count` blobs of weights. Statistics of BatchNorm are never learned."""
    given = [*layer.param, *[caffe_pb2.ParamSpec()] * (count - len(layer.param))]
    if layer.type != "BatchNorm":
        return given
    for spec in layer.param if len(layer.param) < count else ():  # given for all three, Caffe sets them to 0 itself
        if spec.lr_mult:
            fail(layer, "its three blobs are statistics, which no solver learns; give `lr_mult: 0`, or no param")
    return [caffe_pb2.ParamSpec(name=spec.name, share_mode=spec.share_mode, lr_mult=0) for spec in given]


def check_shape(layer, number, blob, spec, owner, owners_blob):
    """Raise InputError unless a blob has the shape of its owner or, in the mode PERMISSIVE, as many values."""
    is_as_large = prod(blob.shape) == prod(owners_blob.shape)
    if blob.shape == owners_blob.shape or (is_as_large and spec.share_mode == spec.PERMISSIVE):
        return
    remedy = "set share_mode: PERMISSIVE to share it nevertheless" if is_as_large else "give them different names"
    fail(
        layer,
        f"weights {number} have shape {blob.shape}, but their param {spec.name!r} is that of layer {owner[0]!r} of "
        f"shape {owners_blob.shape}; {remedy}",
    )


def mult(field, entries):
    """lr_mult or decay_mult of a blob that the `entries` [(layer, ParamSpec)] share."""
    given = [(layer, getattr(spec, field)) for layer, spec in entries if spec.HasField(field)]
    for layer, value in given[1:]:
        if value != given[0][1]:
            first = given[0][0]
            fail(
                layer,
                f"{field} {value:g} of weights that it shares with layer {first.name!r}, which gives {given[0][1]:g}; "
                "give the same to both, or to one of them only",
            )
    return given[0][1] if given else getattr(caffe_pb2.ParamSpec(), field)
