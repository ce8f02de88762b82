"""What every dataset reader returns: one coded sequence of one subject, a video or a folder of images."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.cut_short import cut_short
from data_prep.errors import InputError


class Recording(NamedTuple):
    """A sequence of pictures and its coded frames.

    subject   name of the subject file it belongs to
    sequence  name within the subject, e.g. a camera, a task, a take; "" where a subject has one only
    source    path of the video (its first frame has number 1), or of the folder of images
    images    ((frame number, path), ...) in order; None for a video
    frame     int64 [n] numbers of the coded frames, ascending
    label     int8 [n, C] 1 present, 0 absent, -1 unknown
    au        AU numbers of the columns
    film      whether one picture follows the other in time, so that faces move little between them
    """

    subject: str
    sequence: str
    source: Path
    images: tuple | None
    frame: np.ndarray
    label: np.ndarray
    au: tuple
    film: bool = True


def length(recording):
    """Frames to expect: a folder of images is known, a video is taken to end with its labels."""
    return len(recording.images) if recording.images is not None else int(recording.frame[-1])


def pictures(recording):
    """Yield (frame number, uint8 [H, W, 3] BGR) in order; None instead of an image file that cannot be read."""
    if recording.images is None:
        yield from video_frames(recording.source)
    else:
        for number, path in recording.images:
            yield number, read_image(path)


def read_image(path):
    """uint8 [H, W, 3] BGR; None for a file that is no image, ends early, or claims to be larger than OpenCV reads."""
    try:
        return None if cut_short(path) else cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error:
        return None


def video_frames(path):
    """Yield (number from 1, uint8 [H, W, 3] BGR) in order. Seeking is inexact on some AVI files, so nothing seeks."""
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise InputError(f"{path}: OpenCV cannot open this video; copy it again")
    try:
        number = 0
        while True:
            good, image = capture.read()
            if not good:
                return
            number += 1
            yield number, image
    finally:
        capture.release()
