"""Train and extract under real Caffe: the only file of this folder that imports it.

Runs under the Caffe interpreter (CPython 3.6 or newer, numpy and caffe only), with the repository on PYTHONPATH, as a
process of its own: Caffe aborts the process on what it cannot accept. Files in, files out:

  train    a run folder's solver.prototxt and train_val.prototxt -> trained.caffemodel, log.csv
  extract  a net whose TEST Data layers name the LMDBs, a .caffemodel, a blob name -> features .npz
  check    print the versions after one forward and backward pass of a net without data
  device   only select the device: fails for a Caffe without CUDA, or a GPU that is not there
  batch_norm  how far this Caffe's BatchNorm is off in training -> JSON {what: relative error}

`python -m tools.train` and `python -m tools.extract` check the input, start this and explain its failures.
"""

import argparse
import json
import os
import sys

os.environ.setdefault("GLOG_minloglevel", "2")  # FATAL lines only

import caffe
import numpy as np
from caffe.proto import caffe_pb2
from google.protobuf import text_format

from data_prep.system.files import atomic, in_turn
from tools.engines import batch_norm
from tools.engines.early_stopping import should_stop
from tools.engines.run_folder import DISPLAY, SOLVER, WEIGHTS, LogWriter
from tools.engines.stops import EngineStop, check_loss


def select_device(device):
    """`device` is "cpu" or a GPU number. A Caffe without CUDA aborts here, before any net is built.

    NVIDIA's Caffe, which alone has set_devices, stays on the first GPU it is told. Its set_mode_gpu tells it GPU 0, and
    its set_device does what set_mode_gpu does elsewhere.
    """
    if device == "cpu":
        caffe.set_mode_cpu()
        return
    caffe.set_device(int(device))
    if not hasattr(caffe, "set_devices"):
        caffe.set_mode_gpu()


def total_loss(net):
    """Sum of the net's weighted losses after a forward pass, in nats."""
    return sum(weight * float(np.sum(net.blobs[name].data)) for name, weight in net.blob_loss_weights.items() if weight)


def read_solver(path):
    """(SolverParameter of a run folder's solver but for `weights`, [paths that `weights` names]).

    Not every Caffe knows that field. A run folder's solver has each field on a line of its own.
    """
    fields, weights = caffe_pb2.SolverParameter(), []
    with open(path) as file:
        lines = file.readlines()
    for line in lines:
        if line.startswith("weights:"):
            entry = text_format.Parse(line.replace("weights:", "net:", 1), caffe_pb2.SolverParameter())
            weights += [str(name).strip() for name in entry.net.split(",")]
    text_format.Parse("".join(line for line in lines if not line.startswith("weights:")), fields)
    return fields, weights


def open_solver(folder):
    """The run folder's solver, and its (net, weights to start from, test_iter, test_interval, display, max_iter).

    Validation is done here rather than by Caffe's own step(), which would only print it; so Caffe is given a copy
    without the test fields, and without snapshots.
    """
    fields, weights = read_solver(os.path.join(folder, SOLVER))
    schedule = (sum(fields.test_iter), fields.test_interval, fields.display or DISPLAY, fields.max_iter)
    net_path = str(fields.net)
    for name in ("test_iter", "test_interval", "snapshot_prefix", "display"):
        fields.ClearField(name)
    fields.snapshot = 0
    fields.snapshot_after_train = False
    if "store_blobs_in_old_format" in fields.DESCRIPTOR.fields_by_name:  # NVIDIA's Caffe; only it reads its new format
        fields.store_blobs_in_old_format = True
    path = os.path.join(folder, "solver_without_test.prototxt")
    with open(path, "w") as file:
        file.write(text_format.MessageToString(fields))
    solver = caffe.get_solver(path)
    os.remove(path)
    return solver, (net_path, weights, *schedule)


def stepper(solver, losses, solver_path):
    """A function that runs `n` iterations of the solver, appends losses to `losses`, and stops if one is not finite.

    With `add_callback` these are the losses of all iterations. NVIDIA's Caffe has none, and starts a thread with CUDA
    handles of its own in every step(): there it is the loss of the last of the `n` iterations.
    """

    def take_loss(iteration):
        loss = total_loss(solver.net)
        check_loss(loss, "training", iteration, solver_path)
        losses.append(loss)

    if hasattr(solver, "add_callback"):
        solver.add_callback(lambda: None, lambda: take_loss(solver.iter + 1))
        return solver.step

    def step(n):
        solver.step(n)
        take_loss(solver.iter)

    return step


def train(folder, device, patience):
    """Train by `folder`/solver.prototxt; leaves trained.caffemodel and log.csv there.

    With test_iter and test_interval set, the validation loss is taken every test_interval iterations and training
    stops `patience` iterations after the lowest one (paper: Sec. V). One row of log.csv every `display` iterations.
    """
    with in_turn(folder):  # where an engine of a killed run is about to end, wait for that
        select_device(device)
        train_alone(folder, patience)


