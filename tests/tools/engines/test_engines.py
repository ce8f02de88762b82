"""Training and extraction by real Caffe, and its failures."""

import cv2
import numpy as np
import pytest

from data_prep.subjects.lmdb_pair import read_lmdb, write_lmdb_pair
from data_prep.system.errors import InputError
from data_prep.system.files import remove
from prototxt import caffe_pb2
from tests.conftest import striped_images
from tools.engines.extraction import extract
from tools.engines.process import EngineError, TrainingDiverged
from tools.engines.run_folder import load_losses
from tools.engines.training import train


def test_training_leaves_weights_log_and_nets(net, solver, run_folder):
    weights = train(net, solver, run_folder / "run")
    training, validation = load_losses(run_folder / "run")
    assert [iteration for iteration, _ in training] == [2, 4, 6] == [iteration for iteration, _ in validation]
    assert weights.stat().st_size > 4 * 104_431
    assert (run_folder / "run/deploy.prototxt").is_file()
    assert not list((run_folder / "run").glob("*.part*"))


def test_validation_loss_is_that_of_eq_1_over_all_validation_images(net, solver, run_folder):
    solver.max_iter = solver.test_interval = 2
    weights = train(net, solver, run_folder / "run")
    score = extract(net, weights, run_folder / "val", "fc2", run_folder / "val.npz").astype(np.float64)
    label = np.array([list(datum.float_data) for _, datum in read_lmdb(run_folder / "val_label_lmdb")])
    log_p = score - np.log(np.exp(score).sum(axis=1, keepdims=True))
    assert load_losses(run_folder / "run")[1] == [(2, pytest.approx(-(label * log_p).sum() / len(label), rel=1e-5))]


def test_the_same_seed_gives_the_same_weights_to_the_bit(net, solver, run_folder):
    first, second = (train(net, solver, run_folder / name).read_bytes() for name in ("a", "b"))
    solver.random_seed += 1
    assert first == second != train(net, solver, run_folder / "c").read_bytes()


def test_training_learns_what_the_pictures_show(net, solver, run_folder):
    solver.max_iter, solver.base_lr, solver.momentum = 80, 0.01, 0.5
    solver.test_iter[:] = []
    weights = train(net, solver, run_folder / "run")
    training, _ = load_losses(run_folder / "run")
    assert training[-1][1] < 0.9 * training[0][1]
    features = extract(net, weights, run_folder / "train", "fc2", run_folder / "f.npz")
    assert features.std(axis=0).min() > 0


def test_training_stops_patience_after_the_best_validation_loss(net, solver, run_folder):
    """Validation labels are the opposite of the training labels, so its loss rises from the start."""
    image, label = striped_images(32, 13, seed=9)
    label = np.zeros_like(label)
    label[:, 0] = 1
    opposite = np.zeros_like(label)
    opposite[:, 1] = 1
    for name, labels in (("train", label), ("val", opposite)):
        write_lmdb_pair(run_folder / name, image, labels)
    solver.max_iter = 40
    train(net, solver, run_folder / "run")
    _, validation = load_losses(run_folder / "run")
    assert validation == sorted(validation, key=lambda entry: entry[1])
    assert validation[-1][0] == 2 + 40 // 5


def test_features_come_in_lmdb_order_whatever_the_batch(net, solver, run_folder):
    solver.max_iter = 2
    weights = train(net, solver, run_folder / "run")
    full = extract(net, weights, run_folder / "val", "fc2", run_folder / "full.npz")
    for layer in net.layer:
        if layer.type == "Data":
            layer.data_param.batch_size = 7  # 32 is no multiple of 7
    part = extract(net, weights, run_folder / "val", "fc2", run_folder / "part.npz")
    assert full.shape == (32, 13) and full.std(axis=0).min() > 0
    assert part == pytest.approx(full, abs=1e-5)


def test_deploy_net_gives_the_extracted_features_elsewhere_too(net, solver, run_folder):
    """OpenCV's own Caffe importer, on center crops scaled by hand."""
    weights = train(net, solver, run_folder / "run")
    features = extract(net, weights, run_folder / "val", "fc2", run_folder / "f.npz")
    pixels = [
        np.frombuffer(datum.data, np.uint8).reshape(44, 44) for _, datum in read_lmdb(run_folder / "val_image_lmdb")
    ]
    crops = (np.array(pixels)[:, None, 2:42, 2:42].astype(np.float32) - 128) * 0.0078431373
    deploy = cv2.dnn.readNetFromCaffe(str(run_folder / "run/deploy.prototxt"), str(weights))
    deploy.setInput(crops)
    assert features.std(axis=0).min() > 0
    assert deploy.forward("fc2") == pytest.approx(features, abs=1e-4)


