"""Labelled frames of several subjects, normalized per person, and their way into an LMDB pair."""

from typing import NamedTuple

import numpy as np

from data_prep.subjects.augment import augmented
from data_prep.subjects.aus import UNKNOWN, coded, with_neutral
from data_prep.subjects.lmdb_pair import write_lmdb_pair
from data_prep.subjects.normalize import subject_difference, to_bytes, to_scale
from data_prep.subjects.subject_file import load_subject
from data_prep.system.errors import InputError


class Frames(NamedTuple):
    """n labelled frames: difference float32 [n, S, S] from the subject's mean face (the crops themselves where none is
    subtracted), label int8 [n, C], frame int64 [n], sequence str [n], subject str [n], intensity int8 [n, C] as in the
    subject file."""

    difference: np.ndarray
    label: np.ndarray
    frame: np.ndarray
    sequence: np.ndarray
    subject: np.ndarray
    intensity: np.ndarray

    @property
    def mean(self):
        """The mean image float32 [S, S] to subtract where these are the training frames (paper: Sec. V)."""
        return self.difference.mean(axis=0)

    @property
    def modeled(self):
        """bool [C]: the AUs that a net learns where these are the training frames, those that are coded in any."""
        return coded(self.label)

    def augmented(self, times, rng):
        """These and, `times` over, the same with crops changed at random; no mean face may be subtracted from them."""
        if not times:
            return self
        more = augmented(self.difference.astype(np.uint8), times, rng).astype(np.float32)
        others = (np.concatenate([values] * (times + 1)) for values in self[1:])
        return Frames(np.concatenate([self.difference, more]), *others)


def load_frames(paths, aus=None, mean_face=True):
    """The labelled frames of the subject files `paths`, subject by subject.

    Label columns are those of the AU numbers `aus` (default: those of the files); one that a file lacks is unknown.
    mean_face  whether the subject's mean face is subtracted
    """
    parts = []
    for path in paths:
        subject = load_subject(path)
        chosen = subject.au.tolist() if aus is None else aus
        label, intensity = (columns_of(values, subject.au, chosen) for values in (subject.label, subject.intensity))
        keep = (label != UNKNOWN).any(axis=1)
        pixels = subject_difference(subject.image, subject.view) if mean_face else subject.image.astype(np.float32)
        parts.append(
            Frames(
                pixels[keep],
                label[keep],
                subject.frame[keep],
                subject.sequence[keep],
                np.full(keep.sum(), subject.name),
                intensity[keep],
            )
        )
    frames = Frames(*(np.concatenate(column) for column in zip(*parts)))
    if not len(frames.label):
        raise InputError(f"no labelled frame in {', '.join(map(str, paths))}")
    return frames


def columns_of(values, au, aus):
    """The columns int8 [n, len(aus)] of `values` int8 [n, C], whose own are those of the AU numbers `au` [C]."""
    column = dict(zip(au.tolist(), values.T))
    unknown = np.full(len(values), UNKNOWN, np.int8)
    return np.stack([column.get(au, unknown) for au in aus], axis=1)


def write_frames(prefix, frames, train_mean, order, quantize=True, modeled=None):
    """Write frames[order] as an LMDB pair, the neutral label appended; `quantize` False keeps pixels as floats.

    train_mean, modeled  `mean` and `modeled` of the training frames (`modeled` by default of these)
    """
    pixels = (to_bytes if quantize else to_scale)(frames.difference[order], train_mean)
    write_lmdb_pair(prefix, pixels, with_neutral(frames.label, frames.modeled if modeled is None else modeled)[order])
