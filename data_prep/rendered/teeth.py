"""Two arches of teeth with gums, for a mesh that has none worth showing. Decimeters."""

from typing import NamedTuple

import numpy as np

from data_prep.rendered.geometry import grid_triangles, linear, smoothstep

# ours: widths in mm from the midline outward: incisors, canine, premolars, molar; usual ones of adults
UPPER_WIDTHS, LOWER_WIDTHS = (8.5, 6.6, 7.6, 7.0, 6.8, 9.5), (5.3, 5.9, 6.8, 7.0, 7.1, 10.5)
UPPER_HEIGHT, LOWER_HEIGHT = 0.098, 0.085
GUM = 0.07  # height of the gum that is drawn beyond the teeth
ACROSS, ALONG = 9, 8  # vertices of a tooth across, of tooth and gum along
HALF_WIDTH, DEPTH = 0.275, 0.42  # of the ellipse on which the teeth stand
BEHIND = 0.088  # how far the upper teeth stand behind the lips' touching line
OVERBITE, OVERJET = 0.004, 0.022  # how far the upper teeth reach over the lower ones, and stand before them
GUM_COLOR, GAP_SHADE = (176, 92, 92), 0.45


class Arches(NamedTuple):
    """places ([k, 3], [k, 3]) of the upper and lower arch about their middle; triangles int32 [m, 3]; shade [2 k, 2].

    shade: how much of a tooth rather than gum a vertex is, and how light.
    """

    places: tuple
    triangles: np.ndarray
    shade: np.ndarray


def tooth_arches(first):
    """Arches whose vertices are numbered from `first`."""
    upper, lower = one_arch(UPPER_WIDTHS, UPPER_HEIGHT, -1), one_arch(LOWER_WIDTHS, LOWER_HEIGHT, 1)
    triangles = [grid_triangles(ALONG, len(places) // ALONG) for places, _ in (upper, lower)]
    starts = first, first + len(upper[0])
    triangles = np.concatenate([triangle + start for triangle, start in zip(triangles, starts)])
    return Arches((upper[0], lower[0]), triangles.astype(np.int32), np.concatenate([upper[1], lower[1]]))


def one_arch(widths, height, biting):
    """Places float32 [k, 3] and shade [k, 2] of one arch; `biting` -1: its teeth point down; their edge is at y = 0."""
    widths = np.array([*widths[::-1], *widths]) / 100
    across = np.concatenate([np.linspace(0, 1, ACROSS, endpoint=False)] * len(widths))
    tooth = np.repeat(np.arange(len(widths)), ACROSS)
    s = np.concatenate([[0], np.cumsum(widths)])[tooth] + across * widths[tooth] - widths.sum() / 2
    angles = np.linspace(-np.pi / 2, np.pi / 2, 400)
    x, z = HALF_WIDTH * np.sin(angles), DEPTH * (np.cos(angles) - 1)
    length = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
    x, z = np.interp(s + length[-1] / 2, length, x), np.interp(s + length[-1] / 2, length, z)
    gap = np.minimum(across, 1 - across) * widths[tooth]  # distance to the next tooth
    t = np.linspace(0, 1, ALONG)[:, None] ** 1.2
    up = t * (height + GUM)
    round_edge = 0.012 * smoothstep(0.012, 0.0, gap) * (t < 0.1)
    gum_line = height - 0.016 * smoothstep(0.02, 0.0, gap)
    is_tooth = smoothstep(gum_line + 0.006, gum_line - 0.006, up)
    recess = 0.012 * smoothstep(0.010, 0.0, gap) * is_tooth + 0.006 * (1 - is_tooth) + 0.03 * t**2
    light = 1 - (1 - GAP_SHADE) * smoothstep(0.008, 0.001, gap) * is_tooth
    places = np.stack(np.broadcast_arrays(x, -biting * (up + round_edge), z - recess), -1).reshape(-1, 3)
    shade = np.stack(np.broadcast_arrays(is_tooth, light), -1).reshape(-1, 2)
    return places.astype(np.float32), shade.astype(np.float32)


def fit_arches(arches, middle, width, rng):
    """The arches' vertices float32 [n, 3] behind lips that touch at `middle` and are `width` times the usual width."""
    scale = np.array([0.9 * width * rng.uniform(0.95, 1.05), rng.uniform(0.85, 1.1), 0.95])
    edge = middle - [0, 0.01 + rng.uniform(-0.015, 0.02), BEHIND - rng.uniform(0, 0.03)]
    lower = edge + [0, OVERBITE, -OVERJET]
    return np.concatenate([arches.places[0] * scale + edge, arches.places[1] * scale + lower]).astype(np.float32)


def tooth_colors(shade, rng):
    """float32 [k, 3]: what `shade` [k, 2] means for one person."""
    enamel = linear(np.array([236, 226, 210]) * rng.uniform(0.82, 1.08) * rng.normal(1, 0.02, 3))
    return (shade[:, :1] * enamel + (1 - shade[:, :1]) * linear(GUM_COLOR)) * shade[:, 1:]
