"""What can be checked before Caffe starts, because Caffe would abort or read garbage.

Every check raises InputError that names the file, the layer or field, and the remedy.
"""

import importlib.util
from pathlib import Path

from google.protobuf.message import Message

from data_prep.subjects.lmdb_pair import check_lmdb
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.caffemodel import fitting
from tools.net.label_values import check_labels
from tools.net.params import net_params, number_of_weights, shapes_of
from tools.net.prototxt import load_net, load_training
from tools.net.roles import is_loss, label_layers
from tools.net.shapes import PHASES, trace
from tools.net.starting_weights import start_of
from tools.net.state import in_phase

FILLERS = {"constant", "gaussian", "positive_unitball", "uniform", "xavier", "msra", "bilinear"}
SOLVERS = {"SGD", "Nesterov", "Adam", "AdaGrad", "RMSProp", "AdaDelta"}
LR_POLICIES = {
    "fixed": (),
    "step": ("gamma", "stepsize"),
    "exp": ("gamma",),
    "inv": ("gamma", "power"),
    "multistep": ("gamma", "stepvalue"),
    "poly": ("power",),
    "sigmoid": ("gamma", "stepsize"),
}


def check_training(solver_path):
    """Check a solver, its net, their LMDBs and the weights to start from. Returns the Start, or None without any."""
    net, solver = load_training(solver_path)
    check_solver(solver, solver_path)
    net_path, params = solver.net, {}
    try:
        for phase in ("TRAIN", "TEST") if sum(solver.test_iter) else ("TRAIN",):
            _, _, found = check_net(net, [phase])
            params = found | params
    except InputError as error:
        raise InputError(f"{net_path}: {error}") from error
    return start_of(solver, params)


def check_extraction(net_path, weights_path, blob):
    """Check an extraction net and its weights file. Returns the number of images in its LMDB."""
    net = load_net(net_path)
    try:
        records, shapes, params = check_net(net, ["TEST"])
    except InputError as error:
        raise InputError(f"{net_path}: {error}") from error
    if blob not in shapes:
        raise InputError(f"{net_path}: no blob {blob!r}; there are: {', '.join(shapes)}")
    needed = [name for name, count in number_of_weights(params).items() if count]
    fitting(weights_path, shapes_of(params), needed)
    return min(records.values())


def check_solver(solver, path):
    """Check field values that Caffe checks too late, or never."""
    if solver.type not in SOLVERS:
        raise InputError(f"{path}: unknown solver type {solver.type!r}; known: {', '.join(sorted(SOLVERS))}")
    if solver.lr_policy not in LR_POLICIES:
        raise InputError(f"{path}: unknown lr_policy {solver.lr_policy!r}; known: {', '.join(LR_POLICIES)}")
    for field in LR_POLICIES[solver.lr_policy]:
        given = len(solver.stepvalue) if field == "stepvalue" else solver.HasField(field)
        if not given:
            raise InputError(f"{path}: lr_policy {solver.lr_policy!r} needs `{field}`")
    if solver.max_iter < 1 or solver.base_lr <= 0:
        raise InputError(f"{path}: max_iter and base_lr must be positive")


def check_net(net, phases):
    """Check layers, shapes and LMDBs of `net` in each of `phases`.

    Returns ({LMDB: records}, {blob: shape}, {layer: [Param]}) of the last of them.
    """
    labels = label_layers(net)
    for layer in net.layer:
        check_layer(layer)
    for name in phases:
        phase = PHASES[name]
        data_layers = [layer for layer in net.layer if layer.type == "Data" and in_phase(layer, phase)]
        if not data_layers and not any(layer.type == "Input" for layer in net.layer):
            raise InputError(f"no Data layer in phase {name}")
        for layer in net.layer if name == "TEST" else ():
            if in_phase(layer, phase):
                check_test_layer(layer)
        records, data_shapes = check_data_layers(data_layers, labels)
        shapes, layers = trace(net, phase, data_shapes)
        params = net_params(layers)
        check_labels(layers, shapes)
        if name == "TRAIN" and not any(is_loss(layer) and in_phase(layer, phase) for layer in net.layer):
            raise InputError("nothing to train on: no loss layer, or the Python loss layer lacks `loss_weight: 1`")
    return records, shapes, params


def check_layer(layer):
    """Check the names of the type, fillers and module of a layer."""
    if not layer.name or not layer.type:
        raise InputError(f"layer {layer.name!r}: name and type are both needed")
    for filler in fillers(layer):
        if filler.type not in FILLERS:
            raise InputError(
                f"layer {layer.name!r}: unknown filler {filler.type!r}; known: {', '.join(sorted(FILLERS))}"
            )
    if layer.type == "Python" and not module_exists(layer.python_param.module):
        raise InputError(
            f"layer {layer.name!r}: no Python module {layer.python_param.module!r}; it is searched for in the "
            "repository root, e.g. layers.multilabel_softmax_loss"
        )


def check_test_layer(layer):
    """Raise InputError if what a layer computes of an image in TEST depends on chance, or on the batch it is in."""
    if layer.type == "BatchNorm" and layer.batch_norm_param.HasField("use_global_stats") and trains_batch_norm(layer):
        raise InputError(
            f"layer {layer.name!r}: use_global_stats: false in TEST makes what it computes of an image depend on the "
            "other images of the batch; leave it out, then TRAIN takes the batch's statistics and TEST the trained ones"
        )


def trains_batch_norm(layer):
    """Whether a BatchNorm layer takes the statistics of the batch in TRAIN."""
    return layer.type == "BatchNorm" and not layer.batch_norm_param.use_global_stats


def fillers(layer):
    """The FillerParameters that the prototxt gives for a layer's weights."""
    for _, parameters in layer.ListFields():
        if isinstance(parameters, Message):
            for _, value in parameters.ListFields():
                if isinstance(value, caffe_pb2.FillerParameter):
                    yield value


def module_exists(name):
    try:
        return bool(name) and importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def check_data_layers(layers, labels):
    """Check the LMDBs of one phase; `labels` are the names of the layers that read labels.

    Returns ({LMDB path: records}, {layer name: blob shape}).
    """
    records, shapes = {}, {}
    for layer in layers:
        source, batch = layer.data_param.source, layer.data_param.batch_size
        if layer.data_param.backend != caffe_pb2.DataParameter.LMDB or not source or not batch:
            raise InputError(f"layer {layer.name!r}: data_param needs source, batch_size and `backend: LMDB`")
        records[source], (channels, height, width) = check_lmdb(source)
        crop = layer.transform_param.crop_size
        if crop > min(height, width):
            raise InputError(
                f"layer {layer.name!r}: crop_size {crop} is larger than the {height} x {width} images "
                f"of {source}; lower it, or prepare larger images (--size, SIZE=)"
            )
        mean_file = layer.transform_param.mean_file
        if mean_file and (layer.transform_param.mean_value or not Path(mean_file).is_file()):
            raise InputError(f"layer {layer.name!r}: mean_file {mean_file!r} must exist, and excludes mean_value")
        if layer.name in labels and (crop or layer.transform_param.mirror or layer.transform_param.mean_value):
            raise InputError(f"layer {layer.name!r}: labels take no transform_param")
        shapes[layer.name] = (batch, channels, crop or height, crop or width)
    if len(set(records.values())) > 1:
        raise InputError(f"LMDBs of unequal length are read out of step: {records}; write them again")
    batches = {layer.data_param.batch_size for layer in layers}
    if len(batches) > 1:
        raise InputError(f"Data layers of one phase have different batch_size: {sorted(batches)}")
    return records, shapes
