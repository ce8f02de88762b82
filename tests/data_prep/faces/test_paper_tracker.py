"""The paper's face: the largest one, in drawn faces, photographs and pictures without one."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, coffee

from data_prep.faces.geometry import overlap
from data_prep.faces.haar import Haar
from data_prep.faces.tracker import FaceTracker, dataset_tracker
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from tests.data_prep.faces.cascade import Cascade


@pytest.fixture(scope="module")
def face():
    """A drawn face, uint8 [768, 1024]."""
    identity = random_identity(np.random.default_rng(5))
    return cv2.cvtColor(draw(identity, np.zeros(12)), cv2.COLOR_BGR2GRAY)


@pytest.fixture
def find():
    """The box of one picture of a video after another, or None."""
    return finder()


def finder(continuous=True):
    tracker = dataset_tracker(continuous=continuous)

    def find(picture):
        boxes = tracker.find(picture)
        assert set(boxes) <= {0}
        return boxes[0].box if boxes else None

    return find


def test_the_reduced_picture_gives_the_box_of_the_full_picture(face):
    tracker = dataset_tracker()
    full = max(tracker.detector.cascade.detectMultiScale(face), key=lambda box: box[2])
    assert overlap(tracker.find(face)[0].box, full) > 0.8


def test_a_picture_without_a_face_has_none(find):
    noise = np.random.default_rng(0).integers(0, 256, (480, 640)).astype(np.uint8)
    assert find(noise) is None
    assert find(np.full((480, 640), 90, np.uint8)) is None


def test_the_larger_of_two_faces_is_taken(face, find):
    small = cv2.resize(face, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    two = np.full((768, 1024 + small.shape[1]), int(face[5, 5]), np.uint8)
    two[: small.shape[0], : small.shape[1]] = small
    two[:, small.shape[1] :] = face
    assert find(two)[0] > small.shape[1]


@pytest.fixture(scope="module")
def photograph():
    """A real face, uint8 [512, 512]; her face lies about (224, 110) and is 85 pixels wide."""
    return cv2.cvtColor(astronaut(), cv2.COLOR_RGB2GRAY)


def around(photograph, half):
    """The part of the photograph about the face, `half` pixels either way."""
    return photograph[max(110 - half, 0) : 110 + half, 224 - half : 224 + half]


@pytest.mark.parametrize("zoom", [0.6, 1, 2.5, 5])
def test_a_real_face_is_found_at_every_scale(photograph, find, zoom):
    picture = cv2.resize(around(photograph, 130), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    x, y, width, height = find(picture) / zoom
    assert abs(x + width / 2 - 130) < 10 and abs(y + height / 2 - 110) < 14 and 70 < width < 110 and width == height


def test_of_two_real_faces_the_larger_is_taken_wherever_it_stands(photograph, find):
    small = around(photograph, 100)[:, 20:180]
    large = cv2.resize(small, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_LINEAR)
    two = np.full((large.shape[0], small.shape[1] + large.shape[1]), 128, np.uint8)
    two[: small.shape[0], large.shape[1] :] = small
    two[:, : large.shape[1]] = large
    assert sum(find(two)[::2] * (1, 0.5)) < large.shape[1]
    assert sum(finder()(two[:, ::-1].copy())[::2] * (1, 0.5)) > small.shape[1]


def test_a_real_photograph_without_a_face_has_none(find):
    assert find(cv2.cvtColor(coffee(), cv2.COLOR_RGB2GRAY)) is None


def moved(face, x, y=0):
    """The drawn face shifted by pixels; what is left behind looks like the background."""
    return cv2.warpAffine(face, np.float64([[1, 0, x], [0, 1, y]]), face.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def test_the_box_follows_a_moving_face(face, find):
    start = find(face)
    for step in range(1, 30):
        box = find(moved(face, 6 * step, -2 * step))
        assert np.abs(box - start - (6 * step, -2 * step, 0, 0)).max() < 0.08 * start[2]


def test_a_face_that_jumps_away_or_comes_back_is_found_at_once(face, find):
    start, nobody = find(face), np.full_like(face, 90)
    assert abs(find(moved(face, 300))[0] - start[0] - 300) < 0.08 * start[2]
    assert find(nobody) is None and find(nobody) is None
    assert abs(find(moved(face, -200))[0] - start[0] + 200) < 0.08 * start[2]


@pytest.fixture(scope="module")
def joined(face):
    """A picture with a small drawn face on its left, and the same after a larger one has joined on the right."""
    small = cv2.resize(face, None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA)
    alone = np.full((768, 1024 + small.shape[1]), int(face[5, 5]), np.uint8)
    alone[: small.shape[0], : small.shape[1]] = small
    both = alone.copy()
    both[:, small.shape[1] :] = face
    return alone, both, small.shape[1]


def test_a_larger_face_that_joins_is_taken_after_a_second_and_not_before(joined, find):
    alone, both, border = joined
    assert find(alone)[0] < border
    places = [find(both)[0] > border for _ in range(30)]
    assert places == [False] * 24 + [True] * 6


@pytest.mark.parametrize("gap", [1, 60])
def test_after_any_gap_the_face_is_first_searched_where_it_was(joined, find, gap):
    alone, both, border = joined
    assert find(alone)[0] < border
    assert all(find(np.full_like(alone, 90)) is None for _ in range(gap))
    assert find(both)[0] < border


def test_pictures_that_are_no_video_are_each_searched_in_full(joined):
    alone, both, border = joined
    find = finder(continuous=False)
    assert find(alone)[0] < border < find(both)[0]


def test_a_picture_of_another_size_is_searched_in_full(joined, find):
    alone, both, border = joined
    assert find(alone)[0] < border < find(both[:-2])[0]


def test_a_box_that_lies_outside_of_the_next_pictures_does_no_harm(face, find):
    small = np.full((90, 120), 90, np.uint8)
    assert find(face) is not None
    assert all(find(small) is None for _ in range(3))


def test_a_face_smaller_than_a_quarter_of_the_picture_is_none(photograph, find):
    assert find(photograph) is None


def test_a_picture_smaller_than_the_cascade_has_no_face(find):
    assert find(np.zeros((7, 5), np.uint8)) is None


def test_a_small_picture_is_searched_as_it_is(photograph, find):
    small = cv2.resize(around(photograph, 130), (56, 56), interpolation=cv2.INTER_AREA)
    assert find(small) is None and FaceTracker(Haar()).find(small)


def test_the_largest_face_is_taken_however_few_windows_agree_on_it():
    large, sure, gray = (10, 20, 120, 120), (150, 10, 100, 100), np.zeros((240, 320), np.uint8)
    for tracker, box in ((dataset_tracker(), large), (FaceTracker(Haar(), most=1), sure)):
        tracker.detector.cascade = Cascade((large, 4), (sure, 50))
        assert tracker.find(gray)[0].box.tolist() == list(box)


def test_a_box_of_a_full_search_is_made_exact_by_a_local_one():
    tracker = dataset_tracker()
    rough, local = (
        (100, 60, 120, 120),
        (5, 5, 56, 56),
    )  # the local search sees the face scaled to 57 pixels, from (85, 45)
    tracker.detector.cascade = Cascade((rough, 9), (local, 9))
    box = tracker.find(np.zeros((240, 320), np.uint8))[0].box
    assert np.abs(box - (85 + 5 * 2.12, 45 + 5 * 2.12, 56 * 2.12, 56 * 2.12)).max() < 2
