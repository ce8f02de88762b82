"""The skin's texture on the atlas: float32 [HEIGHT, WIDTH, 4], linear RGB and gloss."""

import cv2
import numpy as np

from data_prep.rendered.atlas import BOTTOM, FACE, FRONT, HEIGHT, TOP, WIDTH
from data_prep.rendered.brows import paint_brows
from data_prep.rendered.geometry import bump, linear, noise, path_distance, smoothstep
from data_prep.rendered.look import BEARD, NO_BEARD

EYE = (0.318, 7.283)  # middle of the left eye's opening
# the outline of the closed lips, left half: upper lip from the corner, then the lower one back to it
UPPER_LIP = ((0.268, 6.612), (0.19, 6.652), (0.085, 6.703), (0.03, 6.696), (0.0, 6.686))
LOWER_LIP = ((0.05, 6.488), (0.13, 6.510), (0.21, 6.56))
CLOTHES = ((60, 66, 84), (120, 40, 44), (40, 44, 46), (200, 200, 196), (84, 110, 90), (70, 90, 140), (150, 130, 104))


def paint_skin(atlas, look, hairline, rng):
    """The texture of a person; `hairline` float32 [WIDTH]: its height at each longitude."""
    texture = np.empty((HEIGHT, WIDTH, 4), np.float32)
    blotches = noise(rng, HEIGHT, WIDTH, 60, 100)
    grain = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 0.9) * 2
    mottled = 1 + 0.02 * noise(rng, HEIGHT, WIDTH, 10, 16) + 0.014 * blotches + 0.022 * grain
    texture[..., :3] = linear(look.skin) * mottled[..., None]
    texture[..., 0] *= 1 + 0.015 * blotches
    texture[..., 3] = 0.8 + 0.12 * blotches.clip(-1, 1)
    face = texture[FACE, FRONT]
    x, y = atlas.x[FACE, FRONT], atlas.y[FACE, FRONT]
    paint_complexion(face, x, y, rng)
    lips = paint_lips(face, x, y, look, rng)
    paint_brows(face, x, y, look, rng)
    paint_eyelids(face, x, y, look)
    if look.beard != NO_BEARD:
        paint_beard(face, x, y, lips, look, rng)
    paint_scalp(texture, atlas, look, hairline, rng)
    paint_clothes(texture, atlas, grain, rng)
    return np.ascontiguousarray(np.clip(texture, 0, 3))


def paint_complexion(face, x, y, rng):
    """Blush, shadows under the eyes, shine, freckles, moles, nostrils."""
    aside = np.abs(x)
    blush = 0.8 * bump(aside, 0.45, 0.2) * bump(y, 6.98, 0.16) + bump(aside, 0, 0.13) * bump(y, 6.98, 0.12)
    blush = (blush + 0.5 * bump(aside, 0, 0.2) * bump(y, 6.33, 0.1)) * rng.uniform(0.3, 1.0)
    face[..., :3] *= 1 + blush[..., None] * np.array([0.05, -0.12, -0.12])
    rings = bump(aside, 0.31, 0.15) * bump(y, 7.165, 0.05) * rng.uniform(0.1, 0.5)
    rings += bump(aside, 0.32, 0.17) * bump(y, 7.37, 0.05) * rng.uniform(0.1, 0.55)
    face[..., :3] *= 1 - 0.45 * rings[..., None] * np.array([0.7, 1, 0.9])
    if rng.random() < 0.4:
        freckles = smoothstep(1.3, 2.2, noise(rng, *x.shape, 150, 170))
        freckles *= bump(aside, 0.3, 0.35) * bump(y, 7.0, 0.25)
        face[..., :3] *= 1 - 0.35 * freckles[..., None] * np.array([0.6, 1, 1.1])
    for _ in range(rng.integers(0, 6)):
        place, size = (rng.uniform(-0.75, 0.75), rng.uniform(6.3, 7.9)), rng.uniform(0.008, 0.018)
        face[..., :3] *= 1 - 0.6 * (bump(x, place[0], size) * bump(y, place[1], size))[..., None]
    face[..., 3] += 0.5 * bump(aside, 0, 0.08) * bump(y, 7.0, 0.2) + 0.35 * bump(aside, 0, 0.3) * bump(y, 7.7, 0.12)
    nostril = bump(aside, 0.085, 0.045) * bump(y, 6.845, 0.022)
    face[..., :3] *= 1 - 0.75 * nostril[..., None]


