"""Extract a blob of a trained net for every image of an LMDB.

  python -m tools.extract runs/mine/train_val.prototxt runs/mine/trained.caffemodel \\
      --lmdb runs/lmdb/disfa/val --blob fc2 --out runs/mine/features_val.npz
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.arguments import device
from data_prep.errors import one_clear_error
from tools.engine import ENGINES, run_engine
from tools.net import extraction_net, load_net, save_prototxt
from tools.net_check import check_extraction


def extract(net, weights, lmdb_prefix, blob, out, device="cpu", engine="caffe"):
    """`blob` of `net` (a parsed train_val) for the images at `lmdb_prefix`, in LMDB order, centre crop, no dropout.

    Writes `feature` float32 [n, K] to `out` (.npz) and returns it.
    """
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    net_path = out.with_suffix(".prototxt")
    save_prototxt(net_path, extraction_net(net, lmdb_prefix))
    count = check_extraction(net_path, weights, blob)
    run_engine(engine, ["extract", net_path, weights, "--blob", blob, "--count", count, "--out", out,
                "--device", device], out.with_suffix(".log"))
    return load_blob(out)


def load_blob(path):
    """`feature` float32 [n, K] of a features .npz, as `extract` leaves it."""
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["feature"]


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("net", help="train_val.prototxt of the trained net")
    parser.add_argument("weights", help=".caffemodel")
    parser.add_argument("--lmdb", required=True, help="prefix of the LMDB pair, e.g. runs/lmdb/disfa/val")
    parser.add_argument("--blob", default="fc2", help="default: fc2, the features of the paper")
    parser.add_argument("--out", required=True, help="features .npz")
    parser.add_argument("--engine", choices=ENGINES, default="caffe", help="default %(default)s")
    parser.add_argument("--device", type=device, default="cpu", help="cpu or a GPU number")
    arguments = parser.parse_args(argv)
    feature = extract(load_net(arguments.net), arguments.weights, arguments.lmdb, arguments.blob, arguments.out,
                      arguments.device, arguments.engine)
    print(f"{arguments.out}: {arguments.blob} of {len(feature)} images, {feature.shape[1]} values each")


if __name__ == "__main__":
    main()
