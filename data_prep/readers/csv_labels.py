"""Presence and intensities of AUs, from the columns of a CSV that describes a dataset.

A column such as AU12 holds presence, 1 or 0, or else intensities, 0 to 5 or FACS's grades A to E: it does where any of
its cells is above 1 or a letter. A column such as AU12_intensity holds intensities whatever its cells, and may stand
beside one of presence. An empty cell is not coded. Where an AU has intensities only, it is present from one of them on.
"""

import numpy as np

from data_prep.subjects.aus import UNKNOWN
from data_prep.system.errors import InputError

MAX_INTENSITY = 5  # FACS grades a to e
GRADES = {letter: grade for grade, letters in enumerate(("aA", "bB", "cC", "dD", "eE"), start=1) for letter in letters}
NUMBERS = {f"{grade}{end}": grade for grade in range(MAX_INTENSITY + 1) for end in ("", ".0")}  # decimals: by gaps
VALUES = {**NUMBERS, **GRADES, "": UNKNOWN}


def read_labels(path, rows, columns, aus, present_from):
    """(label, intensity) int8 [n, C] of `rows` [(line, cells)], for the AU numbers `aus`, by the Columns of the file.

    Raises InputError naming the line and column of a cell that is neither, and where a column may mean both.
    """
    if present_from not in range(1, MAX_INTENSITY + 1):
        raise InputError(f"present from intensity {present_from}: give 1 to {MAX_INTENSITY}")
    presence = {au: read_column(path, rows, columns.aus[au], f"AU {au}") for au in aus if au in columns.aus}
    intensity = {
        au: read_column(path, rows, columns.intensities[au], f"intensity of AU {au}")
        for au in aus
        if au in columns.intensities
    }
    graded = [au for au in presence if is_graded(rows, columns.aus[au], presence[au])]
    if twice := [au for au in graded if au in intensity]:
        raise InputError(
            f"{path}: the column of AU {twice[0]} holds values above 1, as intensities, and there is one of its "
            "intensities too; keep one of the two, or 1 and 0 in the former"
        )
    unclear = [au for au in presence if au not in graded and au not in intensity and (presence[au] == 1).any()]
    if (graded or intensity) and unclear and present_from > 1:
        raise InputError(
            f"{path}: the column of AU {unclear[0]} has only 0 and 1, while other AUs have intensities; is its 1 "
            f"present, or below intensity {present_from} and so absent? If the latter, name the column "
            f"AU{unclear[0]}_intensity, else put it into a CSV of its own"
        )
    intensity |= {au: presence.pop(au) for au in graded}
    label = {au: np.where(grades < 0, UNKNOWN, grades >= present_from) for au, grades in intensity.items()} | presence
    unknown = np.full(len(rows), UNKNOWN)
    return tuple(
        np.stack([found.get(au, unknown) for au in aus], axis=1).astype(np.int8) for found in (label, intensity)
    )


def read_column(path, rows, column, what):
    """The values int64 [n] of a column, UNKNOWN where it is empty."""
    for line, cells in rows:
        if cells[column] not in VALUES:
            raise InputError(
                f"{path}:{line}: {what} is {cells[column]!r}; give 1 for present and 0 for absent, or an intensity of "
                f"0 to {MAX_INTENSITY} or A to E, and nothing for not coded"
            )
    return np.array([VALUES[cells[column]] for _, cells in rows])


def is_graded(rows, column, values):
    """Whether a column can only mean intensities."""
    return bool((values > 1).any()) or any(cells[column] in GRADES for _, cells in rows)
