"""Frames of glasses, as tubes along the rims, the bridge and the temples."""

import numpy as np

from data_prep.rendered.geometry import grid_triangles, linear

COLORS = ((30, 26, 26), (70, 44, 30), (120, 116, 110), (40, 44, 70))
ROUND = 6  # sides of a tube


def glasses(eyes, rng):
    """Places float32 [k, 3], triangles int32 [m, 3] and linear color [3] for a person's `eyes`."""
    color = linear(COLORS[rng.integers(len(COLORS))])
    thick, square = rng.uniform(0.011, 0.017), rng.uniform(2.0, 3.4)
    width, height = rng.uniform(0.225, 0.26), rng.uniform(0.15, 0.19)
    front = max(center[2] for center, _ in eyes) + eyes[0][1] + 0.13
    angle = np.linspace(0, 2 * np.pi, 33)
    corner = [np.sign(wave) * np.abs(wave) ** (2 / square) for wave in (np.cos(angle), np.sin(angle))]
    paths = []
    for center, _ in eyes:
        x, y = center[0] + width * corner[0], center[1] - 0.03 + height * corner[1]
        paths.append(np.stack([x, y, front - 0.25 * x**2], 1))
        side = np.sign(center[0])
        hinge = center[0] + side * width
        temple = [hinge, center[1] + 0.05, front - 0.25 * hinge**2]
        paths.append(np.array([temple, [side * 0.82, center[1] + 0.05, 0.75], [side * 0.86, center[1] + 0.03, 0.2]]))
    (left, right), y = (center[0] - np.sign(center[0]) * width for center, _ in eyes), eyes[0][0][1] + 0.03
    bridge = [[left, y, front - 0.02], [(left + right) / 2, y + 0.03, front], [right, y, front - 0.02]]
    paths.append(np.array(bridge))
    places, triangles, count = [], [], 0
    for path in paths:
        tube = ring_along(path, thick)
        places.append(tube)
        triangles.append(grid_triangles(len(path), ROUND, closed=True) + count)
        count += len(tube)
    return np.concatenate(places).astype(np.float32), np.concatenate(triangles), color


def ring_along(path, radius):
    """Vertices [k * ROUND, 3] of a tube along `path` [k, 3]."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    reference = np.array([0, 0, 1.0]) if np.abs(along[:, 2]).mean() < 0.6 else np.array([0, 1.0, 0])
    one = np.cross(along, reference)
    one /= np.linalg.norm(one, axis=1, keepdims=True) + 1e-9
    other = np.cross(along, one)
    angle = np.linspace(0, 2 * np.pi, ROUND, endpoint=False)[None, :, None]
    ring = np.cos(angle) * one[:, None] + np.sin(angle) * other[:, None]
    return (path[:, None] + radius * ring).reshape(-1, 3)
