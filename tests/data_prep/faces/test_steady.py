"""Boxes made steady: what is noise goes, what moves stays, and nothing crosses to another face or scene."""

import cv2
import numpy as np
import pytest

from data_prep.faces.found import Found
from data_prep.faces.steady import FAR, REACH, steady

GRAY = np.full((400, 600), 90, np.uint8)


def scene(seed, shape=GRAY.shape):
    """A picture uint8 [H, W] of rough patches."""
    patches = np.random.default_rng(seed).integers(0, 255, (8, 12)).astype(np.uint8)
    return cv2.resize(patches, shape[::-1], interpolation=cv2.INTER_NEAREST)


def steadied(boxes, ahead=REACH):
    """int64 [N, 4]: what becomes of `boxes` [N, 4] of one face in one scene."""
    frames = [(number, GRAY, {7: Found(box, 1.0)}) for number, box in enumerate(boxes)]
    return np.array([found[7].box for _, _, found in steady(frames, ahead)])


def moving(frames, step=(2.5, -1.25, 0.5, 0.5)):
    """float64 [N, 4]: boxes of a face that moves and grows evenly."""
    return np.array([60.0, 150, 100, 100]) + np.arange(frames)[:, None] * step


def shaking(boxes):
    return np.abs(np.diff(boxes, 2, axis=0)).mean()


@pytest.mark.parametrize("ahead, share", [(REACH, 0.2), (0, 0.8)])
def test_noise_on_a_straight_path_is_reduced(ahead, share):
    noisy = moving(80) + np.random.default_rng(0).normal(0, 2, (80, 4))
    assert shaking(steadied(noisy, ahead)) < share * shaking(noisy)
    assert np.abs(steadied(noisy, ahead) - moving(80)).mean() < np.abs(noisy - moving(80)).mean()


@pytest.mark.parametrize("ahead", range(REACH + 1))
@pytest.mark.parametrize("frames", [1, 2, 3, 5, 40])
def test_a_face_that_moves_evenly_is_where_it_was_from_the_first_frame_to_the_last(frames, ahead):
    assert np.abs(steadied(moving(frames), ahead) - moving(frames)).max() <= 0.5


def test_a_face_that_moves_fast_is_moved_by_little():
    swing = moving(40, (0, 0, 0, 0)) + 60 * np.sin(np.arange(40) * np.pi / 4)[:, None] * (1, 0, 0, 0)
    assert np.abs(steadied(swing) - swing).max() <= FAR * 100 + 0.5


FIRST, SECOND = np.array([100, 100, 100, 100]), np.array([104, 100, 100, 100])  # so near that a line would join them
BORDERS = {
    "a frame without the face": ([(GRAY, {})], GRAY, GRAY, 1),
    "a frame that cannot be read": ([(None, {})], GRAY, GRAY, 1),
    "a cut": ([], scene(1), scene(2), 1),
    "another size of pictures": ([], scene(1), scene(1, (300, 450)), 1),
    "a jump": ([], GRAY, GRAY, 30),
    "another face": ([(GRAY, {8: Found(FIRST, 1.0)})], GRAY, GRAY, 1),
}


@pytest.mark.parametrize("border", BORDERS)
def test_nothing_crosses(border):
    between, before, after, times = BORDERS[border]
    second = FIRST + times * (SECOND - FIRST)
    frames = [(before, {7: Found(FIRST, 1.0)})] * 5 + between + [(after, {7: Found(second, 1.0)})] * 5
    out = [found for *_, found in steady((number, *frame) for number, frame in enumerate(frames))]
    assert np.allclose([found[7].box for found in out if 7 in found], [FIRST] * 5 + [second] * 5)


def test_without_a_border_the_line_is_of_both_sides():
    boxes = steadied(np.array([FIRST] * 5 + [SECOND] * 5))
    assert len(np.unique(boxes[:, 0])) > 2


def test_faces_side_by_side_do_not_mix():
    both = {1: Found(FIRST, 1.0), 2: Found(FIRST + (200, 0, 0, 0), 1.0)}
    for _, _, found in steady((number, GRAY, both) for number in range(9)):
        assert {face: entry.box.tolist() for face, entry in found.items()} == {
            1: FIRST.tolist(),
            2: [300, 100, 100, 100],
        }


@pytest.mark.parametrize("ahead", range(REACH + 1))
def test_every_frame_comes_in_its_order_and_no_later_than_asked_for(ahead):
    read = []

    def frames():
        for number in range(10):
            read.append(number)
            yield number, None if number == 4 else GRAY, {}

    seen = []
    for number, gray, boxes in steady(frames(), ahead):
        assert len(read) == min(number + ahead + 1, 10) and boxes == {} and (gray is None) == (number == 4)
        seen.append(number)
    assert seen == list(range(10))
    assert list(steady([], ahead)) == []
