"""A fold on four small subject files, which real Caffe trains in a second."""

import numpy as np
import pytest

from data_prep.subjects.splits import HELD_OUT, Fold
from data_prep.subjects.subject_file import Subject, save_subject
from data_prep.system.code import ROOT
from data_prep.system.digests import file_digest
from tools.engines.run_folder import NET, SOLVER
from tools.folds.task import FoldTask

FRAMES = 24


def subject_file(folder, name, seed, uncoded=0):
    """A subject whose AU 12 brightens the mouth and whose AU 4 darkens the brow.

    The first `uncoded` frames have no label and are brighter, the more the higher `seed` is: then the mean over a
    subject's coded frames is not its mean face.
    """
    rng = np.random.default_rng(seed)
    label = (np.arange(FRAMES)[:, None] // (4, 2) % 2).astype(np.int8)
    image = rng.integers(100, 140, (FRAMES, 44, 44))
    image[:, 30:36, 12:32] += 60 * label[:, :1, None]
    image[:, 8:14, 12:32] -= 60 * label[:, 1:, None]
    label[:uncoded] = -1
    image[:uncoded] += 20 * (seed + 1)
    save_subject(
        folder,
        Subject(
            name,
            image.astype(np.uint8),
            label,
            np.array([12, 4]),
            np.arange(FRAMES),
            np.full(FRAMES, ""),
            np.zeros((FRAMES, 4), int),
            np.zeros(0, int),
            np.zeros(0, str),
            "test",
        ),
    )
    return str(folder / f"{name}.npz")


@pytest.fixture
def small_fold(tmp_path):
    return make_fold(tmp_path)


def make_fold(tmp_path):
    """The FoldTask of a fold in a folder, with its subject files and prototxts."""
    (tmp_path / NET).write_text(
        (ROOT / "prototxt/disfa/train_val.prototxt").read_text().replace("batch_size: 64", "batch_size: 8")
    )
    (tmp_path / SOLVER).write_text((ROOT / "prototxt/disfa/solver.prototxt").read_text())
    paths = {name: subject_file(tmp_path, name, seed) for seed, name in enumerate("ABCD")}
    return FoldTask(
        "D",
        Fold(("A", "B"), ("C",), {HELD_OUT: ("D",)}),
        str(tmp_path / "fold_D"),
        {name: (path, file_digest(path)) for name, path in paths.items()},
        (12, 4),
        str(tmp_path / NET),
        str(tmp_path / SOLVER),
        0,
        iterations=6,
    )
