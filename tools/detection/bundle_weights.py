"""The weights of a bundle, checked before any parser of Caffe's format sees them.

A .caffemodel is a NetParameter (prototxt/caffe.proto) whose layers have `blobs` with `shape` and `data`. In such a file
three bytes make a layer, for which a parser takes a hundred times as much memory. So its fields are counted first,
without building anything: but for the data itself, a file is small.
"""

import numpy as np

from prototxt import caffe_pb2
from tools.detection.bundle_checks import MB, refuse
from tools.net.layers import LAYERS

LARGEST_REST = MB // 4  # ours: bytes of all that is not data: names and parameters, about 2 kB
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # kinds of fields on the wire
NET_OLD_LAYERS, NET_LAYER = 2, 100  # numbers of fields
LAYER_NAME, LAYER_BLOBS = 1, 7
BLOB_DATA, BLOB_SHAPE = 5, 7
HEADER = 2  # bytes before the value of a field, at the least


def check_weights(path, content, net, shapes):
    """{layer: [float32 arrays]} from `content`, bytes of a .caffemodel: finite, of the right shapes for a net.

    net     message that bundle_checks.check_net has accepted
    shapes  {blob: shape} of it

    Raises InputError if they are not.
    """
    checked = {}
    try:
        blobs = read_blobs(memoryview(content))
    except Exception as error:  # a file that is broken may raise anything
        refuse(path, f"not the weights of a net ({error})")
    for layer in net.layer:
        rule = LAYERS[layer.type].weights(layer, [shapes[bottom] for bottom in layer.bottom])
        expected, found = [tuple(blob.shape) for blob in rule], blobs.get(layer.name, [])
        if [shape for shape, _ in found] != expected:
            refuse(path, f"layer {layer.name!r} has weights of {[shape for shape, _ in found]!r:.100}, not {expected}")
        if not all(np.isfinite(data).all() for _, data in found):
            refuse(path, f"layer {layer.name!r} has weights that are not finite")
        checked[layer.name] = [data.reshape(shape) for shape, data in found]
    return checked


def read_blobs(content):
    """{layer: [(shape, float32 data)]} of the layers that have weights. Raises ValueError if it cannot be."""
    allowance, blobs = Allowance(), {}
    for number, value in fields(content, allowance):
        if number == NET_OLD_LAYERS:
            raise ValueError("its layers are in the form of an old Caffe")
        if number != NET_LAYER:
            allowance.take(size(value))
            continue
        name, own = read_layer(value, allowance)
        if own and name in blobs:
            raise ValueError(f"two layers {name!r} have weights")
        if own:
            blobs[name] = own
    return blobs


def read_layer(content, allowance):
    """(name, [(shape, data)]) of a LayerParameter."""
    name, blobs = "", []
    for number, value in fields(content, allowance):
        if number == LAYER_BLOBS:
            blobs.append(read_blob(value, allowance))
            continue
        allowance.take(size(value))
        if number == LAYER_NAME:
            name = bytes(value).decode("utf-8")
    return name, blobs


def read_blob(content, allowance):
    """(shape, float32 data) of a BlobProto with a shape and packed data, each once, and nothing else."""
    parts = {}
    for number, value in fields(content, allowance):
        if number in parts or number not in (BLOB_DATA, BLOB_SHAPE) or isinstance(value, int):
            raise ValueError("a blob has other fields than its shape and its data")
        parts[number] = value
        if number == BLOB_SHAPE:
            allowance.take(size(value))
    shape = tuple(caffe_pb2.BlobShape.FromString(bytes(parts.get(BLOB_SHAPE, b""))).dim)
    data = np.frombuffer(parts.get(BLOB_DATA, b""), "<f4")
    if min(shape, default=1) < 1 or len(data) != np.prod([float(side) for side in shape]):
        raise ValueError(f"a blob of shape {shape!r:.60} has {len(data)} values")
    return shape, data


class Allowance:
    """The bytes that may still come besides data."""

    def __init__(self):
        self.left = LARGEST_REST

    def take(self, count):
        """Use up `count` bytes. Raises ValueError if there are not as many left."""
        self.left -= count
        if self.left < 0:
            raise ValueError(f"more than {LARGEST_REST:,} bytes besides the weights")


def fields(content, allowance):
    """Yield (number, value) of the fields of a message: an int, or the bytes of a field that has a length."""
    at = 0
    while at < len(content):
        tag, at = varint(content, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = varint(content, at)
        elif kind in (BYTES, FIXED32, FIXED64):
            length = {FIXED32: 4, FIXED64: 8}.get(kind)
            if length is None:
                length, at = varint(content, at)
            value, at = content[at : at + length], at + length
        else:
            raise ValueError("not in the format of Caffe")
        if at > len(content):
            raise ValueError("it ends early")
        allowance.take(HEADER)
        yield number, value


def size(value):
    """Bytes of a field's value, about."""
    return 1 if isinstance(value, int) else len(value)


def varint(content, at):
    """(value, where the next begins) of a number in groups of 7 bits, the lowest first."""
    value = 0
    for shift in range(0, 70, 7):
        value |= (content[at] & 0x7F) << shift
        at += 1
        if content[at - 1] < 0x80:
            return value, at
    raise ValueError("not in the format of Caffe")
