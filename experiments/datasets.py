"""The datasets of an experiment: real where their folders are given, else synthetic faces in their layouts."""

from pathlib import Path
from typing import NamedTuple

from data_prep.datasets.table import DATASETS
from data_prep.faces.stage import PAPER, face_stage
from data_prep.preparation.dataset import prepare_dataset
from data_prep.preparation.face_report import detection
from data_prep.subjects.provenance import is_synthetic, load_provenance
from data_prep.subjects.subject_file import STORED_SIZE, subject_path
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError

SYNTHETIC_FOLDER = "synthetic"  # folder of synthetic trees and their subject files, in that of all data


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

    @property
    def synthetic(self):
        return is_synthetic(self.name)


def prepared(keys, settings):
    """{key: Prepared} of the datasets `keys`: real if the folders of all of them are given, synthetic if of none."""
    roots = {key: getattr(settings, key) for key in keys}
    missing = [DATASETS[key].title for key, root in roots.items() if not root]
    if missing and len(missing) < len(keys):
        raise InputError(
            f"the folder of {' and of '.join(missing)} is needed too; give all of "
            f"{', '.join(f'{key.upper()}=' for key in keys)} or none, for synthetic faces"
        )
    return {key: prepare_one(key, root, settings) for key, root in roots.items()}


def data_folder(settings):
    """The folder of --data: <key>/ has a real dataset's subject files, synthetic/ the drawn trees and their files."""
    return Path(settings.data) if settings.data else Path(settings.out) / "data"


def prepare_one(key, root, settings):
    """The Prepared dataset `key` at `root`, or of synthetic faces where `root` is None."""
    dataset, folder, stage = DATASETS[key], data_folder(settings), face_stage(settings.detector, settings.align)
    if root is None:
        if dataset.draw is None:
            raise InputError(f"the folder of {dataset.title} is needed; there are no synthetic faces in its layout")
        folder = folder / SYNTHETIC_FOLDER
        root = folder / dataset.title
        dataset.draw(root, seed=settings.seed, jobs=settings.jobs)
    data = folder / "_".join([key, *folder_words(settings.size, stage)])
    recordings = dataset.read(root, **dataset.chosen_options(settings))
    names = prepare_dataset(dataset.title_at(root), root, recordings, data, settings.size, settings.jobs, stage=stage)
    paths = {name: subject_path(data, name) for name in names}
    return Prepared(
        key,
        load_provenance(data),
        {name: (str(path), file_digest(path)) for name, path in paths.items()},
        detection(data, names),
    )


def folder_words(size, stage):
    """What the name of a folder of subject files says of their size and FaceStage, where these are not the paper's."""
    words = [str(size)] if size != STORED_SIZE else []
    return words + [word for word, paper in zip(stage[:2], PAPER) if word != paper]
