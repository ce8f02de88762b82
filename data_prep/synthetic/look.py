"""How a camera and its lamps render a drawn frame: contrast, color balance, gray."""

import functools
from typing import NamedTuple

import cv2
import numpy as np

KNEE = 190  # ours: above this level white comes on slowly, so that bright skin keeps its furrows


class Look(NamedTuple):
    """`contrast` about the level `pivot`; `gains` of blue, green and red; `gray` for one channel."""

    contrast: float = 1.0
    pivot: float = 128.0
    gains: tuple = (1.0, 1.0, 1.0)
    gray: bool = False


@functools.lru_cache(maxsize=4)
def curve(look):
    """What becomes of each level of each channel: uint8 [1, 256, 3]."""
    level = np.arange(256)[:, None]
    turned = ((level - look.pivot) * look.contrast + look.pivot) * np.array(look.gains)
    shoulder = np.where(turned > KNEE, KNEE + (255 - KNEE) * np.tanh((turned - KNEE) / (255 - KNEE)), turned)
    return np.clip(np.rint(shoulder), 0, 255).astype(np.uint8)[None]


def develop(frame, look):
    """`frame` uint8 [h, w, 3] BGR as the camera gives it: uint8 [h, w, 3], or [h, w] where the look is gray."""
    picture = cv2.LUT(frame, curve(look))
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if look.gray else picture
