"""How a head is turned, from its landmarks: pitch, yaw and roll in degrees.

  pitch  positive: the face looks up
  yaw    positive: it is turned to the person's own right, which is the left of the picture
  roll   positive: it is tilted to the person's right shoulder, counter-clockwise in the picture

All are relative to a camera that looks at the face, so that a face that looks into the camera has 0, 0 wherever it is
in the picture. They are angles about the picture's x, y and depth: roll comes first, then yaw, then pitch, as in
OpenFace's R = Rx Ry Rz. The canonical face is fitted to the landmarks that expressions hardly move; the focal length is
taken for the picture's longer side.
"""

import functools

import cv2
import numpy as np

from data_prep.faces.models import CANONICAL, parts

MESH_FIELD, BASIS_FIELD = 1, 2  # of the canonical face's message
VERTICES_FIELD, FLOATS = 3, 5  # of its mesh: x, y, z in cm, and two of its texture


@functools.cache
def canonical_face():
    """(landmarks int [m] that expressions hardly move, their places float64 [m, 3] in cm: right, down, away)."""
    message = fields(parts().read(CANONICAL))
    rigid = [dict(fields(value))[1] for field, value in message if field == BASIS_FIELD and isinstance(value, bytes)]
    return np.array(rigid), canonical_points()[rigid]


def canonical_points():
    """float64 [468, 3]: the canonical face's landmarks in cm: right, down, away. It has no irises."""
    message = fields(parts().read(CANONICAL))
    (mesh,) = (value for field, value in message if field == MESH_FIELD and isinstance(value, bytes))
    floats = [value for field, value in fields(mesh) if field == VERTICES_FIELD]
    return np.frombuffer(b"".join(floats), "<f4").reshape(-1, FLOATS)[:, :3].astype(np.float64) * (1, -1, -1)


def fields(message):
    """Yield (number, value) of the fields of a Protocol Buffers message: an int, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while at < len(message):
        field, kind = divmod(varint(), 8)
        if kind == 0:
            yield field, varint()
            continue
        length = varint() if kind == 2 else {1: 8, 5: 4}[kind]
        yield field, message[at : at + length]
        at += length


def head_pose(points, shape):
    """float64 [3] pitch, yaw, roll of the face with landmarks [478, 2] in a picture of `shape` (H, W, ...)."""
    rigid, places = canonical_face()
    seen = points[rigid].astype(np.float64)
    camera = np.diag([max(shape[:2]), max(shape[:2]), 1.0])
    _, turn, _ = cv2.solvePnP(places, seen - seen.mean(0), camera, None, flags=cv2.SOLVEPNP_SQPNP)
    return angles(cv2.Rodrigues(turn)[0])


def angles(rotation):
    """Pitch, yaw, roll in degrees of a rotation Rx Ry Rz [3, 3] of right, down, away."""
    pitch = np.arctan2(rotation[1, 2], rotation[2, 2])
    yaw = np.arcsin(np.clip(rotation[0, 2], -1, 1))
    roll = np.arctan2(rotation[0, 1], rotation[0, 0])
    return np.degrees([pitch, yaw, roll])
