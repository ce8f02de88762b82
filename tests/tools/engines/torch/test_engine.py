"""Training and extraction on PyTorch against real Caffe, and folds at once against folds alone."""

import numpy as np
import pytest

from data_prep.subjects.lmdb_pair import write_lmdb
from tests.engine_runs import LOSS, STEPS, run_folder, weights_of
from tools.engines.process import TrainingDiverged, run_engine
from tools.engines.run_folder import ENGINE_LOG, SOLVER, WEIGHTS, load_failure, load_log
from tools.engines.stops import EngineStop
from tools.net.prototxt import load_net, load_solver, save_prototxt

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch import training as torch_training  # noqa: E402
from tools.engines.torch.caffemodel import load_caffemodel, save_caffemodel  # noqa: E402
from tools.engines.torch.engine import extract  # noqa: E402
from tools.engines.torch.training import Training  # noqa: E402

CPU = torch.device("cpu")


# for solvers that divide gradients by their own size: rounding decides no near tie here, as it does of MAX pooling
SMOOTH = (
    """
layer { name: "pool" type: "Pooling" bottom: "data" top: "pool" pooling_param { pool: AVE kernel_size: 4 stride: 4 } }
layer { name: "conv" type: "Convolution" bottom: "pool" top: "conv" param { lr_mult: 2 } param { decay_mult: 0 }
        convolution_param { num_output: 6 kernel_size: 3 weight_filler { type: "xavier" } } }
layer { name: "tanh" type: "TanH" bottom: "conv" top: "conv" }
layer { name: "fc2" type: "InnerProduct" bottom: "conv" top: "fc2"
        inner_product_param { num_output: 13 weight_filler { type: "xavier" } } }
"""
    + LOSS
)


def start_from(folder, training):
    load_caffemodel(folder / "caffe_0.caffemodel", training.net)
    return training


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "Nesterov", "lr_policy": "step", "gamma": 0.5, "stepsize": 7},
        # delta is not tiny: or Adam would divide gradients that are rounding noise by themselves
        {
            "body": SMOOTH,
            "type": "Adam",
            "base_lr": 0.002,
            "momentum2": 0.99,
            "delta": 1e-3,
            "lr_policy": "inv",
            "gamma": 0.1,
            "power": 0.75,
        },
        {"body": SMOOTH, "type": "AdaGrad", "momentum": 0.0, "delta": 1e-3},
        {"body": SMOOTH, "type": "RMSProp", "momentum": 0.0, "base_lr": 0.001, "delta": 1e-3, "rms_decay": 0.9},
        {"body": SMOOTH, "type": "AdaDelta", "momentum": 0.95, "base_lr": 1.0, "lr_policy": "exp", "gamma": 0.97},
        {"iter_size": 2, "clip_gradients": 0.5, "lr_policy": "multistep", "gamma": 0.3, "stepvalue": [5, 11]},
        {"regularization_type": "L1", "lr_policy": "poly", "power": 2.0},
        {"lr_policy": "exp", "gamma": 0.95},
        {"lr_policy": "sigmoid", "gamma": 0.2, "stepsize": 10},
    ],
)
def test_weights_after_1_and_20_steps_are_those_of_real_caffe(caffe, tmp_path, fields):
    folder = run_folder(tmp_path / "run", 0, dropout=False, **fields)
    caffe(STEPS, folder=str(folder), snapshots=[0, 1, 20])
    training = start_from(folder, Training([folder], CPU, 100))
    before = weights_of(folder / "caffe_0.caffemodel")
    for steps in (1, 20):
        while training.solver.iteration < steps:
            training.iterate()
        save_caffemodel(folder / "torch.caffemodel", training.net, 0)
        ours, caffes = weights_of(folder / "torch.caffemodel"), weights_of(folder / f"caffe_{steps}.caffemodel")
        assert np.abs(caffes - before).max() > 1e-5  # it has learned something
        assert np.abs(ours - caffes).max() <= 1e-5 * np.abs(caffes).max()


