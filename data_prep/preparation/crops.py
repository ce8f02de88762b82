"""The face in every frame of a recording, cropped, and pictures of a few frames in which none was found."""

from pathlib import Path

import cv2

from data_prep.faces import boxes
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

    known   {(sequence, frame): BoxRow} of an earlier run, whose frames are not searched again
    misses  "drop" or "previous", the rule for a frame without a face
    stage   a FaceStage
    Raises BoxesOfOtherPictures if a known box does not fit its picture.
    """
    tracker, number, last = dataset_tracker(stage.detector, recording.continuous), 0, None
    for number, image in pictures(recording):
        gray = None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        row = known.get((recording.sequence, number))
        if row is None:
            row = boxes.find_box(tracker, recording.sequence, number, gray, image)
        elif not boxes.fits(row, gray):
            raise BoxesOfOtherPictures
        last = row if row.box else last
        if row.box is None and last is not None and gray is not None and misses == "previous":
            row = row._replace(box=last.box, anchors=last.anchors)
        yield row, None if row.box is None else stage.crop(gray, row.box, row.anchors, size), image
    coded = int(recording.frame[-1]) if len(recording.frame) else 0
    if coded - number > MAX_LENGTH_DIFFERENCE:
        raise InputError(
            f"{recording.source}: ends after frame {number}, its labels go on to frame {coded}; "
            "it is cut short, copy it again"
        )


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
