"""The label files of BP4D, as any of its copies has them.

Three rows of a file of occurrence; the first column is always the frame whatever its header says, the others are named
by the header; 1 present, 0 absent, 9 not coded:
    0,1,2,3,4,5,6,7,...,99
    2440,0,0,9,0,0,1,1,...,9
    2441,0,0,9,0,0,1,1,...,9
Some copies have about 35 columns headed 1,1,2,4,5,6,... instead. Three rows of a file of the intensities of one AU,
frame and intensity 0 to 5, 9 not coded:
    2440,0
    2441,1
    2442,9
"""

import re

import numpy as np

from data_prep.readers.regular_files import read_lines
from data_prep.subjects.aus import UNKNOWN
from data_prep.system.errors import InputError

VALUES = {"0": 0, "1": 1, "9": UNKNOWN}
INTENSITIES = {**{str(grade): grade for grade in range(6)}, "9": UNKNOWN}
NUMBER = re.compile(r"[0-9]{1,9}")  # a frame or an AU; a longer one would not fit an int64


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


def read_intensities(path):
    """{frame: intensity, UNKNOWN where it is not coded} of one AU's file in a task. Raises InputError at a bad row."""
    intensity = {}
    for number, line in enumerate(read_lines(path), start=1):
        cells = [cell.strip() for cell in line.split(",")]
        if not line.strip():
            continue
        if len(cells) != 2 or not NUMBER.fullmatch(cells[0]) or cells[1] not in INTENSITIES:
            raise InputError(
                f"{path}:{number}: {line.strip()!r} is not a frame with an intensity of 0 to 5, or 9 for not coded; "
                "correct the row, copy the file again, or move it away: it is not needed for presence"
            )
        intensity[int(cells[0])] = INTENSITIES[cells[1]]
    return intensity


def au_columns(path, header):
    """{AU: column} from the header's cells; the first one, above the frame numbers, means nothing."""
    names = [cell.strip() for cell in header[1:]]
    if not names or not all(map(NUMBER.fullmatch, names)) or len(set(map(int, names))) < len(names):
        raise InputError(
            f"{path}:1: {','.join(header[:6])!r}... is not a header of distinct AU numbers such as 0,1,2,3; "
            "copy the file again"
        )
    return {int(name): k for k, name in enumerate(names, start=1)}
