"""Read the frames of videos and cameras, one after another. Seeking is inexact on some AVI files, so nothing seeks."""

import cv2

from data_prep.system.errors import InputError

FPS = 25.0  # ours: frames per second where a video does not say


def video_frames(source):
    """Yield (number from 1, seconds since the start, uint8 [H, W, 3] BGR) of a video's path or a camera's number.

    The seconds are the frame's own, as far as the video has them, so that a variable rate does no harm. A video that
    is cut short has as many frames as can be read. Raises InputError for what cannot be opened.
    """
    is_camera = isinstance(source, int)
    capture = cv2.VideoCapture(source if is_camera else str(source))
    try:
        if not capture.isOpened() and is_camera:
            raise InputError(f"camera {source}: cannot be opened; is it connected and free? Or give another number")
        if not capture.isOpened():
            raise InputError(f"{source}: OpenCV cannot open this video; copy it again, or convert it to .mp4 (H.264)")
        fps, number, seconds = capture.get(cv2.CAP_PROP_FPS) or FPS, 0, -1.0
        while True:
            is_frame, image = capture.read()
            if not is_frame:
                return
            number += 1
            own = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            seconds = own if own > seconds or number == 1 else (number - 1) / fps
            yield number, seconds, image
    finally:
        capture.release()


def frame_count(path):
    """How many frames a video's header says it has; 0 where it does not say."""
    capture = cv2.VideoCapture(str(path))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    capture.release()
    return max(count, 0)
