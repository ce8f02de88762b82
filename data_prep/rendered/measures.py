"""What a face shows, measured on the landmarks of MediaPipe's face mesh: what FACS says that AUs move.

All lengths are shares of the distance between the outer corners of the eyes, so that size does not matter.
"""

import numpy as np

from data_prep.faces.mesh import EYES, FaceMesh, square_about
from data_prep.faces.squares import Square, rotation

# landmarks: (the person's right, left)
INNER_CORNER, INNER_BROW, OUTER_BROW = (133, 362), ((55, 107), (285, 336)), ((46, 70, 53, 63), (276, 300, 283, 293))
UPPER_LID, LOWER_LID = ((160, 159, 158), (385, 386, 387)), ((144, 145, 153), (380, 374, 373))
MOUTH, NOSE_WING, CHEEK = (61, 291), (129, 358), (50, 280)
NOSE_BASE, LIP_TOP, UPPER_INNER, LOWER_INNER, LIP_BOTTOM, CHIN = 2, 0, 13, 14, 17, 152
NAMES = (
    "inner_brow", "outer_brow", "brow_distance", "aperture", "nose_wing", "upper_lip", "mouth_width", "corner", "red",
    "gap", "lower_lip", "chin",
)  # fmt: skip


def measure(points):
    """{name of NAMES: float} of landmarks [478, 2]; heights grow upward.

    inner_brow, outer_brow  height over the line of the eyes;  brow_distance  between the brows' inner ends
    aperture   of the lids;  nose_wing, upper_lip, corner, lower_lip, chin  heights over the line of the eyes
    red        of both lips together;  gap  between the lips
    """
    right, left = points[EYES[0]], points[EYES[1]]
    turn = np.arctan2(*(left - right)[::-1])
    upright = (points - (right + left) / 2) @ rotation(turn) / np.linalg.norm(left - right)
    x, y = upright[:, 0], -upright[:, 1]

    def mean(values, places):
        return float(np.mean(values[np.ravel(places)]))

    gap = y[UPPER_INNER] - y[LOWER_INNER]
    return {
        "inner_brow": mean(y, INNER_BROW) - mean(y, INNER_CORNER),
        "outer_brow": mean(y, OUTER_BROW),
        "brow_distance": mean(x, INNER_BROW[1]) - mean(x, INNER_BROW[0]),
        "aperture": mean(y, UPPER_LID) - mean(y, LOWER_LID),
        "nose_wing": mean(y, NOSE_WING),
        "upper_lip": float(y[LIP_TOP] - y[NOSE_BASE]),
        "mouth_width": float(x[MOUTH[1]] - x[MOUTH[0]]),
        "corner": mean(y, MOUTH) - float(y[UPPER_INNER] + y[LOWER_INNER]) / 2,
        "red": float(y[LIP_TOP] - y[LIP_BOTTOM] - gap),
        "gap": float(gap),
        "lower_lip": float(y[LIP_BOTTOM] - y[NOSE_BASE]),
        "chin": float(y[CHIN] - y[NOSE_BASE]),
    }


# what must move which way with the intensity of an AU alone (+1 up, -1 down), and by how much at least at intensity 5
EXPECTED = {
    1: {"inner_brow": 0.03},
    2: {"outer_brow": 0.03},
    4: {"inner_brow": -0.05, "brow_distance": -0.003},
    5: {"aperture": 0.008},
    6: {"aperture": -0.02},
    7: {"aperture": -0.01},
    9: {"nose_wing": 0.007, "inner_brow": -0.008},
    10: {"upper_lip": 0.01},
    12: {"mouth_width": 0.05, "corner": 0.03},
    14: {"mouth_width": 0.02},
    15: {"corner": -0.02},
    17: {"lower_lip": 0.003},
    20: {"mouth_width": 0.05},
    23: {"red": -0.015},
    24: {"red": -0.01},
    25: {"gap": 0.03},
    26: {"gap": 0.18, "chin": -0.05},
    28: {"red": -0.02},
    43: {"aperture": -0.06},
}


class Measurer:
    """Finds the landmarks of a face in the middle of a picture."""

    def __init__(self):
        self.mesh = FaceMesh()

    def points(self, image):
        """Landmarks float32 [478, 2] of the face that fills the middle of `image` uint8 [h, w, 3]."""
        height, width = image.shape[:2]
        square = Square(np.array([width / 2, height / 2]), float(min(height, width)), 0.0)
        for _ in range(2):
            square = square_about(self.mesh.find(image, square).points)
        return self.mesh.find(image, square).points
