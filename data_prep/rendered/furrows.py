"""The folds and wrinkles that each AU makes in the skin, as maps over the front of the common resting face.

A map is float32 [DETAIL, DETAIL, 3]: slope across, slope up, and how dark the dent is, at intensity 5. Where they lie
follows the appearance changes of the FACS manual; depths are ours.
"""

import functools

import cv2
import numpy as np

from data_prep.rendered.atlas import DETAIL, detail_points
from data_prep.rendered.geometry import bump, noise, path_distance, smoothstep

STEEPNESS, DARKNESS = 0.0065, 0.11  # slope and shade of a relief of depth 1
WOBBLE_SEED = 5
AGED = {1: 0.25, 2: 0.2, 4: 0.15, 6: 0.2, 12: 0.25}  # ours: furrows that stay on an old face, and how deep


class Folds:
    """Reliefs over points `x`, `y` float32 [DETAIL, DETAIL] of the resting face; one method for each AU's."""

    def __init__(self, x, y):
        self.x, self.y, self.aside = x, y, np.abs(x)
        self.rng = np.random.default_rng(WOBBLE_SEED)
        self.wobble = noise(self.rng, *x.shape, 7, 9) * 0.012

    def line(self, points, width):
        """A fold along `points`, on both sides of the face, deepest in its middle."""
        distance, along = path_distance(self.aside, self.y + 0.4 * self.wobble, points)
        return bump(distance, 0, width) * np.sin(np.pi * np.clip(0.9 * along + 0.05, 0, 1)) ** 0.6

    def level(self, height, width):
        return bump(self.y + self.wobble, height, width)

    def hill(self, x, y, width, height):
        return bump(self.aside, x, width) * bump(self.y, y, height)

    def au1(self):
        span = np.exp(-((self.aside / 0.27) ** 4))
        return -span * sum(self.level(y + 0.03 * np.cos(7 * self.aside), 0.013) for y in (7.58, 7.655, 7.73, 7.81))

    def au2(self):
        span = np.exp(-(((self.aside - 0.42) / 0.17) ** 4))
        arch = 0.04 * np.clip(self.aside / 0.5, 0, 1) ** 2
        return -span * sum(self.level(y + 0.02 - arch, 0.013) for y in (7.585, 7.66, 7.735))

    def au4(self):
        return (
            -3.0 * self.line([(0.050, 7.335), (0.056, 7.45), (0.078, 7.575)], 0.016)
            - 1.1 * self.line([(0.105, 7.43), (0.115, 7.50), (0.155, 7.575)], 0.013)
            - 0.9 * self.line([(0.17, 7.372), (0.30, 7.392), (0.46, 7.362)], 0.013)  # under the hanging fold
            + 1.0 * self.hill(0.10, 7.46, 0.05, 0.06)
            - 0.5 * bump(self.y, 7.30, 0.012) * bump(self.aside, 0, 0.08)
        )

    def au5(self):
        return -0.8 * self.line([(0.19, 7.345), (0.31, 7.40), (0.46, 7.365)], 0.010)

    def au6(self):
        return (
            -1.3 * self.line([(0.525, 7.285), (0.68, 7.36)], 0.010)
            - 1.3 * self.line([(0.535, 7.25), (0.71, 7.25)], 0.010)
            - 1.2 * self.line([(0.515, 7.215), (0.67, 7.14)], 0.010)
            - 2.0 * self.line([(0.18, 7.20), (0.27, 7.135), (0.38, 7.12), (0.49, 7.165)], 0.015)
            - 0.7 * self.line([(0.22, 7.22), (0.33, 7.175), (0.45, 7.19)], 0.010)
            + 1.2 * self.hill(0.40, 7.04, 0.15, 0.07)
        )

    def au7(self):
        return -0.8 * self.line([(0.19, 7.215), (0.31, 7.185), (0.44, 7.205)], 0.010) + 0.6 * self.hill(
            0.31, 7.205, 0.12, 0.012
        )

    def au9(self):
        return (
            -1.5 * self.line([(0.0, 7.30), (0.07, 7.305), (0.12, 7.32)], 0.012)
            - 1.5 * self.line([(0.0, 7.25), (0.13, 7.265)], 0.012)
            - 1.2 * self.line([(0.0, 7.20), (0.10, 7.195)], 0.012)
            - 1.4 * self.line([(0.055, 7.08), (0.10, 7.17), (0.15, 7.27)], 0.012)
            - 1.2 * self.line([(0.085, 7.05), (0.135, 7.13), (0.19, 7.21)], 0.012)
            - 1.8 * self.line([(0.14, 7.06), (0.195, 6.97), (0.25, 6.86)], 0.019)
            + 1.0 * self.hill(0.22, 7.06, 0.06, 0.07)
        )

    def au10(self):
        return (
            -2.0 * self.line([(0.155, 6.98), (0.22, 6.91), (0.30, 6.80), (0.33, 6.70)], 0.018)
            + 1.0 * self.hill(0.26, 6.95, 0.06, 0.08)
            - 0.6 * self.line([(0.04, 6.74), (0.045, 6.82)], 0.012)
        )

    def au12(self):
        return (
            -2.2 * self.line([(0.165, 6.98), (0.25, 6.86), (0.33, 6.72), (0.355, 6.60)], 0.018)
            + 1.2 * self.line([(0.21, 7.0), (0.31, 6.89), (0.40, 6.72)], 0.05)
            - 0.8 * self.line([(0.41, 6.75), (0.44, 6.62), (0.41, 6.5)], 0.014)
        )

    def au14(self):
        return (
            -2.2 * self.line([(0.315, 6.68), (0.33, 6.62), (0.315, 6.56)], 0.014)
            + 1.0 * self.hill(0.375, 6.62, 0.03, 0.08)
            - 0.6 * self.line([(0.17, 6.96), (0.28, 6.82), (0.34, 6.70)], 0.016)
        )

    def au15(self):
        return (
            -1.8 * self.line([(0.265, 6.60), (0.30, 6.53), (0.315, 6.43)], 0.015)
            - 0.8 * self.line([(0.18, 6.96), (0.30, 6.80), (0.36, 6.66)], 0.016)
            + 0.8 * self.hill(0.36, 6.52, 0.05, 0.07)
        )

    def au17(self):
        pits = np.clip(noise(self.rng, *self.x.shape, 110, 120), -0.3, 1.6)
        boss = np.exp(-((self.aside / 0.17) ** 4) - ((self.y - 6.34) / 0.09) ** 4)
        distance, _ = path_distance(self.aside, self.y, [(0, 6.468), (0.10, 6.46), (0.20, 6.43)])
        under_lip = bump(distance, 0, 0.016) * np.exp(-((self.aside / 0.17) ** 4))
        return -0.35 * boss * pits - 1.8 * under_lip - 0.5 * self.line([(0.25, 6.6), (0.28, 6.55)], 0.012)

    def au20(self):
        return (
            -1.3 * self.line([(0.33, 6.70), (0.36, 6.60), (0.34, 6.49)], 0.013)
            - 1.1 * self.line([(0.385, 6.72), (0.42, 6.60), (0.39, 6.46)], 0.013)
            - 0.8 * self.line([(0.17, 6.96), (0.28, 6.83), (0.35, 6.72)], 0.016)
            - 0.6 * self.line([(0.05, 6.44), (0.22, 6.47)], 0.014)
        )

    def au23(self):
        spokes = np.sin(self.x * 150 + 3 * self.wobble / 0.012)
        ring = smoothstep(0.045, 0.09, np.abs(self.y - 6.612)) * smoothstep(0.19, 0.11, np.abs(self.y - 6.612))
        return 0.5 * ring * bump(self.aside, 0, 0.17) * np.minimum(spokes, 0)

    def au24(self):
        return (
            -1.4 * self.line([(0.0, 6.475), (0.12, 6.485), (0.20, 6.52)], 0.014)
            - 1.3 * self.line([(0.26, 6.67), (0.295, 6.61), (0.27, 6.55)], 0.013)
            + 0.9 * self.hill(0.0, 6.735, 0.18, 0.022)
            + 0.7 * self.hill(0.34, 6.60, 0.03, 0.06)
        )

    def au26(self):
        return -0.6 * self.line([(0.17, 6.96), (0.27, 6.80), (0.33, 6.62), (0.33, 6.45)], 0.016)

    def au28(self):
        spokes = np.sin(self.x * 130)
        near = bump(np.abs(self.y - 6.612), 0.05, 0.04) * bump(self.aside, 0, 0.18)
        return 0.5 * near * np.minimum(spokes, 0) - 0.8 * self.line([(0.0, 6.47), (0.2, 6.50)], 0.02)


