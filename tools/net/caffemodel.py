"""Caffe's .caffemodel files: the one place that reads and writes them.

A .caffemodel is a NetParameter (prototxt/caffe.proto) whose layers carry `blobs`, their weights in Caffe's order. Files
of older Caffes are read too: layers in the field `layers`, four sizes instead of a shape, doubles instead of floats. A
blob without axes, such as the one slope of a PReLU with `channel_shared`, has no shape in the file at all.

Files that strangers made are read by tools/detection/bundle_weights.py.
"""

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
    """A blob as it stands in a file: float32 values of its shape; `is_old`: that is the four sizes of old files."""

    values: np.ndarray
    is_old: bool


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
    return {name: [blob.values for blob in blobs] for name, blobs in stored_layers(path) if blobs}


def load_weights(path, shapes, needed=()):
    """What Caffe copies from the .caffemodel at `path` into a net: layer by layer, by name.

    shapes  {layer: [shape of each of its blobs of weights]} of the net
    needed  the layers that the file must have; Caffe goes on without them
    Returns {layer: [float32 arrays of these shapes]} of the layers that both have. Raises InputError as load_caffemodel
    does, for a layer whose weights differ in number or shape, at which Caffe aborts, and for one that is needed.
    """
    found, stored = {}, stored_layers(path)
    for name, blobs in stored:
        if name not in shapes:
            continue
        if len(blobs) != len(shapes[name]):
            raise InputError(
                f"{path}: layer {name!r} has {len(blobs)} blobs of weights, the net wants {len(shapes[name])}; {REMEDY}"
            )
        for number, (blob, shape) in enumerate(zip(blobs, shapes[name])):
            if not fits(blob, shape):
                raise InputError(
                    f"{path}: weights {number} of layer {name!r} have shape {blob.values.shape}, the net wants "
                    f"{tuple(shape)}; {REMEDY}"
                )
        if blobs:
            found[name] = [blob.values.reshape(shape) for blob, shape in zip(blobs, shapes[name])]
    for name in needed:
        if name not in found:
            holds = ", ".join(name for name, blobs in stored if blobs)
            raise InputError(f"{path}: no weights for layer {name!r}; it holds: {holds}")
    return found


def fits(blob, shape):
    """Whether a StoredBlob has `shape`, as Caffe compares them: the four sizes of an old one begin with ones."""
    return blob.values.shape == ((1,) * (4 - len(shape)) if blob.is_old else ()) + tuple(shape)


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
    shape = [getattr(blob, size) for size in OLD_SIZES] if is_old else blob.shape.dim
    values = np.array(blob.double_data or blob.data, np.float32)
    return StoredBlob(values.reshape(tuple(shape)), is_old)
