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
from tools.engines.run_folder import DISPLAY, SOLVER, WEIGHTS, LogWriter, remove_failure, save_failure
from tools.engines.stops import Diverged, EngineStop, check_loss
from tools.engines.torch.caffemodel import copy_weights, save_caffemodel
from tools.engines.torch.data import data_layers, numbers_of, shapes_of
from tools.engines.torch.draws import Draws
from tools.engines.torch.graphs import Captured
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

    runs    the Runs still going on; F of them
    losses  float32 [most, F] on the device, of the iterations since the last log, that of iteration k in row k % most
    failed  {run folder: EngineStop} of those that left with an error
    """

    def __init__(self, folders, device, patience, mixed=False):
        self.patience = patience
        # without a cache of weights in bfloat16: a CUDA graph would keep those of its capture
        self.reduced = torch.autocast(device.type, torch.bfloat16, enabled=mixed, cache_enabled=False)
        folders = [Path(folder) for folder in folders]
        for folder in folders:
            remove_failure(folder)
        solvers = [load_solver(folder / SOLVER) for folder in folders]
        nets = [load_net(solver.net) for solver in solvers]
        check_same_architecture(nets)
        self.message, seeds = solvers[0], [seed_of(solver) for solver in solvers]
        self.interval, self.display = self.message.test_interval, self.message.display or DISPLAY
        self.device = device
        self.data = data_layers(nets, training=True, device=device)
        self.net = TorchNet(nets[0], caffe_pb2.TRAIN, shapes_of(self.data), seeds=seeds, device=device)
        self.draws = Draws(seeds, numbers_of(self.data) | self.net.numbers(), device)
        self.solver, self.val_data, self.val_net = Solver(self.message, self.net.learned()), [], None
        if self.interval and all(sum(solver.test_iter) for solver in solvers):
            self.val_data = data_layers(nets, training=False, device=device)
            val_shapes = shapes_of(self.val_data)
            self.val_net = TorchNet(nets[0], caffe_pb2.TEST, val_shapes, trained=self.net, seeds=seeds, device=device)
        self.val_draws = Draws(seeds, numbers_of(self.val_data), device)
        self.copy_weights(solvers)
        self.runs = [
            Run(folder, solver.max_iter, sum(solver.test_iter), LogWriter(folder), [])
            for folder, solver in zip(folders, solvers)
        ]
        self.failed, self.logged = {}, 0
        often = self.interval if self.val_net else self.display
        most = min(self.display, often, max(run.max_iter for run in self.runs))
        self.losses = torch.zeros((most, len(folders)), device=device)
        self.slots = torch.arange(most, device=device).unsqueeze(1)
        self.iterated = torch.zeros((), dtype=torch.int64, device=device)
        self.begin()

    def begin(self):
        """With these nets: what is done again and again on the device."""
        self.batches = torch.tensor([run.test_iter for run in self.runs], device=self.device)
        self.val_total = torch.zeros(len(self.runs), device=self.device)
        self.train_step = Captured(self.device)
        self.val_step = Captured(self.device)

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
            failed = {}
            if validated or done % self.display == 0 or any(run.max_iter == done for run in self.runs):
                failed = self.log(done, val_losses)
            if validated:
                for run, loss in zip(self.runs, val_losses):
                    run.validation.append((done, loss))
            stopped = [
                row
                for row, run in enumerate(self.runs)
                if row not in failed
                and (done >= run.max_iter or (validated and should_stop(run.validation, self.patience)))
            ]
            if stopped or failed:
                self.finish(stopped, failed)

    def iterate(self):
        """One iteration of the solver for every net."""
        self.solver.set_rates()
        self.train_step(self.train_on_device)
        self.solver.iteration += 1

    def train_on_device(self):
        weights, losses = [weight.value for weight in self.solver.weights], 0
        for number in range(self.message.iter_size):
            self.draws.draw()
            with self.reduced:
                _, loss = self.net.forward({layer.top: layer.next(self.draws) for layer in self.data}, self.draws)
            # weights that no loss depends on have no gradient, but decay
            gradients = torch.autograd.grad(loss.sum(), weights, allow_unused=True, materialize_grads=True)
            self.solver.add(gradients, first=not number)
            losses = losses + loss.detach() / self.message.iter_size
            self.draws.clock += 1
        now = self.slots == self.iterated % len(self.losses)
        self.losses.copy_(torch.where(now, losses, self.losses))
        self.iterated += 1
        self.solver.step()

    def validation_losses(self):
        """The mean validation loss of every net; one with fewer batches than another counts only its own."""
        self.val_total.zero_()
        self.val_draws.clock.zero_()
        for _ in range(max(run.test_iter for run in self.runs)):
            self.val_step(self.validate_on_device)
        return (self.val_total / self.batches).tolist()

    @torch.no_grad()
    def validate_on_device(self):
        self.val_draws.draw()
        blobs = {layer.top: layer.next(self.val_draws) for layer in self.val_data}
        _, loss = self.val_net.forward(blobs, self.val_draws)
        self.val_total += torch.where(self.batches > self.val_draws.clock, loss, 0)
        self.val_draws.clock += 1

    def log(self, iteration, val_losses):
        """Add a row to every log.csv; but for validations, the one place where the device is waited for.

        Returns {row: Diverged} of the nets of which a loss is not finite.
        """
        first = self.logged + 1
        self.logged, failed = iteration, {}
        recent = torch.arange(first - 1, iteration) % len(self.losses)
        losses = self.losses[recent.to(self.device)].cpu().numpy()
        for row, (run, val_loss) in enumerate(zip(self.runs, val_losses)):
            try:
                for number, loss in enumerate(losses[:, row]):
                    check_loss(loss, "training", first + number, run.folder / SOLVER)
                if val_loss is not None:
                    check_loss(val_loss, "validation", iteration, run.folder / SOLVER)
                run.log.write(iteration, losses[:, row].mean(), val_loss)
            except Diverged as error:
                failed[row] = error
        return failed

    def finish(self, stopped, failed):
        """Save the nets `stopped` (rows), note why those `failed` {row: error} have, and go on with the others."""
        for row in (*stopped, *failed):
            self.runs[row].log.close()
        for row in stopped:
            save_caffemodel(self.runs[row].folder / WEIGHTS, self.net, row)
        for row, error in failed.items():
            save_failure(self.runs[row].folder, error)
            self.failed[self.runs[row].folder] = error
        rows = [row for row in range(len(self.runs)) if row not in stopped and row not in failed]
        self.runs = [self.runs[row] for row in rows]
        if not rows:
            return
        self.train_step = self.val_step = None  # the graphs keep the memory of all nets
        self.losses = self.losses[:, rows].clone()
        select([net for net in (self.net, self.val_net) if net], rows)
        self.solver.select(rows)
        for part in (*self.data, *self.val_data, self.draws, self.val_draws):
            part.select(rows)
        self.begin()


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
    """Train the nets of `folders` together, or in halves where memory does not hold them.

    Raises Diverged, when the others have ended, where nets fail; each then has its own reason in its run folder.
    """
    failed = train_all(folders, device, patience, mixed)
    if failed:
        raise Diverged("; ".join(map(str, failed)))


def train_all(folders, device, patience, mixed):
    """The EngineStops of the nets that failed."""
    try:
        training = Training(folders, device, patience, mixed)
        training.run()
        return list(training.failed.values())
    except torch.OutOfMemoryError as error:
        if len(folders) == 1:
            raise EngineStop(
                "the GPU's memory does not hold one net and its data; lower batch_size in the prototxt, or free some "
                "(`nvidia-smi` lists who uses it)"
            ) from error
    training = None  # nor does anything else hold the nets any more
    torch.cuda.empty_cache()
    print(f"{len(folders)} nets at once need more memory than there is: half of them at a time", flush=True)
    halves = folders[: len(folders) // 2], folders[len(folders) // 2 :]
    return [error for half in halves for error in train_all(half, device, patience, mixed)]
