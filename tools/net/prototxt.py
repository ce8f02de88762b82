"""Read and write prototxt nets and solvers, and find the layers in them.

Two conventions: a Data layer whose top is "label" reads labels, any other one images; the layer that feeds the loss is
an InnerProduct.
"""

from pathlib import Path

from google.protobuf import text_format

from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from prototxt import caffe_pb2
from tools.net.layers import LAYERS

LABEL = "label"
SOURCES = {name for name, known in LAYERS.items() if known.is_source}
LOSSES = {name for name, known in LAYERS.items() if known.is_loss}


def load_prototxt(path, message):
    """Parse `path` into `message`. Raises InputError with file, line, column and the unknown field's name."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        return text_format.Parse(text, message)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such prototxt") from error
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise InputError(f"{path}:{error} Correct it; prototxt/caffe.proto has all fields that are known.") from error


def load_net(path):
    """The net at `path`, a message. Raises InputError for what cannot be parsed, and for a Data layer of two tops."""
    net = load_prototxt(path, caffe_pb2.NetParameter())
    for layer in net.layer:
        if layer.type == "Data" and len(layer.top) > 1:
            raise InputError(
                f"{path}: layer {layer.name!r} makes {' and '.join(layer.top)}; here images and labels have an LMDB "
                "and a Data layer each, as in prototxt/disfa/train_val.prototxt: a face has many labels"
            )
    return net


def load_solver(path):
    return load_prototxt(path, caffe_pb2.SolverParameter())


def save_prototxt(path, message):
    with atomic(path) as part:
        part.write_text(text_format.MessageToString(message), encoding="utf-8")


def in_phase(layer, phase):
    """Whether Caffe builds `layer` in `phase` (caffe_pb2.TRAIN or TEST): its include and exclude rules.

    The net is at level 0 and in no stage, as `check_net` makes sure.
    """

    def meets(rule):
        is_phase = not rule.HasField("phase") or rule.phase == phase
        return is_phase and rule.min_level <= 0 <= rule.max_level and not rule.stage

    if layer.include:
        return any(meets(rule) for rule in layer.include)
    return not any(meets(rule) for rule in layer.exclude)


def is_loss(layer):
    return layer.type in LOSSES or any(layer.loss_weight)


def last_layer(net):
    """The InnerProduct layer whose top the loss compares with the labels. Raises InputError if there is none."""
    by_top = {layer.top[0]: layer for layer in net.layer if layer.type == "InnerProduct" and layer.top}
    for loss in filter(is_loss, net.layer):
        for bottom in loss.bottom:
            if bottom in by_top:
                return by_top[bottom]
    raise InputError(f"net {net.name!r}: no InnerProduct layer feeds a loss (is loss_weight set on the Python layer?)")


def is_label(layer):
    return LABEL in layer.top


def clone(message):
    copy = type(message)()
    copy.CopyFrom(message)
    return copy
