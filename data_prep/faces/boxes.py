"""Face boxes on disk: one CSV per subject, which says in its first line how they were found.

<out>/boxes/<subject>.csv
    # <digest of pictures and detector> <cascade, parameters and OpenCV's version>
    sequence,frame,x,y,width,height,note
    ,1,310,190,402,402,
    ,2,,,,,no face
"""

import csv
from pathlib import Path
from typing import NamedTuple

from data_prep.faces.search import PARAMETERS
from data_prep.system.files import atomic

NO_FACE, UNREADABLE = "no face", "unreadable picture"
FIELDS = ("sequence", "frame", "x", "y", "width", "height", "note")


class BoxRow(NamedTuple):
    """One frame: its box (x, y, width, height) in pixels or None, and why there is none ("" where there is one)."""

    sequence: str
    frame: int
    box: tuple | None
    note: str


def find_box(tracker, sequence, frame, gray):
    """The BoxRow of a picture uint8 [H, W], or None for one that cannot be read, by a `paper_tracker`."""
    if gray is None:
        return BoxRow(sequence, frame, None, UNREADABLE)
    box = tracker.find(gray).get(0)
    if box is None:
        return BoxRow(sequence, frame, None, NO_FACE)
    return BoxRow(sequence, frame, tuple(box.tolist()), "")


def box_path(out, subject):
    return Path(out) / "boxes" / f"{subject}.csv"


def save_boxes(out, subject, digest, rows):
    """Write the BoxRows of a subject. `digest` is of the pictures and the detector they rest on."""
    with atomic(box_path(out, subject)) as part, open(part, "w", newline="") as file:
        file.write(f"# {digest} {PARAMETERS}\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(FIELDS)
        for row in rows:
            box = [""] * 4 if row.note else row.box
            table.writerow([row.sequence, row.frame, *box, row.note])


def load_boxes(out, subject, digest=None):
    """{(sequence, frame): BoxRow} as saved; {} if there are none, or `digest` is given and not theirs."""
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
