"""Where skin moves: for each AU, soft pushes at places of the face, as FACS describes them.

A push is (x, y, sigma_x, sigma_y, dx, dy): at intensity 5 the skin at (x, y) moves by (dx, dy), fading as a Gaussian.
All are for the right half of the image and mirrored. Units as in identity.py.
"""

import numpy as np

from data_prep.subjects.aus import DISFA_AUS

PX = 140  # ours: pixels per unit of the prepared head, a little under the camera's, like a compressed video
LEFT, TOP, WIDE, HIGH = -1.36, -1.74, 2.72, 3.62  # the prepared head's window
STEP = 8  # pixels between nodes of the coarse motion grid


def canvas(step=1):
    """Coordinates x, y float32 [h, w] of the prepared head, every `step` pixels."""
    x = LEFT + np.arange(0, round(WIDE * PX), step, dtype=np.float32) / PX
    y = TOP + np.arange(0, round(HIGH * PX), step, dtype=np.float32) / PX
    return np.meshgrid(x, y)


def brow_y(identity):
    """Height of the brows' middle line at rest."""
    return identity.eye_y - identity.brow_gap


def pushes(identity):
    """The pushes of each AU: {au: [(x, y, sigma_x, sigma_y, dx, dy), ...]}."""
    brow, eye = brow_y(identity), identity.eye_y
    nose_y, nose_w, mouth_y, mouth_w = identity.nose_y, identity.nose_w, identity.mouth_y, identity.mouth_w
    chin_y = identity.chin_y
    return {
        1: [(0.20, brow, 0.17, 0.17, 0.0, -0.15)],
        2: [(0.66, brow, 0.19, 0.18, 0.02, -0.17)],
        4: [(0.20, brow + 0.02, 0.18, 0.16, -0.055, 0.11), (0.58, brow + 0.02, 0.2, 0.15, -0.03, 0.06)],
        5: [(identity.eye_x, eye - 0.12, 0.2, 0.06, 0.0, -0.02)],
        6: [(0.52, eye + 0.32, 0.28, 0.17, 0.0, -0.11), (0.74, brow + 0.03, 0.15, 0.12, 0.0, 0.025)],
        9: [
            (nose_w * 0.8, nose_y - 0.05, 0.13, 0.13, 0.01, -0.10),
            (0.14, mouth_y - 0.18, 0.2, 0.1, 0.0, -0.05),
            (0.17, brow, 0.16, 0.14, -0.025, 0.055),
        ],
        12: [(mouth_w + 0.04, mouth_y, 0.2, 0.17, 0.10, -0.12), (0.5, 0.34, 0.26, 0.16, 0.03, -0.05)],
        15: [(mouth_w + 0.03, mouth_y + 0.05, 0.13, 0.15, 0.015, 0.14)],
        17: [(0.08, chin_y - 0.22, 0.22, 0.17, 0.0, -0.11)],
        20: [(mouth_w + 0.05, mouth_y + 0.02, 0.22, 0.18, 0.17, 0.025)],
        25: [(0.0, mouth_y + 0.17, 0.22, 0.12, 0.0, 0.025)],
        26: [(0.0, chin_y + 0.02, 0.62, 0.36, 0.0, 0.15), (0.7, chin_y - 0.35, 0.2, 0.3, -0.04, 0.03)],
    }


def motion(identity, x, y):
    """How far each AU moves the skin at `x`, `y` [...] at intensity 5: float32 [12, ..., 2]."""
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    moved = np.zeros((len(DISFA_AUS),) + x.shape + (2,), np.float32)
    every = pushes(identity)
    for row, au in enumerate(DISFA_AUS):
        for px, py, sx, sy, dx, dy in every[au]:
            for side in (1, -1):
                amount = np.exp(-0.5 * (((x - side * px) / sx) ** 2 + ((y - py) / sy) ** 2))
                moved[row, ..., 0] += amount * side * dx
                moved[row, ..., 1] += amount * dy
    held = 1 / (1 + np.exp((y - identity.chin_y - 0.2) / 0.05))  # the neck stays
    return moved * (held * (1 + identity.lopsided * np.tanh(4 * x)))[..., None]


def half_width(identity, y):
    """Half width of the head without hair at heights `y` [...]; 0 above the crown and below the chin."""
    chin, mouth, jaw, tip = identity.chin_y, identity.mouth_y, identity.jaw, identity.chin
    heights = [-0.35, 0.15, mouth - 0.25, mouth + 0.02, chin - 0.22, chin]
    widths = [1.0, 0.97, 0.45 * 0.97 + 0.55 * jaw, jaw, 0.6 * jaw + 0.4 * tip + 0.08, tip + 0.20]
    fine = np.linspace(-1.6, chin + 0.1, 300)
    kernel = np.exp(-0.5 * (np.arange(-16, 17) / 7.0) ** 2)
    smooth = np.convolve(np.pad(np.interp(fine, heights, widths), 16, mode="edge"), kernel / kernel.sum(), "valid")
    crown = np.clip((-0.35 - y) / 1.17, 0, 1)
    below = np.clip((y - mouth) / (chin - mouth), 0, 1)
    return np.interp(y, fine, smooth) * (1 - crown**2.4) ** (1 / 2.1) * (1 - below**5) ** 0.5
