"""Faces and their ids through videos of a photograph."""

import cv2
import numpy as np
import pytest

from data_prep.faces.geometry import overlap
from data_prep.faces.haar import Haar
from data_prep.faces.search import FULL_EVERY
from data_prep.faces.tracker import FaceTracker, dataset_tracker
from tests.bundles import photograph
from tests.data_prep.faces.cascade import Cascade

FACE = (172, 62, 105)  # left, top and side of the face in the photograph
MIDDLE = (224, 114)


@pytest.fixture(scope="module")
def gray():
    """uint8 [512, 512]: the photograph."""
    return cv2.cvtColor(photograph(), cv2.COLOR_BGR2GRAY)


@pytest.fixture(scope="module")
def two(gray):
    """uint8 [512, 922]: two faces of about the same size, 500 pixels apart."""
    return np.hstack([gray, cv2.resize(cv2.flip(gray, 1), (410, 512))])


def without_right(two):
    """The same without the face on the right."""
    left = two.copy()
    left[:, 512:] = 0
    return left


def ids(tracker, pictures):
    return [list(tracker.find(picture)) for picture in pictures]


def test_two_people_keep_their_ids_while_they_move(two):
    assert ids(FaceTracker(Haar()), [np.roll(two, 2 * k, 1) for k in range(30)]) == [[0, 1]] * 30


def test_a_face_that_is_hidden_beside_another_keeps_its_id(two):
    pictures = [two] * 5 + [without_right(two)] * 12 + [two] * 5
    assert ids(FaceTracker(Haar()), pictures) == [[0, 1]] * 5 + [[0]] * 12 + [[0, 1]] * 5


@pytest.mark.parametrize("hidden, face", [(45, 0), (55, 1)])
def test_a_face_keeps_its_id_for_two_seconds_out_of_sight(gray, hidden, face):
    pictures = [gray] * 2 + [np.zeros_like(gray)] * hidden + [gray] * 2
    assert ids(FaceTracker(Haar()), pictures) == [[0]] * 2 + [[]] * hidden + [[face]] * 2


def test_somebody_who_comes_where_nobody_was_is_somebody_new(two):
    right = two.copy()
    right[:, :512] = 0
    assert ids(FaceTracker(Haar()), [without_right(two)] * 3 + [right] * 3) == [[0]] * 3 + [[1]] * 3


@pytest.mark.parametrize("zoom, face", [(1.3, 0), (2.2, 1), (0.8, 0), (0.55, 1)])
def test_a_face_that_comes_back_far_larger_or_smaller_is_a_new_one(gray, zoom, face):
    move = np.float64([[zoom, 0, MIDDLE[0] * (1 - zoom)], [0, zoom, MIDDLE[1] * (1 - zoom)]])
    zoomed = cv2.warpAffine(gray, move, gray.shape[::-1], flags=cv2.INTER_AREA)
    tracker = FaceTracker(Haar())
    assert ids(tracker, [gray] * 2 + [np.zeros_like(gray)] * 3) == [[0]] * 2 + [[]] * 3
    assert ids(tracker, [zoomed]) == [[face]]


def test_no_more_faces_are_followed_than_asked_for_and_those_seen_last_go_on(two):
    everybody = np.hstack([two, two[:, 100:400]])
    without_first, without_last = everybody.copy(), everybody.copy()
    without_first[:, :512] = without_last[:, 922:] = 0
    pictures = [without_last] * 2 + [without_first] * 2 + [everybody] * 24
    assert ids(FaceTracker(Haar()), pictures)[-1] == [0, 1, 2]
    followed = ids(FaceTracker(Haar(), most=2), pictures)
    assert followed[:25] == [[0, 1]] * 2 + [[1, 2]] * 23
    assert all(len(faces) == 2 for faces in followed)


