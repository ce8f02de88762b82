"""Drawn CK+: its layout and text format, neutral to peak, graded and ungraded AUs, gray and color subjects."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from data_prep.subjects.aus import DISFA_AUS, SHARED_AUS
from data_prep.synthetic.ckplus import SUBJECTS, draw_sequence, onset, peak, repertoire, write_ckplus, write_subject
from data_prep.synthetic.identity import random_identity

SETTINGS = {"sequences": 1, "seed": 0, "variant": "plain"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("drawn") / "CK+"
    write_ckplus(root, subjects=1, seed=0, jobs=1, sequences=2)
    return root


def test_a_sequence_has_8_to_15_images_and_the_labels_of_its_last(drawn):
    assert {path.name for path in drawn.iterdir()} == {
        "cohn-kanade-images",
        "FACS",
        "synthetic.json",
        ".drawn",
        ".lock",
    }
    for take in ("001", "002"):
        stems = sorted(path.stem for path in (drawn / "cohn-kanade-images/S005" / take).iterdir())
        assert stems == [f"S005_{take}_{number:08d}" for number in range(1, len(stems) + 1)]
        assert 8 <= len(stems) <= 15
        assert [path.name for path in (drawn / "FACS/S005" / take).iterdir()] == [f"{stems[-1]}_facs.txt"]


def test_label_rows_are_in_the_datasets_number_format(drawn):
    for path in drawn.rglob("*_facs.txt"):
        for line in path.read_text().splitlines():
            au, grade = (float(cell) for cell in line.split())
            assert line == f"   {au:.7e}   {grade:.7e}" and len(line) == 32
            assert au in DISFA_AUS and 0 <= grade <= 5


def test_most_subjects_are_gray_640x490_and_every_fourth_is_color_640x480(drawn, tmp_path):
    write_subject(tmp_path, SUBJECTS[3], SETTINGS)
    for root, shape in ((drawn, (490, 640)), (tmp_path, (480, 640, 3))):
        assert {cv2.imread(str(path), cv2.IMREAD_UNCHANGED).shape for path in root.rglob("*.png")} == {shape}


def test_a_subject_depends_on_seed_and_id_alone(drawn, tmp_path):
    write_subject(tmp_path, 5, SETTINGS | {"sequences": 2})
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        assert path.read_bytes() == (drawn / path.relative_to(tmp_path)).read_bytes()


def test_the_archives_names_may_stay_as_folders(tmp_path):
    write_subject(tmp_path, 5, SETTINGS | {"variant": "zips"})
    assert len(list(tmp_path.glob("extended-cohn-kanade-images/cohn-kanade-images/S005/001/S005_001_*.png"))) >= 8
    assert len(list(tmp_path.glob("FACS_labels/FACS/S005/001/S005_001_*_facs.txt"))) == 1
    assert len(list(tmp_path.rglob(".DS_Store"))) == 1  # as in copies made on a Mac


def test_six_sequences_pose_every_shared_au():
    for seed in range(20):
        posed = repertoire(6, np.random.default_rng(seed))
        assert len(posed) == 6
        assert set(SHARED_AUS) <= {au for aus in posed for au in aus}


def test_more_sequences_than_poses_start_again():
    assert len(repertoire(40, np.random.default_rng(0))) == 40


def test_a_peak_is_strong_and_ungraded_aus_are_shown_all_the_same():
    grades = []
    for seed in range(200):
        shown, coded = peak((4, 9), np.random.default_rng(seed))
        assert [au for au, _ in coded] == sorted(au for au, _ in coded) and {4, 9} <= {au for au, _ in coded}
        assert all(3 <= shown[DISFA_AUS.index(au)] <= 5 for au in (4, 9))
        assert all(grade in (0, shown[DISFA_AUS.index(au)]) for au, grade in coded)
        grades += [grade for au, grade in coded if au in (4, 9)]
    assert set(grades) == {0, 3, 4, 5}
    assert 0.1 < grades.count(0) / len(grades) < 0.2


def test_a_sequence_begins_neutral_and_ends_at_the_peak():
    for frames in (8, 15):
        course = onset(frames)
        assert course[0] == 0 and course[-1] == 1 and (np.diff(course) >= 0).all()


def test_the_scene_is_bright_and_evenly_lit():
    identity = random_identity(np.random.default_rng(1))
    picture = next(draw_sequence(identity, np.zeros(12), False, np.random.default_rng(0)))
    assert picture[:60].mean() > 150
    assert abs(picture[:, :160].mean() - picture[:, -160:].mean()) < 25