def train_alone(folder, patience):
    """`train`, once no other engine is at work in `folder`."""
    solver, (net_path, weights, test_iter, test_interval, display, max_iter) = open_solver(folder)
    solver_path, val_net = os.path.join(folder, SOLVER), None
    if test_iter and test_interval:
        val_net = caffe.Net(net_path, caffe.TEST)
    for path in weights:
        for net in (solver.net, val_net) if val_net else (solver.net,):
            net.copy_from(path)
    if val_net:
        val_net.share_with(solver.net)
    losses, validation = [], []
    step = stepper(solver, losses, solver_path)
    with LogWriter(folder) as log:
        while solver.iter < max_iter and not (val_net and should_stop(validation, patience)):
            ends = [max_iter, (solver.iter // display + 1) * display]
            if val_net:
                ends.append((solver.iter // test_interval + 1) * test_interval)
            step(min(ends) - solver.iter)
            val_loss = None
            if val_net and solver.iter % test_interval == 0:
                val_loss = sum(validation_losses(val_net, test_iter)) / test_iter
                check_loss(val_loss, "validation", solver.iter, solver_path)
                validation.append((solver.iter, val_loss))
            log.write(solver.iter, np.mean(losses), val_loss)
            del losses[:]
    with atomic(os.path.join(folder, WEIGHTS)) as part:
        solver.net.save(str(part))
        check_saved(str(part), solver.net)


def check_saved(path, net):
    """Raise EngineStop unless the weights are complete on disk: Caffe does not notice when the disk is full."""
    message = caffe_pb2.NetParameter()
    try:
        with open(path, "rb") as file:
            message.ParseFromString(file.read())
        saved = {layer.name: [len(blob.data) for blob in layer.blobs] for layer in message.layer}
    except Exception:  # protobuf's C++ and Python parts raise different kinds
        saved = {}
    if any(saved.get(name) != [blob.count for blob in blobs] for name, blobs in net.params.items()):
        raise EngineStop(f"{path}: the weights could not be written completely; is the disk full? Make room")


def validation_losses(net, batches):
    for _ in range(batches):
        net.forward()
        yield total_loss(net)


def extract(net_path, weights, blob, count, out, device):
    """Write `feature` float32 [count, K], `blob` of the first `count` images in LMDB order, to `out` (.npz)."""
    select_device(device)
    net = caffe.Net(net_path, caffe.TEST, weights=weights)
    parts, done = [], 0
    while done < count:
        net.forward()
        data = net.blobs[blob].data
        parts.append(data.reshape(len(data), -1).copy())  # forward() reuses its buffers
        done += len(data)
    with atomic(out) as part:
        np.savez(str(part), feature=np.concatenate(parts)[:count])


def check(net_path, device):
    """One forward and backward pass of a net that needs no data; prints what was proven."""
    select_device(device)
    net = caffe.Net(net_path, caffe.TRAIN)
    rng = np.random.RandomState(0)
    for name in net.inputs:
        net.blobs[name].data[...] = rng.randint(0, 2, net.blobs[name].data.shape)
    net.forward()
    net.backward()
    gradient = max(float(np.abs(blob.diff).max()) for blobs in net.params.values() for blob in blobs)
    loss = total_loss(net)
    if not (np.isfinite(loss) and 0 < gradient < np.inf):
        raise EngineStop(f"forward and backward gave loss {loss} and largest gradient {gradient}")
    print(
        f"caffe {caffe.__version__}, numpy {np.__version__}, Python {sys.version.split()[0]}: "
        f"forward and backward of {net_path}, loss {loss:.3f}"
    )


def try_batch_norm(out, device):
    """Write {"output": relative error, "gradient": ..., "statistics": ...} of BatchNorm in training to `out` (JSON)."""
    select_device(device)
    net_path = out + ".prototxt"
    with open(net_path, "w") as file:
        file.write(batch_norm.NET)
    net = caffe.Net(net_path, caffe.TRAIN)
    images, gradient = batch_norm.batches()
    for x in images:
        net.blobs["x"].data[...] = x
        net.forward()
    net.blobs["y"].diff[...] = gradient
    net.backward()
    sums = [batch_norm.error(blob.data, sums) for blob, sums in zip(net.params["norm"], batch_norm.statistics(images))]
    errors = {
        "output": batch_norm.error(net.blobs["y"].data, batch_norm.forward(x)[0]),
        "gradient": batch_norm.error(net.blobs["x"].diff, batch_norm.backward(x, gradient)),
        "statistics": max(sums),
    }
    with atomic(out) as part:
        part.write_text(json.dumps(errors))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command")
    for name in ("train", "extract", "check", "device", "batch_norm"):
        commands.add_parser(name).add_argument("--device", default="cpu", help="cpu or a GPU number")
    training = commands.choices["train"]
    training.add_argument("folder")
    training.add_argument("--patience", type=int, required=True, help="iterations after the lowest validation loss")
    extraction = commands.choices["extract"]
    extraction.add_argument("net_path")
    extraction.add_argument("weights")
    extraction.add_argument("--blob", required=True)
    extraction.add_argument("--count", type=int, required=True, help="images in the LMDB")
    extraction.add_argument("--out", required=True)
    commands.choices["check"].add_argument("net_path")
    commands.choices["batch_norm"].add_argument("--out", required=True)
    arguments = vars(parser.parse_args())
    run = {
        "train": train,
        "extract": extract,
        "check": check,
        "device": select_device,
        "batch_norm": try_batch_norm,
    }
    run[arguments.pop("command")](**arguments)
