"""A face that a detector has found in a picture."""

from typing import NamedTuple

import numpy as np


class Found(NamedTuple):
    """box         float64 [4] x, y, width, height in pixels
    confidence  0 to 1, how sure the detector is that this is a face
    points      float32 [478, 2] x, y in pixels, the landmarks of data_prep/faces/mesh.py; None if it has none
    """

    box: np.ndarray
    confidence: float
    points: np.ndarray | None = None

    def scaled(self, factor):
        """The same in a picture that has `factor` pixels for each."""
        points = None if self.points is None else self.points * np.float32(factor)
        return Found(self.box * factor, self.confidence, points)
