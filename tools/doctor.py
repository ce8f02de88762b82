"""Prove that the setup works: versions, the face detector, one forward and backward of a net under real Caffe.

  python -m tools.doctor [NET]

Needs no data: the net's Data layers become Input layers of the same batch.
"""

import argparse
import platform
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from data_prep.faces.blazeface import BlazeFace
from data_prep.faces.search import CASCADE, load_cascade
from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.system.errors import InputError, one_clear_error
from prototxt import caffe_pb2
from tools.engines.caffe_checks import check_caffe
from tools.engines.process import run_engine
from tools.engines.run_folder import ENGINE_LOG
from tools.net.checks import check_net
from tools.net.prototxt import clone, load_net, save_prototxt
from tools.net.roles import label_count, label_layers
from tools.net.state import in_phase

DEFAULT_NET = "prototxt/disfa/train_val.prototxt"
PACKAGES = {
    "opencv-python-headless": "OpenCV",
    "numpy": "NumPy",
    "scipy": "SciPy",
    "scikit-learn": "scikit-learn",
    "lmdb": "lmdb",
    "protobuf": "protobuf",
    "onnxruntime": "ONNX Runtime",
}


def with_inputs(net):
    """A copy of `net` as TRAIN builds it, each Data layer an Input: gray images, or labels (N, C, 1, 1)."""
    count, labels = label_count(net), label_layers(net)
    copy = clone(net)
    del copy.layer[:]
    for layer in net.layer:
        if not in_phase(layer, caffe_pb2.TRAIN):
            continue
        if layer.type != "Data":
            copy.layer.add().CopyFrom(layer)
            continue
        side = layer.transform_param.crop_size or STORED_SIZE
        image = (count, 1, 1) if layer.name in labels else (1, side, side)
        placed = copy.layer.add(name=layer.name, type="Input", top=layer.top)
        placed.input_param.shape.add(dim=(layer.data_param.batch_size, *image))
    return copy


def prove(net_path):
    """Run the engine's `check` on the net at `net_path` and return its line. The engine's log is kept if it fails."""
    net = with_inputs(load_net(net_path))
    try:
        check_net(net, ["TRAIN"])
    except InputError as error:
        raise InputError(f"{net_path}: {error}") from error
    check_caffe(net, net_path)
    folder = Path(tempfile.mkdtemp(prefix="doctor-"))
    copy, log = folder / "net.prototxt", folder / ENGINE_LOG
    save_prototxt(copy, net)
    run_engine("caffe", ["check", copy], log)
    line = log.read_text().splitlines()[-1].replace(str(copy), str(net_path))
    shutil.rmtree(folder)
    return line


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("net", nargs="?", default=DEFAULT_NET, help="a train_val.prototxt (default: %(default)s)")
    arguments = parser.parse_args(argv)
    versions = [f"{name} {version(package)}" for package, name in PACKAGES.items()]
    print(", ".join([f"Python {platform.python_version()}", *versions]))
    load_cascade()
    BlazeFace()
    print(f"face detectors: {CASCADE} and BlazeFace with its landmarks load")
    print(prove(arguments.net))


if __name__ == "__main__":
    main()
