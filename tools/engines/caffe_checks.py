"""What the Caffe in use computes wrongly: asked of it by a small check, before it trains a net that needs it."""

import functools
import json
import tempfile
from pathlib import Path

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.engines.batch_norm import CLOSE
from tools.engines.process import caffe_python, run_engine
from tools.engines.run_folder import ENGINE_LOG
from tools.net.checks import trains_batch_norm
from tools.net.fields import Limit
from tools.net.state import in_phase

LIMITS = {  # of the packaged Caffe
    "BatchNorm": [
        Limit(
            "in training, which it computes wrongly (ENGINE=torch; or another Caffe, by CAFFE_PYTHON)",
            lambda layer, bottoms: trains_batch_norm(layer),
        )
    ]
}


def check_caffe(net, path, device="cpu"):
    """Raise InputError if `net`, the parsed message of `path`, trains a layer that the Caffe in use computes wrongly.

    Only a net with such a layer starts that Caffe, once in a process.
    """
    layers = [layer for layer in net.layer if in_phase(layer, caffe_pb2.TRAIN) and trains_batch_norm(layer)]
    if not layers:
        return
    python = caffe_python()
    for what, error in batch_norm_errors(python, device).items():
        if not error <= CLOSE:
            raise InputError(
                f"{path}: layer {layers[0].name!r}: the Caffe of {python} computes BatchNorm wrongly in training, as "
                f"the packaged one does: its {what} is off by {error:.2g} times the largest value. Use MVN; or "
                "--engine torch (ENGINE=torch); or use_global_stats with trained statistics; or point CAFFE_PYTHON at "
                "another Caffe"
            )


@functools.lru_cache
def batch_norm_errors(python, device):
    """{what: relative error} of BatchNorm in training under the Caffe of the interpreter `python`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "errors.json"
        run_engine("caffe", ["batch_norm", "--out", out, "--device", device], Path(folder) / ENGINE_LOG)
        return json.loads(out.read_text())
