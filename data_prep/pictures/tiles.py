"""Many small pictures as one: tiles in columns, each with a caption under it."""

import cv2
import numpy as np

GAP, LINE, INDENT = 6, 18, 4  # pixels between tiles, of a line of text, left of it
PAPER, INK = (255, 255, 255), (40, 40, 40)  # BGR


def tile_sheet(pictures, captions, size, columns):
    """One picture uint8 [h, w, 3] of `pictures` uint8 [H, W] or [H, W, 3] with `captions`, row by row.

    size      (width, height) in pixels into which every picture is fitted
    captions  one string each; a line break starts another line
    """
    lines = max(caption.count("\n") + 1 for caption in captions)
    step = np.array([size[0] + GAP, size[1] + lines * LINE + GAP])
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    width, height = step * (columns, rows) - GAP
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    for k, (picture, caption) in enumerate(zip(pictures, captions)):
        x, y = step * (k % columns, k // columns)
        tile = sheet[y : y + step[1] - GAP, x : x + size[0]]  # a view; text that is too long ends with its tile
        fitted = fit(picture, size)
        tile[: fitted.shape[0], : fitted.shape[1]] = fitted
        for row, text in enumerate(caption.split("\n"), 1):
            place = (INDENT, size[1] + row * LINE - 5)
            cv2.putText(tile, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK, 1, cv2.LINE_AA)
    return sheet


def fit(picture, size):
    """`picture` in color and as large as it can be within `size` (width, height), its shape kept."""
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    height, width = picture.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    fitted = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(picture, fitted, interpolation=cv2.INTER_AREA if scale <= 1 else cv2.INTER_CUBIC)
