"""Find the face in a frame and crop it (paper: Sec. V, OpenCV's frontal face detector on every frame)."""

from pathlib import Path

import cv2
import numpy as np

from data_prep.errors import InputError

CASCADE = "haarcascade_frontalface_default.xml"  # ours: the paper says "OpenCV face detector (frontal)" only
SYSTEM_FOLDERS = ("/usr/share/opencv4/haarcascades", "/usr/share/opencv/haarcascades",
                  "/usr/local/share/opencv4/haarcascades")
SHORT_SIDE = 240  # ours: frames are reduced to this many pixels; the full image finds the same faces far slower
MIN_FACE = 0.25  # ours: of the short side; faces fill these datasets' frames
SCALE_FACTOR = 1.1
MIN_NEIGHBORS = 3
PARAMETERS = f"{CASCADE} {SHORT_SIDE} {MIN_FACE} {SCALE_FACTOR} {MIN_NEIGHBORS} opencv {cv2.__version__}"


def load_cascade():
    """OpenCV's frontal face cascade. Raises InputError naming the package that has the file."""
    if not hasattr(cv2, "CascadeClassifier"):
        raise InputError(f"OpenCV {cv2.__version__} has no CascadeClassifier; install opencv-python-headless 4")
    folders = [getattr(getattr(cv2, "data", None), "haarcascades", ""), *SYSTEM_FOLDERS]
    for folder in filter(None, folders):
        path = Path(folder) / CASCADE
        if path.is_file():
            cascade = cv2.CascadeClassifier(str(path))
            if not cascade.empty():
                return cascade
    raise InputError(f"{CASCADE} not found; install opencv-python-headless 4, or Debian's opencv-data")


def find_face(cascade, gray):
    """The largest face of `gray` uint8 [H, W] as int64 [4] x, y, width, height in pixels, or None."""
    short = min(gray.shape)
    scale = min(SHORT_SIDE / short, 1)
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else gray
    smallest = int(MIN_FACE * min(small.shape))
    boxes = cascade.detectMultiScale(small, SCALE_FACTOR, MIN_NEIGHBORS, minSize=(smallest, smallest))
    if not len(boxes):
        return None
    x, y, width, height = max(boxes, key=lambda box: (box[2] * box[3], *box)) / scale
    left, top = max(round(x), 0), max(round(y), 0)
    return np.array([left, top, min(round(width), gray.shape[1] - left), min(round(height), gray.shape[0] - top)])


class FaceFinder:
    """Finds the face in one picture after another of a sequence; one per process, as a cascade is not thread-safe."""

    def __init__(self):
        self.cascade = load_cascade()

    def find(self, gray):
        """The largest face of `gray` uint8 [H, W] as int64 [4] x, y, width, height in pixels, or None."""
        return find_face(self.cascade, gray)


def crop_face(gray, box, size):
    """The box of `gray`, no margin, as uint8 [size, size]."""
    x, y, width, height = box
    return cv2.resize(gray[y : y + height, x : x + width], (size, size), interpolation=cv2.INTER_AREA)
