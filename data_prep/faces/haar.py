"""The detector of OpenCV's frontal face cascade (paper: Sec. V)."""

import cv2
import numpy as np

from data_prep.faces.found import Found
from data_prep.faces.geometry import is_same
from data_prep.faces.search import LONGEST, SHORT_SIDE, full_search, load_cascade, local_search

SURE = 8  # ours: windows that agree on a face; on photographs false alarms have 4, faces 16 and more
# ours: a thorough search looks at a larger picture, in which more windows must agree: it finds a fifth more of the
# faces in groups, and none of 1010 was false
LARGE_SIDE, SURE_IN_LARGE = 480, 10
# ours: confidence as a logistic function of log(1 + windows), of a local and of a full search; fitted on 374 boxes
LOCAL, FULL = (2.4, -3.9), (3.2, -5.4)


class Haar:
    """A detector, as data_prep/faces/detectors.py describes them. A cascade is not thread-safe: one per process.

    sure     windows of the cascade that must agree on a face; 0: whatever it finds, and no search looks at more
    enlarge  whether a picture smaller than a full search works on is enlarged for it
    """

    def __init__(self, *, sure=SURE, enlarge=True):
        self.sure, self.enlarge, self.cascade = sure, enlarge, load_cascade()

    def view(self, gray, image=None):
        """(the picture to search, uint8 [H, W]; pixels of it for each of `gray`)."""
        factor = min(SHORT_SIDE / min(gray.shape), LONGEST / max(gray.shape))
        if not self.enlarge or factor <= 1:
            return gray, 1.0
        return cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR), factor

    def full(self, picture, min_face, thorough):
        """Yield the Found of the whole `picture`, large ones first."""
        found = full_search(self.cascade, picture, min_face=min_face, sure=self.sure)
        if thorough and self.sure:  # what the usual search finds keeps its boxes
            large = {"sure": SURE_IN_LARGE, "short_side": LARGE_SIDE}
            for box, windows in full_search(self.cascade, picture, min_face=min_face, **large):
                if not any(is_same(box, other) for other, _ in found):
                    found.append((box, windows))
        for rough, windows in sorted(found, key=lambda entry: -entry[0][2]):
            exact = local_search(self.cascade, picture, rough)
            yield Found(rough, confidence(windows, *FULL)) if exact is None else as_found(exact)

    def near(self, picture, last):
        """The Found of about the place and size of `last`, or None."""
        exact = local_search(self.cascade, picture, last.box)
        return None if exact is None else as_found(exact)


def as_found(exact):
    """The Found of what a local search gives."""
    box, windows = exact
    return Found(box, confidence(windows, *LOCAL))


def confidence(windows, slope, offset):
    """0 to 1, of a face on which so many windows agree."""
    return float(1 / (1 + np.exp(-slope * np.log1p(windows) - offset)))