def test_after_100_steps_it_is_off_by_no_more_than_twice_what_caffe_is_off_itself_on_two_threads(
    caffe, tmp_path, monkeypatch
):
    # rounding decides near ties of MAX pooling, and 100 steps spread that: a few runs, the largest of each
    ours, noise = [], []
    for seed in range(3):
        folder, caffes = run_folder(tmp_path / f"run{seed}", seed, dropout=False, images=320, batch=16), []
        for threads in ("1", "2"):
            monkeypatch.setenv("OPENBLAS_NUM_THREADS", threads)
            caffe(STEPS, folder=str(folder), snapshots=[0, 100])
            caffes.append(weights_of(folder / "caffe_100.caffemodel"))
        training = start_from(folder, Training([folder], CPU, 100))
        while training.solver.iteration < 100:
            training.iterate()
        save_caffemodel(folder / "torch.caffemodel", training.net, 0)
        noise.append(np.abs(caffes[0] - caffes[1]).max())
        ours.append(np.abs(weights_of(folder / "torch.caffemodel") - caffes[0]).max())
    assert 0 < max(ours) <= 2 * max(noise)


def test_both_engines_stop_at_the_same_iteration(tmp_path):
    stopped = []
    for engine in ("caffe", "torch"):  # nothing is learned, so the first validation loss stays the lowest
        folder = run_folder(tmp_path / engine, 0, dropout=False, base_lr=1e-30, max_iter=100)
        run_engine(engine, ["train", folder, "--patience", 25], folder / ENGINE_LOG)
        stopped.append([row.iteration for row in load_log(folder) if row.val_loss is not None])
    assert stopped[0] == stopped[1] == [10, 20, 30, 40]


def test_features_are_those_of_real_caffe_from_either_engines_model(caffe, tmp_path):
    folder = run_folder(tmp_path / "run", 0, dropout=False)
    caffe(STEPS, folder=str(folder), snapshots=[0, 20])
    training = start_from(folder, Training([folder], CPU, 100))
    save_caffemodel(folder / "torch.caffemodel", training.net, 0)
    for model in ("caffe_20.caffemodel", "torch.caffemodel"):
        answer = caffe(
            """
            net = caffe.Net(given["net"], caffe.TEST, weights=given["weights"])
            out = []
            for _ in range(2):
                net.forward()
                out.append(net.blobs["fc2"].data.copy())
            answer["feature"] = np.concatenate(out).tolist()
        """,
            net=str(folder / "net.prototxt"),
            weights=str(folder / model),
        )
        extract(folder / "net.prototxt", folder / model, "fc2", 32, folder / "feature.npz", CPU)
        ours, caffes = np.load(folder / "feature.npz")["feature"], np.array(answer["feature"])
        assert caffes.std(axis=0).max() > 1e-3
        assert np.abs(ours - caffes).max() <= 1e-5 * np.abs(caffes).max()


def test_a_fold_among_others_is_trained_as_it_is_alone(tmp_path):
    alone, among = ([run_folder(tmp_path / f"{kind}{seed}", seed) for seed in (0, 1, 2)] for kind in ("alone", "among"))
    for folder in alone:
        Training([folder], CPU, 100).run()
    Training(among, CPU, 100).run()
    weights = [weights_of(folder / WEIGHTS) for folder in among]
    assert np.abs(weights[0] - weights[1]).max() > 0.01
    for folder, twin in zip(alone, among):
        expected = weights_of(folder / WEIGHTS)
        assert np.abs(weights_of(twin / WEIGHTS) - expected).max() <= 1e-5 * np.abs(expected).max()
        for row, twin_row in zip(load_log(folder), load_log(twin), strict=True):
            assert row.iteration == twin_row.iteration
            assert row.train_loss == pytest.approx(twin_row.train_loss, rel=1e-5)
            assert (row.val_loss is not None) == (row.iteration in (10, 20))


def test_each_fold_stops_on_its_own(tmp_path):
    folders = [run_folder(tmp_path / str(seed), seed) for seed in (0, 1)]
    training = Training(folders, CPU, patience=10)
    losses = iter([[1.0, 1.0], [2.0, 0.5]])  # the first is best at iteration 10, the second still falls at 20
    training.runs[0].max_iter, training.runs[1].max_iter = 40, 30
    training.validation_losses = lambda: next(losses, [0.4])
    training.run()
    assert [load_log(folder)[-1].iteration for folder in folders] == [20, 30]
    assert all((folder / WEIGHTS).is_file() for folder in folders)