def furrows(atlas):
    """{AU: (rows, columns, map of that part)}: of each AU with furrows, the part of the map that has any."""
    x, y = detail_points(atlas)
    folds = Folds(x, y)
    step_x = np.clip(np.gradient(x, axis=1), 1e-3, None)
    step_y = np.abs(np.gradient(y, axis=0)).mean()
    found = {}
    for name in sorted(vars(Folds)):
        if not name.startswith("au"):
            continue
        relief = cv2.GaussianBlur(getattr(folds, name)().astype(np.float32), (0, 0), 0.8)
        across = np.gradient(relief, axis=1) / step_x * STEEPNESS
        upward = -np.gradient(relief, axis=0) / step_y * STEEPNESS
        whole = np.dstack([across, upward, np.clip(-relief, -0.3, 2.5) * DARKNESS]).astype(np.float32)
        rows, columns = np.nonzero(np.abs(whole).max(2) > 0.004)
        part = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
        found[int(name[2:])] = (*part, np.ascontiguousarray(whole[part]))
    return found


@functools.cache
def side_masks():
    """{side: float32 [1, DETAIL, 1]}: the share of the map on each side of the face; they add up to 1."""
    across = np.linspace(-1.25, 1.25, DETAIL)[None, :, None]
    left = smoothstep(-0.05, 0.05, across).astype(np.float32)
    return {"left": left, "right": 1 - left}
