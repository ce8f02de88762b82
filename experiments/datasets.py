"""The three datasets as the experiments use them: real where their folders are given, else drawn in their layouts."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from data_prep.preparation.dataset import prepare_dataset
from data_prep.preparation.face_report import detection
from data_prep.readers.bp4d import FERA_DEV, FERA_TRAIN, read_bp4d
from data_prep.readers.bp4d import THREE_FOLDS as BP4D_THREE_FOLDS
from data_prep.readers.ckplus import read_ckplus
from data_prep.readers.disfa import THREE_FOLDS as DISFA_THREE_FOLDS
from data_prep.readers.disfa import read_disfa
from data_prep.subjects.aus import DISFA_AUS, SHARED_AUS
from data_prep.subjects.provenance import load_provenance
from data_prep.subjects.splits import by_partition, train_val_split
from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.synthetic.bp4d import write_bp4d
from data_prep.synthetic.ckplus import write_ckplus
from data_prep.synthetic.disfa import write_disfa
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError

DISFA, BP4D, CKPLUS = "disfa", "bp4d", "ckplus"
SYNTHETIC = "synthetic"  # folder of the drawn trees and their subject files, in that of all data


class Dataset(NamedTuple):
    """How the experiments get at a dataset.

    title        as it is written
    aus          AU numbers it is modeled with on its own
    read         read(root, settings): its recordings
    draw         draw(root, seed, jobs): a tree of synthetic faces in its layout
    split        split(subjects, seed): training and validation subjects
    three_folds  the usual three groups of subjects in later work
    """

    title: str
    aus: tuple
    read: Callable
    draw: Callable
    split: Callable
    three_folds: tuple = ()

    def prototxt(self, name):
        """Path of "train_val" or "solver"; CK+ has none of its own, as the paper does not train on it."""
        return f"prototxt/{'bp4d' if self.title == 'CK+' else self.title.lower()}/{name}.prototxt"


# ours: the sizes of the drawn trees are what `make all` can train on in its time on two cores
DATASETS = {
    DISFA: Dataset(
        "DISFA",
        DISFA_AUS,
        lambda root, settings: read_disfa(root, settings.present_from, settings.camera),
        lambda root, seed, jobs: write_disfa(root, 12, 300, seed, jobs),
        train_val_split,
        DISFA_THREE_FOLDS,
    ),
    BP4D: Dataset(
        "BP4D",
        SHARED_AUS,
        lambda root, settings: read_bp4d(root, frame_offset=settings.frame_offset),
        lambda root, seed, jobs: write_bp4d(root, 12, 36, seed, jobs),
        lambda subjects, _: by_partition(subjects, FERA_TRAIN, FERA_DEV),
        BP4D_THREE_FOLDS,
    ),
    CKPLUS: Dataset(
        "CK+",
        SHARED_AUS,
        lambda root, settings: read_ckplus(root, ungraded=settings.ungraded, neutral_first=settings.neutral_first),
        lambda root, seed, jobs: write_ckplus(root, 40, seed, jobs),
        train_val_split,
    ),
}


class Prepared(NamedTuple):
    """A dataset whose subject files are there.

    key        of DATASETS
    name       what the data may be called, e.g. that they are synthetic
    subjects   {subject: (path of its file, sha256 of the file)}
    detection  how often a face was found
    """

    key: str
    name: str
    subjects: dict
    detection: dict

    @property
    def dataset(self):
        return DATASETS[self.key]


def prepared(keys, settings):
    """{key: Prepared} of the datasets `keys`: real if the folders of all of them are given, drawn if of none."""
    roots = {key: getattr(settings, key) for key in keys}
    missing = [DATASETS[key].title for key, root in roots.items() if not root]
    if missing and len(missing) < len(keys):
        raise InputError(
            f"the folder of {' and of '.join(missing)} is needed too; give all of "
            f"{', '.join(f'{key.upper()}=' for key in keys)} or none, for synthetic faces"
        )
    return {key: prepare_one(key, root, settings) for key, root in roots.items()}


def data_folder(settings):
    """The folder of --data: <key>/ has a real dataset's subject files, synthetic/ drawn trees and their files."""
    return Path(settings.data) if settings.data else Path(settings.out) / "data"


def prepare_one(key, root, settings):
    """The Prepared dataset `key` at `root`, or drawn where `root` is None."""
    dataset, folder = DATASETS[key], data_folder(settings)
    if root is None:
        folder = folder / SYNTHETIC
        root = folder / dataset.title
        dataset.draw(root, settings.seed, settings.jobs)
    data = folder / key
    if settings.size != STORED_SIZE:
        data = data.with_name(f"{data.name}_{settings.size}")
    names = prepare_dataset(dataset.title, root, dataset.read(root, settings), data, settings.size, settings.jobs)
    paths = {name: data / f"{name}.npz" for name in names}
    return Prepared(
        key,
        load_provenance(data),
        {name: (str(path), file_digest(path)) for name, path in paths.items()},
        detection(data, names),
    )
