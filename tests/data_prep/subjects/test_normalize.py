"""Person and dataset normalization, and its one-byte form."""

import numpy as np
import pytest

from data_prep.subjects.normalize import center_crop, from_scale, subject_difference, to_bytes


def test_a_subject_who_never_moves_is_zero():
    image = np.full((5, 4, 4), 77, np.uint8)
    assert not subject_difference(image).any()


def test_subject_mean_and_training_mean_are_subtracted_and_divided_by_255():
    image = np.stack([np.full((4, 4), 100), np.full((4, 4), 160)]).astype(np.uint8)
    difference = subject_difference(image)
    assert difference[:, 0, 0].tolist() == [-30, 30]
    pixels = from_scale(to_bytes(difference, np.full((4, 4), 10, np.float32)))
    assert pixels[:, 0, 0] == pytest.approx([-40 / 255, 20 / 255])


def test_each_view_has_a_mean_face_of_its_own():
    image = np.array([100, 40, 160, 60], np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2)
    view = np.array(["left", "right", "left", "right"])
    assert subject_difference(image, view)[:, 0, 0].tolist() == [-30, -10, 30, 10]
    one = np.full(4, "")
    assert np.array_equal(subject_difference(image, one), subject_difference(image)) and image.dtype == np.uint8


def test_one_byte_is_never_off_by_more_than_one_gray_level_within_its_range():
    difference = np.linspace(-255, 253, 1000, dtype=np.float32).reshape(10, 10, 10)
    restored = from_scale(to_bytes(difference, np.zeros((10, 10), np.float32))) * 255
    assert np.abs(restored - difference).max() <= 1.001


def test_center_crop_is_caffes():
    image = np.arange(7 * 7).reshape(1, 7, 7)
    assert center_crop(image, 4)[0, 0, 0] == 7 * 1 + 1 and center_crop(image, 4).shape == (1, 4, 4)
