"""The face in every frame of a recording, cropped, and pictures of a few frames in which none was found."""

from pathlib import Path

import cv2

from data_prep.faces import boxes
from data_prep.faces.steady import steady
from data_prep.faces.tracker import dataset_tracker
from data_prep.readers.recording import pictures
from data_prep.system.errors import InputError
from data_prep.system.files import atomic

MAX_LENGTH_DIFFERENCE = 1  # ours: DISFA's videos and label files may differ by a frame
MISS_WIDTH = 256  # ours: pixels, of the kept picture of a missed frame


class BoxesOfOtherPictures(Exception):
    """Saved boxes that do not fit the pictures, though these have the names, sizes and times of then."""


def crop_recording(recording, known, size, misses, stage):
    """Yield (BoxRow, crop uint8 [size, size] or None, picture uint8 [H, W, 3] or None) of every frame, in order.

    known   {(sequence, frame): BoxRow} of an earlier run, of all frames or none; nothing is searched for again, unless
            the stage keeps shapes, which are not saved with boxes
    misses  "drop" or "previous", the rule for a frame without a face
    stage   a FaceStage
    Raises BoxesOfOtherPictures if a known box is missing or does not fit its picture.
    """
    number, last = 0, None
    rows = known_rows(recording, known) if known and not stage.shapes else found_rows(recording, stage)
    for row, gray, image in rows:
        number = row.frame
        last = row if row.box else last
        if row.box is None and last is not None and gray is not None and misses == "previous":
            row = row._replace(box=last.box, anchors=last.anchors, shape=last.shape)
        yield row, None if row.box is None else stage.crop(gray, row.box, row.anchors, size), image
    coded = int(recording.frame[-1]) if len(recording.frame) else 0
    if coded - number > MAX_LENGTH_DIFFERENCE:
        raise InputError(
            f"{recording.source}: ends after frame {number}, its labels go on to frame {coded}; "
            "it is cut short, copy it again"
        )


def known_rows(recording, known):
    """Yield (BoxRow, gray uint8 [H, W] or None, picture or None) of every frame, of the boxes that are `known`."""
    for number, image, gray in gray_pictures(recording):
        row = known.get((recording.sequence, number))
        if row is None or not boxes.fits(row, gray):
            raise BoxesOfOtherPictures
        yield row, gray, image


def found_rows(recording, stage):
    """Yield the same of boxes that are searched for, by a FaceStage."""
    tracker = dataset_tracker(stage.detector, recording.continuous)
    frames = (
        ((number, image), gray, {} if gray is None else tracker.find(gray, image))
        for number, image, gray in gray_pictures(recording)
    )
    for (number, image), gray, found in steady(frames) if recording.continuous else frames:
        yield boxes.as_row(recording.sequence, number, gray, found.get(0), stage), gray, image


def gray_pictures(recording):
    """Yield (frame number, picture uint8 [H, W, 3], gray uint8 [H, W]) in order; None, None for an unreadable one."""
    for number, image in pictures(recording):
        yield number, image, None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def misses_folder(out, subject):
    """Where the pictures of a subject's missed frames are kept."""
    return Path(out) / "misses" / subject


def save_miss(out, row, subject, image):
    """Keep a small picture of the frame of a BoxRow in which no face was found; returns its path."""
    sequence = row.sequence.replace("/", "-")[:50]  # a file's name has at most 255 bytes
    name = f"{sequence}_{row.frame}" if sequence else str(row.frame)
    height = max(round(MISS_WIDTH * image.shape[0] / image.shape[1]), 1)
    small = cv2.resize(image, (MISS_WIDTH, height), interpolation=cv2.INTER_AREA)
    path = misses_folder(out, subject) / f"{name}.jpg"
    with atomic(path) as part:
        part.write_bytes(cv2.imencode(".jpg", small)[1].tobytes())
    return path
