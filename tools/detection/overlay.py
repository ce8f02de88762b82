"""A video or picture again, with a box around each face and a bar for each AU."""

import cv2
import numpy as np

from data_prep.pictures.images import write_image
from data_prep.pictures.tiles import fit
from data_prep.pictures.video import FPS, readable_frames
from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from tools.detection.inputs import read_frames

LARGEST = 8190  # pixels a side that MPEG-4 can hold, and an even number
ROOM = 2**16  # ours: bytes that must still fit on the disk where a video could be written
UNREADABLE = np.zeros((480, 640, 3), np.uint8)  # instead of a picture that cannot be read


def save_overlay(path, item, frames, painter):
    """Write the Input `item` again with the faces of its Frames, by a Painter: an .mp4, or a .png of a picture."""
    marked = with_faces(item, frames, painter)
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


def with_faces(item, frames, painter):
    """Yield the pictures of an Input, the faces of its Frames drawn on them, all in one size."""
    for number, ((_, image), frame) in enumerate(zip(read_frames(item), frames)):
        image = UNREADABLE if image is None else image
        if number == 0:
            painter.reserve(image.shape, frames)
        yield painter.draw(image, frame)


def write_video(path, pictures, fps):
    """Write uint8 [H, W, 3] pictures as an .mp4, all in the size of the first."""
    video = VideoFile(path, fps)
    try:
        for picture in pictures:
            video.write(picture)
    finally:
        video.close()


class VideoFile:
    """An .mp4, picture by picture, all in the size of the first. Of a write that fails, OpenCV does not tell."""

    def __init__(self, path, fps):
        self.path, self.fps, self.video, self.size = path, fps, None, None

    def write(self, picture):
        """Add uint8 [H, W, 3]. Raises InputError or OSError if the file cannot be begun."""
        picture = encodable(picture)
        if self.video is None:
            self.size = picture.shape[1::-1]
            self.video = cv2.VideoWriter(str(self.path), cv2.VideoWriter_fourcc(*"mp4v"), self.fps, self.size)
            if not self.video.isOpened():
                check_room(self.path)
                raise InputError(
                    f"{self.path.parent}: OpenCV cannot write an .mp4 of {self.size[0]} x {self.size[1]} pixels, "
                    f"{self.fps:g} frames a second; run without --overlay, or install opencv-python-headless"
                )
        self.video.write(fitted(picture, self.size))

    def close(self):
        if self.video is not None:
            self.video.release()


def fitted(picture, size):
    """`picture` as large as it can be in `size` (width, height), its proportions kept, black beside it."""
    if picture.shape[1::-1] == size:
        return picture
    frame, picture = np.zeros((size[1], size[0], 3), np.uint8), fit(picture, size)
    frame[: picture.shape[0], : picture.shape[1]] = picture
    return frame


def encodable(picture):
    """`picture` in even sides, which encoders want (an odd one gets a line more), and no larger than they can hold."""
    scale = LARGEST / max(picture.shape)
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return picture


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
