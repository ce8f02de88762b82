"""Every layer in ONNX against real Caffe's TEST phase."""

import numpy as np
import pytest
from google.protobuf import text_format

from tests.caffe_cases import at_test
from tests.tools.onnx.nets import CASES, blobs_of, net_of, random_inputs, random_weights
from tools.net.layers import LAYERS
from tools.onnx.layers import FORMS
from tools.onnx.runtime import Runtime
from tools.onnx.writer import to_onnx

CLOSE = 1e-5  # of the largest value


def case(name):
    """(net, weights, inputs)."""
    layers, shapes = CASES[name]
    net = net_of(layers, *shapes)
    weights = random_weights(net)
    if name == "batch_norm_factor_0":
        weights["batchnorm0"][2][:] = 0
    return net, weights, random_inputs(net)


@pytest.fixture(scope="module")
def caffe_results(tmp_path_factory):
    """{name: {blob: array}} that real Caffe computed of all CASES, from one process."""
    cases = {}
    for name in CASES:
        net, weights, inputs = case(name)
        arrays = {f"{layer}/{k}": array for layer, blobs in weights.items() for k, array in enumerate(blobs)}
        cases[name] = text_format.MessageToString(net), {**inputs, **arrays}
    return at_test(tmp_path_factory.mktemp("cases"), cases)


@pytest.mark.parametrize("name", CASES)
def test_a_net_computes_what_real_caffe_computes(caffe_results, name):
    net, weights, inputs = case(name)
    for blobs in (blobs_of(net), blobs_of(net)[-1:]):  # alone, a blob may come of nodes that a runtime has joined
        runtime = Runtime(to_onnx(net, weights, blobs, {}).SerializeToString())
        found = runtime.run(*(inputs[name] for name in runtime.inputs))
        assert list(found) == blobs
        for blob, values in found.items():
            caffes = caffe_results[name][blob]
            assert "constant" in blob or np.ptp(caffes, axis=0).max() > 0  # it varies between images
            assert values.shape == caffes.shape and values.dtype == np.float32
            assert np.abs(values - caffes).max() <= CLOSE * np.abs(caffes).max()


def test_every_type_that_computes_something_at_test_is_held_against_caffe():
    types = {name for name, known in LAYERS.items() if not known.is_loss} - {"Data", "Accuracy"}
    assert set(FORMS) == types - {"Silence"}  # it has no top, so no blob depends on it
    tried = {layer.type for name in CASES for layer in case(name)[0].layer}
    assert types - tried == {"Python"}
