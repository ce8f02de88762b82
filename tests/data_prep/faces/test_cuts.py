"""Where a scene ends: at a cut, and at nothing else."""

import numpy as np
import pytest
from skimage.data import astronaut, camera, coffee

from data_prep.faces.cuts import Scene


@pytest.fixture
def pictures():
    """Photographs uint8 [400, 512] of different scenes."""
    return [picture[:400, :512] for picture in (astronaut().mean(2).astype(np.uint8), camera())] + [
        coffee().mean(2).astype(np.uint8)[:400, :512]
    ]


def ends(frames):
    scene = Scene()
    return [scene.ends_at(frame) for frame in frames]


def test_a_cut_ends_the_scene_and_only_there(pictures):
    first, second, third = pictures
    assert ends([first] * 3 + [second] * 2 + [third]) == [False, False, False, True, False, True]


def test_motion_light_and_noise_do_not(pictures):
    first = pictures[0].astype(float)
    moved = [np.roll(first, 8 * k, 1) for k in range(5)]
    lit = [first * light for light in (1, 0.5, 1)]
    noise = [first + np.random.default_rng(k).normal(0, 8, first.shape) for k in range(3)]
    for frames in (moved, lit, noise):
        assert not any(ends([np.clip(frame, 0, 255).astype(np.uint8) for frame in frames]))


def test_somebody_who_covers_half_of_the_picture_does_not(pictures):
    covered = pictures[0].copy()
    covered[:, 256:] = 30
    assert not any(ends([pictures[0], covered, pictures[0]]))


def test_a_second_of_black_does_not(pictures):
    black = np.zeros_like(pictures[0])
    assert not any(ends([pictures[0], black, black, pictures[0]]))
