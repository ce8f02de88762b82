"""Milliseconds an iteration of 1 to 27 nets at once, against as many runs of a plain PyTorch loop."""

import collections

import torch

from data_prep.subjects.lmdb_pair import image_lmdb, label_lmdb, load_lmdb
from experiments import bench_train
from experiments.gpu.setting import tf32
from experiments.plain_torch import Loop
from tools.engines.torch.training import Training
from tools.net.prototxt import load_solver, save_prototxt

FASTER = 10  # the goal: times the plain loop
DISFA_BATCHES = 490  # of a validation of a fold of DISFA, which comes every 100 iterations


def bench_folders(setting, count):
    prefix = str(setting.folder / "noise")
    if not image_lmdb(prefix).exists():
        bench_train.write_data(prefix, 640 if setting.small else None)
    return prefix, [
        bench_train.write_disfa_run(setting.folder / f"bench{seed}", prefix, 100_000, "cpu", seed + 1)
        for seed in range(count)
    ]


def plain_ms(setting, prefix):
    """(milliseconds an iteration, of the host) of the plain loop, with PyTorch's own settings."""
    torch.use_deterministic_algorithms(False)
    image, label = (torch.from_numpy(load_lmdb(lmdb(prefix))).to(setting.device) for lmdb in (image_lmdb, label_lmdb))
    try:
        return setting.clocked(Loop(image, label).iterate, 1 if setting.small else 200)
    finally:
        torch.use_deterministic_algorithms(True, warn_only=True)


def check_speed(report, setting):
    prefix, folders = bench_folders(setting, setting.folds)
    with tf32(True):
        plain, host = plain_ms(setting, prefix)
    report.say("plain loop: ms an iteration, of them the host", (plain, host))
    sizes = (1, 2) if setting.small else (1, 3, 9, setting.folds)
    ways = (
        [("full float32", False, False)]
        + ([("TF32", True, False)] if setting.is_gpu else [])
        + [("MIXED", False, True)]
    )
    for name, fast, mixed in ways:
        for nets in sizes if not mixed and not fast else sizes[-1:]:
            setting.empty()
            with tf32(fast):
                training = Training(folders[:nets], setting.device, 100, mixed)
                found = setting.clocked(training.iterate, 1 if setting.small else 100)
            report.say(f"{nets} nets, {name}: ms an iteration, of them the host", found)
            if nets == setting.folds:
                ratio = round(nets * plain / found[0], 1)
                report.say(
                    f"{nets} plain runs one after another / {nets} nets, {name}",
                    ratio,
                    ratio >= FASTER if setting.is_gpu else None,
                )
                report.say(f"peak memory, {nets} nets, {name}, GiB", setting.peak_gib())
                if setting.is_gpu:
                    report.say(f"kernels, {name}", kernels(setting, training.iterate))
                    idle = idle_host_ms(setting, training)
                    report.say(
                        f"host ms to start an iteration of {nets} nets, {name}; of the plain loop",
                        (idle, host),
                        idle <= host,
                    )
            del training


def idle_host_ms(setting, training):
    """Milliseconds in which the host starts one iteration, when the device waits for it."""
    begun = [setting.clocked(training.iterate, 1, warm=0)[1] for _ in range(20)]
    return sorted(begun)[10]


def kernels(setting, step, count=3, most=25):
    """(kernels an iteration, their milliseconds, the longest of them)."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA], acc_events=True) as profiler:
        for _ in range(count):
            step()
        setting.sync()
    events = [event for event in profiler.events() if event.device_type == torch.autograd.DeviceType.CUDA]
    table = collections.Counter()
    for event in events:
        table[event.name[:110]] += event.device_time / count / 1e3
    longest = [(round(ms, 3), name) for name, ms in table.most_common(most)]
    return round(len(events) / count), round(sum(table.values()), 3), longest


def check_validation(report, setting):
    _, folders = bench_folders(setting, setting.folds)
    for folder in folders:
        solver = load_solver(folder / "solver.prototxt")
        solver.test_interval = 100
        solver.test_iter[:] = [1 if setting.small else 100]
        save_prototxt(folder / "solver.prototxt", solver)
    training = Training(folders, setting.device, 100)
    batches = training.runs[0].test_iter
    batch = setting.clocked(training.validation_losses, 1, warm=1)[0] / batches
    iteration = setting.clocked(training.iterate, 1 if setting.small else 60)[0]
    report.say(f"{setting.folds} nets: ms a validation batch, ms an iteration", (round(batch, 3), iteration))
    share = batch * DISFA_BATCHES / (batch * DISFA_BATCHES + iteration * 100)
    report.say(
        "share of validation where all of DISFA's validation frames are seen every 100 iterations", round(share, 2)
    )
