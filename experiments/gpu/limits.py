"""What happens at real size, where memory is short, and what a user is told."""

import time
from unittest import mock

import numpy as np
import torch

from data_prep.system.errors import InputError
from experiments.gpu.speed import bench_folders
from experiments.gpu.training import write_folders
from tools.engines.process import check_device, run_engine
from tools.engines.run_folder import ENGINE_LOG, NET, WEIGHTS, load_log
from tools.engines.server import served, serving
from tools.engines.torch import records
from tools.engines.torch.training import Training, train
from tools.engines.training import run_training
from tools.net.edits import with_sources
from tools.net.prototxt import load_net, save_prototxt

DISFA_FRAMES, SIDE, LABELS = 125_970, 44, 13  # of 26 subjects, who train
MOST_GIB = 16  # of 27 folds of DISFA, where no frame is shared


def check_memory(report, setting):
    """All folds of DISFA on the device, none of their frames the same; rows beyond 2**31 bytes."""
    frames, folds = 500 if setting.small else DISFA_FRAMES, setting.folds
    image = np.random.default_rng(0).integers(0, 256, (frames, 1, SIDE, SIDE), np.uint8)
    label = np.random.default_rng(1).integers(0, 2, (frames, LABELS, 1, 1)).astype(np.float32)
    _, folders = bench_folders(setting, folds)
    for fold, folder in enumerate(folders):
        prefix = setting.folder / f"fold-{fold}-"
        save_prototxt(folder / NET, with_sources(load_net(folder / NET), prefix, prefix))

    def load(source):
        fold = int(str(source).split("fold-")[1].split("-")[0])
        return label if "label" in str(source) else image ^ np.uint8(fold)

    setting.empty()
    begun = time.time()
    with mock.patch.object(records, "load_lmdb", load), mock.patch.object(records, "count_lmdb", return_value=frames):
        training = Training(folders, setting.device, 100)
    setting.sync()
    report.say("seconds to bring all folds to the device, without reading them", round(time.time() - begun, 1))
    data = next(layer for layer in training.data if layer.shape[2] > 1)
    report.say("bytes of images on the device", data.records.numel(), data.records.numel() == folds * image.size)
    training.draws.clock += 1
    training.draws.draw()
    batch, (top, left, mirror) = (
        data.next(training.draws).cpu().numpy(),
        [part.cpu() for part in data.windows(training.draws)],
    )
    row, crop = folds - 1, data.shape[-1]
    expected = np.stack(
        [(image ^ np.uint8(row))[(64 + n) % frames, 0, top[n, row] :, left[n, row] :][:crop, :crop] for n in range(64)]
    ).astype(np.float32)
    flipped = mirror[:, row].numpy()
    expected[flipped] = expected[flipped][:, :, ::-1]
    far = np.abs(batch[:, row, 0] - (expected - 128) * np.float32(data.transform.scale)).max()
    report.say("the last fold's batch is right", f"{far:.0e}", far < 1e-5)
    report.say("ms an iteration with all of it there", setting.clocked(training.iterate, 1 if setting.small else 30)[0])
    peak = setting.peak_gib()
    report.say("peak memory with all of it there, GiB", peak, peak is None or peak < MOST_GIB)


def check_short_memory(report, setting):
    """Where memory does not hold all nets, halves are trained one after the other."""
    if not setting.is_gpu:
        return
    folders = write_folders(setting.folder / "short", 8, max_iter=8, test_interval=4, display=2)
    setting.empty()
    before = torch.cuda.memory_reserved()
    train(folders, setting.device, 100)
    most, total = torch.cuda.max_memory_reserved(), torch.cuda.get_device_properties(setting.device).total_memory
    for folder in folders:
        (folder / WEIGHTS).unlink()
    setting.empty()
    torch.cuda.set_per_process_memory_fraction((0.3 * before + 0.7 * most) / total)
    try:
        train(folders, setting.device, 100)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    done = sum((folder / WEIGHTS).is_file() for folder in folders)
    report.say("nets trained where memory is short, of 8", done, done == 8)


def check_process(report, setting):
    """The engine as the project starts it: training, extraction, and a GPU that is not there."""
    number = str(setting.device.index) if setting.is_gpu else "cpu"
    begun = time.time()
    check_device("torch", number)
    report.say("seconds to start the engine", round(time.time() - begun, 1))
    folders = write_folders(setting.folder / "process", 2 if setting.small else 8, test_interval=10)
    begun = time.time()
    run_training(folders, number, "torch", 1 if setting.small else 8)
    report.say(f"seconds of {len(folders)} nets of 20 iterations", round(time.time() - begun, 1))
    report.say(
        "rows of log.csv",
        [row.iteration for row in load_log(folders[0])],
        all((folder / WEIGHTS).is_file() for folder in folders),
    )
    out = setting.folder / "features.npz"
    options = ["--blob", "fc2", "--count", 32, "--out", out, "--device", number]
    run_engine("torch", ["extract", folders[0] / NET, folders[0] / WEIGHTS, *options], setting.folder / ENGINE_LOG)
    feature = np.load(out)["feature"]
    report.say("features", feature.shape, feature.shape == (32, LABELS) and np.isfinite(feature).all())
    (again := setting.folder / "again.npz").unlink(missing_ok=True)
    options[options.index(out)] = again
    with serving(number):
        begun = time.time()
        answered = [served(["extract", folders[0] / NET, folders[0] / WEIGHTS, *options]) for _ in range(3)]
        report.say("seconds of 3 extractions by a server, its start included", round(time.time() - begun, 1))
    same = all(answered) and np.array_equal(np.load(again)["feature"], feature)
    report.say("features by a server are the same", same, same)
    said = "no error"
    try:
        check_device("torch", "63")
    except InputError as error:
        said = str(error)
    report.say("of a GPU that is not there, a user reads", said, "GPU 63" in said)
