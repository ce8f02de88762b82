"""Faces brought to one place: a similarity transform from eyes and mouth to fixed places of the crop.

Of every face the outer corners of the eyes and the middle of the mouth come, as near as turning, scaling and shifting
can bring them, to the places of TEMPLATE. Boxes of faces with landmarks are those that OpenCV's cascade would give.
"""

import cv2
import numpy as np

from data_prep.faces.mesh import EYES, MOUTH
from data_prep.faces.squares import Square, cut, rotation

NONE, LANDMARKS = "none", "landmarks"
ALIGNMENTS = (NONE, LANDMARKS)
# ours: where the corner of the eye on the left of the picture, that on the right, and the middle of the mouth lie in a
# crop, x and y of its side
TEMPLATE = ((0.22, 0.34), (0.78, 0.34), (0.50, 0.76))
# ours: the middle of the cascade's box in an aligned crop, and its side, of the crop's: medians over 287 faces
BOX_MIDDLE, BOX_SIDE = (0.50, 0.46), 1.12


def anchors(points):
    """float64 [3, 2]: of landmarks [478, 2], the points that are brought to TEMPLATE."""
    points = points.astype(np.float64)
    return np.stack([points[EYES[0]], points[EYES[1]], points[list(MOUTH)].mean(0)])


def aligned_square(anchor, template=TEMPLATE):
    """The Square of a picture that an aligned crop shows, from the `anchors` [3, 2] of its face."""
    factor, shift = similarity(as_complex(np.array(template)), as_complex(anchor))
    middle = factor * (0.5 + 0.5j) + shift
    return Square(np.array([middle.real, middle.imag]), float(abs(factor)), float(np.angle(factor)))


def similarity(here, there):
    """(factor, shift) of the similarity transform that brings complex points `here` [n] nearest to those `there` [n]:
    there = factor x here + shift, by least squares."""
    here_0, there_0 = here - here.mean(), there - there.mean()
    factor = np.vdot(here_0, there_0) / np.vdot(here_0, here_0).real
    return factor, there.mean() - factor * here.mean()


def as_complex(points):
    return points[..., 0] + 1j * points[..., 1]


def crop_aligned(gray, anchor, size, template=TEMPLATE):
    """The aligned face with these `anchors` in `gray` uint8 [H, W], as uint8 [size, size]."""
    return cut(gray, aligned_square(anchor, template), size, cv2.BORDER_REPLICATE)[0]


def box_of(points):
    """float64 [4]: the upright box of a face with landmarks [478, 2]."""
    square = aligned_square(anchors(points))
    middle = square.center + rotation(square.turn) @ ((np.array(BOX_MIDDLE) - 0.5) * square.side)
    side = BOX_SIDE * square.side
    return np.array([*(middle - side / 2), side, side])
