"""Eyes and glasses, drawn in each frame: lids open and close, the iris turns, lower lids rise."""

import numpy as np

from data_prep.synthetic import brush

IRIS_RADIUS = 0.078  # ours: 11.7 mm of a 150 mm wide face
ALONG = np.linspace(-1, 1, 19)


def lids(identity, side, amount, blink, moved):
    """Upper lid, lower lid and lid crease of one eye as curves [19, 2], in face units.

    `side` 1 or -1; `amount` {au: 0..1}; `moved` [2]: where the skin motion carries the eye's center.
    """
    wide = 1 - ALONG**2
    tilt = identity.eye_tilt
    base = identity.eye_y + 0.012 - (0.012 + tilt) * (ALONG + 1) / 2
    up = (
        identity.eye_open
        + 0.066 * amount[5]
        - 0.012 * amount[4]
        - 0.016 * amount[6]
        - 0.012 * amount[9]
        - 0.010 * amount[12]
    )
    low = 0.050 + 0.010 * amount[5] - 0.042 * amount[6] - 0.020 * amount[9] - 0.008 * amount[12]
    low = max(low, 0.006)
    up = max(up * (1 - blink) - low * blink, -low + 0.003)
    x = side * (identity.eye_x + identity.eye_w * ALONG)
    upper = base - up * wide**0.72 * (1 - 0.15 * ALONG)
    lower = base + low * wide**0.85 * (1 + 0.18 * ALONG)
    rest = identity.eye_open + 0.042 + 0.020 * amount[5] - 0.014 * amount[4]
    crease = base - np.maximum(rest, up + 0.016) * (wide + 0.08) ** 0.6
    return [np.stack([x, y], 1) + 0.3 * np.asarray(moved) for y in (upper, lower, crease)]


def draw_eye(frame, curves, center, unit, identity, tone):
    """Paint one eye into `frame`.

    `curves` and the iris's `center` in pixels, `unit` pixels per face unit, `tone` light [3].
    """
    upper, lower, crease = curves
    region = brush.lift(frame, np.concatenate(curves), 0.09 * unit)
    if region is None:
        return
    pixels = region.pixels
    skin = np.float32(identity.skin) * tone
    opening = brush.area(region, np.concatenate([upper, lower[::-1]]), 0.004 * unit)
    ball = brush.plain(region, np.float32((206, 212, 218)) * tone)
    brush.ink(ball, brush.disc(region, center, IRIS_RADIUS * unit), np.float32(identity.iris) * 0.42)
    brush.ink(ball, brush.disc(region, center, IRIS_RADIUS * 0.86 * unit), np.float32(identity.iris) * tone)
    brush.ink(ball, brush.disc(region, center, IRIS_RADIUS * 0.42 * unit), (12, 10, 10))
    shadow = brush.stroke(region, upper, 0.045 * unit, 0.018 * unit)
    brush.ink(ball, shadow, (30, 30, 36), 0.62)
    brush.ink(
        ball, brush.disc(region, upper[[0, -1]][0] * 0.92 + lower[9] * 0.08, 0.022 * unit), skin * (0.8, 0.7, 0.95)
    )
    glint = center + np.array([0.022, -0.026]) * unit
    brush.ink(ball, brush.disc(region, glint, 0.013 * unit), (245, 245, 245), 0.9)
    brush.ink(pixels, brush.stroke(region, crease, 0.012 * unit, 0.010 * unit), skin * 0.42, 0.75)
    brush.ink(
        pixels,
        brush.stroke(region, lower + (0, 0.008 * unit), 0.014 * unit, 0.006 * unit),
        skin * (0.62, 0.62, 0.85),
        0.6,
    )
    brush.ink(pixels, opening, ball)
    brush.ink(pixels, brush.stroke(region, upper - (0, 0.003 * unit), 0.018 * unit, 0.004 * unit), (26, 24, 26), 0.9)
    brush.put_back(region)


def glasses_lines(identity):
    """Frames as polylines [(points [n, 2], closed)], in face units; empty for none."""
    if identity.glasses == "none":
        return []
    turn = np.linspace(0, 2 * np.pi, 41)
    power = 1.0 if identity.glasses == "round" else 0.45
    ring = np.stack([np.cos(turn), np.sin(turn)], 1)
    ring = np.sign(ring) * np.abs(ring) ** power
    size = np.array((0.255, 0.225) if identity.glasses == "round" else (0.29, 0.185))
    result = []
    for side in (1, -1):
        center = np.array([side * (identity.eye_x + 0.01), identity.eye_y + 0.035])
        result.append(center + ring * size)
        hinge = center + (side * size[0], -0.06)
        result.append(np.array([hinge, (side * 0.99, hinge[1] - 0.03)]))
    inner = identity.eye_x + 0.01 - size[0]
    bridge = np.linspace(-inner, inner, 9)
    result.append(np.stack([bridge, identity.eye_y - 0.02 - 0.04 * (1 - (bridge / inner) ** 2)], 1))
    return result


def draw_glasses(frame, lines, unit, tone):
    """Paint the frames of a pair of glasses, `lines` in pixels."""
    if not lines:
        return
    region = brush.lift(frame, np.concatenate(lines), 0.05 * unit)
    if region is None:
        return
    for line in lines:
        mask = brush.stroke(region, line + (0, 0.02 * unit), 0.03 * unit, 0.012 * unit)
        brush.ink(region.pixels, mask, (30, 30, 40), 0.25)
        brush.ink(region.pixels, brush.stroke(region, line, 0.026 * unit), np.float32((40, 38, 42)) * tone, 0.95)
    brush.put_back(region)
