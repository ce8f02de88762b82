"""Train and extract on PyTorch: the same commands and files as tools/engines/caffe_engine.py, and many folds at once.

  train    run folders of one architecture, each with solver.prototxt -> trained.caffemodel, log.csv in each;
           half of them after the other where memory does not hold them together
  extract  a net whose TEST Data layers name the LMDBs, a .caffemodel, a blob name -> features .npz
  device   nothing but select the device

Nets that are trained together share nothing but the clock: each has its own data, order, random numbers, validation
loss, early stopping and file, and leaves when it has stopped.
"""

import argparse
import csv
import gc
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from prototxt import caffe_pb2
from tools.engines.early_stopping import should_stop
from tools.engines.torch.data import as_array, data_layers, first_batches, shapes_of
from tools.engines.torch.net import TorchNet, load_caffemodel, save_caffemodel
from tools.engines.torch.solver import Solver
from tools.net.prototxt import clone, load_net, load_solver

LOG_FIELDS = ["iteration", "seconds", "train_loss", "val_loss"]


class EngineStop(Exception):
    """Training cannot go on; the message is for the user."""


def select_device(device):
    """The torch.device of "cpu" or a GPU number. Deterministic algorithms, full float32 arithmetic."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.utils.deterministic.fill_uninitialized_memory = False  # nothing here reads what it has not written
    if device == "cpu":
        return torch.device("cpu")
    if not torch.cuda.is_available() or int(device) >= torch.cuda.device_count():
        raise EngineStop(
            f"GPU {device} is not there for PyTorch {torch.__version__}; leave GPU= out, or install its CUDA "
            "build and a driver"
        )
    return torch.device("cuda", int(device))


def same_architecture(nets):
    """Raise EngineStop unless the parsed nets differ in the sources of their data only."""
    plain = []
    for net in nets:
        copy = clone(net)
        for layer in copy.layer:
            layer.data_param.ClearField("source")
        plain.append(copy.SerializeToString(deterministic=True))
    if len(set(plain)) > 1:
        raise EngineStop("these nets differ in more than their data; train them one by one")


class Training:
    """F nets in training together; `folders` are those still running."""

    def __init__(self, folders, device, patience, mixed=False):
        self.folders, self.patience, self.parent = [Path(folder) for folder in folders], patience, os.getppid()
        self.reduced = torch.autocast(device.type, torch.bfloat16, enabled=mixed)
        solvers = [load_solver(folder / "solver.prototxt") for folder in self.folders]
        nets = [load_net(solver.net) for solver in solvers]
        same_architecture(nets)
        self.message, seeds = solvers[0], [max(solver.random_seed, 0) for solver in solvers]
        self.max_iter = [solver.max_iter for solver in solvers]
        self.test_iter, self.interval = [sum(solver.test_iter) for solver in solvers], self.message.test_interval
        self.display = self.message.display or 20
        windows = [torch.Generator().manual_seed(seed + 1) for seed in seeds]
        self.masks = [torch.Generator(device).manual_seed(seed + 2) for seed in seeds]
        self.data = data_layers(nets, True, windows, device)
        self.net = TorchNet(nets[0], caffe_pb2.TRAIN, shapes_of(self.data, nets[0]), seeds=seeds, device=device)
        self.solver = Solver(self.message, self.net.learned())
        self.validating = bool(self.interval) and all(self.test_iter)
        if self.validating:
            self.val_data = data_layers(nets, False, windows, device)
            self.val_net = TorchNet(nets[0], caffe_pb2.TEST, shapes_of(self.val_data, nets[0]), self.net.weights)
        self.validation = [[] for _ in folders]
        self.started, self.losses = time.time(), []
        self.logs = [open(folder / "log.csv", "w", newline="") for folder in self.folders]
        for log in self.logs:
            csv.writer(log, lineterminator="\n").writerow(LOG_FIELDS)

    def run(self):
        gc.freeze()  # what stands now need not be looked through again and again for garbage
        while self.folders:
            self.iterate()
            done = self.solver.iteration
            validated = self.validating and done % self.interval == 0
            if validated:
                for history, loss in zip(self.validation, self.validation_losses()):
                    history.append((done, loss))
            if validated or done % self.display == 0 or done in self.max_iter:
                self.log(done, validated)
            stopped = [
                row
                for row in range(len(self.folders))
                if done >= self.max_iter[row] or (validated and should_stop(self.validation[row], self.patience))
            ]
            if stopped:
                self.finish(stopped)

    def iterate(self):
        """One iteration of the solver for every net."""
        if os.getppid() != self.parent:
            raise EngineStop("the process that started this training is gone")
        weights = [weight.value.requires_grad_(True) for weight in self.solver.weights]
        gradients, losses = None, 0
        for _ in range(self.message.iter_size):
            with self.reduced:
                _, loss = self.net.forward({layer.top: layer.next() for layer in self.data}, self.masks)
            parts = torch.autograd.grad(loss.sum(), weights)
            gradients = parts if gradients is None else [one + two for one, two in zip(gradients, parts)]
            losses = losses + loss.detach() / self.message.iter_size
        self.losses.append(losses)
        for weight in weights:
            weight.requires_grad_(False)
        self.solver.step(gradients)

    @torch.no_grad()
    def validation_losses(self):
        """The mean validation loss of every net; a net with fewer batches than another sees only its own."""
        total = torch.zeros(len(self.folders))
        batches = torch.tensor(self.test_iter)
        for number in range(max(self.test_iter)):
            _, loss = self.val_net.forward({layer.top: layer.next() for layer in self.val_data})
            total += torch.where(batches > number, loss.cpu(), 0)
        for layer in self.val_data:
            layer.iteration = 0
        return (total / batches).tolist()

    def log(self, iteration, validated):
        """A row for every net; the one place where the device is waited for. Raises EngineStop at a loss that is none."""
        losses = torch.stack(self.losses).cpu().numpy()
        self.losses = []
        for row, log in enumerate(self.logs):
            bad = np.flatnonzero(~np.isfinite(losses[:, row]))
            if len(bad):
                raise EngineStop(
                    f"loss is {losses[bad[0], row]} at iteration {iteration - len(losses) + bad[0] + 1}: lower "
                    f"base_lr or set clip_gradients in {self.folders[row]}/solver.prototxt"
                )
            val_loss = f"{self.validation[row][-1][1]:.6f}" if validated else ""
            csv.writer(log, lineterminator="\n").writerow(
                [iteration, f"{time.time() - self.started:.2f}", f"{losses[:, row].mean():.6f}", val_loss]
            )
            log.flush()

    def finish(self, stopped):
        """Save the nets `stopped` (rows) and go on with the others."""
        for row in stopped:
            self.logs[row].close()
            save_caffemodel(self.folders[row] / "trained.caffemodel", self.net, row)
        rows = [row for row in range(len(self.folders)) if row not in stopped]
        for name in ("folders", "max_iter", "test_iter", "masks", "validation", "logs"):
            setattr(self, name, [getattr(self, name)[row] for row in rows])
        self.losses = [losses[rows] for losses in self.losses]
        self.net.select(rows)
        self.solver.select(rows, self.net.learned())
        for layer in self.data + (self.val_data if self.validating else []):
            layer.select(rows)


def train(folders, device, patience, mixed=False):
    """Train the nets of `folders` together, or in halves where memory does not hold them."""
    try:
        Training(folders, device, patience, mixed).run()
        return
    except torch.OutOfMemoryError as error:
        if len(folders) == 1:
            raise EngineStop(
                "the GPU's memory does not hold one net and its data; lower batch_size in the prototxt"
            ) from error
    torch.cuda.empty_cache()  # here nothing holds the nets anymore
    print(f"{len(folders)} nets at once need more memory than there is: half of them at a time", flush=True)
    for half in (folders[: len(folders) // 2], folders[len(folders) // 2 :]):
        train(half, device, patience, mixed)


@torch.no_grad()
def extract(net_path, weights, blob, count, out, device):
    """Write `feature` float32 [count, K], `blob` of the first `count` images in LMDB order, to `out` (.npz)."""
    message, parts, net = load_net(net_path), [], None
    for blobs in first_batches(message, count, device):
        if net is None:
            shapes = {
                layer.name: tuple(blobs[layer.top[0]].shape[:1]) + tuple(blobs[layer.top[0]].shape[2:])
                for layer in message.layer
                if layer.type == "Data"
            }
            net = TorchNet(message, caffe_pb2.TEST, shapes, device=device)
            load_caffemodel(weights, net)
        parts.append(as_array(net.forward(blobs)[0][blob]))
    with atomic(out) as part:
        np.savez(part, feature=np.concatenate(parts)[:count])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("train", "extract", "device"):
        command = commands.add_parser(name)
        command.add_argument("--device", default="cpu", help="cpu or a GPU number")
        if name == "train":
            command.add_argument("folders", nargs="+")
            command.add_argument(
                "--patience", type=int, required=True, help="iterations after the best validation loss"
            )
            command.add_argument("--mixed", action="store_true", help="matrix products in bfloat16")
        elif name == "extract":
            command.add_argument("net_path")
            command.add_argument("weights")
            command.add_argument("--blob", required=True)
            command.add_argument("--count", type=int, required=True, help="images in the LMDB")
            command.add_argument("--out", required=True)
    arguments = vars(parser.parse_args())
    command, device = arguments.pop("command"), select_device(arguments.pop("device"))
    if command == "train":
        train(device=device, **arguments)
    elif command == "extract":
        extract(device=device, **arguments)


if __name__ == "__main__":
    try:
        main()
    except (EngineStop, InputError) as stop:
        print(f"ENGINE: {stop}", file=sys.stderr)
        sys.exit(3)
