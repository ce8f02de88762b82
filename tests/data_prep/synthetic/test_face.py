"""Drawn faces: Haar finds them, each AU moves its own part of the face, subjects differ."""

import cv2
import numpy as np
import pytest

from data_prep.faces.tracker import dataset_tracker
from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic import bp4d, ckplus
from data_prep.synthetic.acting import act, coded, lights, poses
from data_prep.synthetic.face import draw
from data_prep.synthetic.geometry import brow_y
from data_prep.synthetic.identity import random_identity, with_dark_hair
from data_prep.synthetic.scene import Camera, Light, Pose, place
from data_prep.synthetic.sheet import write_sheet
from data_prep.synthetic.tasks import act_task

SMALL = Camera(width=320, height=240, face_px=112, noise=1.5, blur=0.0)


def subject(seed):
    return random_identity(np.random.default_rng(seed))


def one_au(au, intensity=5.0):
    return intensity * np.isin(DISFA_AUS, (au,))


def disfa_frames(seed):
    rng = np.random.default_rng([1, seed])
    identity, intensity = random_identity(rng), act(300, rng)
    states = list(zip(intensity, poses(300, rng), lights(300, rng)))[::25]
    return (draw(identity, *state, SMALL, rng) for state in states)


def ckplus_frames(seed):
    rng = np.random.default_rng([1, seed, ckplus.STREAM])
    return ckplus.draw_sequence(random_identity(rng), ckplus.peak(ckplus.repertoire(1, rng)[0], rng)[0], seed % 2, rng)


def bp4d_frames(seed):
    rng = np.random.default_rng([1, seed, bp4d.STREAM])
    return bp4d.draw_task(random_identity(rng), act_task(1 + seed, 10, rng), rng)


@pytest.mark.parametrize("frames", [disfa_frames, ckplus_frames, bp4d_frames])
def test_haar_finds_the_face_in_nearly_every_frame(frames):
    tracker = dataset_tracker(continuous=False)
    pictures = [picture for seed in range(6) for picture in frames(seed)]
    gray = [picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in pictures]
    assert np.mean([bool(tracker.find(picture)) for picture in gray]) >= 0.99


def centers(identity):
    """Where FACS says each AU acts, face units."""
    brow, eye, mouth = brow_y(identity), identity.eye_y, identity.mouth_y
    corner = identity.mouth_w
    return {
        1: (0.2, brow - 0.1), 2: (0.62, brow - 0.1), 4: (0.15, brow), 5: (identity.eye_x, eye - 0.05),
        6: (identity.eye_x + 0.1, eye + 0.1), 9: (0.1, identity.nose_y - 0.2), 12: (corner + 0.05, mouth - 0.08),
        15: (corner, mouth + 0.08), 17: (0.05, mouth + 0.15), 20: (corner + 0.05, mouth), 25: (0.05, mouth + 0.05),
        26: (0.05, mouth + 0.2),
    }  # fmt: skip


@pytest.mark.parametrize("au", DISFA_AUS)
def test_an_au_changes_its_own_part_of_the_face_more_than_the_rest(au):
    for seed in (1, 8):
        identity = subject(seed)
        change = cv2.absdiff(
            draw(identity, one_au(au), camera=SMALL), draw(identity, one_au(au, 0), camera=SMALL)
        ).mean(2)
        x, y = centers(identity)[au]
        y_px, x_px = np.mgrid[: SMALL.height, : SMALL.width]
        near = np.zeros(change.shape, bool)
        for side in (1, -1):
            at = place(np.array([[side * x, y]]), Pose(), SMALL)[0]
            near |= np.hypot(x_px - at[0], y_px - at[1]) < 0.25 * SMALL.face_px / 2
        assert change[near].mean() > 5 * change[~near].mean()
        assert change[near].mean() > 3


@pytest.mark.parametrize("au", DISFA_AUS)
def test_more_intensity_changes_the_face_more(au):
    identity = subject(3)
    rest = draw(identity, one_au(au, 0), camera=SMALL)
    changes = [cv2.absdiff(draw(identity, one_au(au, level), camera=SMALL), rest).sum() for level in (1, 2, 3, 4, 5)]
    assert changes == sorted(changes)
    assert 0 < changes[0] < changes[-1]


def test_aus_compose_without_leaving_the_range():
    frame = draw(subject(2), np.full(12, 5.0), camera=SMALL)
    assert frame.shape == (240, 320, 3)
    assert frame.dtype == np.uint8


def test_a_head_partly_out_of_the_frame_is_drawn():
    for x, y in ((1.6, 0), (-1.6, 0), (0, -1.5), (0, 1.8), (9, 9)):
        frame = draw(subject(4), one_au(12), Pose(x=x, y=y, roll=20, yaw=0.3), Light(1.1, 0.3, 0.1), SMALL)
        assert frame.shape == (240, 320, 3)


def test_other_cameras_are_served():
    for camera in (Camera(640, 490, 230.0), Camera(1040, 1392, 560.0, noise=0.5, blur=0.0)):
        assert draw(subject(5), one_au(26), camera=camera).shape == (camera.height, camera.width, 3)


def test_the_same_generator_draws_the_same_picture():
    one, two = (draw(subject(6), one_au(1), camera=SMALL, rng=np.random.default_rng(3)) for _ in range(2))
    assert (one == two).all()


def test_only_dark_skin_gets_dark_hair():
    light, dark = (subject(1)._replace(skin=skin, hair=(100.0, 140.0, 180.0)) for skin in ((180,) * 3, (80,) * 3))
    assert with_dark_hair(light) == light
    assert sum(with_dark_hair(dark).hair) == pytest.approx(0.4 * 240)


def test_subjects_differ():
    rest = [draw(subject(seed), np.zeros(12), camera=SMALL)[60:190, 110:210].astype(int) for seed in range(6)]
    for i in range(6):
        for j in range(i):
            assert np.abs(rest[i] - rest[j]).mean() > 8


def test_every_au_is_acted_even_in_a_short_recording():
    for seed in range(12):
        label = coded(act(300, np.random.default_rng(seed)))
        assert label.min() == 0 and label.max() <= 5
        assert ((label >= 1).mean(0) >= 0.04).all()
        assert 0.25 < (label == 0).all(1).mean() < 0.55


def test_intensities_are_coded_to_the_nearest_whole_number():
    assert coded(np.array([0.0, 0.49, 0.5, 1.49, 1.5, 4.5, 5.0])).tolist() == [0, 0, 1, 1, 2, 5, 5]


def test_one_frame_is_a_recording():
    rng = np.random.default_rng(0)
    assert act(1, rng).shape == (1, 12)
    assert len(poses(1, rng)) == len(lights(1, rng)) == 1


def test_the_contact_sheet_is_a_png(tmp_path):
    write_sheet(tmp_path / "sheet.png", [1], 5.0)
    assert cv2.imread(str(tmp_path / "sheet.png")).shape[1] > 1000
