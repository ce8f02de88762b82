"""The shape of a face: its 478 landmarks in a place, size and turn of their own; face and expression are left.

A similarity transform brings both eyes, the bridge and the base of the nose and the middle of the mouth near PLACES.
"""

import functools

import numpy as np

from data_prep.faces.align import as_complex, similarity
from data_prep.faces.pose import canonical_points

POINTS = 478
VALUES = 2 * POINTS  # of a shape, x and y of each point in turn
# landmarks whose means are brought to PLACES: each eye, the nose's bridge and base, the corners of the mouth
PARTS = ((33, 133, 159, 145), (263, 362, 386, 374), (168, 6), (2,), (61, 291))
PLACES = ((0.30, 0.36), (0.70, 0.36), (0.50, 0.36), (0.50, 0.60), (0.50, 0.76))  # ours
# the irises, which the canonical face lacks: middle, and four points around it, of either eye
IRISES = {468: 473, 469: 476, 470: 475, 471: 474, 472: 477}


def shape_of(points):
    """float32 [478, 2]: landmarks [478, 2] in pixels, brought to PLACES."""
    points = as_complex(np.asarray(points, np.float64))
    parts = np.array([points[list(part)].mean() for part in PARTS])
    factor, shift = similarity(parts, as_complex(np.array(PLACES)))
    placed = factor * points + shift
    return np.stack([placed.real, placed.imag], axis=1).astype(np.float32)


@functools.cache
def mirror_order():
    """int [478]: for each landmark the one on the other side of the face."""
    places = canonical_points()
    order = np.arange(POINTS)
    distances = np.square(places[:, None] - places[None] * (-1, 1, 1)).sum(axis=2)
    order[: len(places)] = distances.argmin(axis=1)
    for one, other in IRISES.items():
        order[one], order[other] = other, one
    return order


def mirrored(shapes):
    """float32 [..., 478, 2]: the shapes of the mirrored pictures."""
    return shapes[..., mirror_order(), :] * np.float32([-1, 1]) + np.float32([1, 0])
