"""How much of the surroundings each vertex sees: what makes sockets, nostrils and the neck darker."""

import numpy as np

from data_prep.rendered.raster import fill_depth, normals

DIRECTIONS, SIZE, SPAN = 40, 192, 4.6  # ours: directions, pixels and decimeters a side of the depth maps
CENTER = np.array([0, 7.0, 0.4], np.float32)
GOLDEN = 2.39996  # radians between successive directions


def open_sky(parts):
    """float [N] 0..1 for the resting mesh of Parts."""
    normal = normals(parts.points, parts.triangles)
    seen, total = np.zeros(len(parts.points)), np.full(len(parts.points), 1e-6)
    depth = np.zeros((SIZE, SIZE), np.float32)
    for k in range(DIRECTIONS):
        height = 1 - 2 * (k + 0.5) / DIRECTIONS
        flat = np.sqrt(1 - height * height)
        direction = np.array([flat * np.cos(k * GOLDEN), height, flat * np.sin(k * GOLDEN)])
        if direction[2] < -0.5:
            continue
        points = (parts.points - CENTER) @ axes_towards(direction).T
        points[:, :2] = points[:, :2] * (SIZE / SPAN) + SIZE / 2
        fill_depth(points, parts.triangles, depth)
        column, row = (np.clip(np.rint(points[:, k]).astype(int), 0, SIZE - 1) for k in (0, 1))
        facing = np.clip(normal @ direction.astype(np.float32), 0, 1)
        seen += facing * (depth[row, column] < points[:, 2] + 0.05)
        total += facing
    return seen / total


def axes_towards(direction):
    """float32 [3, 3]: two axes across `direction`, and it."""
    across = np.cross([0, 1, 0] if abs(direction[1]) < 0.9 else [1, 0, 0], direction)
    across /= np.linalg.norm(across)
    return np.stack([across, np.cross(direction, across), direction]).astype(np.float32)
