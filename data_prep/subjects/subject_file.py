"""The subject file: one `.npz` per subject, the unit of leave-one-subject-out, mean face and splits.

data/<set>/<subject>.npz holds
  image    uint8 [n, S, S]   grey face crops, S = STORED_SIZE unless --size says otherwise
  label    int8  [n, C]      1 present, 0 absent, -1 unknown, columns as `au`
  au       int64 [C]         AU numbers
  frame    int64 [n]         frame numbers as the dataset counts them
  sequence str [n]           the recording a frame is from (camera, task, take); "" if there is only one
  box      int64 [n, 4]      x, y, width, height of the face in its frame, pixels
  missed   int64 [m]         frames in which no face was found, and their
  missed_sequence  str [m]   recordings
  source   str               what it was made from; a different source means the file is out of date
  detector str               the face detector, and how the crops were aligned: "none", at the box, or by "landmarks",
  align    str               which brings both eyes and the mouth (data_prep/faces/align.py) to
  template float64 [3, 2]    these places, x and y of the crop's side; [0, 2] where they are not aligned
  view     str [n]           where the camera stood, if there are several: the frames of a view share a mean face
  shape    float32 [n, 478, 2]  shapes of the faces (data_prep/faces/shape.py); [n, 0, 2] where they are not kept
  intensity int8 [n, C]      0 absent, 1 to 5 FACS's grades a to e, -1 unknown: not graded, or a dataset without grades
"""

import contextlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.subjects.aus import UNKNOWN
from data_prep.system.errors import InputError
from data_prep.system.files import atomic

STORED_SIZE = 44  # ours: room for a random 40 x 40 crop; two images share an LMDB page


class Subject(NamedTuple):
    """One subject's frames; the arrays are those of the subject file."""

    name: str
    image: np.ndarray
    label: np.ndarray
    au: np.ndarray
    frame: np.ndarray
    sequence: np.ndarray
    box: np.ndarray
    missed: np.ndarray
    missed_sequence: np.ndarray
    source: str
    detector: str = "haar"
    align: str = "none"
    template: np.ndarray = np.zeros((0, 2))
    intensity: np.ndarray | None = None  # None is saved, and an earlier version's file read, as unknown
    view: np.ndarray | None = None  # likewise, as the only one
    shape: np.ndarray | None = None  # likewise, as none

    @property
    def labelled(self):
        """bool [n]: frames with at least one AU coded. The others serve the subject's mean face only."""
        return (self.label != UNKNOWN).any(axis=1)


def subject_path(folder, name):
    """Where the subject file of the subject `name` lies."""
    return Path(folder) / f"{name}.npz"


def save_subject(folder, subject):
    """Write `subject` to `folder`/<name>.npz."""
    with atomic(subject_path(folder, subject.name)) as path:
        np.savez(path, **{field: value for field, value in completed(subject)._asdict().items() if field != "name"})


def completed(subject):
    """A Subject with intensities, unknown where it has none, views, one where it has none, and shapes."""
    count = len(subject.label)
    missing = {
        "intensity": np.full_like(subject.label, UNKNOWN),
        "view": np.full(count, ""),
        "shape": np.zeros((count, 0, 2), np.float32),
    }
    return subject._replace(**{name: value for name, value in missing.items() if getattr(subject, name) is None})


def load_subject(path):
    """Read a subject file. Raises InputError if it is damaged or not a subject file."""
    path = Path(path)
    with opened(path) as arrays:
        later = {field for field in Subject._field_defaults if field not in arrays}  # than an earlier version's file
        fields = {field: arrays[field] for field in Subject._fields if field not in {"name", *later}}
    texts = {field: str(fields[field]) for field in ("source", "detector", "align") if field in fields}
    return completed(Subject(path.stem, **{**fields, **texts}))


def load_labels(path):
    """(label int8 [n, C], their AU numbers int64 [C]) of a subject file, without reading its images."""
    with opened(path) as arrays:
        return arrays["label"], arrays["au"]


@contextlib.contextmanager
def opened(path):
    """The arrays of a subject file, each of which is read where it is asked for. Raises InputError as load_subject."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            yield arrays
    except FileNotFoundError:
        raise
    except Exception as error:  # numpy and zipfile raise many kinds on damaged files
        raise InputError(f"{path}: not a readable subject file ({error}); delete it and prepare it again") from error


def subject_paths(folder):
    """Subject files in `folder`, by name. Raises InputError if there is none."""
    paths = sorted(Path(folder).glob("*.npz"))
    paths = [path for path in paths if not path.name.startswith(".")]
    if not paths:
        raise InputError(f"{folder}: no subject files (*.npz) here; prepare a dataset first")
    return paths
