"""What can be checked before Caffe starts, because Caffe would abort or read garbage.

Every check raises InputError that names the file, the layer or field, and the remedy.
"""

import importlib.util

from google.protobuf.message import Message

from data_prep.subjects.lmdb_pair import check_lmdb
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.caffemodel import fitting
from tools.net.label_values import check_labels
from tools.net.mean_file import load_mean
from tools.net.params import net_params, number_of_weights, shapes_of
from tools.net.prototxt import load_net, load_training
from tools.net.roles import is_loss, label_layers
from tools.net.shapes import PHASES, trace
from tools.net.solver_checks import check_values
from tools.net.starting_weights import start_of
from tools.net.state import in_phase

FILLERS = {"constant", "gaussian", "positive_unitball", "uniform", "xavier", "msra", "bilinear"}


def check_training(solver_path):
    """Check a solver, its net, their LMDBs and the weights to start from. Returns the Start, or None without any."""
    net, solver = load_training(solver_path)
    check_solver(solver, solver_path)
    net_path, params = solver.net, {}
    try:
        check_inputs(net)
        for phase in ("TRAIN", "TEST") if sum(solver.test_iter) else ("TRAIN",):
            _, _, found = check_net(net, [phase])
            params = found | params
    except InputError as error:
        raise InputError(f"{net_path}: {error}") from error
    return start_of(solver, params)


def check_inputs(net):
    """Raise InputError for an Input layer in a net to be trained."""
    for layer in net.layer:
        if layer.type == "Input":
            raise InputError(f"layer {layer.name!r}: nothing gives an Input layer values in training; use a Data layer")


def check_extraction(net_path, weights_path, blob):
    """Check an extraction net and its weights file. Returns the number of images in its LMDB."""
    net = load_net(net_path)
    try:
        records, shapes, params = check_net(net, ["TEST"])
    except InputError as error:
        raise InputError(f"{net_path}: {error}") from error
    if blob not in shapes:
        raise InputError(f"{net_path}: no blob {blob!r}; there are: {', '.join(shapes)}")
    batch = next(layer.data_param.batch_size for layer in net.layer if layer.type == "Data")
    if shapes[blob][:1] != (batch,):
        raise InputError(
            f"{net_path}: blob {blob!r} has shape {shapes[blob]} for {batch} images; features have a row for each image"
        )
    needed = [name for name, count in number_of_weights(params).items() if count]
    fitting(weights_path, shapes_of(params), needed)
    return min(records.values())


def check_solver(solver, path):
    """Check field values that Caffe checks too late, or never."""
    check_values(solver, path)


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
    if layer.include and layer.exclude:
        raise InputError(f"layer {layer.name!r}: has both include and exclude rules; Caffe takes one kind")
    if layer.HasField("phase"):
        raise InputError(f"layer {layer.name!r}: `phase` does not choose a layer; write include {{ phase: ... }}")
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
    if layer.type == "Data" and layer.transform_param.mirror:
        raise InputError(
            f"layer {layer.name!r}: mirror: true in TEST mirrors at random there too, so that validation and features "
            "would be random; give TEST a Data layer of its own without it, as prototxt/disfa/train_val.prototxt has"
        )
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


def check_transform(layer, shape, is_label):
    """Raise InputError for what a Data layer cannot do to the records of its LMDB, of `shape` (channels, h, w)."""
    p, (channels, height, width) = layer.transform_param, shape
    if p.crop_size > min(height, width):
        raise InputError(
            f"layer {layer.name!r}: crop_size {p.crop_size} is larger than the {height} x {width} images "
            f"of {layer.data_param.source}; lower it, or prepare larger images (--size, SIZE=)"
        )
    if is_label and (p.crop_size or p.mirror or p.mean_value or p.mean_file):
        raise InputError(f"layer {layer.name!r}: labels take no transform_param")
    if p.mean_file and p.mean_value:
        raise InputError(f"layer {layer.name!r}: mean_file excludes mean_value; give one of them")
    if len(p.mean_value) not in (0, 1, channels):
        raise InputError(
            f"layer {layer.name!r}: mean_value is given {len(p.mean_value)} times for {channels} channels; give it "
            "once, or once for each"
        )
    if p.mean_file:
        load_mean(p.mean_file, shape)
    if p.force_color or p.force_gray:
        raise InputError(
            f"layer {layer.name!r}: force_color and force_gray are for encoded pictures; these LMDBs hold pixels, on "
            "which they have no effect; leave them out"
        )


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
        check_transform(layer, (channels, height, width), layer.name in labels)
        crop = layer.transform_param.crop_size
        shapes[layer.name] = (batch, channels, crop or height, crop or width)
    if len(set(records.values())) > 1:
        raise InputError(f"LMDBs of unequal length are read out of step: {records}; write them again")
    batches = {layer.data_param.batch_size for layer in layers}
    if len(batches) > 1:
        raise InputError(f"Data layers of one phase have different batch_size: {sorted(batches)}")
    return records, shapes
