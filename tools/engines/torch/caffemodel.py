"""Caffe's own .caffemodel files, written and read by a TorchNet."""

import math
from pathlib import Path

import numpy as np
import torch

from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from prototxt import caffe_pb2


def save_caffemodel(path, net, row):
    """Write the weights of net number `row` of a TorchNet as Caffe's own .caffemodel."""
    message = caffe_pb2.NetParameter(name=net.name)
    for layer in net.layers:
        kept = message.layer.add(name=layer.name, type=layer.type, bottom=layer.bottom, top=layer.top)
        for weight in net.weights[layer.name]:
            value = weight.value[row].detach().cpu()
            blob = kept.blobs.add(data=value.flatten().tolist())
            blob.shape.dim.extend(value.shape)
    with atomic(path) as part:
        part.write_bytes(message.SerializeToString())


def load_caffemodel(path, net):
    """Set the weights of a TorchNet of one net from a .caffemodel, by layer name, as Caffe does.

    Raises InputError for a file of another kind, and for weights that are missing or of another shape.
    """
    message = caffe_pb2.NetParameter()
    try:
        message.ParseFromString(Path(path).read_bytes())
    except Exception as error:  # protobuf's C++ and Python parts raise different kinds
        raise InputError(f"{path}: not a .caffemodel ({error}); train the net again") from error
    stored = {layer.name: layer.blobs for layer in message.layer}
    for name, weights in net.weights.items():
        if weights and name not in stored:
            raise InputError(f"{path}: no weights of layer {name!r}; it holds: {', '.join(stored) or 'nothing'}")
        blobs = stored.get(name, ())
        if name in stored and len(blobs) != len(weights):
            raise InputError(f"{path}: layer {name!r} has {len(blobs)} blobs of weights, the net wants {len(weights)}")
        for number, (weight, blob) in enumerate(zip(weights, blobs)):
            wanted = tuple(weight.value.shape[1:])
            values = np.array(blob.data or blob.double_data, np.float32)
            if not fits(blob, wanted) or len(values) != math.prod(wanted):
                raise InputError(
                    f"{path}: weights {number} of layer {name!r} have shape {stored_shape(blob)}, the net "
                    f"wants {wanted}; the file holds {len(values)} values"
                )
            with torch.no_grad():
                weight.value[0] = torch.from_numpy(values.reshape(wanted))


def is_old(blob):
    """Whether a BlobProto gives four sizes instead of a shape, as all did once."""
    return any(blob.HasField(size) for size in ("num", "channels", "height", "width"))


def stored_shape(blob):
    """The shape of a BlobProto."""
    return (blob.num, blob.channels, blob.height, blob.width) if is_old(blob) else tuple(blob.shape.dim)


def fits(blob, shape):
    """Whether a BlobProto has `shape`, as Caffe compares them: the four sizes of an old one begin with ones."""
    return stored_shape(blob) == ((1,) * (4 - len(shape)) + shape if is_old(blob) else shape)
