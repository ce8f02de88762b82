"""What each AU does to the skin: furrows, bulges and hollows, as shading added to the prepared head."""

from typing import NamedTuple

import cv2
import numpy as np

from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.geometry import LEFT, PX, TOP, brow_y, canvas


class Patch(NamedTuple):
    """Shading of one AU at intensity 5: the canvas region it covers and float32 [h, w, 4] to add there."""

    rows: slice
    columns: slice
    added: np.ndarray


def furrow(shade, points, width, dark):
    """Carve an arc through three `points` (x, y) on both sides of the face: dark within, a lit rim below it.

    `width` (pixels) is the furrow's softness, `dark` how much light it takes (0-1). Adds to `shade` float32 [h, w].
    """
    t = np.linspace(0, 1, 24)
    basis = np.stack([2 * (t - 0.5) * (t - 1), 4 * t * (1 - t), 2 * t * (t - 0.5)], 1)
    curve = basis @ np.float32(points)
    line = np.zeros(shade.shape, np.uint8)
    for side in (1, -1):
        pixels = np.int32((curve * (side, 1) - (LEFT, TOP)) * PX * 16)
        cv2.polylines(line, [pixels], False, 255, 2, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(line.astype(np.float32) / 255, (0, 0), width) * width * 1.25
    shade -= dark * soft
    drop = max(2, round(1.8 * width))
    shade[drop:] += 0.45 * dark * soft[:-drop]


def glow(shade, x, y, center, size, amount):
    """Brighten (or darken) a soft spot on both sides, for a bulge (or hollow)."""
    for side in (1, -1) if center[0] else (1,):
        shade += amount * np.exp(-0.5 * (((x - side * center[0]) / size[0]) ** 2 + ((y - center[1]) / size[1]) ** 2))


def lines(identity):
    """The furrows of each AU: {au: [(points, width, dark), ...]}; AU 0 has those that age leaves in a face at rest."""
    brow, eye, e = brow_y(identity), identity.eye_y, identity.eye_x
    nose_y, nose_w, mouth_y, mouth_w = identity.nose_y, identity.nose_w, identity.mouth_y, identity.mouth_w
    fold = [(nose_w + 0.03, nose_y - 0.10), (mouth_w + 0.02, nose_y + 0.10), (mouth_w + 0.13, mouth_y + 0.03)]
    outer = e + identity.eye_w
    up = (0.17, 0.27, 0.37)  # heights of the forehead's lines above the brows
    crow = (-0.055, 0.005, 0.06)  # how crow's feet fan out
    corner = (mouth_w + 0.04, mouth_y - 0.03), (mouth_w + 0.06, mouth_y), (mouth_w + 0.045, mouth_y + 0.045)
    wing = [(nose_w * 0.75, nose_y - 0.20), (nose_w + 0.07, nose_y - 0.13), (nose_w + 0.09, nose_y + 0.04)]
    pouch = [(mouth_w - 0.01, mouth_y - 0.01), (mouth_w + 0.045, mouth_y + 0.05), (mouth_w + 0.05, mouth_y + 0.17)]
    jaw = [(nose_w + 0.06, nose_y + 0.02), (mouth_w + 0.07, mouth_y - 0.02), (mouth_w + 0.11, mouth_y + 0.22)]
    side = [(0, -0.10), (0.03, 0.02), (0, 0.15)]
    return {
        0: [(fold, 3.2, 0.15), ([(e - 0.12, eye + 0.13), (e, eye + 0.17), (e + 0.13, eye + 0.13)], 2.0, 0.14)],
        1: [([(-0.30, brow - h + 0.05), (0, brow - h - 0.01), (0.30, brow - h + 0.05)], 1.9, 0.34) for h in up],
        2: [([(0.40, brow - h), (0.62, brow - h - 0.05), (0.84, brow - h + 0.06)], 1.9, 0.34) for h in up],
        4: [
            ([(0.085, brow - 0.13), (0.065, brow), (0.085, brow + 0.10)], 2.2, 0.50),
            ([(0.125, brow - 0.06), (0.115, brow + 0.01), (0.12, brow + 0.06)], 1.6, 0.3),
        ],
        5: [],
        6: [
            ([(outer + 0.05, eye + d), (outer + 0.11, eye + 1.5 * d), (outer + 0.19, eye + 2.4 * d)], 1.5, 0.33)
            for d in crow
        ]
        + [([(e - 0.24, eye + 0.11), (e - 0.02, eye + 0.19), (e + 0.24, eye + 0.12)], 2.4, 0.36)],
        9: [([(-0.10, eye + at), (0, eye + at - 0.03), (0.10, eye + at)], 1.7, 0.36) for at in (-0.11, -0.03, 0.05)]
        + [
            ([(0.09, eye + at), (0.13, eye + at - 0.06), (0.19, eye + at - 0.09)], 1.7, 0.28)
            for at in (0.12, 0.19, 0.26)
        ]
        + [(wing, 2.6, 0.38)],
        12: [(fold, 3.2, 0.36), (corner, 1.6, 0.35)],
        15: [(pouch, 2.4, 0.36)],
        17: [([(-0.22, mouth_y + 0.24), (0, mouth_y + 0.16), (0.22, mouth_y + 0.24)], 2.2, 0.50)],
        20: [([(mouth_w + at + x, mouth_y + y) for x, y in side], 2.6, 0.17) for at in (0.04, 0.12)],
        25: [],
        26: [(jaw, 4.0, 0.10)],
    }


def spots(identity):
    """The bulges (> 0) and hollows (< 0) of each AU: {au: [(center, size, amount), ...]}."""
    brow, eye, mouth_y, mouth_w = brow_y(identity), identity.eye_y, identity.mouth_y, identity.mouth_w
    return {
        1: [((0, brow - 0.03), (0.22, 0.05), 0.05)],
        2: [((0.62, brow + 0.10), (0.16, 0.05), 0.06)],
        4: [((0.16, brow - 0.10), (0.08, 0.05), 0.09), ((0.18, brow + 0.09), (0.12, 0.045), -0.17)],
        5: [((identity.eye_x, brow + 0.12), (0.18, 0.04), 0.05)],
        6: [((0.52, eye + 0.32), (0.19, 0.09), 0.13), ((identity.eye_x, eye + 0.11), (0.17, 0.03), -0.07)],
        9: [((identity.nose_w * 0.8, eye + 0.28), (0.06, 0.08), 0.06)],
        12: [((0.56, 0.34), (0.18, 0.10), 0.08)],
        15: [
            ((mouth_w - 0.03, mouth_y + 0.14), (0.10, 0.06), -0.18),
            ((mouth_w + 0.15, mouth_y + 0.12), (0.06, 0.10), 0.08),
        ],
        17: [((0, mouth_y + 0.19), (0.22, 0.04), -0.20), ((0, identity.chin_y - 0.22), (0.16, 0.08), 0.10)],
        20: [((0, mouth_y + 0.16), (0.26, 0.05), 0.18), ((mouth_w + 0.20, mouth_y), (0.08, 0.17), -0.19)],
        25: [((0, mouth_y + 0.21), (0.16, 0.03), -0.06)],
        26: [((0.62, mouth_y + 0.02), (0.10, 0.24), -0.10)],
    }


def dimples(identity, x, y):
    """The pebbled chin of AU 17, float32 [h, w]."""
    rng = np.random.default_rng(17)
    pebble = cv2.GaussianBlur(rng.normal(0, 1, x.shape).astype(np.float32), (0, 0), 3.2) * 10
    return 0.11 * pebble * np.exp(-(((x / 0.24) ** 2 + ((y - identity.chin_y + 0.22) / 0.15) ** 2) ** 2))


def skin_shading(identity, au, x, y):
    """Relative change of skin brightness at intensity 5 of `au` (0: age), float32 [h, w]."""
    shade = np.zeros(x.shape, np.float32)
    for points, width, dark in lines(identity)[au]:
        furrow(shade, points, width, dark)
    for spot in spots(identity).get(au, ()):
        glow(shade, x, y, *spot)
    if au == 17:
        shade += dimples(identity, x, y)
    return shade.clip(-0.7, 0.5)


def patches(identity, usual):
    """The shading of every AU in DISFA's order on the head `usual` float32 [h, w, 4]: [Patch]."""
    x, y = canvas()
    result = []
    for au in DISFA_AUS:
        shade = skin_shading(identity, au, x, y)
        rows, columns = (np.flatnonzero((np.abs(shade) > 0.01).any(axis)) for axis in (1, 0))
        region = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        tint = np.float32((1.15, 1.1, 0.85, 0.0))  # ours: furrows are redder, not grayer
        result.append(Patch(*region, usual[region] * shade[region][..., None] * tint))
    return result
