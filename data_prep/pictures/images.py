"""Read image files."""

import cv2

from data_prep.pictures.cut_short import cut_short


def read_image(path):
    """uint8 [H, W, 3] BGR; None for a file that is no image, ends early, or claims to be larger than OpenCV reads."""
    try:
        return None if cut_short(path) else cv2.imread(str(path), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
