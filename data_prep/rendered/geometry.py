"""Small pieces of mathematics that many rooms of the renderer share. Lengths are decimeters, as in MakeHuman."""

import cv2
import numpy as np


def smoothstep(low, high, x):
    """0 below `low`, 1 above `high`, smooth between; `low` may be the larger one."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def bump(x, middle, width):
    """exp of minus the squared distance from `middle` in `width`s."""
    return np.exp(-(((x - middle) / width) ** 2))


def linear(color):
    """Linear light 0..1 of sRGB `color` 0..255."""
    return (np.asarray(color, np.float32) / 255) ** np.float32(2.2)


def noise(rng, height, width, rows, columns):
    """Smooth noise float32 [height, width], about N(0, 1), of `rows` x `columns` cells."""
    cells = rng.standard_normal((max(int(rows), 2), max(int(columns), 2))).astype(np.float32)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)


def path_distance(x, y, points):
    """Distance of every (x, y) to the polyline `points` [k, 2], and where along it, 0..1, its nearest point lies."""
    points = np.asarray(points, np.float32)
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    nearest, along = np.full(x.shape, np.inf, np.float32), np.zeros(x.shape, np.float32)
    before = 0.0
    for start, stop, length in zip(points[:-1], points[1:], lengths):
        direction = (stop - start) / length
        t = np.clip((x - start[0]) * direction[0] + (y - start[1]) * direction[1], 0, length)
        distance = np.hypot(x - start[0] - t * direction[0], y - start[1] - t * direction[1])
        closer = distance < nearest
        nearest = np.where(closer, distance, nearest)
        along = np.where(closer, (before + t) / lengths.sum(), along)
        before += length
    return nearest, along


def rotation(yaw, pitch, roll):
    """float32 [3, 3]: radians about the vertical axis, then the one through the ears, then the line of sight."""
    (cy, cp, cr), (sy, sp, sr) = np.cos([yaw, pitch, roll]), np.sin([yaw, pitch, roll])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return (about_y @ about_x @ about_z).astype(np.float32)


def triangles_of(quads):
    """int32 [2 m, 3] of quads [m, 4]."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def grid_triangles(rows, columns, closed=False):
    """int32 [m, 3]: the triangles of a grid of vertices, numbered row by row; `closed` joins last and first column."""
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], 1)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1).reshape(-1, 4)
    return triangles_of(quads)
