"""Training on the device: against float64 on the CPU, among others against alone, twice, with and without a graph."""

import numpy as np
import torch

from data_prep.datasets.table import DATASETS, DISFA
from data_prep.subjects.lmdb_pair import write_lmdb_pair
from experiments.gpu.setting import CPU, as_on_cpu, distance
from prototxt import caffe_pb2
from tools.engines.run_folder import NET, SOLVER
from tools.engines.torch import graphs
from tools.engines.torch.solver import Solver
from tools.engines.torch.training import Training
from tools.net.edits import with_sources
from tools.net.prototxt import load_net, load_solver, save_prototxt

IMAGES, VALIDATION, BATCH, LABELS, SIDE = 64, 32, 16, 13, 44
STEPS = (1, 20)


def write_folders(folder, count, dropout=True, **fields):
    """Run folders of the DISFA net on pictures of stripes; without `dropout` nothing is random but the weights."""
    return [write_folder(folder / f"run{seed}{dropout}{len(fields)}", seed, dropout, fields) for seed in range(count)]


def write_folder(folder, seed, dropout, fields):
    folder.mkdir(parents=True, exist_ok=True)
    rng, side = np.random.default_rng(seed), SIDE if dropout else SIDE - 4
    label = (rng.random((IMAGES + VALIDATION, LABELS)) < 0.3).astype(np.int8)
    image = rng.integers(110, 146, (len(label), SIDE, SIDE)).astype(np.uint8)
    for k in range(LABELS):  # each label brightens a stripe
        image[:, 3 * k + 3 : 3 * k + 6, 8:36] += 40 * label[:, k, None, None].astype(np.uint8)
    edge = (SIDE - side) // 2
    image = image[:, edge : edge + side, edge : edge + side]
    write_lmdb_pair(folder / "train", image[:IMAGES], label[:IMAGES])
    write_lmdb_pair(folder / "val", image[IMAGES:], label[IMAGES:])
    net = with_sources(load_net(DATASETS[DISFA].prototxt("train_val")), folder / "train", folder / "val")
    kept = [layer for layer in net.layer if dropout or layer.type != "Dropout"]
    bare = type(net)(name=net.name, layer=kept)
    for layer in bare.layer:
        if layer.type == "Data":
            layer.data_param.batch_size = BATCH
            layer.transform_param.mirror &= dropout
    solver = load_solver(DATASETS[DISFA].prototxt("solver"))
    solver.net, solver.random_seed, solver.solver_mode = str(folder / NET), seed + 1, caffe_pb2.SolverParameter.CPU
    solver.max_iter, solver.test_interval, solver.display = 20, 10, 5
    solver.test_iter[:] = [VALIDATION // BATCH]
    for name, value in fields.items():
        setattr(solver, name, value)
    save_prototxt(folder / NET, bare)
    save_prototxt(folder / SOLVER, solver)
    return folder


def weights_after(training, steps):
    """The weights of each net, float64 [F, ...], when `steps` have been done."""
    while training.solver.iteration < steps:
        training.iterate()
    values = [weight.value.detach().double().cpu().flatten(1) for weight in training.net.learned()]
    return torch.cat(values, 1).numpy()


def in_float64(training):
    """A Training that has not begun, made to compute in float64."""
    for weight in training.net.owned():
        weight.value = weight.value.detach().double()
    training.solver = Solver(training.message, training.net.learned())
    for layer in training.data:
        layer.next = lambda draws, given=layer.next: given(draws).double()
    return training


def check_training(report, setting):
    folders = write_folders(setting.folder, 3 if setting.small else 5, dropout=False)
    with as_on_cpu():
        exact = in_float64(Training(folders, CPU, 100))
        expected = {steps: weights_after(exact, steps) for steps in STEPS}
        plain = Training(folders, CPU, 100)
        validation = plain.validation_losses()
        own = {steps: weights_after(plain, steps) for steps in STEPS}
    ours = Training(folders, setting.device, 100)
    worst = distance(ours.validation_losses(), validation)
    report.say("validation loss against the CPU", f"{worst:.0e}", worst <= 1e-5)
    for steps in STEPS:  # the median net: in some, rounding decides a near tie of MAX pooling, on the CPU too
        found = weights_after(ours, steps)
        far, cpus = (
            float(np.median([distance(one, other) for one, other in zip(side, expected[steps])]))
            for side in (found, own[steps])
        )
        report.say(
            f"weights after {steps} steps, off float64, the median net: here, on the CPU",
            (f"{far:.0e}", f"{cpus:.0e}"),
            far <= max(1e-5, 2 * cpus),
        )


def check_among(report, setting):
    folders = write_folders(setting.folder, 2 if setting.small else 3)
    among = weights_after(Training(folders, setting.device, 100), 20)
    alone = [weights_after(Training([folder], setting.device, 100), 20)[0] for folder in folders]
    far = [distance(one, other) for one, other in zip(among, alone)]
    report.say(
        "a net among others against itself alone, 20 steps with Dropout, the median net",
        f"{np.median(far):.0e}",
        np.median(far) <= 1e-5,
    )


def check_determinism(report, setting):
    folders = write_folders(setting.folder, 2 if setting.small else 5)
    first, again = (weights_after(Training(folders, setting.device, 100), 20) for _ in range(2))
    report.say("the same training twice is the same to the bit", (first == again).all(), (first == again).all())
    if setting.is_gpu:
        captured, training = graphs.WARM_UP, Training(folders, setting.device, 100)
        training.train_step.ahead = -1
        direct = weights_after(training, 20)
        far = distance(first, direct)
        report.say(f"as a CUDA graph after {captured} steps against operation by operation", f"{far:.0e}", far <= 1e-6)


def check_mixed(report, setting):
    folders = write_folders(setting.folder, 2, dropout=False)
    full, mixed = (weights_after(Training(folders, setting.device, 100, flag), 20) for flag in (False, True))
    far = distance(mixed, full)
    report.say("MIXED against full precision, 20 steps", f"{far:.0e}", 1e-6 < far < 0.1)
