"""Every kind of dataset ends in the same subject files."""

import csv

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, coffee

from data_prep.prepare_dataset import main
from data_prep.subjects.aus import SHARED_AUS
from data_prep.subjects.frames import load_frames
from data_prep.subjects.provenance import load_provenance
from data_prep.subjects.subject_file import load_subject, subject_paths
from data_prep.synthetic.bp4d import write_bp4d
from data_prep.synthetic.ckplus import write_ckplus
from data_prep.synthetic.disfa import write_disfa
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity


def prepared(tmp_path, dataset, root, *options):
    main([dataset, str(root), *options, "--out", str(tmp_path / "data"), "--jobs", "1"])
    return [load_subject(path) for path in subject_paths(tmp_path / "data")]


def test_bp4d_keeps_tasks_frame_numbers_and_uncoded_aus(tmp_path):
    write_bp4d(tmp_path / "BP4D", 1, 3, 0, 1, tasks=2)
    (subject,) = prepared(tmp_path, "bp4d", tmp_path / "BP4D")
    assert subject.name == "F001" and subject.au.tolist() == list(SHARED_AUS)
    assert set(subject.sequence) == {"T1", "T2"} and len(subject.frame) + len(subject.missed) == 6
    assert load_provenance(tmp_path / "data") == "synthetic faces in BP4D's layout"


def test_bp4ds_other_images_serve_the_mean_face_on_request(tmp_path, capsys):
    write_bp4d(tmp_path / "BP4D", 1, 12, 1, 1, tasks=2)
    (coded,) = prepared(tmp_path, "bp4d", tmp_path / "BP4D")
    assert "mean face    over the coded frames (ALL_IMAGES=1" in capsys.readouterr().out and coded.labelled.all()
    (whole,) = prepared(tmp_path, "bp4d", tmp_path / "BP4D", "--all-images")
    assert "mean face    over all images\n" in capsys.readouterr().out
    assert whole.labelled.sum() == len(coded.frame) < len(whole.frame)
    assert np.array_equal(whole.label[whole.labelled], coded.label)
    (path,) = subject_paths(tmp_path / "data")
    mean = whole.image.mean(axis=0)
    assert load_frames([path]).difference == pytest.approx(whole.image[whole.labelled] - mean, abs=1e-3)


def test_ckplus_uses_every_image_for_the_mean_face_and_the_peaks_as_labelled_frames(tmp_path):
    write_ckplus(tmp_path / "CK+", 1, 0, 1, sequences=2)
    (subject,) = prepared(tmp_path, "ckplus", tmp_path / "CK+")
    assert subject.labelled.sum() == 2 < len(subject.frame)
    frames = load_frames(subject_paths(tmp_path / "data"))
    mean = subject.image.mean(axis=0)
    assert frames.difference[0] == pytest.approx(subject.image[subject.labelled][0] - mean, abs=1e-3)


def test_your_own_csv_goes_the_same_way(tmp_path):
    rng = np.random.default_rng(5)
    for name in ("anna", "ben"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), draw(random_identity(rng), np.zeros(12)))
    with open(tmp_path / "mine.csv", "w", newline="") as file:
        csv.writer(file).writerows(
            [["subject", "image", "AU1", "AU12"], ["anna", "anna.png", "0", "1"], ["ben", "ben.png", "", "0"]]
        )
    anna, ben = prepared(tmp_path, "csv", tmp_path / "mine.csv")
    assert anna.au.tolist() == [1, 12] and anna.label.tolist() == [[0, 1]] and ben.label.tolist() == [[-1, 0]]
    assert load_provenance(tmp_path / "data") == "mine"


def test_both_views_of_a_disfa_subject_are_one_file_and_so_in_one_fold(tmp_path):
    write_disfa(tmp_path / "DISFA", 1, 12, 0, 1, variant="both")
    (subject,) = prepared(tmp_path, "disfa", tmp_path / "DISFA", "--camera", "both")
    left, right = (subject.sequence == view for view in ("left", "right"))
    assert subject.name == "SN001" and left.sum() + right.sum() == len(subject.frame) == 24
    assert (subject.label[left] == subject.label[right]).all() and (subject.box[left] != subject.box[right]).any()
    assert np.array_equal(subject.view, subject.sequence)
    difference = load_frames(subject_paths(tmp_path / "data")).difference
    assert max(np.abs(difference[view].mean(axis=0)).max() for view in (left, right)) < 1e-3


def test_a_photograph_without_a_face_is_a_counted_miss(tmp_path, capsys):
    for name, picture in (("her", astronaut()), ("cup", coffee())):
        cv2.imwrite(str(tmp_path / f"{name}.png"), cv2.cvtColor(picture[:300, 80:380], cv2.COLOR_RGB2BGR))
    (tmp_path / "mine.csv").write_text("subject,image,AU12\nanna,her.png,1\nanna,cup.png,0\n")
    (subject,) = prepared(tmp_path, "csv", tmp_path / "mine.csv")
    assert subject.frame.tolist() == [1] and subject.missed.tolist() == [2] and subject.label.tolist() == [[1]]
    assert "1 subjects, 1 faces in 2 frames, 1 missed, 0 unreadable" in capsys.readouterr().out
    assert "| anna | 2 | 1 | 1 | 0 | 50.00 |" in (tmp_path / "data/detection.md").read_text().replace("  ", " ")