def test_where_one_face_is_wanted_it_is_the_preparations(two):
    picture = cv2.resize(two[:, :512], None, fx=1.5, fy=1.5)[:500, 100:600]  # the face fills a third of it
    tracker, paper = FaceTracker(Haar(), most=1), dataset_tracker()
    for k in range(30):
        moved = np.roll(picture, k, 1)
        found, expected = tracker.find(moved), paper.find(moved)
        assert list(found) == list(expected) == [0] and overlap(found[0].box, expected[0].box) > 0.9


def test_a_small_picture_is_enlarged_for_the_search_unless_that_is_not_wanted(gray):
    small = cv2.resize(gray, (120, 120))
    ((box, *_),) = FaceTracker(Haar()).find(small).values()
    left, top, side = FACE
    assert overlap(box, np.array([left, top, side, side]) * 120 / 512) > 0.6
    assert not FaceTracker(Haar(enlarge=False)).find(small)


def test_a_video_whose_frames_shrink_while_a_face_is_lost_goes_on(two):
    tracker, small = FaceTracker(Haar()), cv2.resize(two[:, :512], (256, 256))
    assert ids(tracker, [two] * 2) == [[0, 1]] * 2
    assert all(len(faces) == 1 for faces in ids(tracker, [small] * 3))


def test_a_false_alarm_is_left_out(two):
    assert len(FaceTracker(Haar(sure=0)).find(two)) > len(FaceTracker(Haar()).find(two)) == 2


def test_two_people_who_come_back_side_by_side_are_not_taken_for_one():
    tracker, gray = FaceTracker(Haar()), np.zeros((240, 320), np.uint8)
    places = [((100, 60, 80, 80), (150, 60, 80, 80)), (), ((75, 60, 84, 84), (120, 60, 80, 80))]
    seen = []
    for boxes in places:
        tracker.detector.cascade = Cascade(*((box, 12) for box in boxes))
        seen.append({face: found.box.tolist() for face, found in tracker.find(gray).items()})
    assert [set(boxes) for boxes in seen] == [{0, 1}, set(), {0, 1}]
    # both are nearest to where face 1 was, at 100: the larger is it, and the other one is face 0
    assert seen[2] == {1: [75, 60, 84, 84], 0: [120, 60, 80, 80]}


def test_a_box_in_a_face_is_no_second_face_however_it_was_met():
    tracker, gray = FaceTracker(Haar()), np.zeros((240, 320), np.uint8)
    face, mouth = (60, 40, 120, 120), (95, 105, 45, 45)
    for boxes, expected in (((mouth,), [0]), ((face, mouth), [1]), ((face,), [1]), ((mouth, face), [1])):
        tracker.detector.cascade = Cascade(*((box, 12) for box in boxes))
        assert list(tracker.find(gray)) == expected


def test_a_face_that_no_full_search_sees_is_followed_no_longer(monkeypatch):
    monkeypatch.setattr("data_prep.faces.haar.full_search", lambda *_, **__: seen)
    monkeypatch.setattr("data_prep.faces.haar.local_search", lambda cascade, gray, near: (near, 9))
    tracker, gray, seen = FaceTracker(Haar()), np.zeros((240, 320), np.uint8), [(np.array([60.0, 40, 90, 90]), 9)]
    assert ids(tracker, [gray] * 3) == [[0]] * 3
    seen.clear()
    assert ids(tracker, [gray] * 30) == [[0]] * (FULL_EVERY - 3) + [[]] * (33 - FULL_EVERY)


def test_after_a_cut_whoever_is_at_the_same_place_is_somebody_else(gray):
    scenes = [np.full((512, 1024), 90, np.uint8), np.random.default_rng(0).integers(0, 255, (16, 32)).astype(np.uint8)]
    scenes[1] = cv2.resize(scenes[1], (1024, 512), interpolation=cv2.INTER_NEAREST)
    scenes[0][:, ::64] = 200
    for scene in scenes:
        scene[:, :512][40:280, 100:340] = gray[40:280, 100:340]
    first, second = scenes
    assert ids(FaceTracker(Haar()), [first] * 3 + [second] * 3) == [[0]] * 3 + [[1]] * 3