def test_the_same_seed_gives_the_same_weights_and_another_does_not(tmp_path):
    folders = [run_folder(tmp_path / name, 0) for name in "abc"]
    solver = load_solver(folders[2] / SOLVER)
    solver.random_seed = 99
    save_prototxt(folders[2] / SOLVER, solver)
    for folder in folders:
        Training([folder], CPU, 100).run()
    first, again, other = (weights_of(folder / WEIGHTS) for folder in folders)
    assert (first == again).all() and (first != other).any()


def test_where_memory_is_short_halves_are_trained_one_after_the_other(tmp_path, monkeypatch):
    class Small(Training):
        def __init__(self, folders, *options):
            if len(folders) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory")
            super().__init__(folders, *options)

    folders, alone = (
        [run_folder(tmp_path / f"{kind}{seed}", seed) for seed in range(3)] for kind in ("short", "alone")
    )
    for folder in alone:
        Training([folder], CPU, 100).run()
    monkeypatch.setattr(torch_training, "Training", Small)
    torch_training.train(folders, CPU, 100)
    for folder, other in zip(folders, alone):
        assert np.array_equal(weights_of(folder / WEIGHTS), weights_of(other / WEIGHTS))


def test_a_single_net_that_memory_does_not_hold_is_one_clear_error(tmp_path, monkeypatch):
    def none(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch_training, "Training", none)
    with pytest.raises(EngineStop, match="lower batch_size"):
        torch_training.train([tmp_path], CPU, 100)


def test_mixed_precision_trains_nearly_the_same_net_and_only_where_it_is_asked_for(tmp_path):
    folders = [run_folder(tmp_path / name, 0, dropout=False) for name in ("full", "mixed")]
    for folder, mixed in zip(folders, (False, True)):
        torch_training.train([folder], CPU, 100, mixed)
    full, mixed = (weights_of(folder / WEIGHTS) for folder in folders)
    assert 1e-5 < np.abs(full - mixed).max() / np.abs(full).max() < 0.05


def test_a_training_loss_that_is_not_finite_is_an_error_that_names_the_solver(tmp_path):
    folder = run_folder(tmp_path / "run", 0, base_lr=1e12)
    message = "run/solver.prototxt: the training loss is .* at iteration .*lower base_lr"
    with pytest.raises(TrainingDiverged, match=message):
        run_engine("torch", ["train", folder, "--patience", 100], folder / ENGINE_LOG)
    assert not (folder / WEIGHTS).exists()


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_net_that_fails_leaves_with_its_own_error_and_the_others_go_on(tmp_path, loss):
    folders, alone = (
        [run_folder(tmp_path / name, seed) for seed, name in enumerate(("fine", "diverging"))],
        tmp_path / "alone",
    )
    training = Training(folders, CPU, 100)
    validated = training.validation_losses
    training.validation_losses = lambda: [validated()[0], loss] if len(training.runs) == 2 else validated()
    training.run()
    message = f"diverging/solver.prototxt: the validation loss is {loss} at iteration 10; lower"
    assert message in str(training.failed[folders[1]]) and message in load_failure(folders[1])
    assert [row.iteration for row in load_log(folders[1])] == [5]
    assert not (folders[1] / WEIGHTS).exists()
    assert load_failure(folders[0]) is None
    Training([run_folder(alone, 0)], CPU, 100).run()
    expected = weights_of(alone / WEIGHTS)
    assert np.abs(weights_of(folders[0] / WEIGHTS) - expected).max() <= 1e-5 * np.abs(expected).max()


def test_the_error_of_a_net_that_fails_ends_the_engine_after_the_others(tmp_path):
    folders = [run_folder(tmp_path / "fine", 0), run_folder(tmp_path / "diverging", 1)]
    net = load_net(folders[1] / "net.prototxt")
    for layer in net.layer:  # the same net on labels that are not finite
        if layer.type == "Data" and layer.top[0] == "label":
            write_lmdb(layer.data_param.source, np.full((64, 13, 1, 1), np.inf, np.float32))
    with pytest.raises(TrainingDiverged, match="diverging/solver.prototxt: the training loss is .* at iteration 1;"):
        run_engine("torch", ["train", *folders, "--patience", 100], folders[0] / ENGINE_LOG)
    assert [(folder / WEIGHTS).exists() for folder in folders] == [True, False]
