"""What every dataset reader returns: one coded video of one subject."""

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.errors import InputError


class Recording(NamedTuple):
    """A video and its coded frames.

    subject  name of the subject file it belongs to
    video    path of the video; its first frame has number 1
    frame    int64 [n] numbers of the coded frames, ascending
    label    int8 [n, C] 1 present, 0 absent, -1 unknown
    au       AU numbers of the columns
    """

    subject: str
    video: Path
    frame: np.ndarray
    label: np.ndarray
    au: tuple


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
