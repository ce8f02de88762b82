"""Face boxes on disk: one CSV per subject, which says in its first line how they were found.

<out>/boxes/<subject>.csv
    # <digest of pictures and detector> <cascade, parameters and OpenCV's version>
    sequence,frame,x,y,width,height,note
    ,1,310,190,402,402,
    ,2,,,,,no face
    # complete <sha256 of all lines above>
A file whose last line is not of the lines above it is damaged and as good as none.
"""

import csv
import hashlib
import io
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


def as_row(sequence, frame, gray, box):
    """The BoxRow of a picture uint8 [H, W], or None for one that cannot be read, and of its `box` [4] or None."""
    if box is None:
        return BoxRow(sequence, frame, None, UNREADABLE if gray is None else NO_FACE)
    return BoxRow(sequence, frame, tuple(box.tolist()), "")


def fits(row, gray):
    """Whether a BoxRow can be of a picture uint8 [H, W], or None for one that cannot be read."""
    if gray is None or row.note == UNREADABLE:
        return gray is None and row.note == UNREADABLE
    if row.box is None:
        return True
    x, y, width, height = row.box
    return x >= 0 <= y and 0 < width <= gray.shape[1] - x and 0 < height <= gray.shape[0] - y


def box_path(out, subject):
    return Path(out) / "boxes" / f"{subject}.csv"


def save_boxes(out, subject, digest, rows):
    """Write the BoxRows of a subject; returns the path. `digest` is of the pictures and the detector they rest on."""
    text = io.StringIO(f"# {digest} {PARAMETERS}\n")
    text.seek(0, io.SEEK_END)
    table = csv.writer(text, lineterminator="\n")
    table.writerow(FIELDS)
    for row in rows:
        box = [""] * 4 if row.note else row.box
        table.writerow([row.sequence, row.frame, *box, row.note])
    lines = text.getvalue().encode()
    path = box_path(out, subject)
    with atomic(path) as part:
        part.write_bytes(lines + last_line(lines))
    return path


def load_boxes(out, subject, digest=None):
    """{(sequence, frame): BoxRow} as saved; {} if there are none, they are damaged, or `digest` is not theirs."""
    path = box_path(out, subject)
    content = path.read_bytes() if path.is_file() else b""
    end = content.rfind(b"\n", 0, -1) + 1
    if not end or content[end:] != last_line(content[:end]):
        return {}
    file = io.StringIO(content[:end].decode(), newline="")
    if digest not in (None, file.readline().split(" ")[1]):
        return {}
    return {
        (row["sequence"], int(row["frame"])): BoxRow(
            row["sequence"],
            int(row["frame"]),
            None if row["note"] else tuple(int(row[field]) for field in FIELDS[2:6]),
            row["note"],
        )
        for row in csv.DictReader(file)
    }


def last_line(lines):
    """What follows the `lines` of a file that is complete."""
    return f"# complete {hashlib.sha256(lines).hexdigest()}\n".encode()
