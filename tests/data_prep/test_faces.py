"""Finding and cropping faces, on drawn faces and on pictures without one."""

import cv2
import numpy as np
import pytest

from data_prep import faces
from data_prep.errors import InputError
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity


@pytest.fixture(scope="module")
def face():
    """A drawn face, uint8 [768, 1024]."""
    identity = random_identity(np.random.default_rng(5))
    return cv2.cvtColor(draw(identity, np.zeros(12)), cv2.COLOR_BGR2GRAY)


@pytest.fixture(scope="module")
def cascade():
    return faces.load_cascade()


def test_the_reduced_image_gives_the_box_of_the_full_image(face, cascade):
    full = max(cascade.detectMultiScale(face), key=lambda box: box[2])
    x, y, width, height = faces.find_face(cascade, face)
    overlap = (min(x + width, full[0] + full[2]) - max(x, full[0])) * (min(y + height, full[1] + full[3]) - max(y, full[1]))
    assert overlap / (width * height + full[2] * full[3] - overlap) > 0.8


def test_a_picture_without_a_face_has_none(cascade):
    noise = np.random.default_rng(0).integers(0, 256, (480, 640)).astype(np.uint8)
    assert faces.find_face(cascade, noise) is None
    assert faces.find_face(cascade, np.full((480, 640), 90, np.uint8)) is None


def test_the_larger_of_two_faces_is_taken(face, cascade):
    small = cv2.resize(face, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    two = np.full((768, 1024 + small.shape[1]), int(face[5, 5]), np.uint8)
    two[: small.shape[0], : small.shape[1]] = small
    two[:, small.shape[1] :] = face
    assert faces.find_face(cascade, two)[0] > small.shape[1]


def test_a_crop_is_square_and_shows_the_box():
    gray = np.zeros((100, 120), np.uint8)
    gray[20:60, 30:70] = 200
    assert (faces.crop_face(gray, (30, 20, 40, 40), 44) == 200).all()


def test_an_opencv_without_the_cascade_says_which_package_has_it(monkeypatch):
    monkeypatch.setattr(faces, "CASCADE", "no_such_cascade.xml")
    with pytest.raises(InputError, match="no_such_cascade.xml not found; install"):
        faces.load_cascade()
