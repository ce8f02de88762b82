"""The tables that `tools.detect` writes, for analysis code that reads OpenFace's or Py-Feat's.

  openface  frame (from 1), face_id (from 0), timestamp (seconds), confidence, success, face_x, face_y, face_w, face_h,
            AUxx_c (present: 1.00 or 0.00), AUxx_p (probability), model
  pyfeat    frame (from 0), FaceRectX, FaceRectY, FaceRectWidth, FaceRectHeight, FaceScore, AUxx (probability), input,
            model

A frame without a face is a row with success 0 and empty AU columns; one with several faces has a row for each. There
is no AUxx_r: presence is detected, not intensity. Haar cascades give no confidence: it is 1 or 0, like success.
`model` is the bundle's id; it begins with "synthetic-" if the model was trained on drawn faces. A cell of text that a
spreadsheet would run as a formula has an apostrophe before it, and escapes such as \\t for control characters; numbers
stay as they are.
"""

import csv
from typing import NamedTuple

import numpy as np

from data_prep.pictures.source_file import shown
from data_prep.system.files import atomic

FORMATS = ("openface", "pyfeat")
FORMULA = ("=", "+", "-", "@")  # begin what spreadsheets run


class Face(NamedTuple):
    """A face in a frame: its id, its box int64 [4] x, y, width, height, log-odds float64 [C] of the AUs.

    confidence  0 to 1, how sure the detector is that it is one
    pose        float64 [3] pitch, yaw, roll in degrees (data_prep/faces/pose.py); None of a detector without landmarks
    points      float32 [478, 2] x, y of the landmarks in pixels; None if there are none, or nobody wants them
    """

    face: int
    box: np.ndarray
    score: np.ndarray
    confidence: float = 1.0
    pose: np.ndarray | None = None
    points: np.ndarray | None = None


class Frame(NamedTuple):
    """A frame: seconds since the start, and its Faces."""

    seconds: float
    faces: list


def probability(score):
    """The probability of presence, from log-odds."""
    return 1 / (1 + np.exp(-np.clip(score, -500, 500)))


def save_table(path, frames, *, aus, model, kind, source):
    """Write `frames` [Frame] as a CSV.

    kind    one of FORMATS
    model   id of the bundle
    source  name of the input
    """
    model, source = text_cell(model), text_cell(source)
    columns, row = (openface_columns, openface_row) if kind == "openface" else (pyfeat_columns, pyfeat_row)
    with atomic(path) as part, open(part, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns(aus))
        for number, frame in enumerate(frames):
            for face in frame.faces or [None]:
                table.writerow(row(number, frame.seconds, face, len(aus), model, source))


def text_cell(text):
    """`text` as a cell that no spreadsheet takes for a formula, and in which a line break is an escape."""
    text = shown(text)
    return f"'{text}" if text.startswith(FORMULA) else text


def openface_columns(aus):
    return [
        *("frame", "face_id", "timestamp", "confidence", "success", "face_x", "face_y", "face_w", "face_h"),
        *(f"AU{au:02d}_c" for au in aus),
        *(f"AU{au:02d}_p" for au in aus),
        "model",
    ]


def openface_row(number, seconds, face, au_count, model, _source):
    """The cells of a Face, or None, of frame `number` (from 0)."""
    if face is None:
        return [number + 1, 0, f"{seconds:.3f}", 0, 0, *[""] * (4 + 2 * au_count), model]
    present = (f"{score > 0:.2f}" for score in face.score)
    probabilities = (f"{value:.4f}" for value in probability(face.score))
    return [number + 1, face.face, f"{seconds:.3f}", 1, 1, *face.box, *present, *probabilities, model]


def pyfeat_columns(aus):
    return [
        *("frame", "FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight", "FaceScore"),
        *(f"AU{au:02d}" for au in aus),
        *("input", "model"),
    ]


def pyfeat_row(number, _seconds, face, au_count, model, source):
    """The cells of a Face, or None, of frame `number` (from 0)."""
    if face is None:
        return [number, *[""] * (5 + au_count), source, model]
    return [number, *face.box, 1.0, *(f"{value:.4f}" for value in probability(face.score)), source, model]
