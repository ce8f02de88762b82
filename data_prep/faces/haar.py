"""The detector of OpenCV's frontal face cascade (paper: Sec. V)."""

import cv2

from data_prep.faces.found import Found
from data_prep.faces.search import PARAMETERS, SHORT_SIDE, full_search, load_cascade, local_search

SURE = 8  # ours: windows that agree on a face; on photographs false alarms have 4, faces 16 and more


class Haar:
    """A detector, as data_prep/faces/detectors.py describes them. A cascade is not thread-safe: one per process.

    sure     windows of the cascade that must agree on a face (see `full_search`)
    enlarge  whether a picture smaller than a full search works on is enlarged for it
    """

    parameters = PARAMETERS

    def __init__(self, *, sure=SURE, enlarge=True):
        self.sure, self.enlarge, self.cascade = sure, enlarge, load_cascade()

    def view(self, gray, image=None):
        """(the picture to search, uint8 [H, W]; pixels of it for each of `gray`)."""
        short = min(gray.shape)
        if not self.enlarge or short >= SHORT_SIDE:
            return gray, 1.0
        factor = SHORT_SIDE / short
        return cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR), factor

    def full(self, picture, min_face, thorough):
        """Yield the Found of the whole `picture`, large ones first."""
        for rough in full_search(self.cascade, picture, min_face=min_face, sure=self.sure):
            exact = local_search(self.cascade, picture, rough)
            yield Found(rough if exact is None else exact, 1.0)

    def near(self, picture, last):
        """The Found of about the place and size of `last`, or None."""
        box = local_search(self.cascade, picture, last.box)
        return None if box is None else Found(box, 1.0)
