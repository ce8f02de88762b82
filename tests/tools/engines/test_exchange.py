"""An edited net is the same net on both engines: weights that either has trained give the same features on both."""

import numpy as np
import pytest
from google.protobuf import text_format

from prototxt import caffe_pb2
from tools.engines.extraction import extract
from tools.engines.training import train
from tools.net.caffemodel import load_caffemodel

pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

SLOPE = 'type: "PReLU" bottom: "{0}" top: "{0}" prelu_param {{ channel_shared: true }}'
BATCH_NORM = "BatchNorm and Scale"  # the packaged Caffe computes it rightly in TEST only
EDITS = {  # {layer: the prototxt text that replaces its fields but for the name}
    "one slope for all channels": {"relu1": SLOPE.format("conv1"), "relu3": SLOPE.format("fc1")},
    "one slope for two layers": {
        "relu1": SLOPE.format("conv1") + ' param { name: "slope" }',
        "relu2": SLOPE.format("conv2") + ' param { name: "slope" }',
    },
    "a transposed matrix": {
        "fc1": 'type: "InnerProduct" bottom: "pool2" top: "fc1" '
        'inner_product_param { num_output: 32 transpose: true weight_filler { type: "xavier" } }'
    },
    BATCH_NORM: {
        "relu1": 'type: "BatchNorm" bottom: "conv1" top: "conv1" batch_norm_param { moving_average_fraction: 0.9 }',
        "drop1": 'type: "ReLU" bottom: "conv1" top: "conv1"',
        "relu2": 'type: "BatchNorm" bottom: "conv2" top: "conv2" batch_norm_param { moving_average_fraction: 0.9 }',
        "drop2": 'type: "ReLU" bottom: "conv2" top: "conv2"',
        "relu3": 'type: "Scale" bottom: "fc1" top: "fc1" scale_param { bias_term: true }',
    },
}


def edited(net, edits):
    """A copy of `net` with the layers of EDITS replaced."""
    copy = caffe_pb2.NetParameter(name=net.name)
    for layer in net.layer:
        if layer.name in edits:
            layer = text_format.Parse(f'name: "{layer.name}" {edits[layer.name]}', caffe_pb2.LayerParameter())
        copy.layer.add().CopyFrom(layer)
    return copy


@pytest.mark.parametrize(
    "edits, engine",
    [(edits, engine) for edits in EDITS for engine in ("caffe", "torch") if edits != BATCH_NORM or engine != "caffe"],
)
def test_weights_of_either_engine_give_the_same_features_on_both(net, solver, run_folder, edits, engine):
    net = edited(net, EDITS[edits])
    solver.test_iter[:], solver.base_lr = [], 0.001  # or a net may die, with the same features of every image
    weights = train(net, solver, run_folder / "run", engine=engine)
    if "slope" in edits:
        slopes = [blobs[0] for name, blobs in load_caffemodel(weights).items() if name.startswith("relu")]
        assert [slope.shape for slope in slopes] == [(), ()] and 0.25 not in slopes  # they have learned
        assert (slopes[0] == slopes[1]) == ("two layers" in edits)
    caffes, ours = (
        extract(net, weights, run_folder / "val", "fc2", run_folder / f"{name}.npz", engine=name)
        for name in ("caffe", "torch")
    )
    assert caffes.std(axis=0).min() > 1e-4
    assert np.abs(ours - caffes).max() <= 1e-5 * np.abs(caffes).max()
