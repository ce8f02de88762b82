"""The tables that `tools.detect` writes, for analysis code that reads OpenFace's or Py-Feat's.

  openface  frame (from 1), face_id (from 0), timestamp (seconds), confidence, success (1 or 0), face_x, face_y, face_w,
            face_h (pixels), with landmarks pose_Rx, pose_Ry, pose_Rz (radians), then AUxx_r (intensity, 0 to 5, of
            models that tell it), AUxx_c (present: 1.00 or 0.00), AUxx_p (probability), model
  pyfeat    frame (from 0), approx_time (minutes:seconds), timestamp (seconds), Identity (Person_0), FaceRectX,
            FaceRectY, FaceRectWidth, FaceRectHeight (pixels), FaceScore, Pitch, Roll, Yaw (radians), X, Y, Z (empty),
            AUxx (probability), input, model

With --landmarks both have, before the texts at the end, x_0 ... x_67, y_0 ... y_67, the points that OpenFace's users
read (tools/detection/points68.py), and mesh_x_0 ... mesh_x_477, mesh_y_0 ... mesh_y_477, all of them in Py-Feat 2's
names; in pixels.

A frame with several faces has a row for each. One without a face has one row: openface has 0 there in every number but
frame and timestamp, as OpenFace, so `success` is to be filtered first; pyfeat has empty cells, which Py-Feat reads as
missing. What is not known of a face that was found is an empty cell in both.

AUxx_r, AUxx_c and AUxx_p are three readings of one score, and never contradict each other. Models of `make bundle` tell
no AUxx_r: the paper's method tells presence, not intensity. There is no pose_Tx, pose_Ty, pose_Tz, and X, Y, Z are
empty: where a head is, in millimeters, one picture of an unknown camera does not tell. `model` is the bundle's id; it
begins with "synthetic-" if the model was trained on drawn faces. A cell of text that a spreadsheet would run as a
formula has an apostrophe before it, and escapes such as \\t for control characters; numbers stay as they are.
"""

import csv
from typing import NamedTuple

import numpy as np

from data_prep.pictures.source_file import shown
from data_prep.system.files import atomic
from tools.detection.formats import openface, pyfeat

FORMATS = {"openface": openface, "pyfeat": pyfeat}
FORMULA = ("=", "+", "-", "@")  # begin what spreadsheets run


class Face(NamedTuple):
    """A face in a frame.

    face        its id, counted from 0
    box         int64 [4] x, y, width, height in pixels
    score       float64 [C] log-odds of the AUs, calibrated if the model is
    confidence  that it is a face, 0 to 1
    pose        float64 [3] pitch, yaw, roll in degrees (data_prep/faces/pose.py has their signs); None of a detector
                without landmarks
    points      float32 [478, 2] x, y of the landmarks in pixels; None if there are none, or nobody wants them
    threshold   float64 [C], or one for all: the score above which an AU is present
    intensity   float64 [C] of the AUs, 0 to 5; None if the model tells none
    """

    face: int
    box: np.ndarray
    score: np.ndarray
    confidence: float = 1.0
    pose: np.ndarray | None = None
    points: np.ndarray | None = None
    threshold: np.ndarray | float = 0.0
    intensity: np.ndarray | None = None

    @property
    def present(self):
        """bool [C] of the AUs."""
        return self.score > self.threshold

    @property
    def probability(self):
        """float64 [C] of the AUs."""
        return probability(self.score)


class Frame(NamedTuple):
    """A frame: seconds since the start, and its Faces."""

    seconds: float
    faces: list


class TableWriter:
    """A table that is written as its frames come. Its header is written at once; flushing is up to the caller.

    file       open for text, with newline=""
    aus        [C] AU numbers
    model      id of the bundle
    kind       one of FORMATS
    source     name of the input
    landmarks  whether the points of the faces become columns
    has_pose   whether the method tells the pose of faces
    has_intensity  whether the model tells intensities
    """

    def __init__(self, file, *, model, kind, source, **columns):
        self.format = FORMATS[kind](model=text_cell(model), source=text_cell(source), **columns)
        self.table = csv.writer(file, lineterminator="\n")
        self.table.writerow(self.format.header)

    def write(self, number, frame):
        """Write the rows of a Frame, `number` counted from 0."""
        for face in frame.faces or [None]:
            self.table.writerow(self.format.row(number, frame.seconds, face))


def save_table(path, frames, **columns):
    """Write `frames` [Frame] as a CSV; `columns` are the keywords of a TableWriter."""
    with atomic(path) as part, open(part, "w", newline="", encoding="utf-8") as file:
        table = TableWriter(file, **columns)
        for number, frame in enumerate(frames):
            table.write(number, frame)


def probability(score):
    """The probability of presence, from log-odds."""
    return 1 / (1 + np.exp(-np.clip(score, -500, 500)))


def text_cell(text):
    """`text` as a cell that no spreadsheet takes for a formula, and in which a line break is an escape."""
    text = shown(text)
    return f"'{text}" if text.startswith(FORMULA) else text