def test_editing_num_output_of_conv1_changes_training_and_extraction(net, solver, run_folder):
    conv1 = next(layer for layer in net.layer if layer.name == "conv1")
    conv1.convolution_param.num_output = 7
    solver.max_iter = 2
    weights = train(net, solver, run_folder / "run")
    trained = caffe_pb2.NetParameter.FromString(weights.read_bytes())
    assert {layer.name: list(layer.blobs[0].shape.dim) for layer in trained.layer if layer.blobs}["conv1"] == [
        7,
        1,
        5,
        5,
    ]
    assert extract(net, weights, run_folder / "val", "conv1", run_folder / "f.npz").shape == (32, 7 * 36 * 36)


def change(message, path, value):
    """Set a field of a net's layer: change(net, "conv1.type", "Convolve")."""
    name, field = path.split(".", 1)
    for layer in message.layer:
        if layer.name == name:
            *outer, last = field.split(".")
            for step in outer:
                layer = getattr(layer, step)
            if isinstance(value, list):
                getattr(layer, last)[:] = value
            else:
                setattr(layer, last, value)


@pytest.mark.parametrize(
    "path, value, message",
    [
        ("conv1.type", "Convolve", "train_val.prototxt: layer 'conv1'.*unknown layer type 'Convolve'"),
        ("conv2.bottom", ["pool_1"], "train_val.prototxt: layer 'conv2'.*bottom 'pool_1'.*pool1"),
        ("conv1.convolution_param.weight_filler.type", "xavir", "layer 'conv1': unknown filler 'xavir'"),
        ("conv1.convolution_param.kernel_size", [50], "layer 'conv1'.*kernel 50"),
        (
            "fc2.inner_product_param.num_output",
            12,
            "layer 'loss'.*last layer's num_output must be the number of labels",
        ),
        ("loss.loss_weight", [], "lacks `loss_weight: 1`"),
        ("loss.python_param.module", "layers.multilabel_softmx", "layer 'loss': no Python module"),
        ("data.data_param.source", "nowhere/train_image_lmdb", "nowhere/train_image_lmdb: no LMDB here"),
        ("data.transform_param.crop_size", 50, "layer 'data': crop_size 50 is larger"),
        ("data.data_param.batch_size", 8, "different batch_size"),
        ("conv1.phase", 0, "layer 'conv1': `phase` does not choose a layer; write include"),
        ("pool1.pooling_param.pool", 2, "layer 'pool1' .* STOCHASTIC, which Caffe cannot do on processors"),
        ("drop1.dropout_param.dropout_ratio", 1, "layer 'drop1' .* a dropout_ratio of 1 or more"),
        ("data.transform_param.mirror", True, "layer 'data': mirror: true in TEST mirrors at random"),
        ("data.transform_param.force_color", True, "layer 'data': force_color and force_gray are for encoded pictures"),
        ("data.transform_param.mean_value", [1, 2], "layer 'data': mean_value is given 2 times for 1 channels"),
        ("data.transform_param.mean_file", "mean", "layer 'data': mean_file excludes mean_value"),
        ("label.transform_param.mean_file", "mean", "layer 'label': labels take no transform_param"),
    ],
)
def test_a_mistake_in_the_net_is_found_before_caffe_starts(net, solver, run_folder, path, value, message):
    change(net, path, value)
    with pytest.raises(InputError, match=message):
        train(net, solver, run_folder / "run")
    assert not (run_folder / "run/engine.log").exists()


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("type", "SDG", "unknown solver type 'SDG'"),
        ("lr_policy", "stepp", "unknown lr_policy 'stepp'"),
        ("lr_policy", "step", "needs `gamma`"),
        ("max_iter", 0, "must be positive"),
        ("regularization_type", "L3", "unknown regularization_type 'L3'; known: L1, L2"),
        ("iter_size", 0, "iter_size 0 must be 1 or more"),
        ("average_loss", 0, "average_loss 0 must be 1 or more"),
        ("gamma", -0.5, "gamma -0.5 must be 0 or more"),
        ("stepsize", 0, "stepsize 0 must be 1 or more"),
        ("type", "AdaGrad", "momentum cannot be used with the solver type AdaGrad; remove it"),
        ("type", "RMSProp", "momentum cannot be used with the solver type RMSProp"),
    ],
)
def test_a_mistake_in_the_solver_is_found_before_caffe_starts(net, solver, run_folder, field, value, message):
    setattr(solver, field, value)
    with pytest.raises(InputError, match=f"solver.prototxt: .*{message}"):
        train(net, solver, run_folder / "run")


