"""Reader for labelled faces in pictures, on which a model is tested: a CSV with a row per face.

    file,x,y,w,h,group,person,AU1,AU1or2,AU12
    talk/anna.jpg,120,80,210,210,ordinary,anna,0,0,1
    crowd.png,40,35,60,60,hard,,,1,0

`file` is relative to the folder of the pictures. x, y, w, h is the face's box in pixels, as `tools.detect` gives it in
face_x to face_h, which are read as well; without a box a row is about the largest face. Rows of one `group` get a table
of their own, and rows of one `person` depend on each other. AUs are as in csv_dataset.py. AU1or2 is for brows that are
raised where one cannot tell which part; where it is empty, it follows from AU1 and AU2.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.readers.csv_labels import read_column, read_labels
from data_prep.readers.csv_rows import name_columns, read_rows, warn_of_ignored
from data_prep.readers.regular_files import check_file
from data_prep.subjects.aus import UNKNOWN
from data_prep.system.errors import InputError

BOX = ("x", "y", "w", "h")
BOX_OF_DETECT = tuple(f"face_{side}" for side in BOX)
EITHER = "au1or2"
WORDS = ("file", "group", "person", EITHER, *BOX, *BOX_OF_DETECT)
RAISED = (1, 2)  # the AUs of EITHER


class LabelledFace(NamedTuple):
    """line of the CSV; file, and its name there; box float64 [4] x, y, w, h, or None; group and person, or ""."""

    line: int
    file: Path
    name: str
    box: np.ndarray | None
    group: str
    person: str


class LabelledPictures(NamedTuple):
    """faces [LabelledFace]; aus [C]; label int8 [n, C]; either int8 [n] of AU 1 or 2. 1, 0, or UNKNOWN."""

    faces: list
    aus: tuple
    label: np.ndarray
    either: np.ndarray


def read_labelled_pictures(path, folder, present_from=1):
    """The LabelledPictures of the CSV `path`, of pictures below `folder`. Raises InputError naming line and remedy."""
    path, folder = Path(path), Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the one that the column `file` of {path} starts from")
    try:
        header, rows = read_rows(path)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise InputError(f"{path}: no such file; give the CSV with a row per labelled face") from None
    columns = name_columns(path, header, WORDS)
    if "file" not in columns.words:
        raise InputError(f"{path}:1: no column `file`; it has: {', '.join(header)}")
    aus = columns.all_aus
    if not aus and EITHER not in columns.words:
        raise InputError(f"{path}:1: no column of an AU such as AU1 or AU01; it has: {', '.join(header)}")
    warn_of_ignored(path, columns)
    box = box_columns(path, columns.words)
    faces = [read_face(path, folder, line, cells, columns.words, box) for line, cells in rows]
    check_told_apart(path, faces)
    label, _ = read_labels(path, rows, columns, aus, present_from)
    return LabelledPictures(faces, aus, label, read_either(path, rows, columns.words, dict(zip(aus, label.T))))


def box_columns(path, words):
    """The four columns of boxes, or none."""
    for names in (BOX, BOX_OF_DETECT):
        there = [name for name in names if name in words]
        if there and len(there) < len(names):
            missing = next(name for name in names if name not in words)
            raise InputError(f"{path}:1: a column `{there[0]}`, but none `{missing}`; a box needs {', '.join(names)}")
        if there:
            return [words[name] for name in names]
    return []


def read_face(path, folder, line, cells, words, box):
    """The LabelledFace of a row; `box`: the columns of its box."""
    name, sides = cells[words["file"]], [cells[column] for column in box]
    if not name:
        raise InputError(f"{path}:{line}: no file; give a picture, relative to {folder}")
    try:
        check_file(folder / name)
    except OSError:
        raise InputError(f"{path}:{line}: file is {name!r}; no such file below {folder}") from None
    return LabelledFace(
        line,
        folder / name,
        name,
        read_box(path, line, sides) if any(sides) else None,
        cells[words["group"]] if "group" in words else "",
        cells[words["person"]] if "person" in words else "",
    )


def read_box(path, line, sides):
    """float64 [4] of the cells of a box."""
    try:
        box = np.array([float(side) for side in sides])
        is_box = np.isfinite(box).all() and (box[2:] > 0).all()
    except ValueError:
        is_box = False
    if not is_box:
        raise InputError(
            f"{path}:{line}: the box is {', '.join(map(repr, sides))}; give four numbers of pixels, or none"
        )
    return box


def check_told_apart(path, faces):
    """Raise InputError where two rows may be about the same face."""
    seen = {}
    for face in faces:
        box = None if face.box is None else tuple(face.box)
        others = seen.setdefault(face.file.resolve(), {})
        if box in others or (others and None in (box, *others)):
            other = others.get(box, next(iter(others.values())))
            raise InputError(
                f"{path}:{face.line}: {face.name} is on line {other}, too; give each face its own box, x, y, w, h"
            )
        others[box] = face.line


def read_either(path, rows, words, known):
    """int8 [n]: whether AU 1 or 2 is present, by its column, else by those of `known` {AU: label [n]}."""
    nothing = np.full(len(rows), UNKNOWN)
    either = read_column(path, rows, words[EITHER], "AU 1 or 2") if EITHER in words else nothing
    first, second = (known.get(au, nothing) for au in RAISED)
    follows = np.where((first == 1) | (second == 1), 1, np.where((first == 0) & (second == 0), 0, UNKNOWN))
    return np.where(either == UNKNOWN, follows, either > 0).astype(np.int8)
