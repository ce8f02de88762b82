"""Weights that layers share by name, trained on PyTorch as by real Caffe."""

import numpy as np
import pytest

from tests.engine_runs import LOSS, STEPS, run_folder, weights_of
from tools.net.caffemodel import load_caffemodel as arrays_of

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch.caffemodel import load_caffemodel, save_caffemodel  # noqa: E402
from tools.engines.torch.training import Training  # noqa: E402

CPU = torch.device("cpu")
FC = """
layer {{ name: "{0}" type: "InnerProduct" bottom: "{1}" top: "{0}" {2}
        inner_product_param {{ num_output: {3} weight_filler {{ type: "gaussian" std: 0.05 }} {4} }} }}
"""
SLOPE = """
layer {{ name: "slope{0}" type: "PReLU" bottom: "{1}" top: "{1}" param {{ name: "s" }}
        prelu_param {{ channel_shared: true }} }}
"""
# Two branches see the image, and its negative, through the same weights, of which the second only says how fast they
# learn; their slope is that of both. What encodes 20 values to 12 decodes them, transposed and then with other axes.
NET = (
    'layer { name: "pool" type: "Pooling" bottom: "data" top: "pool" pooling_param { kernel_size: 4 stride: 4 } }\n'
    'layer { name: "negative" type: "Power" bottom: "pool" top: "negative" power_param { scale: -1 shift: 0.1 } }\n'
    + FC.format("left", "pool", 'param { name: "w" decay_mult: 3 } param { name: "b" lr_mult: 2 }', 20, "")
    + FC.format("right", "negative", 'param { name: "w" lr_mult: 0.5 } param { name: "b" lr_mult: 2 }', 20, "")
    + SLOPE.format(1, "left")
    + SLOPE.format(2, "right")
    + 'layer { name: "both" type: "Eltwise" bottom: "left" bottom: "right" top: "both" }\n'
    + FC.format("encode", "both", 'param { name: "code" } param { name: "fixed" lr_mult: 0 }', 12, "")
    + FC.format("decode", "encode", 'param { name: "code" }', 20, "transpose: true bias_term: false")
    + FC.format(
        "again", "decode", 'param { name: "code" share_mode: PERMISSIVE }', 12, "transpose: true bias_term: false"
    )
    + FC.format("fc2", "again", 'param { } param { name: "free" }', 13, "")
    + LOSS
)


@pytest.mark.parametrize("fields", [{}, {"clip_gradients": 0.05, "iter_size": 2}, {"type": "Adam", "delta": 1e-4}])
def test_shared_weights_are_those_of_real_caffe_after_1_and_20_steps(caffe, tmp_path, fields):
    folder = run_folder(tmp_path / "run", 0, dropout=False, body=NET, **fields)
    caffe(STEPS, folder=str(folder), snapshots=[0, 1, 20])
    training = Training([folder], CPU, 100)
    load_caffemodel(folder / "caffe_0.caffemodel", training.net)
    before = weights_of(folder / "caffe_0.caffemodel")
    for steps in (1, 20):
        while training.solver.iteration < steps:
            training.iterate()
        save_caffemodel(folder / "torch.caffemodel", training.net, 0)
        ours, caffes = (weights_of(folder / name) for name in ("torch.caffemodel", f"caffe_{steps}.caffemodel"))
        assert np.abs(caffes - before).max() > 1e-4  # it has learned something
        assert np.abs(ours - caffes).max() <= 1e-5 * np.abs(caffes).max()


def test_shared_weights_are_saved_in_each_layer_and_learned_once(tmp_path):
    folder = run_folder(tmp_path / "run", 0, dropout=False, body=NET)
    training = Training([folder], CPU, 100)
    assert [tuple(weight.value.shape[1:]) for weight in training.net.learned()] == [
        (20, 100),
        (20,),
        (),
        (12, 20),
        (13, 12),
        (13,),
    ]
    training.iterate()
    save_caffemodel(folder / "torch.caffemodel", training.net, 0)
    saved = arrays_of(folder / "torch.caffemodel")
    for first, second in (("left", "right"), ("slope1", "slope2")):
        assert all((ours == theirs).all() for ours, theirs in zip(saved[first], saved[second], strict=True))
    assert (saved["encode"][0] == saved["decode"][0]).all() and saved["again"][0].shape == (20, 12)
    assert (saved["encode"][0].ravel() == saved["again"][0].ravel()).all()


def test_folds_with_shared_weights_end_as_each_does_alone(tmp_path):
    alone, among = (
        [run_folder(tmp_path / f"{kind}{seed}", seed, body=NET, max_iter=5 + 5 * seed) for seed in (0, 1)]
        for kind in ("alone", "among")
    )
    for folder in alone:
        Training([folder], CPU, 100).run()
    Training(among, CPU, 100).run()
    found = [[weights_of(folder / "trained.caffemodel") for folder in folders] for folders in (alone, among)]
    assert np.abs(found[0][0] - found[0][1]).max() > 0.01
    for ours, expected in zip(*found):
        assert np.abs(ours - expected).max() <= 1e-5 * np.abs(expected).max()
