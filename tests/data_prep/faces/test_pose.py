"""Head pose: signs and sizes, on the canonical face turned as a camera would see it."""

import cv2
import numpy as np
import pytest

from data_prep.faces import pose
from data_prep.faces.pose import canonical_face, head_pose

SHAPE = (480, 640, 3)
AWAY = 60  # cm


def axis(which, degrees):
    return cv2.Rodrigues(np.eye(3)[which] * np.radians(degrees))[0]


def seen(rotation, middle=(320, 240)):
    """float32 [478, 2]: the canonical face turned by `rotation`, seen by a camera that looks at it."""
    rigid, places = canonical_face()
    turned = places @ rotation.T + (0, 0, AWAY)
    points = np.zeros((478, 2), np.float32)
    points[rigid] = max(SHAPE) * turned[:, :2] / turned[:, 2:] + middle
    return points


@pytest.mark.parametrize("degrees", [-40, -15, 0, 15, 40])
@pytest.mark.parametrize("angle", range(3), ids=["pitch", "yaw", "roll"])
def test_each_angle_is_told(angle, degrees):
    # right, down, away: the head goes up by a negative turn about "right", to its own right by a positive one about
    # "down", and counter-clockwise in the picture by a negative one about "away"
    rotation = axis(angle, degrees * (-1, 1, -1)[angle])
    expected = np.eye(3)[angle] * degrees
    assert np.abs(head_pose(seen(rotation), SHAPE) - expected).max() < 3


def test_a_face_that_looks_into_the_camera_has_no_angles_wherever_it_is():
    for middle in ((320, 240), (40, 30), (600, 400)):
        assert np.abs(head_pose(seen(np.eye(3), middle), SHAPE)).max() < 3


def test_what_the_signs_mean_in_the_picture():
    rigid, places = canonical_face()
    nose = rigid[np.argmin(places[:, 2])]  # the point nearest to the viewer
    rest = seen(np.eye(3))[nose]
    assert seen(axis(0, -20))[nose][1] < rest[1] and head_pose(seen(axis(0, -20)), SHAPE)[0] > 0  # up
    assert seen(axis(1, 20))[nose][0] < rest[0] and head_pose(seen(axis(1, 20)), SHAPE)[1] > 0  # left of the picture


def test_a_turned_head_is_told_upside_down_too():
    for degrees in (120, 170, -150):
        assert abs(head_pose(seen(axis(2, -degrees)), SHAPE)[2] - degrees) < 3


def test_angles_are_taken_in_the_order_of_openface():
    rotation = axis(0, -20) @ axis(1, 30) @ axis(2, -10)
    assert np.allclose(pose.angles(rotation), (20, 30, 10))
