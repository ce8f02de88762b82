"""Mean images that a Data layer subtracts: the `mean_file` of its transform_param, as Caffe's compute_image_mean writes
it, a BlobProto of 1 x channels x height x width."""

from pathlib import Path

from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.caffemodel import stored_blob


def load_mean(path, shape=None):
    """float32 [channels, height, width], the mean image in the file at `path`.

    Raises InputError for a file that is missing, of another kind or, if a `shape` is given, of another shape.
    """
    check_is_there(path)
    try:
        blob = stored_blob(caffe_pb2.BlobProto.FromString(Path(path).read_bytes()))
    except Exception as error:  # protobuf's C++ and Python parts raise different kinds
        raise InputError(f"{path}: not a mean image as Caffe has them, a BlobProto ({error})") from error
    if shape is not None and blob.shape != (1, *shape):
        raise InputError(
            f"{path}: a mean image of {blob.shape}, but the LMDB has images of {tuple(shape)}; make it from that LMDB"
        )
    if len(blob.shape) != 4 or blob.shape[0] != 1:
        raise InputError(f"{path}: a blob of {blob.shape}, not a mean image of 1 x channels x height x width")
    return blob.values(blob.shape[1:])


def mean_digests(net):
    """sha256 of each mean_file of a net. Raises InputError where one is missing."""
    paths = [layer.transform_param.mean_file for layer in net.layer if layer.transform_param.mean_file]
    for path in paths:
        check_is_there(path)
    return [file_digest(path) for path in paths]


def check_is_there(path):
    if not Path(path).is_file():
        raise InputError(f"{path}: no such mean_file; correct the path, or give mean_value instead")
