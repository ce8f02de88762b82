"""Extract a blob of a trained net for every image of an LMDB."""

from pathlib import Path

import numpy as np

from tools.engines.process import run_engine
from tools.engines.server import served
from tools.net.checks import check_extraction
from tools.net.edits import extraction_net
from tools.net.prototxt import save_prototxt


def extract(net, weights, lmdb_prefix, blob, out, device="cpu", engine="caffe"):
    """`blob` of `net` (a parsed train_val) for the images at `lmdb_prefix`, in LMDB order.

    Images are cropped at the center; nothing is dropped out. Writes `feature` float32 [n, K] to `out` (.npz), and
    returns it.
    """
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    net_path = out.with_suffix(".prototxt")
    save_prototxt(net_path, extraction_net(net, lmdb_prefix))
    count = check_extraction(net_path, weights, blob)
    options = ["--blob", blob, "--count", count, "--out", out, "--device", device.split(",")[0]]
    arguments = ["extract", net_path, weights, *options]
    if engine != "torch" or not served(arguments):
        run_engine(engine, arguments, log_path=out.with_suffix(".log"))
    return load_blob(out)


def load_blob(path):
    """`feature` float32 [n, K] of a features .npz that `extract` has written."""
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["feature"]
