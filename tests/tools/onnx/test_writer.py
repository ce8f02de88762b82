"""What a written model is: its names, sizes, bytes and metadata; and what is refused."""

import re

import numpy as np
import pytest
from google.protobuf import text_format

from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from tests.caffe_cases import at_test
from tests.tools.onnx.nets import FEATURE, IMAGE, blobs_of, net_of, random_inputs, random_weights
from tools.net.edits import deploy_net
from tools.net.prototxt import load_net
from tools.onnx import layers
from tools.onnx.limits import LIMITS
from tools.onnx.runtime import Runtime
from tools.onnx.writer import OPSET, to_onnx


def written(net, blobs=None, weights=None, metadata=()):
    """The ModelProto of a net with random weights."""
    return to_onnx(net, random_weights(net) if weights is None else weights, blobs or blobs_of(net), dict(metadata))


def default_net(dataset="disfa", images=1):
    return deploy_net(load_net(ROOT / f"prototxt/{dataset}/train_val.prototxt"), (images, 1, 40, 40))


@pytest.mark.parametrize("dataset", ["disfa", "bp4d"])
def test_the_projects_nets_compute_what_real_caffe_computes(tmp_path, dataset):
    net = default_net(dataset, images=5)
    weights, inputs = random_weights(net), random_inputs(net)
    arrays = {f"{layer}/{k}": array for layer, blobs in weights.items() for k, array in enumerate(blobs)}
    caffes = at_test(tmp_path, {"net": (text_format.MessageToString(net), {**inputs, **arrays})})["net"]
    for blobs in (blobs_of(net), ["fc2"]):
        found = Runtime(written(net, blobs, weights).SerializeToString()).run(inputs["data"])
        for blob, values in found.items():
            assert np.ptp(caffes[blob], axis=0).max() > 0
            assert np.abs(values - caffes[blob]).max() <= 1e-5 * np.abs(caffes[blob]).max()


def test_any_number_of_images_can_be_run_and_each_gives_what_it_gives_alone():
    runtime = Runtime(written(default_net(), ["conv2", "fc2"]).SerializeToString())
    images = np.random.default_rng(3).normal(0, 1, (64, 1, 40, 40))
    alone = [runtime.run(image[None]) for image in images]
    for count in (1, 3, 64):
        for blob, values in runtime.run(images[:count]).items():
            expected = np.concatenate([found[blob] for found in alone[:count]])
            assert np.ptp(values, axis=0).max() > 0 or count == 1
            assert np.abs(values - expected).max() <= 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize("batch", [1, 3])
def test_how_many_images_the_prototxt_has_does_not_matter(batch):
    layers = """Reshape in0 > a { reshape_param { shape { dim: 0 dim: 2 dim: -1 } } }
                InnerProduct a > b { inner_product_param { num_output: 3 axis: 2 } }
                Flatten b > c
                Concat c c > d
                Slice d > e f"""
    net = net_of(layers, (batch, *IMAGE[1:]))
    values = Runtime(written(net).SerializeToString()).run(np.ones((5, *IMAGE[1:])))
    assert {blob: array.shape for blob, array in values.items()} == {
        "a": (5, 2, 126), "b": (5, 2, 3), "c": (5, 6), "d": (5, 12), "e": (5, 6), "f": (5, 6),
    }  # fmt: skip


def test_the_same_net_gives_the_same_bytes():
    net, other = default_net(), default_net()
    first, second = (
        written(net, ["fc1", "fc2"], metadata=notes) for notes in ({"b": "1", "a": "2"}, {"a": "2", "b": "1"})
    )
    assert (
        first.SerializeToString()
        == second.SerializeToString()
        == written(other, ["fc1", "fc2"], metadata={"a": "2", "b": "1"}).SerializeToString()
    )
    assert first.SerializeToString() != written(net, ["fc2"]).SerializeToString()


def test_metadata_and_makers_come_back():
    model = written(default_net(), ["fc2"], metadata={"scale": "0.0078431373", "aus": "1, 2, über"})
    assert Runtime(model.SerializeToString()).metadata == {"scale": "0.0078431373", "aus": "1, 2, über"}
    assert (model.producer_name, model.opset_import[0].version, len(model.opset_import)) == ("facial-aus", OPSET, 1)
    assert re.fullmatch(r"\d+\.\d+\.\d+", model.producer_version)
    assert model.graph.name == "disfa_multilabel_cnn"


