"""Shared fixtures: real Caffe, and small LMDBs and nets that it trains in a moment."""

import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from data_prep.subjects.lmdb_pair import write_lmdb_pair
from data_prep.system.code import ROOT
from prototxt import caffe_pb2
from tests.processes import dask_cluster
from tools.engines.process import caffe_python
from tools.net.edits import with_sources
from tools.net.prototxt import load_net, load_solver

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # tests are as many processes as cores
NET, SOLVER = ROOT / "prototxt/disfa/train_val.prototxt", ROOT / "prototxt/disfa/solver.prototxt"


@pytest.fixture
def caffe(tmp_path):
    """Run Python code under real Caffe in `cwd`; what it puts into `answer` comes back through JSON."""

    def run(code, cwd=ROOT, **values):
        script = (
            "import os, json; os.environ['GLOG_minloglevel'] = '3'\nimport caffe, numpy as np\n"
            + f"given = json.loads({json.dumps(json.dumps(values))})\nanswer = {{}}\n"
            + textwrap.dedent(code)
            + f"\njson.dump(answer, open({str(tmp_path / 'answer.json')!r}, 'w'))\n"
        )
        path = tmp_path / "under_caffe.py"
        path.write_text(script)
        done = subprocess.run(
            [caffe_python(), str(path)],
            cwd=cwd,
            env=dict(os.environ, PYTHONPATH=str(cwd)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads((tmp_path / "answer.json").read_text())

    return run


@pytest.fixture
def project():
    """Run `python -m ...` of the project in `cwd`; returns the finished process."""

    def run(*arguments, cwd, check=False, **environment):
        return subprocess.run(
            [sys.executable, "-m", *map(str, arguments)],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=check,
            env=dict(os.environ, PYTHONPATH=str(ROOT), **environment),
        )

    return run


def striped_images(n, labels, seed=0):
    """uint8 [n, 44, 44] noise around 128 in which label k brightens stripe k, and the labels int8 [n, labels]."""
    rng = np.random.default_rng(seed)
    label = (rng.random((n, labels)) < 0.3).astype(np.int8)
    image = rng.integers(110, 146, (n, 44, 44))
    for k in range(labels):
        image[:, 3 * k + 3 : 3 * k + 6, 8:36] += 40 * label[:, k, None, None]
    return image.astype(np.uint8), label


@pytest.fixture
def run_folder(tmp_path):
    """A folder with train and val LMDB pairs of 64 and 32 striped images with 13 labels, and a quick solver."""
    image, label = striped_images(96, 13)
    write_lmdb_pair(tmp_path / "train", image[:64], label[:64])
    write_lmdb_pair(tmp_path / "val", image[64:], label[64:])
    return tmp_path


@pytest.fixture
def net(run_folder):
    """The committed DISFA net over the LMDBs of run_folder, with batches of 16."""
    message = with_sources(load_net(NET), run_folder / "train", run_folder / "val")
    for layer in message.layer:
        if layer.type == "Data":
            layer.data_param.batch_size = 16
    return message


@pytest.fixture
def solver():
    """The committed DISFA solver, cut down to 6 iterations with validation every 2."""
    message = load_solver(SOLVER)
    message.max_iter, message.test_interval, message.display = 6, 2, 2
    message.test_iter[:] = [2]
    return message


@pytest.fixture
def add_layer():
    """Append a layer given as prototxt text to a net and return it."""
    from google.protobuf import text_format

    def add(message, text):
        layer = text_format.Parse(text, caffe_pb2.LayerParameter())
        message.layer.add().CopyFrom(layer)
        return message.layer[-1]

    return add


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """The address of a Dask cluster: a scheduler and two workers, processes of their own, in the repository."""
    with dask_cluster(tmp_path_factory.mktemp("dask"), workers=2) as address:
        yield address
