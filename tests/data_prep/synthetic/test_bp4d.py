"""Drawn BP4D: the layouts of its two copies, code 9, the coded segment within the images, the tasks' expressions."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.acting import coded
from data_prep.synthetic.bp4d import FACS, SUBJECTS, draw_task, image_name, write_bp4d, write_labels, write_subject
from data_prep.synthetic.identity import random_identity
from data_prep.synthetic.tasks import TASKS, act_task
from data_prep.system.errors import InputError

SETTINGS = {"frames": 3, "tasks": 1, "seed": 0, "variant": "full"}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    root = tmp_path_factory.mktemp("drawn") / "BP4D"
    write_bp4d(root, subjects=2, frames=7, seed=0, jobs=2, tasks=2)
    return root


def table(path):
    """Header and rows of a CSV of whole numbers."""
    with open(path, newline="") as file:
        header, *rows = ([int(cell) for cell in row] for row in csv.reader(file))
    return header, np.array(rows)


def test_the_layout_is_that_of_the_copy_for_fera(drawn):
    assert {path.name for path in drawn.iterdir()} == {"BP4D-training", "AUCoding", "synthetic.json", ".drawn", ".lock"}
    names = {path.name for path in (drawn / "AUCoding").iterdir()}
    assert names == {"F001_T1.csv", "F001_T2.csv", "M001_T1.csv", "M001_T2.csv"}
    for subject in ("F001", "M001"):
        for task in ("T1", "T2"):
            images = sorted(int(path.stem) for path in (drawn / "BP4D-training" / subject / task).glob("*.jpg"))
            _, rows = table(drawn / f"AUCoding/{subject}_{task}.csv")
            assert images == list(range(images[0], images[0] + 7)) and images[0] >= 1
            assert (np.diff(rows[:, 0]) == 1).all()
            assert set(rows[:, 0]) <= set(images)


def test_images_are_portraits_in_warm_color_lit_from_the_left(drawn):
    for path in (drawn / "BP4D-training").rglob("*.jpg"):
        picture = cv2.imread(str(path)).astype(float)
        assert picture.shape == (1392, 1040, 3)
    blue, _, red = picture[500:800, 400:640].mean((0, 1))
    assert red > 1.3 * blue
    assert picture[:40].mean() < 80  # dark backdrop
    rest = next(draw_task(random_identity(np.random.default_rng(4)), np.zeros((1, 12)), np.random.default_rng(0)))
    assert rest[560:800, 300:480].mean() > 1.15 * rest[560:800, 560:740].mean()


def test_the_header_runs_from_0_to_99_and_uncoded_aus_are_9(drawn):
    header, rows = table(drawn / "AUCoding/F001_T1.csv")
    assert header == list(range(100))
    assert (rows[:, [3, 8, 21, 25, 26, 40, 99]] == 9).all()
    assert set(np.unique(rows[:, 1:])) <= {0, 1, 9}


def test_labels_say_what_is_shown(tmp_path):
    present = np.zeros((2, 12), np.int8)
    present[1, DISFA_AUS.index(12)] = 1
    write_labels(tmp_path / "a.csv", [7, 8], present, [4], tuple(range(1, 100)))
    _, rows = table(tmp_path / "a.csv")
    assert rows[:, [0, 6, 12, 7, 4]].tolist() == [[7, 0, 0, 0, 9], [8, 0, 1, 0, 9]]


def test_the_full_release_counts_images_from_0_and_csv_frames_from_1(tmp_path):
    write_subject(tmp_path, "F001", SETTINGS)
    images = sorted(path.name for path in (tmp_path / "Sequences(2D+3D)/F001/T1").iterdir())
    assert images == ["0000.jpg", "0001.jpg", "0002.jpg"]
    header, rows = table(tmp_path / "AUCoding/AU_OCC/F001_T1.csv")
    assert len(header) == 100 and set(rows[:, 0]) <= {1, 2, 3}


def test_the_narrow_copy_has_35_columns_named_by_the_header(tmp_path):
    write_subject(tmp_path, "F001", SETTINGS | {"variant": "narrow"})
    header, rows = table(tmp_path / "AUCoding/AU_OCC/F001_T1.csv")
    assert header[:5] == [1, 1, 2, 4, 5] and len(header) == rows.shape[1] == 35
    write_subject(tmp_path, "F001", SETTINGS)
    wide, rows_wide = table(tmp_path / "AUCoding/AU_OCC/F001_T1.csv")
    assert (rows[:, 0] == rows_wide[:, 0]).all()
    assert (rows[:, 1:] == rows_wide[:, [wide.index(au) for au in FACS]]).all()


@pytest.mark.parametrize("subject, name", [("F023", "0007.jpg"), ("M008", "0007.jpg"), ("M009", "007.jpg")])
def test_padding_differs_between_subjects_of_the_full_release(subject, name):
    assert image_name(subject, 7, from_zero=True) == name
    assert image_name(subject, 7, from_zero=False) == "7.jpg"


def test_the_41_ids_are_bp4ds():
    assert set(SUBJECTS) == {f"F{n:03d}" for n in range(1, 24)} | {f"M{n:03d}" for n in range(1, 19)}
    assert len(SUBJECTS) == 41 and SUBJECTS[:4] == ("F001", "M001", "F002", "M002")


def test_a_subject_depends_on_seed_and_id_alone(drawn, tmp_path):
    write_subject(tmp_path, "M001", {"frames": 7, "tasks": 2, "seed": 0, "variant": "fera"})
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        assert path.read_bytes() == (drawn / path.relative_to(tmp_path)).read_bytes()


def test_there_are_eight_tasks(tmp_path):
    with pytest.raises(InputError, match="--tasks 9: give 1 to 8"):
        write_bp4d(tmp_path, 1, 1, 0, tasks=9)


def test_people_are_seldom_neutral_and_smile_most():
    for frames in (24, 300):
        acted = [act_task(task, frames, np.random.default_rng([task, s])) for task in TASKS for s in range(10)]
        rate = dict(zip(DISFA_AUS, (coded(np.concatenate(acted)) >= 1).mean(0)))
        assert max(rate, key=rate.get) in (6, 12) and rate[12] > 0.35
        assert all(share > 0.03 for share in rate.values())
        assert (coded(np.concatenate(acted)) == 0).all(1).mean() < 0.25


def test_one_frame_is_a_task():
    assert act_task(1, 1, np.random.default_rng(0)).shape == (1, 12)
