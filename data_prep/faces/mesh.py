"""The 478 landmarks of a face, by MediaPipe's face mesh: where they are, and how sure it is that this is a face."""

from typing import NamedTuple

import cv2
import numpy as np

from data_prep.faces.models import MESH, load_net
from data_prep.faces.squares import Square, apply, cut, rotation

SIZE = 256  # pixels a side of what the net sees
OUTPUTS = ("Identity", "Identity_1")  # points x, y, z in its pixels; log-odds that they are a face's
ROOM = 1.5  # side of the square that the net wants to see, of the face's
EYES = (33, 263)  # the outer corners of the eyes, on the left and on the right of the picture of an upright face
MOUTH = (61, 291)  # the corners of the mouth


class Mesh(NamedTuple):
    """points float32 [478, 2] x, y in the picture's pixels, and the log-odds that they are a face's."""

    points: np.ndarray
    presence: float


class FaceMesh:
    """Finds the landmarks in a square about a face. A net is not thread-safe: one per process."""

    def __init__(self):
        self.net = load_net(MESH)

    def find(self, image, square):
        """The Mesh in the `square` of `image` uint8 [H, W, 3] BGR."""
        part, back = cut(image, square, SIZE)
        self.net.setInput(cv2.dnn.blobFromImage(part, 1 / 255, swapRB=True))
        points, presence = self.net.forward(OUTPUTS)
        return Mesh(apply(back, points.reshape(-1, 3)[:, :2]).astype(np.float32), float(presence.ravel()[0]))


def turn_of(points):
    """Radians by which a face with these landmarks is turned in the picture, clockwise."""
    x, y = points[EYES[1]] - points[EYES[0]]
    return float(np.arctan2(y, x))


def square_about(points):
    """The Square in which the net finds a face with these landmarks [478, 2] best."""
    turn = turn_of(points)
    upright = points @ rotation(turn)
    low, high = upright.min(0), upright.max(0)
    center = rotation(turn) @ ((low + high) / 2)
    return Square(center, ROOM * float((high - low).max()), turn)
