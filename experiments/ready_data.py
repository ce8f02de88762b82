"""Rendered people as `make ready` and `make adapt` learn from them: crops, shapes, labels, intensities."""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.faces.align import LANDMARKS
from data_prep.faces.detectors import BLAZEFACE
from data_prep.faces.stage import FaceStage
from data_prep.preparation.dataset import prepare_dataset
from data_prep.readers.csv_dataset import read_csv_dataset
from data_prep.rendered.dataset import LEVELS, PRESENCE, folder_of, source_of, write_rendered
from data_prep.rendered.recipes import AUS
from data_prep.rendered.sources import SOURCES
from data_prep.subjects.aus import UNKNOWN
from data_prep.subjects.frames import columns_of
from data_prep.subjects.subject_file import load_subject, subject_path
from data_prep.system.digests import file_digest

STAGE = FaceStage(BLAZEFACE, LANDMARKS, shapes=True)  # how the faces of a ready model are found and cropped
TREE, FACES = "rendered", "faces"  # folders: of pictures, of subject files


class Shown(NamedTuple):
    """n frames of people, without any mean face: crop uint8 [n, S, S], shape float32 [n, 478, 2], label int8 [n, C],
    intensity float32 [n, C] (-1 unknown), subject str [n]."""

    crop: np.ndarray
    shape: np.ndarray
    label: np.ndarray
    intensity: np.ndarray
    subject: np.ndarray

    def rows(self, keep):
        return Shown(*(values[keep] for values in self))


class Rendered(NamedTuple):
    """people  {subject: (path of its file, sha256 of the file)}
    tree       folder of the pictures
    sources    names of the sources that there are
    """

    people: dict
    tree: Path
    sources: tuple

    def of(self, *sources):
        """The names of the people of some of the sources."""
        return [name for name in self.people if source_of(name)[0] in sources]

    def frames(self, names):
        """The Shown of people."""
        return shown([self.people[name][0] for name in names], AUS, functools.partial(true_intensity, self.tree))


def rendered(data, people, pictures, seed, ict=None, jobs=None):
    """The Rendered below the folder `data`, made where it is not there: `people` of each source, `pictures` each."""
    sources = tuple(source for source in SOURCES if source != "ict" or ict)
    tree, out = Path(data) / TREE, Path(data) / FACES
    write_rendered(tree, people, pictures, seed, sources, ict, jobs)
    recordings = read_csv_dataset(tree / PRESENCE)
    names = prepare_dataset("rendered", tree / PRESENCE, recordings, out, jobs=jobs, stage=STAGE)
    paths = {name: subject_path(out, name) for name in names}
    return Rendered({name: (str(path), file_digest(path)) for name, path in paths.items()}, tree, sources)


def true_intensity(tree, subject):
    """float32 [n, C] of a rendered Subject's frames: the intensities that its pictures were rendered with."""
    return np.load(folder_of(tree, subject.name) / LEVELS).max(axis=2)[subject.frame - 1]


def coded_intensity(subject, aus):
    """float32 [n, C] of a Subject's frames as they are coded, -1 unknown."""
    return columns_of(subject.intensity, subject.au, aus).astype(np.float32)


def shown(paths, aus, intensity_of=None):
    """The Shown of subject files, of frames in which any of the AU numbers `aus` is coded."""
    parts = []
    for path in paths:
        subject = load_subject(path)
        label = columns_of(subject.label, subject.au, aus)
        intensity = intensity_of(subject) if intensity_of else coded_intensity(subject, aus)
        values = (subject.image, subject.shape, label, intensity, np.full(len(label), subject.name))
        parts.append([each[(label != UNKNOWN).any(axis=1)] for each in values])
    return Shown(*map(np.concatenate, zip(*parts)))
