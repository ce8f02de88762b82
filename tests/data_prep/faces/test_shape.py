"""The shape of a face: the same wherever, however large and however turned the face is."""

import numpy as np
import pytest

from data_prep.faces.align import as_complex
from data_prep.faces.blazeface import BlazeFace
from data_prep.faces.shape import PARTS, PLACES, mirror_order, mirrored, shape_of
from tests.bundles import photograph


@pytest.fixture(scope="module")
def points():
    """Landmarks of the photograph and, in its pixels, of its mirror image."""
    picture = photograph()
    return [next(BlazeFace().full(image, 0.05, False)).points for image in (picture, picture[:, ::-1].copy())]


def test_a_face_has_one_shape_wherever_it_is(points):
    moved = as_complex(points[0].astype(float)) * (0.3 + 0.7j) + (40 - 300j)
    there = np.stack([moved.real, moved.imag], axis=1)
    np.testing.assert_allclose(shape_of(there), shape_of(points[0]), atol=1e-5)


def test_eyes_nose_and_mouth_come_near_their_places(points):
    shape = shape_of(points[0])
    parts = np.array([shape[list(part)].mean(0) for part in PARTS])
    assert np.abs(parts - PLACES).max() < 0.06


def test_mirroring_twice_is_no_mirroring(points):
    order, shape = mirror_order(), shape_of(points[0])
    assert (order[order] == np.arange(478)).all() and (order == np.arange(478)).sum() < 40
    np.testing.assert_allclose(mirrored(mirrored(shape)), shape, atol=1e-6)


def test_the_shape_of_a_mirrored_picture_is_the_mirrored_shape(points):
    one, other = map(shape_of, points)
    assert (
        np.abs(mirrored(one) - other).mean() < 0.006
    )  # what is left is the landmarks' own: their net is not symmetric
