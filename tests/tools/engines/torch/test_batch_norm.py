"""BatchNorm in training on PyTorch: against its formulas in NumPy, and against real Caffe in TEST."""

import numpy as np
import pytest
from google.protobuf import text_format

from data_prep.subjects.lmdb_pair import load_lmdb
from prototxt import caffe_pb2
from tests.engine_runs import LOSS, run_folder, weights_of
from tools.engines import batch_norm
from tools.engines.run_folder import WEIGHTS, load_log
from tools.net.caffemodel import load_caffemodel

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch import normalization  # noqa: E402
from tools.engines.torch.layers import Context  # noqa: E402
from tools.engines.torch.net import TorchNet  # noqa: E402
from tools.engines.torch.training import Training  # noqa: E402

CPU = torch.device("cpu")
BODY = (
    """
layer { name: "bn0" type: "BatchNorm" bottom: "data" top: "bn0" batch_norm_param { moving_average_fraction: 0.9 } }
layer { name: "pool" type: "Pooling" bottom: "bn0" top: "pool" pooling_param { pool: AVE kernel_size: 4 stride: 4 } }
layer { name: "conv" type: "Convolution" bottom: "pool" top: "conv"
        convolution_param { num_output: 6 kernel_size: 3 bias_term: false weight_filler { type: "xavier" } } }
layer { name: "bn1" type: "BatchNorm" bottom: "conv" top: "conv" batch_norm_param { moving_average_fraction: 0.9 }
        param { lr_mult: 0 } param { lr_mult: 0 } param { lr_mult: 0 } }
layer { name: "scale1" type: "Scale" bottom: "conv" top: "conv" scale_param { bias_term: true } }
layer { name: "relu1" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "fc1" type: "InnerProduct" bottom: "conv" top: "fc1"
        inner_product_param { num_output: 20 weight_filler { type: "xavier" } } }
layer { name: "bn2" type: "BatchNorm" bottom: "fc1" top: "fc1" batch_norm_param { moving_average_fraction: 0.9 } }
layer { name: "relu2" type: "ReLU" bottom: "fc1" top: "fc1" }
layer { name: "fc2" type: "InnerProduct" bottom: "fc1" top: "fc2"
        inner_product_param { num_output: 13 weight_filler { type: "gaussian" std: 0.01 } } }
"""
    + LOSS
)


def test_output_gradient_and_statistics_are_those_of_the_formulas():
    """In float64. The packaged Caffe is held against the same formulas, and fails."""
    message = text_format.Parse(batch_norm.NET, caffe_pb2.NetParameter())
    net = TorchNet(message, caffe_pb2.TRAIN, {})
    for weight in net.owned():
        weight.value = weight.value.double()
    images, gradient = batch_norm.batches()
    for x in images:
        given = torch.from_numpy(x).unsqueeze(1).requires_grad_(True)
        top = net.forward({"x": given})[0]["y"]
    top.backward(torch.from_numpy(gradient).unsqueeze(1))
    assert batch_norm.error(top[:, 0].detach().numpy(), batch_norm.forward(images[-1])[0]) < 1e-9
    assert batch_norm.error(given.grad[:, 0].numpy(), batch_norm.backward(images[-1], gradient)) < 1e-9
    for weight, expected in zip(net.weights["norm"], batch_norm.statistics(images), strict=True):
        assert batch_norm.error(weight.value[0].numpy(), expected) < 1e-9


def test_running_statistics_are_those_of_all_batches_that_were_seen(tmp_path):
    folder = run_folder(tmp_path / "run", 0, dropout=False, body=BODY, max_iter=7, test_interval=0, iter_size=2)
    Training([folder], CPU, 100).run()
    images = (load_lmdb(folder / "train_image_lmdb").astype(np.float64) - 128) * 0.0078431373
    batches = [images[[(16 * number + k) % 64 for k in range(16)]] for number in range(14)]
    found = load_caffemodel(folder / WEIGHTS)["bn0"]
    for ours, expected in zip(found, batch_norm.statistics(batches, 0.9), strict=True):
        assert batch_norm.error(ours, expected) < 1e-5


def test_it_learns_and_the_validation_loss_is_that_of_real_caffe_in_test(caffe, tmp_path):
    folder = run_folder(tmp_path / "run", 0, dropout=False, body=BODY)
    Training([folder], CPU, 100).run()
    rows = load_log(folder)
    assert rows[-1].train_loss < 0.95 * rows[0].train_loss
    answer = caffe(
        """
        net = caffe.Net(given["net"], caffe.TEST, weights=given["weights"])
        answer["losses"] = [net.forward()["loss"].item() for _ in range(2)]
    """,
        net=str(folder / "net.prototxt"),
        weights=str(folder / WEIGHTS),
    )
    assert rows[-1].val_loss == pytest.approx(np.mean(answer["losses"]), rel=1e-5)


def test_folds_at_once_that_stop_apart_end_as_each_does_alone(tmp_path):
    alone, among = (
        [run_folder(tmp_path / f"{kind}{seed}", seed, body=BODY, max_iter=10 + 5 * seed) for seed in (0, 1)]
        for kind in ("alone", "among")
    )
    for folder in alone:
        Training([folder], CPU, 100).run()
    Training(among, CPU, 100).run()
    ours, expected = ([weights_of(folder / WEIGHTS) for folder in folders] for folders in (among, alone))
    assert np.abs(ours[0] - ours[1]).max() > 0.01
    for number in (0, 1):
        assert np.abs(ours[number] - expected[number]).max() <= 1e-5 * np.abs(expected[number]).max()
        logs = [load_log(folders[number]) for folders in (among, alone)]
        assert [row.val_loss for row in logs[0]] == [
            row.val_loss and pytest.approx(row.val_loss, rel=1e-4) for row in logs[1]
        ]


def test_means_and_variances_are_taken_in_full_precision_when_products_are_not():
    layer = caffe_pb2.LayerParameter(name="bn", type="BatchNorm")
    x = torch.randn((64, 1, 3, 8, 8), generator=torch.Generator().manual_seed(0)).add(2).bfloat16()
    sums = [torch.zeros((1, size)) for size in (3, 3, 1)]
    with torch.autocast("cpu", torch.bfloat16):
        normalization.batch_norm(layer, sums, [x], Context(training=True, draws=None))
    for ours, expected in zip(sums, batch_norm.statistics([x[:, 0].double().numpy()])):
        assert batch_norm.error(ours[0].numpy(), expected) < 1e-5
