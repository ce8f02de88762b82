"""A video or picture again, with a box around each face and a bar for each AU."""

import cv2
import numpy as np

from data_prep.system.files import atomic
from tools.detection.inputs import FPS, frames
from tools.detection.tables import probability

PRESENT, ABSENT, BACK = (60, 170, 60), (150, 150, 150), (30, 30, 30)  # BGR
ROW = 16  # pixels of a bar and its name
FONT = cv2.FONT_HERSHEY_SIMPLEX


def save_overlay(path, one, found, aus, model):
    """Draw the Frames `found` over the Input `one`: an .mp4, or a .png of a picture. `model` is written on each."""
    with atomic(path) as part:
        video = None
        try:
            for (_, image), frame in zip(frames(one), found):
                image = drawn(np.zeros((480, 640, 3), np.uint8) if image is None else image, frame, aus, model)
                if one.is_picture:
                    cv2.imwrite(str(part), image)
                    continue
                if video is None:
                    size = image.shape[1::-1]
                    video = cv2.VideoWriter(str(part), cv2.VideoWriter_fourcc(*"mp4v"), rate(found), size)
                video.write(cv2.resize(image, size))
        finally:
            if video is not None:
                video.release()


def rate(found):
    """Frames per second of the Frames of a video, by their times."""
    lasted = found[-1].seconds - found[0].seconds
    return (len(found) - 1) / lasted if lasted > 0 else FPS


def drawn(image, frame, aus, model):
    """A copy of `image` uint8 [H, W, 3] with the faces of a Frame."""
    image = image.copy()
    for face in frame.faces:
        x, y, width, height = map(int, face.box)
        cv2.rectangle(image, (x, y), (x + width, y + height), PRESENT, 2)
        cv2.putText(image, f"face {face.face}", (x, max(y - 6, 12)), FONT, 0.5, PRESENT, 1, cv2.LINE_AA)
        bars(image, x + width + 6 if x + width + 126 <= image.shape[1] else max(x - 126, 0), y, face, aus)
    cv2.putText(image, f"model {model}", (6, image.shape[0] - 8), FONT, 0.45, (255, 255, 255), 2, cv2.LINE_AA)
    cv2.putText(image, f"model {model}", (6, image.shape[0] - 8), FONT, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    return image


def bars(image, left, top, face, aus):
    """One bar per AU beside the face, as long as its probability, green where it is present."""
    top = max(min(top, image.shape[0] - ROW * len(aus)), 0)
    cv2.rectangle(image, (left, top), (left + 120, top + ROW * len(aus)), BACK, -1)
    for row, (au, score, value) in enumerate(zip(aus, face.score, probability(face.score))):
        color, y = PRESENT if score > 0 else ABSENT, top + ROW * row
        cv2.putText(image, f"AU{au:02d}", (left + 3, y + 12), FONT, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
        cv2.rectangle(image, (left + 44, y + 4), (left + 44 + round(70 * float(value)), y + ROW - 4), color, -1)
