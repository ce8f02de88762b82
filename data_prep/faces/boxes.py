"""Face boxes on disk: one CSV per subject, which says in its first line how they were found.

<out>/boxes/<subject>.csv
    # <digest of pictures and detector> <the detector, its parameters and OpenCV's version>
    sequence,frame,x,y,width,height,note,eye_1_x,eye_1_y,eye_2_x,eye_2_y,mouth_x,mouth_y
    ,1,310,190,402,402,,401.25,330.10,620.91,331.70,512.33,505.02
    ,2,,,,,no face,,,,,,
    # complete <sha256 of all lines above>
The eyes and the mouth are the anchors of alignment (data_prep/faces/align.py), of detectors with landmarks. A file
whose last line is not of the lines above it is damaged and as good as none.
"""

import csv
import hashlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.faces.geometry import whole
from data_prep.faces.stage import anchors_of
from data_prep.system.files import atomic

NO_FACE, UNREADABLE = "no face", "unreadable picture"
ANCHORS = ("eye_1_x", "eye_1_y", "eye_2_x", "eye_2_y", "mouth_x", "mouth_y")
FIELDS = ("sequence", "frame", "x", "y", "width", "height", "note", *ANCHORS)


class BoxRow(NamedTuple):
    """One frame: its box (x, y, width, height) in pixels or None, and why there is none ("" where there is one).

    A face at the picture's edge may have a box that lies partly outside.

    anchors  float64 [3, 2] x, y in pixels of the face's anchors, if its detector has landmarks
    shape    float32 [478, 2] of the face (data_prep/faces/shape.py), if its stage keeps it; not saved here
    """

    sequence: str
    frame: int
    box: tuple | None
    note: str
    anchors: np.ndarray | None = None
    shape: np.ndarray | None = None


def as_row(sequence, frame, gray, found, stage):
    """The BoxRow of a picture uint8 [H, W], or None for one that cannot be read, with a Found or None, by a
    FaceStage."""
    if gray is None:
        return BoxRow(sequence, frame, None, UNREADABLE)
    if found is None:
        return BoxRow(sequence, frame, None, NO_FACE)
    anchor = anchors_of(found)  # rounded as it is saved, so that crops are the same when boxes are read again
    anchor = None if anchor is None else anchor.round(2)
    return BoxRow(sequence, frame, tuple(whole(found.box).tolist()), "", anchor, stage.shape(found))


def fits(row, gray):
    """Whether a BoxRow can be of a picture uint8 [H, W], or None for one that cannot be read."""
    if gray is None or row.note == UNREADABLE:
        return gray is None and row.note == UNREADABLE
    if row.box is None:
        return True
    x, y, width, height = row.box
    return 0 <= x + width / 2 <= gray.shape[1] and 0 <= y + height / 2 <= gray.shape[0] and min(width, height) > 0


def box_path(out, subject):
    return Path(out) / "boxes" / f"{subject}.csv"


def save_boxes(out, subject, digest, parameters, rows):
    """Write the BoxRows of a subject; returns the path.

    digest      of the pictures and the detector they rest on
    parameters  of the detector, as text
    """
    text = io.StringIO(f"# {digest} {parameters}\n")
    text.seek(0, io.SEEK_END)
    table = csv.writer(text, lineterminator="\n")
    table.writerow(FIELDS)
    for row in rows:
        box = [""] * 4 if row.note else row.box
        is_blank = row.note or row.anchors is None
        anchors = [""] * len(ANCHORS) if is_blank else [f"{value:.2f}" for value in row.anchors.ravel()]
        table.writerow([row.sequence, row.frame, *box, row.note, *anchors])
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
    rows = [box_row(fields) for fields in csv.DictReader(file)]
    return {(row.sequence, row.frame): row for row in rows}


def box_row(fields):
    """The BoxRow of a line, {field: text}."""
    anchors = [fields[name] for name in ANCHORS]
    return BoxRow(
        fields["sequence"],
        int(fields["frame"]),
        None if fields["note"] else tuple(int(fields[name]) for name in ("x", "y", "width", "height")),
        fields["note"],
        np.array(anchors, dtype=np.float64).reshape(3, 2) if all(anchors) else None,
    )


def last_line(lines):
    """What follows the `lines` of a file that is complete."""
    return f"# complete {hashlib.sha256(lines).hexdigest()}\n".encode()
