"""Read and write prototxt nets and solvers."""

from pathlib import Path

from google.protobuf import text_format

from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from prototxt import caffe_pb2
from tools.net.state import reduced, without_states


def load_prototxt(path, message):
    """Parse `path` into `message`. Raises InputError with file, line, column and the unknown field's name."""
    try:
        text = Path(path).read_text(encoding="utf-8")
        return text_format.Parse(text, message)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such prototxt") from error
    except (text_format.ParseError, UnicodeDecodeError) as error:
        raise InputError(f"{path}:{error} Correct it; prototxt/caffe.proto has all fields that are known.") from error


def load_net(path, solver=None):
    """The net at `path`, a message, as its state (and that of the SolverParameter that trains it) builds it: its layers
    have no rules but on the phase (tools/net/state.py).

    Raises InputError for what cannot be parsed or built, and for a Data layer of two tops.
    """
    net = load_prototxt(path, caffe_pb2.NetParameter())
    for layer in net.layer:
        if layer.type == "Data" and len(layer.top) > 1:
            raise InputError(
                f"{path}: layer {layer.name!r} makes {' and '.join(layer.top)}; here images and labels have an LMDB "
                "and a Data layer each, as in prototxt/disfa/train_val.prototxt: a face has many labels"
            )
    try:
        return reduced(with_input_layers(net), solver)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def with_input_layers(net):
    """A copy of `net` with Input layers for the blobs that its field `input` names, as Caffe reads such older nets."""
    copy, dims = clone(net), list(net.input_dim)
    shapes = [shape.dim for shape in net.input_shape] or [dims[k : k + 4] for k in range(0, len(dims), 4)]
    if len(shapes) != len(net.input):
        raise InputError(f"`input` names {len(net.input)} blobs, but there are shapes of {len(shapes)}; give each one")
    for field in ("input", "input_shape", "input_dim", "layer"):
        copy.ClearField(field)
    for name, shape in zip(net.input, shapes):
        copy.layer.add(name=name, type="Input", top=[name]).input_param.shape.add(dim=shape)
    copy.layer.extend(net.layer)
    return copy


def load_solver(path):
    return load_prototxt(path, caffe_pb2.SolverParameter())


def load_training(solver_path):
    """(net, solver) of a solver prototxt, which names its net: the net as the solver's states build it, and the solver
    without them."""
    solver = load_solver(solver_path)
    if not solver.net:
        raise InputError(f"{solver_path}: `net` is missing; name the train_val.prototxt")
    return load_net(solver.net, solver), without_states(solver)


def save_prototxt(path, message):
    with atomic(path) as part:
        part.write_text(text_format.MessageToString(message), encoding="utf-8")


def clone(message):
    copy = type(message)()
    copy.CopyFrom(message)
    return copy
