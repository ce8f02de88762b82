"""Nets with branches that no gradient, no loss or no training reaches, trained on PyTorch as by real Caffe."""

import numpy as np
import pytest

from tests.engine_runs import LOSS, STEPS, run_folder, weights_of
from tools.engines.run_folder import SOLVER, WEIGHTS, load_log
from tools.net.caffemodel import load_caffemodel as arrays_of
from tools.net.prototxt import load_solver, save_prototxt

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch.caffemodel import load_caffemodel, save_caffemodel  # noqa: E402
from tools.engines.torch.training import Training  # noqa: E402

CPU = torch.device("cpu")
FC = """
layer {{ name: "{0}" type: "InnerProduct" bottom: "{1}" top: "{0}" {2}
        inner_product_param {{ num_output: {3} weight_filler {{ type: "xavier" }} }} }}
"""
POOL = 'layer { name: "pool" type: "Pooling" bottom: "data" top: "pool" pooling_param { kernel_size: 4 stride: 4 } }\n'
JOIN = 'layer { name: "join" type: "Concat" bottom: "left" bottom: "right" top: "join" %s }\n'
STOPPED = (
    POOL + FC.format("left", "pool", "", 6) + FC.format("right", "pool", "", 5)
    + JOIN % "propagate_down: true propagate_down: false" + FC.format("fc2", "join", "", 13) + LOSS
)  # fmt: skip
DEAD_END = (
    POOL + FC.format("fc1", "pool", "", 6) + FC.format("fc2", "fc1", "", 13) + FC.format("aside", "fc1", "", 4)
    + 'layer { name: "quiet" type: "Silence" bottom: "aside" }\n' + LOSS
)  # fmt: skip
MEASURED = (
    POOL + FC.format("fc2", "pool", "", 13) + LOSS
    + """
layer { name: "first" type: "Slice" bottom: "label" top: "first" top: "rest" slice_param { slice_point: 1 }
        include { phase: TEST } }
layer { name: "accuracy" type: "Accuracy" bottom: "fc2" bottom: "first" top: "accuracy" include { phase: TEST } }
"""
    + FC.format("only_test", "fc2", "include { phase: TEST }", 3)
)  # fmt: skip


FORCED = "force_backward: true\n" + STOPPED.replace(
    LOSS, 'layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "fc2" bottom: "label" top: "loss" }'
)


@pytest.mark.parametrize("body, stopped", [(STOPPED, "right"), (FORCED, None), (DEAD_END, "aside")])
def test_weights_that_no_gradient_reaches_only_decay_as_under_real_caffe(caffe, tmp_path, body, stopped):
    folder = run_folder(tmp_path / "run", 0, dropout=False, body=body, weight_decay=0.1)
    caffe(STEPS, folder=str(folder), snapshots=[0, 20])
    training = Training([folder], CPU, 100)
    load_caffemodel(folder / "caffe_0.caffemodel", training.net)
    while training.solver.iteration < 20:
        training.iterate()
    save_caffemodel(folder / "torch.caffemodel", training.net, 0)
    ours, caffes = (weights_of(folder / name) for name in ("torch.caffemodel", "caffe_20.caffemodel"))
    assert np.abs(ours - caffes).max() <= 1e-5 * np.abs(caffes).max()
    if stopped:
        before, after = (arrays_of(folder / f"caffe_{steps}.caffemodel")[stopped][0] for steps in (0, 20))
        shrunk = after / before
        assert shrunk.min() > 0.8 and shrunk.max() < 1 and np.ptp(shrunk) < 1e-4


def test_layers_of_the_test_phase_alone_are_there_in_validation(caffe, tmp_path):
    folders = [run_folder(tmp_path / str(seed), seed, body=MEASURED, max_iter=5 + 5 * seed) for seed in (1, 2)]
    Training(folders, CPU, 100).run()
    for folder in folders:
        assert sorted(arrays_of(folder / WEIGHTS)) == ["fc2"] and load_log(folder)[-1].iteration in (10, 15)
        answer = caffe(
            """
            net = caffe.Net(given["net"], caffe.TEST, weights=given["weights"])
            answer["losses"] = [net.forward()["loss"].item() for _ in range(2)]
        """,
            net=str(folder / "net.prototxt"),
            weights=str(folder / WEIGHTS),
        )
        losses = [row.val_loss for row in load_log(folder) if row.val_loss is not None]
        if load_log(folder)[-1].iteration == 10:
            assert losses[-1] == pytest.approx(np.mean(answer["losses"]), rel=1e-5)


def test_without_a_seed_every_run_is_another(tmp_path):
    weights = []
    for name in "ab":
        folder = run_folder(tmp_path / name, 0, body=MEASURED, max_iter=1)
        solver = load_solver(folder / SOLVER)
        solver.ClearField("random_seed")
        save_prototxt(folder / SOLVER, solver)
        Training([folder], CPU, 100).run()
        weights.append(weights_of(folder / WEIGHTS))
    assert (weights[0] != weights[1]).any()
