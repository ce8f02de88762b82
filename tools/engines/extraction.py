"""Extract a blob of a trained net for every image of an LMDB."""

from pathlib import Path

import numpy as np

from tools.engines.process import run_engine
from tools.net.checks import check_extraction
from tools.net.edits import extraction_net
from tools.net.prototxt import save_prototxt


def extract(net, weights, lmdb_prefix, blob, out, device="cpu", engine="caffe"):
    """`blob` of `net` (a parsed train_val) for the images at `lmdb_prefix`, in LMDB order, centre crop, no dropout.

    Writes `feature` float32 [n, K] to `out` (.npz) and returns it.
    """
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    net_path = out.with_suffix(".prototxt")
    save_prototxt(net_path, extraction_net(net, lmdb_prefix))
    count = check_extraction(net_path, weights, blob)
    run_engine(
        engine,
        ["extract", net_path, weights, "--blob", blob, "--count", count, "--out", out, "--device", device],
        out.with_suffix(".log"),
    )
    return load_blob(out)


def load_blob(path):
    """`feature` float32 [n, K] of a features .npz, as `extract` leaves it."""
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["feature"]
