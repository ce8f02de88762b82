"""Crops changed at random: another picture of the same face, by the generator alone."""

import numpy as np
from skimage import data

from data_prep.subjects.augment import augmented
from data_prep.subjects.frames import Frames

CROP = data.astronaut()[40:216:4, 140:316:4].mean(axis=2).astype(np.uint8)[:44, :44]


def test_changed_crops_differ_and_still_resemble():
    crops = augmented(np.stack([CROP] * 4), 5, np.random.default_rng(0))
    assert crops.shape == (20, 44, 44) and crops.dtype == np.uint8
    assert len({crop.tobytes() for crop in crops}) == 20
    likeness = [np.corrcoef(crop.ravel(), CROP.ravel())[0, 1] for crop in crops]
    assert np.median(likeness) > 0.8


def test_the_same_generator_makes_the_same():
    one, other = (augmented(CROP[None], 3, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_frames_keep_their_labels():
    frames = Frames(CROP[None].astype(np.float32), np.array([[1, 0]], np.int8), *(np.zeros(1),) * 3, np.zeros((1, 2)))
    more = frames.augmented(2, np.random.default_rng(0))
    assert len(more.difference) == 3 and more.label.tolist() == [[1, 0]] * 3
    np.testing.assert_array_equal(more.difference[0], CROP)
    assert frames.augmented(0, None) is frames
