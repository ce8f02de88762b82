"""Whether an ONNX model computes the net that an engine has trained: its blobs against the engine's, image by image."""

import tempfile
from pathlib import Path

import numpy as np

from data_prep.subjects.lmdb_pair import image_lmdb, write_lmdb
from tools.engines.extraction import extract
from tools.net.caffemodel import load_caffemodel
from tools.net.edits import blobs_of_images, deploy_net
from tools.net.preprocessing import preprocessing_of
from tools.onnx.model import model_bytes
from tools.onnx.runtime import Runtime

PROOF_IMAGES = 256  # ours: evenly among those that there are
LARGEST_ERROR = 1e-4  # ours: relative to the largest value; engines agree to 2e-5


def evenly(count):
    """int64: the indices of at most PROOF_IMAGES of `count`, evenly spaced."""
    return np.linspace(0, count - 1, min(count, PROOF_IMAGES)).astype(int)


def relative_error(values, expected):
    """The largest difference of two arrays, relative to the largest value expected."""
    return float(np.abs(values - expected).max() / max(np.abs(expected).max(), np.finfo(np.float32).tiny))


def first_difference(net, weights, pixels, engine, device, blobs=None):
    """(blob, relative error) of the first blob of a trained net that ONNX computes otherwise than the engine, or None.

    net      parsed train_val
    weights  path of its .caffemodel
    pixels   [n, channels, H, W], uint8 or float32: images as an LMDB holds them, of which a few are compared
    blobs    names of those to compare, all by default
    """
    pixels = pixels[evenly(len(pixels))]
    with tempfile.TemporaryDirectory() as scratch:
        few = Path(scratch) / "few"
        write_lmdb(image_lmdb(few), pixels)
        for blob in blobs or blobs_of_images(net):
            expected = extract(net, weights, few, blob, Path(scratch) / "blob.npz", device, engine)
            error = relative_error(computed(net, weights, blob, pixels), expected)
            if not error <= LARGEST_ERROR:
                return blob, error
    return None


def computed(net, weights, blob, pixels):
    """float32 [n, K]: `blob` of images by ONNX."""
    seen = preprocessing_of(net).apply(pixels)
    values = Runtime(trained_model(net, weights, [blob], seen.shape)).run(seen)[blob]
    return values.reshape(len(values), -1)


def trained_model(net, weights, blobs, shape):
    """The bytes of the ONNX model of a trained net.

    net      parsed train_val
    weights  path of its .caffemodel
    blobs    names of what it makes
    shape    (n, channels, H, W) of what the net sees
    """
    deploy = deploy_net(net, (1, *shape[1:]))
    return model_bytes(deploy, load_caffemodel(weights), blobs, preprocessing_of(net))
