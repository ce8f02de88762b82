"""Turned squares of a picture, as small upright pictures that a net can see."""

from typing import NamedTuple

import cv2
import numpy as np


class Square(NamedTuple):
    """center float64 [2] and side in pixels; `turn` in radians, clockwise, of what is upright in it."""

    center: np.ndarray
    side: float
    turn: float = 0.0


def cut(image, square, size, border=cv2.BORDER_CONSTANT):
    """(uint8 [size, size, ...] of the `square` of `image`; float64 [2, 3] from its pixels back).

    border  what lies outside of the picture: black, or another of OpenCV's rules
    """
    scale, back = square.side / size, np.empty((2, 3))
    back[:, :2] = scale * rotation(square.turn)
    back[:, 2] = square.center - back[:, :2] @ (size / 2, size / 2)
    corners = apply(back, np.array([[0, 0], [size, 0], [0, size], [size, size]]))
    left, top = np.clip(np.floor(corners.min(0)).astype(int) - 1, 0, image.shape[1::-1])
    right, bottom = np.clip(np.ceil(corners.max(0)).astype(int) + 1, 0, image.shape[1::-1])
    part, factor = image[top:bottom, left:right], max(int(scale), 1)
    if not part.size:
        return np.zeros((size, size, *image.shape[2:]), np.uint8), back
    if factor > 1:  # so that no pixel is left out of what is warped
        part = part[: part.shape[0] // factor * factor or None, : part.shape[1] // factor * factor or None]
        whole = max(part.shape[1] // factor, 1), max(part.shape[0] // factor, 1)
        part = cv2.resize(part, whole, interpolation=cv2.INTER_AREA)
    there = back.copy()
    there[:, 2] -= (left, top)
    there /= factor
    # a pixel's middle is half a pixel from its corner, in either picture
    there[:, 2] += there[:, :2] @ (0.5, 0.5) - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(part, there, (size, size), flags=flags, borderMode=border), back


def rotation(turn):
    """float64 [2, 2]: turns by `turn` radians, clockwise in a picture."""
    cosine, sine = np.cos(turn), np.sin(turn)
    return np.array([[cosine, -sine], [sine, cosine]])


def apply(matrix, points):
    """Points [..., 2] under an affine map [2, 3]."""
    return points @ matrix[:, :2].T + matrix[:, 2]
