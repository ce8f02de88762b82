"""A net of the zoo as a fold: trained on drawn subjects, bundled, and asked for the decisions that the fold made."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.subjects.provenance import PREFIX, save_provenance
from data_prep.subjects.splits import HELD_OUT, Fold
from data_prep.subjects.subject_file import Subject, load_subject, save_subject
from data_prep.system.digests import file_digest
from experiments.bundle import bundle_fold
from prototxt import caffe_pb2
from tests.zoo.nets import parsed, train_val
from tests.zoo.texts import CROP, LABELS
from tools.detection.au_scores import au_scores
from tools.detection.bundle import load_bundle
from tools.engines.run_folder import NET, SOLVER
from tools.folds.fold import run_fold
from tools.folds.scores import load_scores
from tools.folds.task import FoldTask
from tools.net.prototxt import save_prototxt
from tools.net.roles import heads

AUS = (1, 4, 12, 17)  # and neutral: as many as there are LABELS
FRAMES, SIDE = 48, CROP + 4
ITERATIONS = 12


class Compared(NamedTuple):
    """The decisions of a fold on its test subject, and those of detection with its bundle.

    decisions  how many
    differ     how many of them
    present    how many say that an AU is there
    error      the largest difference of the scores, relative to the largest
    """

    decisions: int
    differ: int
    present: int
    error: float


def draw_subjects(folder):
    """{name: (path, digest)} of three subjects of FRAMES frames; an AU brightens its stripe of the face."""
    assert len(AUS) + 1 == LABELS
    for seed, name in enumerate("ABC"):
        rng = np.random.default_rng(seed)
        label = (rng.random((FRAMES, len(AUS))) < 0.4).astype(np.int8)
        image = rng.integers(90, 150, (FRAMES, SIDE, SIDE))
        for k in range(len(AUS)):
            image[:, 5 * k : 5 * k + 4, 2:-2] += 25 * label[:, k, None, None]
        none = {"path": np.full(FRAMES, ""), "box": np.zeros((FRAMES, 4), int)}
        frames, nowhere = np.arange(FRAMES), (np.zeros(0, int), np.zeros(0, str))
        image = image.astype(np.uint8)
        save_subject(
            folder, Subject(name, image, label, np.array(AUS), frames, none["path"], none["box"], *nowhere, "test")
        )
    save_provenance(folder, PREFIX)
    paths = {name: folder / f"{name}.npz" for name in "ABC"}
    return {name: (str(path), file_digest(path)) for name, path in paths.items()}


def solver():
    """A SolverParameter of a few quick steps."""
    message = caffe_pb2.SolverParameter(base_lr=0.005, momentum=0.9, lr_policy="fixed", weight_decay=0.0005)
    message.max_iter, message.test_interval, message.display = ITERATIONS, ITERATIONS // 2, ITERATIONS
    message.test_iter.append(2)
    return message


def fold_of(zoo_net, folder, subjects, engine):
    """The FoldTask of a net on the subjects that `draw_subjects` gave, in `folder`."""
    folder.mkdir()
    save_prototxt(folder / NET, parsed(zoo_net))
    save_prototxt(folder / SOLVER, solver())
    fold = Fold(("A",), ("B",), {HELD_OUT: ("C",)})
    files = str(folder / NET), str(folder / SOLVER)
    several = len({layer.name for layer, _ in heads(train_val(zoo_net))}) > 1  # then the features must be named
    blob = zoo_net.feature if several else None
    return FoldTask("C", fold, str(folder / "fold_C"), subjects, AUS, *files, 0, engine=engine, blob=blob)


def engine_of(zoo_net):
    """The engine that trains a net: Caffe, where it can."""
    return "torch" if "caffe" in zoo_net.refused else "caffe"


def compared(zoo_net, folder, subjects, engine):
    """Train and bundle a net as a fold in `folder`; returns what detection makes of the test subject, Compared.

    Raises InputError for what the engine, or detection, cannot do.
    """
    task = fold_of(zoo_net, Path(folder), subjects, engine)
    run_fold(task)
    scores = load_scores(task.folder, HELD_OUT)
    bundle_fold(task.folder, Path(folder) / "bundle")
    bundle = load_bundle(Path(folder) / "bundle")
    columns = [task.aus.index(au) for au in bundle.facts["aus"]]
    expected = scores.score["qda"][:, columns]
    ours = au_scores(bundle, load_subject(subjects["C"][0]).image, "video")
    differ = int(((ours > 0) != (expected > 0)).sum())
    error = float(np.abs(ours - expected).max() / np.abs(expected).max())
    return Compared(expected.size, differ, int((expected > 0).sum()), error)