def test_inputs_and_outputs_have_their_blobs_names_and_an_open_number_of_images():
    model = written(default_net(), ["pool1", "fc2"])
    described = {
        value.name: [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert described == {"data": ["n", 1, 40, 40], "pool1": ["n", 20, 18, 18], "fc2": ["n", 13]}
    values = [name for node in model.graph.node for name in node.output]
    assert {"mvn", "conv1", "conv2", "pool2", "fc1"} < set(values) and len(values) == len(set(values))


def test_a_layer_of_the_default_net_is_one_node():
    kinds = [node.op_type for node in written(default_net(), ["fc2"]).graph.node if not node.name.startswith("mvn/")]
    assert kinds == ["Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm"]


@pytest.mark.parametrize(
    "parameters, ops",
    [
        ("kernel_size: 3 stride: 2", ["AveragePool"]),
        ("kernel_size: 3 stride: 1 pad: 1", ["AveragePool"]),
        ("kernel_size: 2 stride: 2 round_mode: FLOOR", ["AveragePool"]),
        ("kernel_size: 4 stride: 3 pad: 1", ["AveragePool", "Mul"]),  # the last window leaves Caffe's padding
    ],
)
def test_an_average_is_corrected_only_where_the_divisor_differs(parameters, ops):
    net = net_of(f"Pooling in0 > a {{ pooling_param {{ pool: AVE {parameters} }} }}", (1, 1, 9, 9))
    assert [node.op_type for node in written(net).graph.node] == ops


def test_only_what_the_blobs_depend_on_is_written():
    layers = """Slice in0 > a b
                TanH a > c
                InnerProduct b > d { inner_product_param { num_output: 2 } }
                Python d > e { python_param { module: "mine" layer: "Other" } }
                TanH in1 > f"""
    net = net_of(layers, IMAGE, FEATURE)
    model = written(net, ["c"], weights={})
    assert [node.op_type for node in model.graph.node] == ["Split", "Tanh"]
    assert not [constant for constant in model.graph.initializer if "inner" in constant.name]
    assert [value.name for value in model.graph.input] == ["in0"]


def test_blobs_that_are_one_value_are_two_outputs():
    layers = """InnerProduct in0 > a { inner_product_param { num_output: 4 } }
                Dropout a > b
                Dropout in0 > c"""
    net, pixels = net_of(layers, FEATURE), np.random.default_rng(0).normal(0, 1, FEATURE).astype(np.float32)
    found = Runtime(written(net, ["b", "a", "c", "in0", "b"]).SerializeToString()).run(pixels)
    assert list(found) == ["b", "a", "c", "in0"]
    assert (found["a"] == found["b"]).all() and (found["c"] == pixels).all() and (found["in0"] == pixels).all()


def test_a_blob_that_layers_change_in_place_has_its_last_value():
    layers = """ReLU in0 > in0
                Power in0 > a { power_param { scale: 2 } }
                ReLU a > a
                Power a > b { power_param { shift: 1 } }
                Power b > b { power_param { scale: -1 } }
                Power in0 > c { power_param { shift: 3 } }"""
    net, pixels = net_of(layers, FEATURE), np.random.default_rng(0).normal(0, 1, FEATURE).astype(np.float32)
    found = Runtime(written(net, ["a", "b", "c"]).SerializeToString()).run(pixels)
    rectified = np.maximum(pixels, 0)
    assert np.allclose(found["a"], 2 * rectified) and np.allclose(found["b"], -1 - 2 * rectified)
    assert np.allclose(found["c"], rectified + 3)
    with pytest.raises(InputError, match="layer 'relu0' .* changes the input 'in0' in place"):
        written(net, ["in0"])


def test_names_of_layers_and_blobs_may_be_those_of_nodes():
    net = net_of("TanH in0 > tanh1/Tanh\nTanH tanh1/Tanh > b\nTanH b > tanh1/Tanh_2", FEATURE)
    found = Runtime(written(net).SerializeToString()).run(np.full(FEATURE, 0.5))
    assert np.allclose(found["tanh1/Tanh_2"], np.tanh(np.tanh(np.tanh(0.5))))


def test_a_python_layer_is_written_if_its_form_is_known(monkeypatch):
    net = net_of('Python in0 > a { python_param { module: "mine" layer: "Doubled" } }', FEATURE)
    monkeypatch.setitem(
        layers.PYTHON, "mine.Doubled", lambda layer, weights, bottoms, write: [write("Mul", bottoms[0], 2.0)]
    )
    assert (Runtime(written(net).SerializeToString()).run(np.ones(FEATURE))["a"] == 2).all()


REFUSED = {  # type: a layer for each of its LIMITS, and the shapes of its bottoms
    "Input": [("TanH in0 > a", [()])],
    "MVN": [("MVN in0 > a", [FEATURE])],
    "BatchNorm": [
        ("BatchNorm in0 > a { batch_norm_param { use_global_stats: false } }", [IMAGE]),
    ],
    "Scale": [
        ("Scale in0 > a { scale_param { axis: -4 } }", [IMAGE]),
        ("Scale in0 in1 > a { scale_param { axis: 1 } }", [(3, 3, 9, 7), (3,)]),
    ],
    "Bias": [
        ("Bias in0 > a { bias_param { axis: 0 } }", [IMAGE]),
        ("Bias in0 in1 > a { bias_param { axis: 1 } }", [(3, 3, 9, 7), (3,)]),
    ],
    "InnerProduct": [("InnerProduct in0 > a { inner_product_param { num_output: 2 axis: 0 } }", [IMAGE])],
    "Softmax": [("Softmax in0 > a { softmax_param { axis: 0 } }", [IMAGE])],
    "Concat": [("Concat in0 in0 > a { concat_param { concat_dim: 0 } }", [IMAGE])],
    "Slice": [("Slice in0 > a b c { slice_param { axis: -4 } }", [IMAGE])],
    "Flatten": [("Flatten in0 > a { flatten_param { axis: 0 end_axis: 1 } }", [IMAGE])],
    "Reshape": [("Reshape in0 > a { reshape_param { shape { dim: -1 dim: 9 dim: 7 } } }", [IMAGE])],
    "Python": [('Python in0 > a { python_param { module: "mine" layer: "Other" } }', [IMAGE])],
}


@pytest.mark.parametrize("kind, number", [(kind, number) for kind in LIMITS for number in range(len(LIMITS[kind]))])
def test_each_limit_is_named_with_its_layer(kind, number):
    assert REFUSED.keys() == LIMITS.keys() and len(REFUSED[kind]) == len(LIMITS[kind])
    text, shapes = REFUSED[kind][number]
    with pytest.raises(InputError, match=rf"layer '\w+' \({kind}\): {re.escape(LIMITS[kind][number].text)}"):
        written(net_of(text, *shapes), weights={})


@pytest.mark.parametrize(
    "layers, message",
    [
        (
            "EuclideanLoss in0 in0 > a",
            "layer 'euclideanloss0' .* no such layer in ONNX here; there are: AbsVal, BatchNorm",
        ),
        ("TanH in0 in0 > a", "layer 'tanh0' .* has 2 bottoms; it takes 1"),
        ("TanH in1 > a", "layer 'tanh0' .* bottom 'in1' is no top of an earlier layer"),
        ("Pooling in0 > a { pooling_param { kernel_size: 9 } }", "layer 'pooling0' .* window 9"),
    ],
)
def test_a_layer_that_cannot_be_is_named(layers, message):
    with pytest.raises(InputError, match=message):
        written(net_of(layers, (3, 4, 8, 8)), ["a"], weights={})


def test_two_layers_of_one_name_or_inputs_of_other_numbers_of_images_are_refused():
    net = net_of("TanH in0 > a\nTanH a > b", FEATURE)
    net.layer[2].name = net.layer[1].name
    with pytest.raises(InputError, match="layer 'tanh0' .* another layer has this name"):
        written(net)
    with pytest.raises(InputError, match="layer 'in1' .* has 4 images, but 'in0' has 3"):
        written(net_of("TanH in0 > a\nTanH in1 > b", FEATURE, (4, 10)))


@pytest.mark.parametrize("blobs", [["a", "nope"], []])
def test_a_blob_that_is_not_there_is_named_with_those_that_are(blobs):
    net = net_of("TanH in0 > a\nTanH a > b", FEATURE)
    with pytest.raises(InputError, match=r"net 'small': no blob (nope|is asked for); there are: in0, a, b"):
        to_onnx(net, {}, blobs, {})


@pytest.mark.parametrize(
    "weights, message",
    [
        ({"other": []}, "no weights for it; there are some for: other"),
        ({}, "no weights for it; there are some for: no layer"),
        (
            {"innerproduct0": [(2, 10)]},
            r"weights of shapes \[\(2, 10\)\] do not fit; the net wants \[\(2, 10\), \(2,\)\]",
        ),
        ({"innerproduct0": [(10, 2), (2,)]}, r"weights of shapes \[\(10, 2\), \(2,\)\] do not fit"),
        ({"innerproduct0": [(2, 10), (2,), (1,)]}, r"weights of shapes .*, \(1,\)\] do not fit"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    net = net_of("InnerProduct in0 > a { inner_product_param { num_output: 2 } }", FEATURE)
    arrays = {name: [np.ones(shape, np.float32) for shape in shapes] for name, shapes in weights.items()}
    with pytest.raises(InputError, match=rf"layer 'innerproduct0' \(InnerProduct\): {message}"):
        to_onnx(net, arrays, ["a"], {})
