"""Find the face in a frame and crop it (paper: Sec. V, OpenCV's frontal face detector on every frame)."""

from pathlib import Path

import cv2
import numpy as np

from data_prep.system.errors import InputError

CASCADE = "haarcascade_frontalface_default.xml"  # ours: the paper says "OpenCV face detector (frontal)" only
SYSTEM_FOLDERS = (
    "/usr/share/opencv4/haarcascades",
    "/usr/share/opencv/haarcascades",
    "/usr/local/share/opencv4/haarcascades",
)
SCALE_FACTOR, MIN_NEIGHBORS = 1.1, 3  # OpenCV's defaults
SURE = 8  # ours: windows on a face that might be none; on photographs false alarms have 4, faces 16 and more
SHORT_SIDE = (
    240  # ours: a full search reduces the picture to about this; the full picture has the same faces, far slower
)
MIN_FACE = 0.25  # ours: of the short side; faces fill these datasets' frames
FACE_PIXELS = (
    24 * SCALE_FACTOR**9
)  # ours: what a local search makes of the face; the cascade's window is 24 pixels, and
# from twice that on OpenCV tries it at every pixel, so the box is as exact as in the full picture
MARGIN = 0.12  # ours: of the box's width, searched around it
SMALLEST, LARGEST = 0.88, 1.15  # ours: of the box's width; one scale either way
FULL_EVERY = 25  # ours: pictures of a video between full searches, a second, to leave what is no face
PARAMETERS = (
    f"{CASCADE} {SCALE_FACTOR} {MIN_NEIGHBORS} full {SHORT_SIDE} {MIN_FACE} every {FULL_EVERY} local "
    f"{FACE_PIXELS:.1f} {MARGIN} {SMALLEST} {LARGEST} opencv {cv2.__version__}"
)


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


class FaceFinder:
    """Finds the largest face in one picture of a sequence after another. A cascade is not thread-safe: one per process.

    In a video the face is searched for near its last box first, and in the whole picture where that fails, and every
    FULL_EVERY pictures. `continuous` False: pictures have nothing to do with each other, each is searched as a whole.
    """

    def __init__(self, continuous=True):
        self.cascade, self.continuous = load_cascade(), continuous
        self.last, self.shape, self.count = None, None, 0

    def find(self, gray):
        """The face of `gray` uint8 [H, W] as int64 [4] x, y, width, height in pixels, or None."""
        follow = self.continuous and self.last is not None and gray.shape == self.shape and self.count % FULL_EVERY
        box = local_search(self.cascade, gray, self.last) if follow else None
        if box is None:
            box = self.anywhere(gray)
        self.last = self.last if box is None else box
        self.shape, self.count = gray.shape, self.count + 1
        return None if box is None else inside(box, gray.shape)

    def anywhere(self, gray):
        """A full search, made exact by a local one; float64 [4] or None."""
        rough = full_search(self.cascade, gray)
        if rough is None:
            return None
        exact = local_search(self.cascade, gray, rough)
        return rough if exact is None else exact


def full_search(cascade, gray):
    """The largest face of `gray` uint8 [H, W], float64 [4] x, y, width, height, or None."""
    small, factor = as_searched(gray)
    boxes, _ = detected(cascade, small, MIN_FACE * min(small.shape), max(small.shape))
    return boxes[0] * factor if boxes else None


def every_face(cascade, gray, min_face):
    """The faces of `gray` uint8 [H, W] from `min_face` of its short side on: [float64 [4]].

    Those that SURE windows agree on; where there is none, what `full_search` finds.
    """
    small, factor = as_searched(gray)
    sides = (MIN_FACE * min(small.shape), max(small.shape)), (min_face * min(small.shape), MIN_FACE * min(small.shape))
    found = [
        (boxes, counts) for boxes, counts in (detected(cascade, small, *side) for side in sides if side[0] < side[1])
    ]
    sure = [box for boxes, counts in found for box, count in zip(boxes, counts) if count >= SURE]
    return [box * factor for box in sure or found[0][0][:1]]


def as_searched(gray):
    """(`gray` reduced for a full search, by how much)."""
    factor = max(min(gray.shape) // SHORT_SIDE, 1)
    return reduced(gray, factor), factor


def local_search(cascade, gray, near):
    """The face at about the place and the size of `near` [4], in the same form as `full_search`'s."""
    x, y, width, height = near
    margin = MARGIN * width
    left, top = max(int(x - margin), 0), max(int(y - margin), 0)
    factor = max(int(width / FACE_PIXELS), 1)
    part = reduced(gray[top : int(y + height + margin) + 1, left : int(x + width + margin) + 1], factor)
    columns, rows = (max(round(side * FACE_PIXELS * factor / width), 1) for side in part.shape[::-1])
    scale = factor * np.array([part.shape[1] / columns, part.shape[0] / rows] * 2)
    part = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_LINEAR)
    boxes, _ = detected(cascade, part, SMALLEST * FACE_PIXELS, LARGEST * FACE_PIXELS)
    return boxes[0] * scale + (left, top, 0, 0) if boxes else None


def reduced(gray, factor):
    """`gray` with one pixel for every factor x factor; a whole number is by far the fastest."""
    if factor == 1:
        return gray
    height, width = (side // factor for side in gray.shape)
    return cv2.resize(gray[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)


def detected(cascade, gray, smallest, widest):
    """The faces of `gray` between two widths in pixels, largest first: ([float64 [4]], [how many windows agree on each])."""
    boxes, counts = cascade.detectMultiScale2(
        gray, SCALE_FACTOR, MIN_NEIGHBORS, minSize=(int(smallest),) * 2, maxSize=(int(widest) + 1,) * 2
    )
    order = sorted(range(len(boxes)), key=lambda k: (boxes[k][2] * boxes[k][3], *boxes[k]), reverse=True)
    return [boxes[k].astype(float) for k in order], [int(counts[k]) for k in order]


def inside(box, shape):
    """`box` [4] in whole pixels of a picture of `shape` (H, W), int64 [4]."""
    x, y, width, height = box
    left, top = max(round(x), 0), max(round(y), 0)
    return np.array([left, top, min(round(width), shape[1] - left), min(round(height), shape[0] - top)])


def crop_face(gray, box, size):
    """The box of `gray`, no margin, as uint8 [size, size]."""
    x, y, width, height = box
    return cv2.resize(gray[y : y + height, x : x + width], (size, size), interpolation=cv2.INTER_AREA)
