"""A video or picture again, with a box around each face and a bar for each AU."""

import cv2
import numpy as np

from data_prep.pictures.images import write_image
from data_prep.pictures.video import FPS, readable_frames
from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from tools.detection.inputs import read_frames
from tools.detection.tables import probability

PRESENT, ABSENT, BACK = (60, 170, 60), (150, 150, 150), (30, 30, 30)  # BGR
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
ROW = 16  # pixels of a bar and its name
PANEL = 120  # pixels, the width of all bars with their names
FONT = cv2.FONT_HERSHEY_SIMPLEX
ROOM = 2**16  # ours: bytes that must still fit on the disk where a video could be written
UNREADABLE = np.zeros((480, 640, 3), np.uint8)  # instead of a picture that cannot be read


def save_overlay(path, item, frames, *, aus, model):
    """Write the Input `item` again with the faces of its Frames: an .mp4, or a .png of a picture.

    model  id of the bundle, written on each frame
    """
    marked = (
        with_faces(UNREADABLE if image is None else image, frame, aus=aus, model=model)
        for (_, image), frame in zip(read_frames(item), frames)
    )
    with atomic(path) as part:
        if item.is_picture:
            write_image(part, next(marked))
            return
        write_video(part, marked, frame_rate(frames))
        readable = readable_frames(part)
        if readable != len(frames):
            check_room(part)
            raise InputError(
                f"{path}: only {readable} of {len(frames)} frames could be written; is the size of files limited, or "
                "has the input changed meanwhile? Run the same command again, or without --overlay"
            )


def write_video(path, pictures, fps):
    """Write uint8 [H, W, 3] pictures as an .mp4, all in the size of the first. OpenCV does not tell what goes wrong."""
    video = None
    try:
        for picture in pictures:
            if video is None:
                size = picture.shape[1::-1]
                video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, size)
                if not video.isOpened():
                    check_room(path)
                    raise InputError(
                        f"{path.parent}: OpenCV cannot write an .mp4 of {size[0]} x {size[1]} pixels, {fps:g} frames a "
                        "second; run without --overlay, or install opencv-python-headless"
                    )
            video.write(cv2.resize(picture, size))
    finally:
        if video is not None:
            video.release()


def check_room(path):
    """Raise OSError, with the cause, if no more can be written beside `path`."""
    probe = path.with_suffix(".room")
    try:
        probe.write_bytes(bytes(ROOM))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path.parent)) from error
    finally:
        probe.unlink(missing_ok=True)


def frame_rate(frames):
    """Frames per second of the Frames of a video, by their times."""
    duration = frames[-1].seconds - frames[0].seconds
    return (len(frames) - 1) / duration if duration > 0 else FPS


def with_faces(image, frame, *, aus, model):
    """A copy of `image` uint8 [H, W, 3] that shows the faces of a Frame."""
    image = image.copy()
    for face in frame.faces:
        x, y, width, height = map(int, face.box)
        cv2.rectangle(image, (x, y), (x + width, y + height), PRESENT, 2)
        cv2.putText(image, f"face {face.face}", (x, max(y - 6, 12)), FONT, 0.5, PRESENT, 1, cv2.LINE_AA)
        has_room = x + width + 6 + PANEL <= image.shape[1]
        add_bars(image, x + width + 6 if has_room else max(x - PANEL - 6, 0), y, face, aus)
    for color, thickness in ((WHITE, 2), (BLACK, 1)):
        cv2.putText(image, f"model {model}", (6, image.shape[0] - 8), FONT, 0.45, color, thickness, cv2.LINE_AA)
    return image


def add_bars(image, left, top, face, aus):
    """One bar per AU beside the face, as long as its probability, green where it is present."""
    top = max(min(top, image.shape[0] - ROW * len(aus)), 0)
    cv2.rectangle(image, (left, top), (left + PANEL, top + ROW * len(aus)), BACK, -1)
    for row, (au, score, value) in enumerate(zip(aus, face.score, probability(face.score))):
        color, y = PRESENT if score > 0 else ABSENT, top + ROW * row
        cv2.putText(image, f"AU{au:02d}", (left + 3, y + 12), FONT, 0.4, WHITE, 1, cv2.LINE_AA)
        cv2.rectangle(image, (left + 44, y + 4), (left + 44 + round(70 * float(value)), y + ROW - 4), color, -1)
