"""Antialiased shapes blended into a small region of a frame. Points are pixels [n, 2] of the whole frame."""

from typing import NamedTuple

import cv2
import numpy as np

SHIFT = 4  # fractional bits of OpenCV's fixed-point coordinates


class Region(NamedTuple):
    """A rectangle of a frame, worked on as float32 planes [3, h, w]; `corner` is its left-top pixel."""

    pixels: np.ndarray
    corner: np.ndarray
    target: np.ndarray


class Mask(NamedTuple):
    """Coverage float32 [h, w] in 0..1 of the slices `where` (rows, columns) of a region."""

    where: tuple
    cover: np.ndarray


def lift(frame, points, margin):
    """Copy out of `frame` uint8 [H, W, 3] the rectangle around `points`; None when it lies outside."""
    size = np.array(frame.shape[1::-1])
    low = np.clip(np.floor(points.min(0) - margin), 0, size).astype(int)
    high = np.clip(np.ceil(points.max(0) + margin), 0, size).astype(int)
    if (high <= low).any():
        return None
    target = frame[low[1] : high[1], low[0] : high[0]]
    planes = np.ascontiguousarray(target.transpose(2, 0, 1), np.float32)
    return Region(planes, low, target)


def plain(region, color):
    """A picture like the region's, of one `color` BGR: float32 [3, h, w]."""
    return np.full_like(region.pixels, np.float32(color)[:, None, None])


def put_back(region):
    """Write the worked region into its frame."""
    region.target[:] = cv2.merge([cv2.convertScaleAbs(plane) for plane in region.pixels])


def box(region, points, margin):
    """The part of the region around `points`, `margin` pixels wider: slices (rows, columns) and left-top corner [2]."""
    size = region.target.shape[1::-1]
    x0, y0 = (max(int(v - margin), 0) for v in points.min(0) - region.corner)
    x1, y1 = (int(v + margin) + 2 for v in points.max(0) - region.corner)
    where = slice(min(y0, size[1] - 1), max(min(y1, size[1]), 1)), slice(min(x0, size[0] - 1), max(min(x1, size[0]), 1))
    return where, region.corner + (where[1].start, where[0].start)


def blank(where):
    """An empty mask uint8 for the slices `where`."""
    return np.zeros((where[0].stop - where[0].start, where[1].stop - where[1].start), np.uint8)


def fixed(points, corner):
    """Frame pixels -> OpenCV fixed-point coordinates relative to `corner`."""
    return np.rint((points - corner) * (1 << SHIFT)).astype(np.int32)


def area(region, points, soft=0.0):
    """A closed polygon as a Mask of the whole region; `soft` blurs its edge (pixels)."""
    mask = np.zeros(region.target.shape[:2], np.uint8)
    cv2.fillPoly(mask, [fixed(points, region.corner)], 255, cv2.LINE_AA, SHIFT)
    return Mask((slice(None), slice(None)), coverage(mask, soft))


def stroke(region, points, width, soft=0.0):
    """An open line `width` pixels wide (thinner than 1: fainter) as a Mask; `soft` blurs it (pixels)."""
    where, corner = box(region, points, width / 2 + 3 * soft + 2)
    mask = blank(where)
    strength = round(255 * min(1.0, width))
    cv2.polylines(mask, [fixed(points, corner)], False, strength, max(1, round(width)), cv2.LINE_AA, SHIFT)
    return Mask(where, coverage(mask, soft))


def disc(region, center, radius):
    """A circle as a Mask."""
    center = np.asarray(center)[None]
    where, corner = box(region, center, radius + 2)
    mask = blank(where)
    at = fixed(center, corner)[0].tolist()
    cv2.circle(mask, at, round(radius * (1 << SHIFT)), 255, -1, cv2.LINE_AA, SHIFT)
    return Mask(where, coverage(mask, 0.0))


def coverage(mask, soft):
    """uint8 mask -> float32 [h, w] in 0..1, blurred by `soft` pixels (two box blurs: far faster than a Gaussian)."""
    side = round((6 * soft**2 + 1) ** 0.5) | 1
    if side > 1:
        mask = cv2.blur(cv2.blur(mask, (side, side)), (side, side))
    return mask * np.float32(1 / 255)


def within(mask, area, outside=False):
    """`mask` only inside (or `outside`) of `area`."""
    cover = area.cover[mask.where]
    return Mask(mask.where, mask.cover * (1 - cover if outside else cover))


def ink(pixels, mask, color, strength=1.0):
    """Blend `color` (BGR, or planes like `pixels`) into `pixels` float32 [3, h, w] in place where `mask` covers."""
    rows, columns = mask.where
    part = pixels[:, rows, columns]
    color = np.float32(color)[:, None, None] if np.ndim(color) < 3 else color[:, rows, columns]
    part += (mask.cover * np.float32(strength)) * (color - part)
