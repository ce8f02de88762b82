"""Finding and cropping faces, on drawn faces and on pictures without one."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, coffee

from data_prep.faces import search as faces
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.system.errors import InputError


@pytest.fixture(scope="module")
def face():
    """A drawn face, uint8 [768, 1024]."""
    identity = random_identity(np.random.default_rng(5))
    return cv2.cvtColor(draw(identity, np.zeros(12)), cv2.COLOR_BGR2GRAY)


@pytest.fixture
def finder():
    return faces.FaceFinder()


def test_the_reduced_image_gives_the_box_of_the_full_image(face, finder):
    full = max(finder.cascade.detectMultiScale(face), key=lambda box: box[2])
    x, y, width, height = finder.find(face)
    overlap = (min(x + width, full[0] + full[2]) - max(x, full[0])) * (
        min(y + height, full[1] + full[3]) - max(y, full[1])
    )
    assert overlap / (width * height + full[2] * full[3] - overlap) > 0.8


def test_a_picture_without_a_face_has_none(finder):
    noise = np.random.default_rng(0).integers(0, 256, (480, 640)).astype(np.uint8)
    assert finder.find(noise) is None
    assert finder.find(np.full((480, 640), 90, np.uint8)) is None


def test_the_larger_of_two_faces_is_taken(face, finder):
    small = cv2.resize(face, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    two = np.full((768, 1024 + small.shape[1]), int(face[5, 5]), np.uint8)
    two[: small.shape[0], : small.shape[1]] = small
    two[:, small.shape[1] :] = face
    assert finder.find(two)[0] > small.shape[1]


@pytest.fixture(scope="module")
def photograph():
    """A real face, uint8 [512, 512]; her face lies about (224, 110) and is 85 pixels wide."""
    return cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)


def around(photograph, half):
    """The part of the photograph about the face, `half` pixels either way."""
    return photograph[max(110 - half, 0) : 110 + half, 224 - half : 224 + half]


@pytest.mark.parametrize("zoom", [0.6, 1, 2.5, 5])
def test_a_real_face_is_found_at_every_scale(photograph, finder, zoom):
    picture = cv2.resize(around(photograph, 130), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    x, y, width, height = finder.find(picture) / zoom
    assert abs(x + width / 2 - 130) < 10 and abs(y + height / 2 - 110) < 14 and 70 < width < 110 and width == height


def test_of_two_real_faces_the_larger_is_taken_wherever_it_stands(photograph, finder):
    small = around(photograph, 100)[:, 20:180]
    large = cv2.resize(small, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_LINEAR)
    two = np.full((large.shape[0], small.shape[1] + large.shape[1]), 128, np.uint8)
    two[: small.shape[0], large.shape[1] :] = small
    two[:, : large.shape[1]] = large
    assert sum(finder.find(two)[::2] * (1, 0.5)) < large.shape[1]
    assert sum(faces.FaceFinder().find(two[:, ::-1].copy())[::2] * (1, 0.5)) > small.shape[1]


def test_a_real_photograph_without_a_face_has_none(finder):
    assert finder.find(cv2.cvtColor(coffee(), cv2.COLOR_RGB2GRAY)) is None


def moved(face, x, y=0):
    """The drawn face shifted by pixels; what is left behind looks like the background."""
    return cv2.warpAffine(face, np.float64([[1, 0, x], [0, 1, y]]), face.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def test_the_box_follows_a_moving_face(face, finder):
    start = finder.find(face)
    for step in range(1, 30):
        box = finder.find(moved(face, 6 * step, -2 * step))
        assert np.abs(box - start - (6 * step, -2 * step, 0, 0)).max() < 0.08 * start[2]


def test_a_face_that_jumps_away_or_comes_back_is_found_at_once(face, finder):
    start, nobody = finder.find(face), np.full_like(face, 90)
    assert abs(finder.find(moved(face, 300))[0] - start[0] - 300) < 0.08 * start[2]
    assert finder.find(nobody) is None and finder.find(nobody) is None
    assert abs(finder.find(moved(face, -200))[0] - start[0] + 200) < 0.08 * start[2]


@pytest.fixture(scope="module")
def joined(face):
    """A picture with a small drawn face on its left, and the same after a larger one has joined on the right."""
    small = cv2.resize(face, None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA)
    alone = np.full((768, 1024 + small.shape[1]), int(face[5, 5]), np.uint8)
    alone[: small.shape[0], : small.shape[1]] = small
    both = alone.copy()
    both[:, small.shape[1] :] = face
    return alone, both, small.shape[1]


def test_a_larger_face_that_joins_is_taken_within_a_second(joined, finder):
    alone, both, border = joined
    assert finder.find(alone)[0] < border
    assert any(finder.find(both)[0] > border for _ in range(faces.FULL_EVERY))


def test_pictures_that_are_no_film_are_each_searched_as_a_whole(joined):
    alone, both, border = joined
    finder = faces.FaceFinder(continuous=False)
    assert finder.find(alone)[0] < border < finder.find(both)[0]


def test_a_picture_smaller_than_the_cascade_has_no_face(finder):
    assert finder.find(np.zeros((7, 5), np.uint8)) is None


def test_a_crop_is_square_and_shows_the_box():
    gray = np.zeros((100, 120), np.uint8)
    gray[20:60, 30:70] = 200
    assert (faces.crop_face(gray, (30, 20, 40, 40), 44) == 200).all()


def test_an_opencv_without_the_cascade_says_which_package_has_it(monkeypatch):
    monkeypatch.setattr(faces, "CASCADE", "no_such_cascade.xml")
    with pytest.raises(InputError, match="no_such_cascade.xml not found; install"):
        faces.load_cascade()
