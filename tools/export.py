"""Write a trained net as an ONNX model, for programs without Caffe: C++, web, phones.

  python -m tools.export runs/mine/train_val.prototxt runs/mine/trained.caffemodel --out runs/mine/model.onnx

The model takes images that were preprocessed as the Data layer of the net's TEST phase does; its metadata say how (key
"preprocessing"). Nothing is written before the model has computed what the engine computes, of images of the training
set (or of --lmdb): features more than 1e-4 of the largest apart are an error that names the first blob that differs.
"""

import argparse

from data_prep.subjects.lmdb_pair import image_lmdb, load_lmdb
from data_prep.system.arguments import device
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import atomic
from prototxt import caffe_pb2
from tools.engines.process import ENGINES
from tools.net.preprocessing import check_channels, preprocessing_of
from tools.net.prototxt import load_net
from tools.net.roles import image_layer, last_layer
from tools.onnx.proof import LARGEST_ERROR, evenly, first_difference, trained_model


def export(net, weights, blobs, pixels, out, engine="caffe", device="cpu"):
    """Write the ONNX model that makes `blobs` of a trained net to `out`, proven on images as an LMDB holds them.

    net      parsed train_val
    weights  path of its .caffemodel
    pixels   [n, channels, H, W], uint8 or float32
    Raises InputError if it would compute another net than the engine.
    """
    preprocessing = preprocessing_of(net)
    check_channels(preprocessing, pixels.shape[1])
    model = trained_model(net, weights, blobs, preprocessing.apply(pixels[:1]).shape)
    wrong = first_difference(net, weights, pixels, engine, device, blobs)
    if wrong:
        blob, error = first_difference(net, weights, pixels, engine, device) or wrong
        raise InputError(
            f"{out}: not written, as it would compute another net than {engine}: the first blob that differs is "
            f"{blob!r}, {error:.1e} off (at most {LARGEST_ERROR:.0e} of its largest value)"
        )
    with atomic(out) as part:
        part.write_bytes(model)


def images_of(net, prefix):
    """[n, channels, H, W]: the images that a net trains on, or those at the prefix of an LMDB pair."""
    if prefix:
        return load_lmdb(image_lmdb(prefix))
    try:
        return load_lmdb(image_layer(net, caffe_pb2.TRAIN).data_param.source)
    except InputError as error:
        raise InputError(
            f"{error}; the LMDBs of a fold are deleted when it is done: give --lmdb, or take the model.onnx of its "
            "bundle (make bundle FOLD=...)"
        ) from error


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("net", help="train_val.prototxt of the trained net")
    parser.add_argument("weights", help=".caffemodel")
    parser.add_argument("--out", required=True, help="the model, e.g. model.onnx")
    parser.add_argument(
        "--blob", action="append", help="what the model makes; may be given several times (default: the last layer)"
    )
    parser.add_argument("--lmdb", help="prefix of an LMDB pair of images to prove it on (default: the training set)")
    parser.add_argument("--engine", choices=ENGINES, default="caffe", help="that has trained it (default %(default)s)")
    parser.add_argument("--device", type=device, default="cpu", help="cpu or a GPU number")
    arguments = parser.parse_args(argv)
    net = load_net(arguments.net)
    try:
        blobs = arguments.blob or [last_layer(net).top[0]]
        pixels = images_of(net, arguments.lmdb)
        export(net, arguments.weights, blobs, pixels, arguments.out, arguments.engine, arguments.device)
    except InputError as error:
        raise InputError(f"{arguments.net}: {error}") from error
    print(f"{arguments.out}: makes {', '.join(blobs)} as {arguments.engine} does, by {len(evenly(len(pixels)))} images")


if __name__ == "__main__":
    main()
