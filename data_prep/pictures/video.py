"""Read videos frame by frame."""

import cv2

from data_prep.system.errors import InputError


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
