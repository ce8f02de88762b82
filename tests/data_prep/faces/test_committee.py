"""Three cascades that decide together."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, coffee

from data_prep.faces.committee import ONE_SIDED, SIDE, WEIGHTS, Committee
from data_prep.faces.geometry import overlap
from tests.data_prep.faces.cascade import Cascade

FRONTAL, OTHER, PROFILE = WEIGHTS
PLACE = (100, 60, 120, 120)
GRAY = np.zeros((SIDE, 640), np.uint8)


class FakeCascade(Cascade):
    def detectMultiScale2(self, gray, factor, neighbors, *, minSize):
        return super().detectMultiScale2(gray, factor, neighbors, minSize=minSize, maxSize=(10**6,) * 2)


class Profile(FakeCascade):
    """Finds nothing in the first of two pictures that it is shown, which is not mirrored."""

    def __init__(self, *found):
        super().__init__(*found)
        self.shown = 0

    def detectMultiScale2(self, *arguments, **limits):
        self.shown += 1
        boxes, windows = super().detectMultiScale2(*arguments, **limits)
        return (boxes, windows) if self.shown % 2 == 0 else (boxes[:0], windows[:0])


@pytest.fixture(autouse=True)
def no_local_search(request, monkeypatch):
    """Where the cascades are fakes, boxes stay as these give them."""
    if "committee" not in request.fixturenames:
        monkeypatch.setattr("data_prep.faces.committee.local_search", lambda *_: None)


def faces(gray=GRAY, min_face=0.1, **found):
    """[(box, probability)] where cascades find (box, windows) by the names frontal, other and profile."""
    committee = Committee()
    committee.cascades = {
        FRONTAL: FakeCascade(*found.get("frontal", ())),
        OTHER: FakeCascade(*found.get("other", ())),
        PROFILE: Profile(*found.get("profile", ())),
    }
    return [(found.box.tolist(), found.confidence) for found in committee.full(gray, min_face, True)]


def test_what_few_windows_of_two_cascades_agree_on_is_a_face_and_what_those_of_one_do_is_none():
    assert not faces(frontal=[(PLACE, 9)]) and not faces(other=[(PLACE, 4)])
    ((box, probability),) = faces(frontal=[(PLACE, 9)], other=[((104, 62, 118, 118), 4)])
    assert box in (list(PLACE), [104, 62, 118, 118]) and probability > 0.5


def test_what_one_cascade_is_very_sure_of_is_a_face():
    ((box, _),) = faces(frontal=[(PLACE, 60)])
    assert box == list(PLACE)


def test_more_windows_make_a_face_more_probable():
    probabilities = [faces(frontal=[(PLACE, 10)], other=[(PLACE, windows)])[0][1] for windows in (5, 10, 40)]
    assert probabilities == sorted(probabilities) and 0.4 < probabilities[0] < probabilities[-1] < 1


def test_a_head_turned_to_the_other_side_is_found_in_the_mirrored_picture():
    assert {PROFILE} == ONE_SIDED
    ((box, _),) = faces(profile=[(PLACE, 30)])
    assert box == [640 - 100 - 120, 60, 120, 120]


def test_large_faces_come_first_and_boxes_are_in_the_pixels_of_the_picture():
    small = (300, 200, 60, 60)
    found = faces(np.zeros((SIDE * 2, 1280), np.uint8), frontal=[(small, 90), (PLACE, 60)])
    assert [box for box, _ in found] == [[2 * side for side in PLACE], [2 * side for side in small]]


@pytest.fixture(scope="module")
def committee():
    return Committee()


@pytest.mark.parametrize("zoom, light", [(1, 1), (0.4, 1), (1, 0.2)])
def test_a_real_face_is_found_small_or_dark(committee, zoom, light):
    photograph = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)[:300]
    picture = cv2.resize(photograph, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    (box, probability, _), *others = committee.full((picture * light).astype(np.uint8), 0.1, True)
    assert not others and probability > 0.9 and overlap(box, np.array([172, 62, 105, 105]) * zoom) > 0.6


@pytest.mark.parametrize("turn", [-35, 35])
def test_a_tilted_head_is_found_where_it_is(committee, turn):
    photograph = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)
    move = cv2.getRotationMatrix2D((224, 114), turn, 1)
    picture = cv2.warpAffine(photograph, move, (420, 300), borderValue=128)
    (box, *_), *others = committee.full(picture, 0.2, True)
    assert not others and overlap(box, np.array([172, 62, 105, 105])) > 0.6


def test_a_photograph_without_a_face_has_none_and_a_tiny_picture_is_no_error(committee):
    for picture in (
        cv2.cvtColor(coffee(), cv2.COLOR_RGB2GRAY),
        np.zeros((5, 4000), np.uint8),
        np.zeros((30, 40000), np.uint8),
    ):
        assert list(committee.full(picture, 0.1, True)) == []
