"""Extract a blob of a trained net for every image of an LMDB.

  python -m tools.extract runs/mine/train_val.prototxt runs/mine/trained.caffemodel \\
      --lmdb runs/lmdb/disfa/val --blob fc2 --out runs/mine/features_val.npz
"""

import argparse

from data_prep.system.arguments import device
from data_prep.system.errors import one_clear_error
from tools.engines.extraction import extract
from tools.engines.process import ENGINES
from tools.net.prototxt import load_net


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
    feature = extract(
        load_net(arguments.net),
        weights=arguments.weights,
        lmdb_prefix=arguments.lmdb,
        blob=arguments.blob,
        out=arguments.out,
        device=arguments.device,
        engine=arguments.engine,
    )
    print(f"{arguments.out}: {arguments.blob} of {len(feature)} images, {feature.shape[1]} values each")


if __name__ == "__main__":
    main()
