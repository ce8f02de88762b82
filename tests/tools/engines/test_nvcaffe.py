"""NVIDIA's Caffe, by a stand-in: the real Caffe in use, less what NVIDIA's 0.17 does not have in Python."""

import stat

import pytest

from tools.engines.process import TrainingDiverged, caffe_python
from tools.engines.run_folder import WEIGHTS, load_log
from tools.engines.training import train

STAND_IN = '''
"""sitecustomize.py of the stand-in."""
import types
import caffe

MODULE = {  # names in caffe, of NVIDIA's python/caffe/__init__.py
    "Net", "SGDSolver", "NesterovSolver", "AdaGradSolver", "RMSPropSolver", "AdaDeltaSolver", "AdamSolver", "Detector",
    "set_mode_cpu", "set_mode_gpu", "set_device", "Layer", "LayerParameter", "get_solver", "layer_type_list", "TRAIN",
    "TEST", "Classifier", "layers", "params", "NetSpec", "to_proto",
}
SOLVER = {"net", "test_nets", "iter", "solve", "step", "restore", "snapshot"}  # of Solver, in its _caffe.cpp


class Solver:
    def __init__(self, solver):
        self._solver = solver

    def __getattr__(self, name):
        if name not in SOLVER:
            raise AttributeError("NVIDIA's Solver has no " + name)
        return getattr(self._solver, name)


get_solver = caffe.get_solver
caffe.get_solver = lambda path: Solver(get_solver(path))
caffe.set_devices = lambda devices: None
for name, value in list(vars(caffe).items()):
    if name not in MODULE | {"set_devices"} and not name.startswith("__") and not isinstance(value, types.ModuleType):
        delattr(caffe, name)
'''


@pytest.fixture
def nvcaffe(tmp_path, monkeypatch):
    """From now on, CAFFE_PYTHON is the stand-in."""
    folder, in_use = tmp_path / "nvcaffe", caffe_python()
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(STAND_IN)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{folder}:$PYTHONPATH" exec "{in_use}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return lambda: monkeypatch.setenv("CAFFE_PYTHON", str(python))


def test_a_caffe_without_callbacks_trains_the_same_net_to_the_bit(net, solver, run_folder, nvcaffe):
    solver.display = 1  # the training loss of every iteration
    train(net, solver, run_folder / "each")
    solver.display = 3
    train(net, solver, run_folder / "packaged")
    nvcaffe()
    train(net, solver, run_folder / "nvidia")
    weights = [(run_folder / name / WEIGHTS).read_bytes() for name in ("each", "packaged", "nvidia")]
    assert weights[0] == weights[1] == weights[2]
    each, packaged, nvidia = (load_log(run_folder / name) for name in ("each", "packaged", "nvidia"))
    assert [(row.iteration, row.val_loss) for row in nvidia] == [(row.iteration, row.val_loss) for row in packaged]
    at = {row.iteration: row.train_loss for row in each}
    assert [row.iteration for row in nvidia] == [2, 3, 4, 6]
    assert [row.train_loss for row in nvidia] == [at[row.iteration] for row in nvidia]


def test_a_training_that_diverges_stops_without_callbacks_too(net, solver, run_folder, nvcaffe):
    solver.base_lr = 1e30
    nvcaffe()
    with pytest.raises(TrainingDiverged, match="training loss is nan at iteration 2"):
        train(net, solver, run_folder / "run")


SELECT = """
    from tools.engines.caffe_engine import select_device
    answer["told"] = told = []
    caffe.set_device, caffe.set_mode_gpu = told.append, lambda: told.append("GPU mode")
    if given["has_set_devices"]:
        caffe.set_devices = told.extend
    select_device("1")
"""


def test_a_gpu_is_named_before_the_mode_and_to_nvidia_s_caffe_alone(caffe):
    assert caffe(SELECT, has_set_devices=False)["told"] == [1, "GPU mode"]
    assert caffe(SELECT, has_set_devices=True)["told"] == [1]
