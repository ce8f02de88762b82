"""Training on PyTorch: F nets of one architecture at once, each in a run folder.

Nets that are trained together share only the clock: each has its own data, order, random numbers, validation loss,
early stopping and files, and leaves when it has stopped.
"""

import gc
import random
from dataclasses import dataclass
from pathlib import Path

import torch

from prototxt import caffe_pb2
from tools.engines.early_stopping import should_stop
from tools.engines.run_folder import DISPLAY, SOLVER, WEIGHTS, LogWriter
from tools.engines.stops import EngineStop, check_loss
from tools.engines.torch.caffemodel import copy_weights, save_caffemodel
from tools.engines.torch.data import data_layers, shapes_of
from tools.engines.torch.net import TorchNet, select
from tools.engines.torch.solver import Solver
from tools.net.prototxt import clone, load_net, load_solver
from tools.net.starting_weights import weights_files


@dataclass
class Run:
    """One net in training: its run folder, when it ends, and what it has come to."""

    folder: Path
    max_iter: int
    test_iter: int  # batches of a validation
    log: LogWriter
    validation: list  # [(iteration, loss)]


class Training:
    """Nets in training together.

    runs   the Runs still going on; F of them
    masks  F torch.Generators on the device, for Dropout
    """

    def __init__(self, folders, device, patience, mixed=False):
        self.patience = patience
        self.reduced = torch.autocast(device.type, torch.bfloat16, enabled=mixed)
        folders = [Path(folder) for folder in folders]
        solvers = [load_solver(folder / SOLVER) for folder in folders]
        nets = [load_net(solver.net) for solver in solvers]
        check_same_architecture(nets)
        self.message, seeds = solvers[0], [seed_of(solver) for solver in solvers]
        self.interval, self.display = self.message.test_interval, self.message.display or DISPLAY
        windows = [torch.Generator().manual_seed(seed + 1) for seed in seeds]
        self.masks = [torch.Generator(device).manual_seed(seed + 2) for seed in seeds]
        self.data = data_layers(nets, training=True, generators=windows, device=device)
        self.net = TorchNet(nets[0], caffe_pb2.TRAIN, shapes_of(self.data), seeds=seeds, device=device)
        self.solver, self.val_data, self.val_net = Solver(self.message, self.net.learned()), [], None
        if self.interval and all(sum(solver.test_iter) for solver in solvers):
            self.val_data = data_layers(nets, training=False, generators=windows, device=device)
            val_shapes = shapes_of(self.val_data)
            self.val_net = TorchNet(nets[0], caffe_pb2.TEST, val_shapes, trained=self.net, seeds=seeds, device=device)
        self.copy_weights(solvers)
        self.losses = []  # [F] of each iteration since the last row of log.csv
        self.runs = [
            Run(folder, solver.max_iter, sum(solver.test_iter), LogWriter(folder), [])
            for folder, solver in zip(folders, solvers)
        ]

    def copy_weights(self, solvers):
        """Start from the weights that the solvers name."""
        nets, rows = [net for net in (self.net, self.val_net) if net], {}
        for row, solver in enumerate(solvers):
            rows.setdefault(tuple(weights_files(solver)), []).append(row)
        for paths, starting in rows.items():
            for path in paths:
                copy_weights(path, nets, starting)

    def run(self):
        gc.freeze()  # no garbage collection goes through what exists now, again and again
        while self.runs:
            self.iterate()
            done = self.solver.iteration
            validated = self.val_net is not None and done % self.interval == 0
            val_losses = self.validation_losses() if validated else [None] * len(self.runs)
            if validated or done % self.display == 0 or any(run.max_iter == done for run in self.runs):
                self.log(done, val_losses)
            if validated:
                for run, loss in zip(self.runs, val_losses):
                    run.validation.append((done, loss))
            stopped = [
                row
                for row, run in enumerate(self.runs)
                if done >= run.max_iter or (validated and should_stop(run.validation, self.patience))
            ]
            if stopped:
                self.finish(stopped)

    def iterate(self):
        """One iteration of the solver for every net."""
        weights = [weight.value.requires_grad_(True) for weight in self.solver.weights]
        gradients, losses = None, 0
        for _ in range(self.message.iter_size):
            with self.reduced:
                _, loss = self.net.forward({layer.top: layer.next() for layer in self.data}, self.masks)
            # weights that no loss depends on have no gradient, but decay
            parts = torch.autograd.grad(loss.sum(), weights, allow_unused=True, materialize_grads=True)
            gradients = parts if gradients is None else [total + part for total, part in zip(gradients, parts)]
            losses = losses + loss.detach() / self.message.iter_size
        self.losses.append(losses)
        for weight in weights:
            weight.requires_grad_(False)
        self.solver.step(gradients)

    @torch.no_grad()
    def validation_losses(self):
        """The mean validation loss of every net; one with fewer batches than another counts only its own."""
        total = torch.zeros(len(self.runs))
        batches = torch.tensor([run.test_iter for run in self.runs])
        for number in range(max(run.test_iter for run in self.runs)):
            _, loss = self.val_net.forward({layer.top: layer.next() for layer in self.val_data})
            total += torch.where(batches > number, loss.cpu(), 0)
        for layer in self.val_data:
            layer.iteration = 0
        return (total / batches).tolist()

    def log(self, iteration, val_losses):
        """Add a row to every log.csv; the one place where the device is waited for. Raises Diverged."""
        losses = torch.stack(self.losses).cpu().numpy()
        self.losses, first = [], iteration - len(losses) + 1
        for row, (run, val_loss) in enumerate(zip(self.runs, val_losses)):
            for number, loss in enumerate(losses[:, row]):
                check_loss(loss, "training", first + number, run.folder / SOLVER)
            if val_loss is not None:
                check_loss(val_loss, "validation", iteration, run.folder / SOLVER)
            run.log.write(iteration, losses[:, row].mean(), val_loss)

    def finish(self, stopped):
        """Save the nets `stopped` (rows) and go on with the others."""
        for row in stopped:
            self.runs[row].log.close()
            save_caffemodel(self.runs[row].folder / WEIGHTS, self.net, row)
        rows = [row for row in range(len(self.runs)) if row not in stopped]
        self.runs = [self.runs[row] for row in rows]
        self.masks = [self.masks[row] for row in rows]
        self.losses = [losses[rows] for losses in self.losses]
        select([net for net in (self.net, self.val_net) if net], rows)
        self.solver.select(rows, self.net.learned())
        for layer in self.data + self.val_data:
            layer.select(rows)


def seed_of(solver):
    """The seed of a solver; one of the system's where it gives none, as in Caffe."""
    return solver.random_seed if solver.random_seed >= 0 else random.SystemRandom().randrange(2**31)


def check_same_architecture(nets):
    """Raise EngineStop unless the parsed nets differ only in the sources of their data."""
    plain = []
    for net in nets:
        copy = clone(net)
        for layer in copy.layer:
            layer.data_param.ClearField("source")
        plain.append(copy.SerializeToString(deterministic=True))
    if len(set(plain)) > 1:
        raise EngineStop("these nets differ in more than their data; train each by itself")


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
    torch.cuda.empty_cache()  # here nothing holds the nets any more
    print(f"{len(folders)} nets at once need more memory than there is: half of them at a time", flush=True)
    for half in (folders[: len(folders) // 2], folders[len(folders) // 2 :]):
        train(half, device, patience, mixed)
