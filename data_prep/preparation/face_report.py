"""How often the face detector missed, per subject, and what it missed."""

from pathlib import Path
from typing import NamedTuple

import cv2

from data_prep.faces.boxes import UNREADABLE, load_boxes
from data_prep.pictures.images import read_image
from data_prep.pictures.tiles import tile_sheet
from data_prep.preparation.crops import misses_folder
from data_prep.system.files import atomic, remove

SHEET_PICTURES = 24  # ours: pictures on the contact sheet, those of the subjects with the largest share of misses
SHEET_COLUMNS, TILE = 6, (256, 200)  # width and height in pixels of one picture on the sheet


class Counts(NamedTuple):
    """Frames of one subject."""

    subject: str
    frames: int
    missed: int
    unreadable: int

    @property
    def found(self):
        return self.frames - self.missed - self.unreadable


def count(out, subject):
    """The Counts of a prepared subject, from its boxes file."""
    notes = [row.note for row in load_boxes(out, subject).values()]
    unreadable = notes.count(UNREADABLE)
    return Counts(subject, len(notes), sum(map(bool, notes)) - unreadable, unreadable)


def detection(out, subjects):
    """Totals over `subjects`: {"subjects", "frames", "faces", "missed", "unreadable"}, and "missed_by_subject"."""
    counts = [count(out, subject) for subject in subjects]
    return {
        "subjects": len(counts),
        "frames": sum(entry.frames for entry in counts),
        "faces": sum(entry.found for entry in counts),
        "missed": sum(entry.missed for entry in counts),
        "unreadable": sum(entry.unreadable for entry in counts),
        "missed_by_subject": {entry.subject: entry.missed + entry.unreadable for entry in counts},
    }


def write_report(out, subjects, left_out, rule, stage):
    """Write detection.md, one row per subject, the worst first, and detection.jpg, a contact sheet of missed frames.

    left_out  further subjects, without a face in any frame
    rule      what is done with a frame without a face, in words
    stage     the FaceStage
    """
    counts = sorted((count(out, subject) for subject in [*subjects, *left_out]), key=lambda entry: -share(entry))
    lines = ["# Face detection", "", f"Detector: {stage.detector}; alignment: {stage.align}.", ""]
    lines += [f"Rule for a frame without a face: {rule}.", ""]
    if left_out:
        lines += [f"Left out, as no face was found in any of their frames: {', '.join(left_out)}.", ""]
    lines += [
        "| subject | frames | faces | missed | unreadable | missed % |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {entry.subject} | {entry.frames} | {entry.found} | {entry.missed} | {entry.unreadable} | "
        f"{100 * share(entry):.2f} |"
        for entry in counts
    ]
    with atomic(Path(out) / "detection.md") as part:
        part.write_text("\n".join(lines) + "\n")
    pictures = [
        (entry.subject, path) for entry in counts for path in sorted(misses_folder(out, entry.subject).glob("*.jpg"))
    ]
    sheet = Path(out) / "detection.jpg"
    if pictures:
        with atomic(sheet) as part:
            part.write_bytes(cv2.imencode(".jpg", contact_sheet(pictures[:SHEET_PICTURES]))[1].tobytes())
    else:
        remove(sheet)


def share(entry):
    """The share of the frames of a subject's Counts in which no face was found."""
    return (entry.missed + entry.unreadable) / max(entry.frames, 1)


def contact_sheet(pictures):
    """The `pictures` [(subject, path)] with their subjects and frames under them, uint8 [H, W, 3]."""
    names = [f"{subject}_{path.stem}" for subject, path in pictures]
    return tile_sheet([read_image(path) for _, path in pictures], names, TILE, SHEET_COLUMNS)
