"""Run folders in which both engines train the same net from the same weights, step by step."""

import numpy as np
from google.protobuf import text_format

from data_prep.subjects.lmdb_pair import write_lmdb_pair
from prototxt import caffe_pb2
from tests.conftest import NET, striped_images
from tests.conftest import SOLVER as COMMITTED_SOLVER
from tools.engines.run_folder import SOLVER
from tools.net.caffemodel import load_caffemodel
from tools.net.edits import with_sources
from tools.net.prototxt import clone, load_net, load_solver, save_prototxt

LOSS = """
layer { name: "loss" type: "Python" bottom: "fc2" bottom: "label" top: "loss" loss_weight: 1
        python_param { module: "layers.multilabel_softmax_loss" layer: "MultilabelSoftmaxLossLayer" } }
"""


def run_folder(folder, seed, dropout=True, images=64, batch=16, body=None, **solver_fields):
    """A folder with a net, a solver and LMDBs of striped images, 40 x 40 where nothing is to be random.

    body: prototxt text of the layers after the data, instead of the committed net's.
    """
    folder.mkdir(parents=True)
    image, label = striped_images(images + 32, 13, seed)
    image = image if dropout else image[:, 2:42, 2:42]
    write_lmdb_pair(folder / "train", image[:images], label[:images])
    write_lmdb_pair(folder / "val", image[images:], label[images:])
    net, solver = with_sources(load_net(NET), folder / "train", folder / "val"), load_solver(COMMITTED_SOLVER)
    kept = [layer for layer in net.layer if dropout or layer.type != "Dropout"]
    plain = clone(net)
    del plain.layer[:]
    if body:
        plain = text_format.Parse(body, caffe_pb2.NetParameter())
        kept = [layer for layer in net.layer if layer.type == "Data"] + list(plain.layer)
        del plain.layer[:]
    plain.layer.extend(kept)
    for layer in plain.layer:
        if layer.type == "Data":
            layer.data_param.batch_size = batch if layer.include[0].phase == caffe_pb2.TRAIN else 16
            if not dropout:
                layer.transform_param.mirror = False
    solver.net, solver.random_seed, solver.solver_mode = str(folder / "net.prototxt"), seed + 1, solver.CPU
    solver.max_iter, solver.test_interval, solver.display = 20, 10, 5
    solver.test_iter[:] = [2]
    for name, value in solver_fields.items():
        getattr(solver, name).extend(value) if isinstance(value, list) else setattr(solver, name, value)
    save_prototxt(folder / "net.prototxt", plain)
    save_prototxt(folder / SOLVER, solver)
    return folder


STEPS = """
from google.protobuf import text_format
from caffe.proto import caffe_pb2
import os
folder, snapshots = given["folder"], given["snapshots"]
solver = caffe_pb2.SolverParameter()
text_format.Parse(open(os.path.join(folder, "solver.prototxt")).read(), solver)
for name in ("test_iter", "test_interval", "snapshot_prefix"): solver.ClearField(name)
solver.snapshot, solver.display, solver.snapshot_after_train = 0, 0, False
open(os.path.join(folder, "plain.prototxt"), "w").write(text_format.MessageToString(solver))
solver = caffe.get_solver(os.path.join(folder, "plain.prototxt"))
for steps in snapshots:
    if steps > solver.iter: solver.step(steps - solver.iter)
    solver.net.save(os.path.join(folder, "caffe_%d.caffemodel" % steps))
"""


def weights_of(path):
    """All weights of a .caffemodel, one after the other."""
    return np.concatenate([blob.ravel() for blobs in load_caffemodel(path).values() for blob in blobs])
