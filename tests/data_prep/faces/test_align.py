"""Aligned crops: eyes and mouth come to their places, however the head moves."""

import cv2
import numpy as np
import pytest

from data_prep.faces.align import TEMPLATE, aligned_square, anchors, crop_aligned
from data_prep.faces.blazeface import BlazeFace
from data_prep.faces.geometry import whole
from data_prep.faces.mesh import EYES, MOUTH
from data_prep.faces.search import crop_face
from data_prep.faces.stage import FaceStage, anchors_of, face_stage
from data_prep.faces.tracker import dataset_tracker
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.system.errors import InputError
from tests.bundles import photograph

SIZE = 64
EYE_DISTANCE = TEMPLATE[1][0] - TEMPLATE[0][0]


@pytest.fixture(scope="module")
def detector():
    return BlazeFace()


@pytest.fixture(scope="module")
def drawn():
    """A drawn face, uint8 [768, 1024, 3]."""
    return draw(random_identity(np.random.default_rng(5)), np.zeros(12))


def moved(picture, degrees=0.0, x=0.0, y=0.0, zoom=1.0):
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    matrix[:, 2] += (x, y)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def points_in_crop(points):
    """float64 [3, 2]: where the anchors of landmarks come to lie in an aligned crop, of its side."""
    square = aligned_square(anchors(points))
    cosine, sine = np.cos(square.turn), np.sin(square.turn)
    back = (anchors(points) - square.center) @ np.array([[cosine, -sine], [sine, cosine]])
    return back / square.side + 0.5


@pytest.mark.parametrize("picture", ["drawn", "photograph"])
@pytest.mark.parametrize("way", [{}, {"degrees": 25}, {"degrees": -25, "x": 30}, {"zoom": 1.3, "y": -20}], ids=str)
def test_eyes_and_mouth_come_to_their_places(detector, drawn, picture, way):
    image = moved(drawn if picture == "drawn" else photograph(), **way)
    (face, *_) = detector.full(image, 0.1, True)
    there = points_in_crop(face.points)
    # a face is not the template: what is left over is its shape, not where and how it is turned
    assert abs((there - TEMPLATE).mean(0)).max() < 0.03 * EYE_DISTANCE
    left, right = there[:2]
    assert abs(left[1] - right[1]) < 0.03 * EYE_DISTANCE


@pytest.mark.parametrize("picture", ["drawn", "photograph"])
def test_the_places_do_not_depend_on_where_the_face_was(detector, drawn, picture):
    image = drawn if picture == "drawn" else photograph()
    ways = ({}, {"degrees": 25}, {"degrees": -25, "x": 30}, {"zoom": 1.3, "y": -20})
    there = [points_in_crop(next(detector.full(moved(image, **way), 0.1, True)).points) for way in ways]
    assert np.abs(np.array(there) - there[0]).max() < 0.03 * EYE_DISTANCE


def test_crops_of_a_head_that_moves_and_rolls_stay_alike(detector, drawn):
    boxes, aligned, tracker, found = [], [], dataset_tracker(), None
    for step in range(0, 26, 5):
        image = moved(drawn, degrees=step, x=2 * step, y=-step)
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        found = tracker.find(gray).get(0, found)  # where the cascade finds none, at the last box
        boxes.append(crop_face(gray, whole(found.box), SIZE))
        aligned.append(crop_aligned(gray, anchors(next(detector.full(image, 0.1, True)).points), SIZE))

    def change(crops):
        return np.mean([np.abs(crop.astype(int) - crops[0]).mean() for crop in crops[1:]])

    assert change(aligned) < change(boxes) / 3


def test_another_template_moves_the_face(detector):
    image = photograph()
    face, gray = next(detector.full(image, 0.1, True)), cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    smaller = tuple((0.5 + (x - 0.5) / 2, 0.5 + (y - 0.5) / 2) for x, y in TEMPLATE)
    usual = FaceStage("blazeface", "landmarks").crop(gray, face.box, anchors_of(face), SIZE)
    wide = FaceStage("blazeface", "landmarks", smaller).crop(gray, face.box, anchors_of(face), 2 * SIZE)
    middle = wide[SIZE // 2 : -SIZE // 2, SIZE // 2 : -SIZE // 2]
    assert np.abs(middle.astype(int) - usual).mean() < 6 < np.abs(wide[::2, ::2].astype(int) - usual).mean()


def test_anchors_are_the_outer_corners_of_the_eyes_and_the_middle_of_the_mouth(detector):
    points = next(detector.full(photograph(), 0.1, True)).points
    left, right, mouth = anchors(points)
    assert (left == points[EYES[0]]).all() and np.allclose(mouth, points[list(MOUTH)].mean(0))
    assert left[0] < mouth[0] < right[0] and mouth[1] > max(left[1], right[1])


def test_alignment_without_landmarks_is_refused_with_the_remedy():
    with pytest.raises(InputError, match="needs a detector that has them; add DETECTOR=blazeface"):
        face_stage("haar", "landmarks")