def test_lmdbs_of_unequal_length_are_refused(net, solver, run_folder):
    image, label = striped_images(10, 13)
    write_lmdb_pair(run_folder / "short", image, label)
    remove(run_folder / "train_label_lmdb")
    (run_folder / "short_label_lmdb").rename(run_folder / "train_label_lmdb")
    with pytest.raises(InputError, match="unequal length"):
        train(net, solver, run_folder / "run")


def test_a_loss_that_is_not_finite_stops_training_with_a_hint(net, solver, run_folder):
    solver.base_lr = 1e12
    with pytest.raises(TrainingDiverged, match="run/solver.prototxt: the .* loss is .* at iteration .*lower base_lr"):
        train(net, solver, run_folder / "run")
    assert not (run_folder / "run/trained.caffemodel").exists()


def test_other_failures_are_not_taken_for_divergence(net, solver, run_folder):
    change(net, "loss.python_param.layer", "NoSuchLayer")
    with pytest.raises(EngineError) as error:
        train(net, solver, run_folder / "run")
    assert not isinstance(error.value, TrainingDiverged)


def test_a_gpu_on_a_caffe_without_cuda_is_one_clear_error(net, solver, run_folder):
    with pytest.raises(EngineError, match="built without CUDA"):
        train(net, solver, run_folder / "run", device="0")


def test_a_death_of_caffe_carries_its_last_fatal_line(net, solver, run_folder, add_layer):
    add_layer(net, 'name: "self" type: "SigmoidCrossEntropyLoss" bottom: "fc2" bottom: "fc2" top: "self"')
    with pytest.raises(EngineError, match="Caffe stopped: .*cannot backpropagate to label inputs.*engine.log"):
        train(net, solver, run_folder / "run")


def test_an_error_in_a_python_layer_is_passed_on(net, solver, run_folder):
    change(net, "loss.python_param.layer", "NoSuchLayer")
    with pytest.raises(EngineError, match="no attribute 'NoSuchLayer'"):
        train(net, solver, run_folder / "run")


def test_weights_of_every_layer_that_has_any_must_be_in_the_caffemodel(net, solver, run_folder, add_layer):
    solver.max_iter = 2
    weights = train(net, solver, run_folder / "run")
    loss = net.layer[-1].__deepcopy__()
    del net.layer[-1]
    add_layer(net, 'name: "slope" type: "PReLU" bottom: "fc2" top: "fc2"')
    net.layer.add().CopyFrom(loss)
    with pytest.raises(InputError, match="no weights for layer 'slope'"):
        extract(net, weights, run_folder / "val", "fc2", run_folder / "f.npz")


@pytest.mark.parametrize("damage", ["empty", "truncated", "other layers"])
def test_a_damaged_caffemodel_is_refused(net, solver, run_folder, damage):
    solver.max_iter = 2
    weights = train(net, solver, run_folder / "run")
    if damage == "other layers":
        change(net, "conv1.name", "conv_1")
    else:
        weights.write_bytes(weights.read_bytes()[: 0 if damage == "empty" else 1000])
    with pytest.raises(InputError, match="conv_1" if damage == "other layers" else "trained.caffemodel"):
        extract(net, weights, run_folder / "val", "fc2", run_folder / "f.npz")


def test_a_blob_that_is_not_there_is_an_error_that_lists_those_that_are(net, solver, run_folder):
    solver.max_iter = 2
    weights = train(net, solver, run_folder / "run")
    with pytest.raises(InputError, match="no blob 'fc3'.*fc2"):
        extract(net, weights, run_folder / "val", "fc3", run_folder / "f.npz")


def test_a_blob_without_a_row_for_each_image_is_no_feature(net, solver, run_folder, add_layer):
    solver.max_iter = 2
    weights = train(net, solver, run_folder / "run")
    add_layer(net, 'name: "rows" type: "Reshape" bottom: "fc2" top: "rows" reshape_param { shape { dim: -1 } }')
    with pytest.raises(InputError, match=r"blob 'rows' has shape \(208,\) for 16 images; features have a row for each"):
        extract(net, weights, run_folder / "val", "rows", run_folder / "f.npz")
