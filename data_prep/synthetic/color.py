"""How a camera and its lamps render a drawn frame: contrast, color balance, gray."""

import functools
from typing import NamedTuple

import cv2
import numpy as np

KNEE = 190  # ours: above this level white comes on slowly, so that bright skin keeps its furrows


class ColorStyle(NamedTuple):
    """`contrast` about the level `pivot`; `gains` of blue, green and red; `gray` for one channel."""

    contrast: float = 1.0
    pivot: float = 128.0
    gains: tuple = (1.0, 1.0, 1.0)
    gray: bool = False


@functools.lru_cache(maxsize=4)
def curve(style):
    """The rendered level of each level of each channel: uint8 [1, 256, 3]."""
    level = np.arange(256)[:, None]
    rendered = ((level - style.pivot) * style.contrast + style.pivot) * np.array(style.gains)
    compressed = KNEE + (255 - KNEE) * np.tanh((rendered - KNEE) / (255 - KNEE))
    return np.clip(np.rint(np.where(rendered > KNEE, compressed, rendered)), 0, 255).astype(np.uint8)[None]


def develop(frame, style):
    """`frame` uint8 [h, w, 3] BGR as the camera renders it: uint8 [h, w, 3], or [h, w] where `style` is gray."""
    picture = cv2.LUT(frame, curve(style))
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if style.gray else picture
