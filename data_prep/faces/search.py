"""Search a picture for faces with OpenCV's frontal face cascade (paper: Sec. V), and crop them.

A full search looks at a reduced picture; a local search looks around a known box, where the face is as exact as in the
full picture. A tracker (data_prep/faces/tracker.py) puts the two together.
"""

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
WINDOW = 24  # pixels a side of the smallest face that the cascade knows
# ours: the short side to which a full search reduces a picture, unless the smallest face asked for would be lost; the
# full picture has the same faces, far slower
SHORT_SIDE = 240
MIN_FACE = 0.25  # ours: smallest face, of the picture's short side; faces fill these datasets' frames
# ours: a local search scales the face to this; the cascade's window is 24 pixels, and from twice that on OpenCV tries
# it at every pixel, so the box is as exact as in the full picture
FACE_PIXELS = WINDOW * SCALE_FACTOR**9
MARGIN = 0.12  # ours: how far around a box a local search looks, of the box's width
SMALLEST, LARGEST = 0.88, 1.15  # ours: faces that a local search finds, of the box's width; one scale either way
LONGEST = 8000  # ours: pixels of the longer side to which a picture is enlarged at most: a strip would take all memory
FULL_EVERY = 25  # ours: a video's frames between full searches, about a second, to drop boxes that hold no face
PARAMETERS = (
    f"{CASCADE} {SCALE_FACTOR} {MIN_NEIGHBORS} full {SHORT_SIDE} {MIN_FACE} every {FULL_EVERY} local "
    f"{FACE_PIXELS:.1f} {MARGIN} {SMALLEST} {LARGEST} opencv {cv2.__version__}"
)


def load_cascade(name=CASCADE):
    """OpenCV's cascade in the file `name`. Raises InputError naming the package that has it."""
    if not hasattr(cv2, "CascadeClassifier"):
        raise InputError(f"OpenCV {cv2.__version__} has no CascadeClassifier; install opencv-python-headless 4")
    folders = [getattr(getattr(cv2, "data", None), "haarcascades", ""), *SYSTEM_FOLDERS]
    for folder in filter(None, folders):
        path = Path(folder) / name
        if path.is_file():
            cascade = cv2.CascadeClassifier(str(path))
            if not cascade.empty():
                return cascade
    raise InputError(f"{name} not found; install opencv-python-headless 4, or Debian's opencv-data")


def full_search(cascade, gray, *, min_face, sure, short_side=SHORT_SIDE):
    """The faces of `gray` uint8 [H, W], large ones first: [(box float64 [4] x, y, width, height in pixels, windows)].

    min_face    width of the smallest, as a share of the picture's short side
    sure        windows of the cascade that must agree on a face
    short_side  pixels to which the picture's short side is reduced, about; more where `min_face` needs more
    """
    factor = max(int(min(gray.shape) / max(short_side, WINDOW / min_face)), 1)
    small = reduced(gray, factor)
    short = min(small.shape)
    found = detected(cascade, small, max(min_face, MIN_FACE) * short, max(small.shape))
    if min_face < MIN_FACE:  # by themselves, so that large faces have the same boxes whether small ones are asked for
        found += detected(cascade, small, min_face * short, MIN_FACE * short)
    return [(box * factor, windows) for box, windows in found if windows >= sure]


def local_search(cascade, gray, near):
    """The face of about the place and size of `near` float64 [4]: (box, windows of every scale and place), or None.

    `near` may lie outside, when the picture is smaller than the one it was found in.
    """
    x, y, width, height = near
    margin = MARGIN * width
    left, top = max(int(x - margin), 0), max(int(y - margin), 0)
    factor = max(int(width / FACE_PIXELS), 1)
    part = reduced(gray[top : int(y + height + margin) + 1, left : int(x + width + margin) + 1], factor)
    if not part.size:
        return None
    columns, rows = (max(round(side * FACE_PIXELS * factor / width), 1) for side in part.shape[::-1])
    scale = factor * np.array([part.shape[1] / columns, part.shape[0] / rows] * 2)
    part = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_LINEAR)
    windows = agreeing(cascade, part, SMALLEST * FACE_PIXELS, LARGEST * FACE_PIXELS, 0)[0]
    if len(windows) <= MIN_NEIGHBORS:
        return None
    box = np.mean(windows, axis=0) * scale + (left, top, 0, 0)  # OpenCV's own mean is of whole pixels: it shakes
    return box, len(windows)


def reduced(gray, factor):
    """`gray` with one pixel for every `factor` x `factor`; whole factors are by far the fastest."""
    height, width = (side // factor for side in gray.shape)
    part = gray[: height * factor, : width * factor]
    if factor == 1 or not part.size:
        return part
    return cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)


def detected(cascade, gray, smallest, largest):
    """The faces between two widths in pixels, large ones first: [(box float64 [4], windows that agree on it)]."""
    boxes, windows = agreeing(cascade, gray, smallest, largest, MIN_NEIGHBORS)
    order = sorted(range(len(boxes)), key=lambda k: (boxes[k][2] * boxes[k][3], *boxes[k]), reverse=True)
    return [(boxes[k].astype(float), int(windows[k])) for k in order]


def agreeing(cascade, gray, smallest, largest, neighbors):
    """(boxes [N, 4], windows [N] that agree on each) between two widths in pixels; for 0 `neighbors` every window."""
    limits = {"minSize": (int(smallest),) * 2, "maxSize": (int(largest) + 1,) * 2}
    return cascade.detectMultiScale2(gray, SCALE_FACTOR, neighbors, **limits)


def crop_face(gray, box, size):
    """The box int64 [4] of `gray`, no margin, as uint8 [size, size]. What lies outside is as at the picture's edge."""
    x, y, width, height = box
    part = gray[max(y, 0) : y + height, max(x, 0) : x + width]
    lacks = max(-y, 0), height - part.shape[0] - max(-y, 0), max(-x, 0), width - part.shape[1] - max(-x, 0)
    if any(lacks):
        part = cv2.copyMakeBorder(part, *lacks, cv2.BORDER_REPLICATE)
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA)