def paint_lips(face, x, y, look, rng):
    """The red of the lips; returns how much of it there is, 0..1 [h, w]."""
    left = np.array(UPPER_LIP + LOWER_LIP)
    right = left * [-1, 1]
    middle = len(UPPER_LIP) - 1
    outline = [*right[: middle + 1], *left[middle - 1 :: -1], *left[:middle:-1], *right[middle + 1 :]]
    places = []
    for px, py in outline:
        row = round((TOP - py) / (TOP - BOTTOM) * HEIGHT - FACE.start)
        places.append((int(np.abs(x[row] - px).argmin()), row))
    lips = np.zeros(x.shape, np.uint8)
    cv2.fillPoly(lips, [np.array(places, np.int32)], 255)
    lips = cv2.GaussianBlur(lips.astype(np.float32) / 255, (0, 0), 1.3)
    cover = (lips * look.lip_cover)[..., None]
    streaks = (1 + 0.07 * noise(rng, *x.shape, 30, 260))[..., None]
    face[..., :3] = face[..., :3] * (1 - cover) + linear(look.lips) * streaks * cover
    face[..., 3] += 0.9 * lips
    seam = bump(y - 6.612 - 0.012 * np.cos(24 * x), 0, 0.008) * (np.abs(x) < 0.275)
    face[..., :3] *= 1 - 0.5 * seam[..., None]
    return lips


def paint_eyelids(face, x, y, look):
    """The margin of the lids, and the fold of the upper one."""
    aside = np.abs(x)
    ring = np.hypot((aside - EYE[0]) / 0.150, (y - EYE[1]) / 0.058)
    upper = smoothstep(EYE[1] - 0.01, EYE[1] + 0.02, y)
    margin = np.clip(bump(ring, 1.06, 0.10) * (0.30 + 0.35 * upper), 0, 0.85)
    face[..., :3] *= 1 - margin[..., None] * np.array([0.80, 0.92, 0.92])
    distance, along = path_distance(
        aside, y, [(0.185, 7.318), (0.25, 7.366), (0.34, 7.378), (0.44, 7.345), (0.50, 7.31)]
    )
    fold = bump(distance, 0, 0.011) * np.sqrt(np.clip(4 * along * (1 - along), 0, 1)) * look.lid_fold
    face[..., :3] *= 1 - 0.55 * fold[..., None] * np.array([0.75, 1, 1])


def paint_beard(face, x, y, lips, look, rng):
    """Beard or stubble on cheeks, chin and upper lip."""
    aside = np.abs(x)
    jaw = smoothstep(6.78, 6.62, y - 0.55 * np.clip(aside - 0.35, 0, 1)) * smoothstep(6.10, 6.34, y)
    jaw *= 1 - smoothstep(0.95, 1.15, aside)
    mustache = smoothstep(0.36, 0.28, aside) * smoothstep(6.83, 6.79, y) * smoothstep(6.60, 6.68, y)
    where = np.maximum(jaw, mustache) * (1 - lips)
    where = np.clip(where - 0.5 * bump(y, 6.462, 0.03) * bump(x, 0, 0.16), 0, 1)
    stubs = 0.62 + 0.22 * noise(rng, *x.shape, 400, 460) + 0.12 * noise(rng, *x.shape, 40, 50)
    full = look.beard == BEARD
    amount = 1.35 * rng.uniform(0.6, 0.85) if full else rng.uniform(0.18, 0.38)
    cover = np.clip(where * np.clip(stubs, 0.1, 1.2) * amount, 0, 0.92)[..., None]
    face[..., :3] = face[..., :3] * (1 - cover) + linear(np.clip(look.hair, 12, 130)) * cover
    face[..., 3] *= 1 - 0.6 * cover[..., 0]


def paint_scalp(texture, atlas, look, hairline, rng):
    """The skin under the hair has its color."""
    under = smoothstep(0.0, 0.06, atlas.y - hairline)[..., None]
    streaks = (1 + 0.25 * noise(rng, HEIGHT, WIDTH, 12, 700))[..., None]
    texture[..., :3] = texture[..., :3] * (1 - under) + linear(look.hair) * under * streaks
    texture[..., 3] *= 1 - 0.7 * under[..., 0]


def paint_clothes(texture, atlas, grain, rng):
    """A shirt below the neck."""
    color = linear(CLOTHES[rng.integers(len(CLOTHES))]) * rng.uniform(0.7, 1.2)
    neckline = 5.91 - 0.10 * np.cos(atlas.longitude) * rng.uniform(0.3, 1.6)
    cover = smoothstep(0.01, -0.01, atlas.y - neckline)[..., None]
    cloth = color * (1 + 0.06 * grain)[..., None]
    texture[..., :3] = texture[..., :3] * (1 - cover) + cloth * cover
    texture[..., 3] *= 1 - 0.95 * cover[..., 0]
