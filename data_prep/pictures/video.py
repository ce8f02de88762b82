"""Read the frames of videos and cameras, one after another. Seeking is inexact on some AVI files, so nothing seeks."""

import contextlib
import time

import cv2

from data_prep.pictures.by_pillow import animation_frames, is_animation
from data_prep.pictures.images import MAX_PIXELS, check_pixels
from data_prep.pictures.picture_size import picture_size
from data_prep.pictures.source_file import openable
from data_prep.system.errors import InputError

FPS = 25.0  # ours: frames per second where a video does not say


@contextlib.contextmanager
def opened(source):
    """Yield the cv2.VideoCapture of a video's path or a camera's number. Raises InputError if it cannot be opened."""
    is_camera = isinstance(source, int)
    capture = cv2.VideoCapture(source if is_camera else openable(source))
    try:
        if not capture.isOpened() and is_camera:
            raise InputError(f"camera {source}: cannot be opened; is it connected and free? Or give another number")
        if not capture.isOpened():
            raise InputError(f"{source}: OpenCV cannot open this video; copy it again, or convert it to .mp4 (H.264)")
        yield capture
    finally:
        capture.release()


def video_frames(source, max_pixels=MAX_PIXELS):
    """Yield (number from 1, seconds since the first, uint8 [H, W, 3] BGR) of a video's path or a camera's number.

    The seconds are the frame's own, as far as the video has them, so that a variable rate does no harm. A video that
    is cut short has as many frames as can be read. An animated GIF, WebP, PNG or AVIF is a video, too. Raises
    InputError for what cannot be opened, and for frames of more than `max_pixels`.
    """
    is_animated = not isinstance(source, int) and is_animation(openable(source))
    start = None
    for number, (seconds, image) in enumerate((animated if is_animated else filmed)(source, max_pixels), 1):
        start = seconds if start is None else start
        yield number, round(seconds - start, 6), image


def animated(path, max_pixels):
    """Yield (seconds, image) of an animation."""
    check_pixels(path, *(picture_size(path) or (0, 0)), max_pixels)
    yield from animation_frames(path, max_pixels)


def filmed(source, max_pixels):
    """Yield (seconds on some clock, image) of a video or camera that OpenCV opens."""
    with opened(source) as capture:
        width, height = (int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        check_pixels(source, width, height, max_pixels)
        seconds, step, read_at = None, 1 / (capture.get(cv2.CAP_PROP_FPS) or FPS), 0.0
        while True:
            is_frame, image = capture.read()
            if not is_frame:
                return
            own, read_at, before = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, time.monotonic(), read_at
            if seconds is None:
                seconds = own
            elif own > seconds:
                seconds, step = own, own - seconds
            else:  # it has no time, or an odd one
                seconds += read_at - before if isinstance(source, int) else step
            yield seconds, image


def frame_count(path):
    """How many frames a video's header says it has; 0 where it does not say, or cannot be opened."""
    with contextlib.suppress(InputError), opened(path) as capture:
        return max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
    return 0


def readable_frames(path):
    """How many frames of a video can be decoded; 0 where it cannot be opened."""
    count = 0
    with contextlib.suppress(InputError), opened(path) as capture:
        while capture.grab():
            count += 1
    return count
