"""Reader for BP4D: the copy for FERA 2015 and the full release.

<root>/BP4D-training/F001/T1/2440.jpg            FERA copy
<root>/AUCoding/F001_T1.csv                      also AUCoding/AUCoding/
<root>/Sequences(2D+3D)/F001/T1/0000.jpg         full release; also Sequences_2D+3D/, Sequences/, 2D+3D/
<root>/AUCoding/AU_OCC/F001_T1.csv               AU_INT/ beside it holds intensities, which are not read

Image names are padded to 0, 2, 3 or 4 digits. Three rows of a label file; the first column is always the frame
whatever its header says, the others are named by the header; 1 present, 0 absent, 9 not coded:
    0,1,2,3,4,5,6,7,...,99
    2440,0,0,9,0,0,1,1,...,9
    2441,0,0,9,0,0,1,1,...,9
Some copies have about 35 columns headed 1,1,2,4,5,6,... instead. Images before and after the coded rows are not used.
Expect 41 subjects, 8 tasks each, 146,847 coded frames, 25 a second.
"""

import re
import warnings
from pathlib import Path

import numpy as np

from data_prep.readers.bp4d_files import IMAGE, check_complete, find_files
from data_prep.readers.bp4d_offsets import Task, choose_offsets
from data_prep.readers.delivery import warn_if_deeper
from data_prep.readers.recording import Recording
from data_prep.readers.regular_files import check_file, read_lines
from data_prep.subjects.aus import SHARED_AUS, UNKNOWN
from data_prep.system.errors import InputError

FRAME_OFFSETS = ("auto", "0", "-1")
VALUES = {"0": 0, "1": 1, "9": UNKNOWN}
NUMBER = re.compile(r"[0-9]{1,9}")  # a frame or an AU; a longer one would not fit an int64


def read_bp4d(root, aus=SHARED_AUS, frame_offset="auto", all_images=False):
    """One Recording per task under `root`, by subject and task. Raises InputError naming what is missing or odd.

    frame_offset  image number minus frame number: 0, -1, or "auto", see data_prep/readers/bp4d_offsets.py
    all_images    keep the images outside the coded frames too
    """
    root = Path(root)
    if str(frame_offset) not in FRAME_OFFSETS:
        raise InputError(f"frame offset {frame_offset}: give auto, 0 or -1")
    found = find_files(root)
    check_complete(root, found)
    warn_if_deeper(root, "BP4D", [*found.labels.values(), *found.folders.values()])
    tasks = [read_task(task, found.labels[task], found.folders[task], aus) for task in sorted(found.labels)]
    offsets = choose_offsets(tasks) if str(frame_offset) == "auto" else [int(frame_offset)] * len(tasks)
    return [as_recording(task, offset, aus, all_images) for task, offset in zip(tasks, offsets)]


def read_task(name, path, folder, aus):
    """The Task `name`, (subject, task), from its label file and image folder. Warns of gaps in its coded frames."""
    frame, label = read_labels(path, aus)
    if gaps := int(frame[-1] - frame[0]) + 1 - len(frame):
        warnings.warn(
            f"{path}: {gaps} frames between the first and the last coded one have no row and are left "
            "out; BP4D has no such gaps, compare the file with its original",
            stacklevel=3,
        )
    return Task(name, path, folder, frame, label, index_images(folder))


def as_recording(task, offset, aus, all_images):
    """The Recording of a Task; image numbers become frame numbers."""
    frame, shown = task.frame, task.shown(offset)
    if not shown.all():
        what = (
            f"{task.folder}: {np.sum(~shown)} of {len(frame)} coded frames have no image, first frame "
            f"{frame[~shown][0]} (frame offset {offset})"
        )
        if not task.fits(offset):
            raise InputError(f"{what}; copy the images again, or see whether {task.labels} belongs to them")
        warnings.warn(f"{what}; left out", stacklevel=2)
    wanted = set(frame[shown].tolist())
    images = tuple(
        (number - offset, path)
        for number, path in sorted(task.images.items())
        if all_images or number - offset in wanted
    )
    labels = {"frame": frame[shown], "label": task.label[shown], "au": tuple(aus)}
    return Recording(*task.name, source=task.folder, images=images, **labels)


def index_images(folder):
    """{image number: path}, whatever the padding. Raises InputError if a name is not a number or has another's."""
    numbered = {}
    for path in sorted(Path(folder).iterdir()):
        if not IMAGE.match(path.name):
            continue
        if not NUMBER.fullmatch(path.stem):
            raise InputError(
                f"{path}: not named by its frame number such as 2440.jpg; move it away or copy the folder again"
            )
        if int(path.stem) in numbered:
            raise InputError(f"{path}: the same frame as {numbered[int(path.stem)].name}; move one of the two away")
        check_file(path)
        numbered[int(path.stem)] = path
    return numbered


def read_labels(path, aus):
    """Frame numbers int64 [n] and labels int8 [n, len(aus)] of one label file. Raises InputError at a bad row."""
    lines = read_lines(path)
    rows = [(number, line.split(",")) for number, line in enumerate(lines, start=1) if line.strip()]
    if len(rows) < 2:
        state = "ends after its header" if rows else "is empty"
        raise InputError(f"{path}: no coded frames; the file {state}, copy it again")
    column, width = au_columns(path, rows[0][1]), len(rows[0][1])
    absent = [au for au in aus if au not in column]
    if absent:
        raise InputError(
            f"{path}: none of its {width} columns is AU {absent[0]}; it is not an occurrence file, copy it again"
        )
    frames, label = [], []
    for number, cells in rows[1:]:
        if len(cells) != width:
            raise InputError(f"{path}:{number}: {len(cells)} cells under a header of {width}; copy the file again")
        if not NUMBER.fullmatch(cells[0].strip()) or (frames and int(cells[0]) <= frames[-1]):
            raise InputError(
                f"{path}:{number}: {cells[0]!r} in the first column is not an ascending frame number of up to nine "
                "digits; copy the file again"
            )
        frames.append(int(cells[0]))
        try:
            label.append([VALUES[cells[column[au]].strip()] for au in aus])
        except KeyError:
            au = next(au for au in aus if cells[column[au]].strip() not in VALUES)
            raise InputError(
                f"{path}:{number}: AU {au} is {cells[column[au]]!r}; occurrence is 0, 1, or 9 for not "
                "coded; correct it or copy the file again"
            ) from None
    return np.array(frames, np.int64), np.array(label, np.int8)


def au_columns(path, header):
    """{AU: column} from the header's cells; the first one, above the frame numbers, means nothing."""
    names = [cell.strip() for cell in header[1:]]
    if not names or not all(map(NUMBER.fullmatch, names)) or len(set(map(int, names))) < len(names):
        raise InputError(
            f"{path}:1: {','.join(header[:6])!r}... is not a header of distinct AU numbers such as 0,1,2,3; "
            "copy the file again"
        )
    return {int(name): k for k, name in enumerate(names, start=1)}
