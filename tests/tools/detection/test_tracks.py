"""Faces and their ids through videos of a photograph."""

import cv2
import numpy as np
import pytest

from data_prep.faces.search import FaceFinder
from tests.bundles import photograph
from tools.detection.tracks import FaceTracker, Sighting, overlap, renumbered


@pytest.fixture(scope="module")
def two():
    """uint8 [512, 922]: two faces of one size or so, 500 pixels apart."""
    gray = cv2.cvtColor(photograph(), cv2.COLOR_BGR2GRAY)
    return np.hstack([gray, cv2.resize(cv2.flip(gray, 1), (410, 512))])


def ids(tracker, pictures):
    return [[one.face for one in tracker.find(picture)] for picture in pictures]


def test_two_people_keep_their_ids_while_they_move(two):
    assert ids(FaceTracker(44), [np.roll(two, 2 * k, 1) for k in range(30)]) == [[0, 1]] * 30


def test_a_face_that_was_hidden_for_half_a_second_is_the_same_one(two):
    hidden = two.copy()
    hidden[:, 512:] = 0
    seen = ids(FaceTracker(44), [two] * 5 + [hidden] * 12 + [two] * 5)
    assert seen == [[0, 1]] * 5 + [[0]] * 12 + [[0, 1]] * 5


def test_somebody_who_comes_where_nobody_was_is_somebody_new(two):
    left, right = two.copy(), two.copy()
    left[:, 512:], right[:, :512] = 0, 0
    assert ids(FaceTracker(44), [left] * 3 + [right] * 3) == [[0]] * 3 + [[1]] * 3


def test_where_one_face_is_wanted_it_is_the_preparations(two):
    gray = cv2.resize(two[:, :512], None, fx=1.5, fy=1.5)[:500, 100:600]  # the face fills a third of it
    tracker, finder = FaceTracker(44, most=1), FaceFinder()
    for k in range(30):
        picture = np.roll(gray, k, 1)
        (sighting,), box = tracker.find(picture), finder.find(picture)
        assert sighting.face == 0 and (sighting.box == box).all()


def test_a_small_picture_is_searched_too(two):
    small = cv2.resize(two[:, :512], (120, 120))
    (sighting,) = FaceTracker(44).find(small)
    assert overlap(sighting.box, np.array([172, 62, 105, 105]) * 120 / 512) > 0.6


def test_a_false_alarm_is_left_out(two):
    assert len(FaceTracker(44).find(two)) == 2


def test_what_is_seen_once_in_a_film_is_no_face():
    box = np.array([1, 2, 3, 3])
    frames = [
        [Sighting(0, box, None)],
        [Sighting(3, box, None), Sighting(5, box, None)],
        [Sighting(3, box, None)],
        [Sighting(3, box, None)],
    ]
    assert [[one.face for one in frame] for frame in renumbered(frames)] == [[], [0], [0], [0]]
