"""Boxes [4] x, y, width, height in pixels: how they lie to each other, and in a picture."""

import numpy as np

SAME = 0.4  # ours: intersection over union above which two boxes are of one face
NESTED = 0.7  # ours: the same, intersection over the smaller one: mouths and chins are taken for small faces


def is_same(box, other):
    """Whether two boxes are of one face: they have about the same place, or one lies in the other."""
    return overlap(box, other) > SAME or nesting(box, other) > NESTED


def distinct(entries, same=is_same):
    """The `entries`, which have a box each, without those whose box is the `same` as that of an earlier one."""
    kept = []
    for entry in entries:
        if not any(same(entry.box, other.box) for other in kept):
            kept.append(entry)
    return kept


def distance(box, other):
    """Pixels between the middles of two boxes."""
    return float(np.hypot(*(box[:2] + box[2:] / 2 - other[:2] - other[2:] / 2)))


def overlap(box, other):
    """Intersection over union of two boxes."""
    shared = intersection(box, other)
    return shared / (np.prod(box[2:]) + np.prod(other[2:]) - shared)


def nesting(box, other):
    """Intersection over the smaller of two boxes: 1 where one lies in the other."""
    return intersection(box, other) / min(np.prod(box[2:]), np.prod(other[2:]))


def intersection(box, other):
    """Pixels that two boxes share."""
    size = np.minimum(box[:2] + box[2:], other[:2] + other[2:]) - np.maximum(box[:2], other[:2])
    return np.prod(np.maximum(size, 0))


def whole(box):
    """`box` in whole pixels, int64 [4]; it may lie partly outside of its picture."""
    return np.array([round(float(value)) for value in box])


def inside(box, shape):
    """The part of `box` that lies in a picture of `shape` (H, W, ...), in whole pixels: int64 [4], 1 x 1 at least."""
    left, top, width, height = whole(box).tolist()
    right, bottom = max(min(left + width, shape[1]), 1), max(min(top + height, shape[0]), 1)
    left, top = min(max(left, 0), right - 1), min(max(top, 0), bottom - 1)
    return np.array([left, top, right - left, bottom - top])
