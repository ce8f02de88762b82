"""Face boxes on disk: one CSV per subject, with what they were found by.

<out>/boxes/<subject>.csv
    # <digest of pictures and detector> <cascade, parameters and OpenCV's version>
    sequence,frame,x,y,width,height,note
    ,1,310,190,402,402,
    ,2,,,,,no face
"""

import csv
from pathlib import Path
from typing import NamedTuple

from data_prep.faces import search as faces
from data_prep.system.files import atomic

NO_FACE, UNREADABLE = "no face", "unreadable picture"
FIELDS = ("sequence", "frame", "x", "y", "width", "height", "note")


class BoxRow(NamedTuple):
    """One frame: its box (x, y, width, height) in pixels or None, and why there is none ("" where there is one)."""

    sequence: str
    frame: int
    box: tuple | None
    note: str


def look(finder, sequence, frame, gray):
    """The BoxRow of a picture uint8 [H, W], or None for one that could not be read."""
    box = None if gray is None else finder.find(gray)
    if box is None:
        return BoxRow(sequence, frame, None, UNREADABLE if gray is None else NO_FACE)
    return BoxRow(sequence, frame, tuple(int(value) for value in box), "")


def box_path(out, subject):
    return Path(out) / "boxes" / f"{subject}.csv"


def save_boxes(out, subject, digest, rows):
    with atomic(box_path(out, subject)) as part, open(part, "w", newline="") as file:
        file.write(f"# {digest} {faces.PARAMETERS}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(FIELDS)
        for row in rows:
            table.writerow([row.sequence, row.frame, *(row.box if row.box and not row.note else [""] * 4), row.note])


def load_boxes(out, subject, digest=None):
    """{(sequence, frame): BoxRow} as saved; empty if there are none or they were found in other pictures or ways."""
    path = box_path(out, subject)
    if not path.is_file():
        return {}
    with open(path, newline="") as file:
        head = file.readline()
        if digest is not None and head.split(" ")[1:2] != [digest]:
            return {}
        rows = list(csv.DictReader(file))
    return {
        (row["sequence"], int(row["frame"])): BoxRow(
            row["sequence"],
            int(row["frame"]),
            None if row["note"] else tuple(int(row[field]) for field in FIELDS[2:6]),
            row["note"],
        )
        for row in rows
    }
