"""The mouth, drawn in each frame: lips, the gap between them, teeth."""

from typing import NamedTuple

import numpy as np

from data_prep.synthetic import brush

ALONG = np.linspace(-1, 1, 31)


class Lips(NamedTuple):
    """Four curves [31, 2] from the left corner to the right: outer and inner edges of the upper and the lower lip."""

    upper_outer: np.ndarray
    upper_inner: np.ndarray
    lower_inner: np.ndarray
    lower_outer: np.ndarray


def lips(identity, amount):
    """The lips' edges in face units; `amount` {au: 0..1}."""
    a = amount
    half = identity.mouth_w + 0.105 * a[12] + 0.165 * a[20] + 0.008 * a[15] - 0.03 * a[17] - 0.035 * a[26] * (1 - a[20])
    corner = identity.mouth_y - 0.115 * a[12] + 0.125 * a[15] + 0.02 * a[20] + 0.045 * a[26]
    middle = identity.mouth_y - 0.020 * a[9] + 0.022 * a[12] - 0.065 * a[17] + 0.012 * a[26]
    rise = 0.034 * a[25] + 0.014 * a[26] + 0.010 * a[25] * a[12]
    drop = 0.095 * a[25] + 0.090 * a[26] + 0.095 * a[25] * a[26] + 0.012 * a[25] * a[12]
    thick_up = identity.lip_up * (1 - 0.25 * a[12] - 0.5 * a[20] - 0.15 * a[17] + 0.1 * a[25]) + 0.012 * a[9]
    thick_low = identity.lip_low * (1 - 0.18 * a[12] - 0.5 * a[20] + 0.22 * a[17] - 0.08 * a[26])
    t = np.abs(ALONG)
    x = ALONG * half
    seam = middle + (corner - middle) * t**1.7 + 0.010 * np.exp(-((ALONG / 0.16) ** 2)) * (1 - a[25])
    wide = 1 - t**2
    bow = (1 - t**2.1) ** 0.85 * (
        1 + 0.22 * np.exp(-(((t - 0.30) / 0.15) ** 2)) - 0.16 * np.exp(-((ALONG / 0.11) ** 2))
    )
    upper_inner = seam - rise * wide**0.8
    lower_inner = seam + drop * wide**0.62
    sway = 1 + identity.lopsided * 0.5 * np.tanh(4 * ALONG)  # the stronger side moves more
    bend = (identity.mouth_y + (seam - identity.mouth_y) * sway) - seam
    curves = (upper_inner - thick_up * bow, upper_inner, lower_inner, lower_inner + thick_low * wide**0.72)
    return Lips(*(np.stack([x, y + bend * t], 1) for y in curves))


def teeth_edge(curves):
    """Where the upper teeth end, float [31, 2]: 0.062 below the upper lip's edge, but not on the lower lip."""
    x, top = curves.upper_inner.T
    edge = np.minimum(top + 0.062 * (1 - ALONG**2) ** 0.4, curves.lower_inner[:, 1] - 0.006)
    return np.stack([0.86 * x, np.maximum(edge, top)], 1)


def draw_mouth(frame, curves, teeth, unit, identity, tone):
    """Paint the mouth into `frame`.

    `curves` Lips and `teeth` [31, 2] in pixels, `unit` pixels per face unit, `tone` light [3].
    """
    everything = np.concatenate(curves)
    region = brush.lift(frame, everything, 0.10 * unit)
    if region is None:
        return
    pixels = region.pixels
    lip, skin = np.float32(identity.lip) * tone, np.float32(identity.skin) * tone
    below = curves.lower_outer[4:-4] + (0, 0.03 * unit)
    brush.ink(pixels, brush.stroke(region, below, 0.04 * unit, 0.022 * unit), skin * 0.55, 0.42)
    upper = brush.area(region, np.concatenate([curves.upper_outer, curves.upper_inner[::-1]]), 0.010 * unit)
    lower = brush.area(region, np.concatenate([curves.lower_inner, curves.lower_outer[::-1]]), 0.012 * unit)
    brush.ink(pixels, upper, lip * 0.80, 0.86)
    brush.ink(pixels, lower, lip * 0.98, 0.84)
    swell = 0.5 * (curves.lower_inner + curves.lower_outer)[6:-6]
    shine = brush.stroke(region, swell, 0.035 * unit, 0.022 * unit)
    brush.ink(pixels, brush.within(shine, lower), lip * 1.3 + 18, 0.55)
    opening = brush.area(region, np.concatenate([curves.upper_inner, curves.lower_inner[::-1]]), 0.004 * unit)
    inside = brush.plain(region, np.float32((26, 20, 42)) * tone)
    tongue = curves.lower_inner[7:-7] + (0, -0.005 * unit)
    brush.ink(inside, brush.stroke(region, tongue, 0.07 * unit, 0.02 * unit), np.float32((70, 62, 120)) * tone, 0.6)
    bite = brush.area(region, np.concatenate([curves.upper_inner, teeth[::-1]]), 0.004 * unit)
    brush.ink(inside, bite, np.float32((168, 180, 188)) * tone)
    for end in (slice(0, 8), slice(-8, None)):
        brush.ink(inside, brush.stroke(region, curves.upper_inner[end], 0.06 * unit, 0.03 * unit), (18, 14, 30), 0.75)
    brush.ink(inside, brush.stroke(region, curves.upper_inner, 0.016 * unit, 0.01 * unit), (20, 16, 36), 0.6)
    brush.ink(pixels, opening, inside)
    seam = brush.stroke(region, 0.5 * (curves.upper_inner + curves.lower_inner), 0.014 * unit, 0.005 * unit)
    brush.ink(pixels, brush.within(seam, opening, outside=True), skin * (0.25, 0.22, 0.34), 0.85)
    corners = everything[[31, 61]]
    for corner in corners:
        brush.ink(pixels, brush.disc(region, corner, 0.02 * unit), skin * 0.38, 0.45)
    brush.put_back(region)
