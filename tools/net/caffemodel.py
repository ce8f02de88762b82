"""Caffe's .caffemodel files: the one place that reads and writes them.

A .caffemodel is a NetParameter (prototxt/caffe.proto) whose layers carry `blobs`, their weights in Caffe's order. Files
of older Caffes are read too: layers in the field `layers`, four sizes instead of a shape, doubles instead of floats. A
blob without axes, such as the one slope of a PReLU with `channel_shared`, has no shape in the file at all.

Files that strangers made are read by tools/detection/bundle_weights.py.
"""

from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from prototxt import caffe_pb2

HDF5 = b"\x89HDF"  # how a file begins that `snapshot_format: HDF5` makes
REMEDY = "take the net that they were trained in, or rename the layer in this net to train it afresh"
OLD_SIZES = ("num", "channels", "height", "width")


class StoredBlob(NamedTuple):
    """A blob as it stands in a file. `is_old`: its shape is the four sizes of old files."""

    message: caffe_pb2.BlobProto
    shape: tuple
    is_old: bool

    def values(self, shape=None):
        """Its values as float32, in its own shape or in `shape`."""
        flat = np.array(self.message.double_data or self.message.data, np.float32)
        return flat.reshape(self.shape if shape is None else shape)


def save_caffemodel(path, name, layers):
    """Write the weights of the net `name` as Caffe does. `layers`: [(LayerParameter, [arrays, or none])] in order."""
    message = caffe_pb2.NetParameter(name=name)
    for layer, arrays in layers:
        kept = message.layer.add(name=layer.name, type=layer.type, bottom=layer.bottom, top=layer.top)
        for array in arrays:
            array = np.asarray(array, np.float32)
            blob = kept.blobs.add(data=array.ravel().tolist())
            blob.shape.dim.extend(array.shape)
    with atomic(path) as part:
        part.write_bytes(message.SerializeToString())


def load_caffemodel(path):
    """{layer: [float32 arrays]} of the layers that have weights; arrays of old files have four axes.

    Raises InputError for a file that is missing, cut short or of another kind.
    """
    return {name: [blob.values() for blob in blobs] for name, blobs in stored_layers(path) if blobs}


def load_weights(path, shapes, needed=()):
    """What Caffe copies from the .caffemodel at `path` into a net: layer by layer, by name.

    shapes  {layer: [shape of each of its blobs of weights]} of the net
    needed  the layers that the file must have; Caffe goes on without them
    Returns {layer: [float32 arrays of these shapes]} of the layers that both have. Raises InputError as load_caffemodel
    does, for a layer whose weights differ in number or shape, at which Caffe aborts, and for one that is needed.
    """
    found, _ = fitting(path, shapes, needed)
    return {name: [blob.values(shape) for blob, shape in zip(blobs, shapes[name])] for name, blobs in found.items()}


def fitting(path, shapes, needed=()):
    """({layer: [StoredBlob]} of what load_weights copies, the layers of the file that the net does not have)."""
    found, stored = {}, stored_layers(path)
    for name, blobs in stored:
        if name in shapes:
            check_fit(path, name, blobs, shapes[name])
            found.update({name: blobs} if blobs else {})
    for name in needed:
        if name not in found:
            holds = ", ".join(name for name, blobs in stored if blobs)
            raise InputError(f"{path}: no weights for layer {name!r}; it holds: {holds}")
    return found, [name for name, blobs in stored if blobs and name not in shapes]


def check_fit(path, name, blobs, shapes):
    """Raise InputError unless the StoredBlobs of a layer have `shapes`, as Caffe compares them."""
    if len(blobs) != len(shapes):
        raise InputError(
            f"{path}: layer {name!r} has {len(blobs)} blobs of weights, the net wants {len(shapes)}; {REMEDY}"
        )
    for number, (blob, shape) in enumerate(zip(blobs, shapes)):
        ones = (1,) * (4 - len(shape)) if blob.is_old else ()  # with which the four sizes of an old blob begin
        if blob.shape != ones + tuple(shape):
            raise InputError(
                f"{path}: weights {number} of layer {name!r} have shape {blob.shape}, the net wants {tuple(shape)}; "
                f"{REMEDY}"
            )


def stored_layers(path):
    """[(layer, [StoredBlob])] in the order of the file. Raises InputError as load_caffemodel does."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such .caffemodel; train the net first, or correct the path")
    content = path.read_bytes()
    if content.startswith(HDF5):
        raise InputError(
            f"{path}: weights as HDF5, which only Caffe reads; save them with snapshot_format: BINARYPROTO"
        )
    try:
        layers = (
            caffe_pb2.OldNetParameter.FromString(content).layers or caffe_pb2.NetParameter.FromString(content).layer
        )
        stored = [(layer.name, [stored_blob(blob) for blob in layer.blobs]) for layer in layers]
    except Exception as error:  # protobuf's C++ and Python parts raise different kinds
        raise InputError(f"{path}: not a complete .caffemodel ({error}); train the net again") from error
    if not any(blobs for _, blobs in stored):
        raise InputError(f"{path}: not a .caffemodel with weights (it holds none); train the net first")
    return stored


def stored_blob(blob):
    """The StoredBlob of a BlobProto. Raises ValueError where its values do not fill its shape."""
    is_old = any(blob.HasField(size) for size in OLD_SIZES)
    shape = tuple(getattr(blob, size) for size in OLD_SIZES) if is_old else tuple(blob.shape.dim)
    values = len(blob.double_data or blob.data)
    if values != prod(shape):
        raise ValueError(f"a blob of shape {shape} has {values} values")
    return StoredBlob(blob, shape, is_old)
