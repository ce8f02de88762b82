"""The map on which skin is painted: longitude about the head's axis and height of the common resting face.

A vertex's `uv` is where it lies on the map, 0..1; texel (row, column) shows height y and longitude t. The maps below
say which point of the resting face each texel is.
"""

from typing import NamedTuple

import cv2
import numpy as np

from data_prep.rendered.raster import rasterize

WIDTH, HEIGHT = 1024, 640  # texels
TOP, BOTTOM = 8.6, 4.4  # heights of the map's edges, dm
AXIS = 0.35  # z of the head's axis
FRONT = slice(int(WIDTH * (0.5 - 1.35 / 6.2832)), int(WIDTH * (0.5 + 1.35 / 6.2832)))  # columns of the face
FACE = slice(int((TOP - 8.2) / (TOP - BOTTOM) * HEIGHT), int((TOP - 6.0) / (TOP - BOTTOM) * HEIGHT))  # rows of it
DETAIL = 320  # texels a side of the finer map of furrows over the front of the face
DETAIL_BOX = (  # its u from, to, and v from, to
    0.5 - 1.25 / (2 * np.pi), 0.5 + 1.25 / (2 * np.pi), (TOP - 8.15) / (TOP - BOTTOM), (TOP - 6.15) / (TOP - BOTTOM),
)  # fmt: skip


class Atlas(NamedTuple):
    """float32 [HEIGHT, WIDTH] each: x, y and longitude of every texel's point of the resting face."""

    x: np.ndarray
    y: np.ndarray
    longitude: np.ndarray


def longitude_of(places):
    return np.arctan2(places[:, 0], places[:, 2] - AXIS)


def uv_of(longitude, y):
    """float32 [n, 2] of points with these longitudes and heights."""
    return np.stack([longitude / (2 * np.pi) + 0.5, (TOP - y) / (TOP - BOTTOM)], 1).astype(np.float32)


def radius_map(rest, skin):
    """float32 [HEIGHT, WIDTH]: how far from the axis the outermost skin lies at each texel."""
    uv = uv_of(longitude_of(rest), rest[:, 1])
    radius = np.hypot(rest[:, 0], rest[:, 2] - AXIS)
    points = np.stack([uv[:, 0] * WIDTH - 0.5, uv[:, 1] * HEIGHT - 0.5, radius], 1).astype(np.float32)
    together = np.ptp(uv[skin][:, :, 0], axis=1) < 0.5  # not those across the seam at the back
    depth, triangle, _ = rasterize(points, skin[together], WIDTH, HEIGHT)
    return np.where(triangle >= 0, depth, 1).astype(np.float32)


def outer_depth(rest, skin):
    """float [n]: how far below the outermost skin of its place each vertex lies."""
    uv = uv_of(longitude_of(rest), rest[:, 1])
    column = np.clip((uv[:, 0] * WIDTH).astype(int), 0, WIDTH - 1)
    row = np.clip((uv[:, 1] * HEIGHT).astype(int), 0, HEIGHT - 1)
    radius = np.hypot(rest[:, 0], rest[:, 2] - AXIS)
    return cv2.dilate(radius_map(rest, skin), np.ones((3, 3)))[row, column] - radius


def atlas_of(rest, skin):
    """The Atlas of the common resting face."""
    y = TOP - (np.arange(HEIGHT) + 0.5) / HEIGHT * (TOP - BOTTOM)
    longitude = ((np.arange(WIDTH) + 0.5) / WIDTH - 0.5) * 2 * np.pi
    x = radius_map(rest, skin) * np.sin(longitude)
    return Atlas(x.astype(np.float32), np.repeat(y[:, None], WIDTH, 1).astype(np.float32),
                 np.repeat(longitude[None], HEIGHT, 0).astype(np.float32))  # fmt: skip


def detail_points(atlas):
    """x and y, float32 [DETAIL, DETAIL] each, of the points on the map of furrows."""
    steps = (np.arange(DETAIL) + 0.5) / DETAIL
    u = DETAIL_BOX[0] + (DETAIL_BOX[1] - DETAIL_BOX[0]) * steps
    v = DETAIL_BOX[2] + (DETAIL_BOX[3] - DETAIL_BOX[2]) * steps
    column, row = np.meshgrid((u * WIDTH - 0.5).astype(np.float32), (v * HEIGHT - 0.5).astype(np.float32))
    return tuple(cv2.remap(values, column, row, cv2.INTER_LINEAR) for values in (atlas.x, atlas.y))
