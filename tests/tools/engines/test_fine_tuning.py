"""Training that starts from the weights of another net, on both engines."""

import json

import numpy as np
import pytest

from data_prep.system.code import ROOT
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from tools.engines.process import run_engine
from tools.engines.run_folder import ENGINE_LOG, START_FILE, WEIGHTS
from tools.engines.training import load_start, train, write_run
from tools.net.caffemodel import load_caffemodel, save_caffemodel
from tools.net.prototxt import clone, save_prototxt

pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
ENGINES = ("caffe", "torch")


@pytest.fixture
def given(run_folder, net):
    """The path of a .caffemodel with other weights than a net begins with, of all layers of `net` but fc1 and fc2, and
    of one more; and these weights."""
    rng = np.random.default_rng(0)
    shapes = {"conv1": [(20, 1, 5, 5), (20,)], "conv2": [(50, 20, 5, 5), (50,)], "fc8": [(3, 3)]}
    arrays = {name: [rng.normal(0, 0.1, shape) for shape in own] for name, own in shapes.items()}
    layers = [layer for layer in net.layer if layer.name in arrays]
    more = clone(layers[-1])
    more.name = "fc8"
    path = run_folder / "given.caffemodel"
    save_caffemodel(path, "other", [(layer, arrays[layer.name]) for layer in (*layers, more)])
    return path, load_caffemodel(path)


@pytest.mark.parametrize("engine", ENGINES)
def test_training_starts_from_the_weights_and_keeps_what_it_says_of_them(net, solver, run_folder, given, engine):
    path, arrays = given
    solver.weights.append(str(path))
    solver.base_lr, solver.max_iter = 1e-30, 2
    trained = load_caffemodel(train(net, solver, run_folder / "run", engine=engine))
    for name in ("conv1", "conv2"):
        assert all((ours == theirs).all() for ours, theirs in zip(trained[name], arrays[name], strict=True))
    assert np.abs(trained["fc1"][0]).max() > 0 and "fc8" not in trained
    start = load_start(run_folder / "run")
    assert start.copied == {"conv1": str(path), "conv2": str(path)} and start.fresh == ["fc1", "fc2"]
    assert start.files == {str(path): {"sha256": file_digest(path), "unused": ["fc8"]}}
    solver.weights[:] = []
    other = load_caffemodel(train(net, solver, run_folder / "run", engine=engine))
    assert (other["conv1"][0] != arrays["conv1"][0]).any()
    assert not (run_folder / "run" / START_FILE).exists()


def test_both_engines_take_the_same_steps_from_the_same_weights(net, solver, run_folder):
    for layer in list(net.layer):
        if layer.type == "Dropout":
            net.layer.remove(layer)
        if layer.type == "Data":
            layer.transform_param.Clear()
            layer.transform_param.mean_value.append(128 if layer.name == "data" else 0)
            layer.transform_param.scale = 0.0078431373 if layer.name == "data" else 1
            if layer.name == "label":
                layer.ClearField("transform_param")
    solver.max_iter, solver.test_iter[:] = 2, []
    first = train(net, solver, run_folder / "first")
    solver.weights.append(str(first))
    ends = [load_caffemodel(train(net, solver, run_folder / engine, engine=engine)) for engine in ENGINES]
    start = load_caffemodel(first)
    for name, blobs in start.items():
        for before, caffes, ours in zip(blobs, *(end[name] for end in ends), strict=True):
            assert np.abs(caffes - before).max() > 0
            assert np.abs(ours - caffes).max() <= 1e-5 * np.abs(caffes).max()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_does_not_fit_is_an_error_before_the_engine_starts(net, solver, run_folder, given, engine):
    path, _ = given
    conv2 = next(layer for layer in net.layer if layer.name == "conv2")
    conv2.convolution_param.num_output = 30
    solver.weights.append(str(path))
    message = r"weights 0 of layer 'conv2' have shape \(50, 20, 5, 5\), the net wants \(30, 20, 5, 5\); .*rename"
    with pytest.raises(InputError, match=f"given.caffemodel: {message}"):
        train(net, solver, run_folder / "run", engine=engine)
    conv2.name = "conv2_new"
    train(net, solver, run_folder / "run", engine=engine)
    assert load_start(run_folder / "run").fresh == ["conv2_new", "fc1", "fc2"]


def test_the_command_says_what_was_copied_and_paths_are_relative_to_the_working_directory(
    net, solver, run_folder, given, project
):
    save_prototxt(run_folder / "net.prototxt", net)
    solver.net, solver.max_iter = "net.prototxt", 2
    solver.weights.append("given.caffemodel")
    save_prototxt(run_folder / "solver.prototxt", solver)
    done = project("tools.train", "solver.prototxt", "--out", "run", cwd=run_folder, check=True)
    assert done.stdout.splitlines()[:3] == [
        "given.caffemodel: copied conv1, conv2",
        "given.caffemodel: not used, as the net has no layer of the name: fc8",
        "trained afresh: fc1, fc2",
    ]
    solver.weights[:] = ["gone.caffemodel"]
    save_prototxt(run_folder / "solver.prototxt", solver)
    done = project("tools.train", "solver.prototxt", "--out", "run", cwd=run_folder)
    assert done.returncode == 1 and done.stderr.startswith("error: gone.caffemodel: no such .caffemodel")


def test_folds_at_once_start_from_their_own_weights(net, solver, run_folder, given):
    path, arrays = given
    solver.base_lr, solver.max_iter = 1e-30, 2
    folders = [run_folder / name for name in ("with", "without")]
    for folder, weights in zip(folders, ([str(path)], [])):
        solver.weights[:] = weights
        write_run(net, solver, folder, engine="torch")
    run_engine("torch", ["train", *folders, "--patience", 10], run_folder / ENGINE_LOG)
    first, second = (load_caffemodel(folder / WEIGHTS)["conv1"][0] for folder in folders)
    assert (first == arrays["conv1"][0]).all() and (second != first).all()


def test_a_caffe_never_sees_the_field_which_not_all_of_them_know(caffe, tmp_path):
    paths = ["a b.caffemodel", "ümlaut\"s', c.caffemodel", "d.caffemodel,e.caffemodel"]
    text = "".join(f"weights: {json.dumps(path, ensure_ascii=False)}\n" for path in paths) + "base_lr: 0.5\n"
    (tmp_path / "solver.prototxt").write_text(text, encoding="utf-8")
    answer = caffe(
        """
        from tools.engines.caffe_engine import read_solver
        fields, answer["weights"] = read_solver(given["solver"])
        answer["text"] = str(fields)
    """,
        cwd=ROOT,
        solver=str(tmp_path / "solver.prototxt"),
    )
    assert answer["weights"] == ["a b.caffemodel", "ümlaut\"s'", "c.caffemodel", "d.caffemodel", "e.caffemodel"]
    assert answer["text"] == "base_lr: 0.5\n"
