"""A model and its faces: they are found as asked, and cropped as the model was trained, always."""

import csv
import json

import cv2
import numpy as np
import pytest

from data_prep.faces.stage import FaceStage, face_stage
from tests.bundles import photograph, random_bundle, video
from tools import detect as command
from tools.detection.bundle import load_bundle

ALIGNED = face_stage("blazeface", "landmarks")
SMALLER = FaceStage("blazeface", "landmarks", ((0.3, 0.4), (0.7, 0.4), (0.5, 0.7)))


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """{name: path} of bundles trained on faces of the paper's way, on aligned ones, and on ones of another template."""
    stages = {"paper": FaceStage(), "aligned": ALIGNED, "smaller": SMALLER}
    return {name: random_bundle(tmp_path_factory.mktemp(name), stage=stage) for name, stage in stages.items()}


@pytest.fixture
def picture(tmp_path):
    """The photograph turned upside down, which the cascade does not find."""
    path = tmp_path / "turned.png"
    cv2.imwrite(str(path), cv2.rotate(photograph(), cv2.ROTATE_180))
    return path


@pytest.fixture
def detect(bundles, tmp_path, capsys):
    """Run the command with a bundle; returns (rows of the last input's table, its JSON), or the error."""

    def run(bundle, path, *options):
        try:
            command.main([str(path), "--model", str(bundles[bundle]), "--out", str(tmp_path / "out"), *options])
        except SystemExit:
            return capsys.readouterr().err
        with open(tmp_path / "out" / f"{path.stem}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        return rows, json.loads((tmp_path / "out" / f"{path.stem}.json").read_text())

    return run


def test_a_turned_face_is_found_by_blazeface_with_pose_and_confidence(detect, picture):
    (row,), _ = detect("paper", picture)
    assert row["success"] == "0" and "pose_Rx" not in row
    (row,), facts = detect("paper", picture, "--detector", "blazeface")
    assert row["success"] == "1" and abs(abs(float(row["pose_Rz"])) - np.pi) < 0.15
    assert 0.9 < float(row["confidence"]) <= 1
    assert facts["face_stage"] == {"detector": "haar", "align": "none", "found_by": "blazeface"}
    assert any("trained on faces of haar; these were found by blazeface" in note for note in facts["notes"])


def test_a_model_of_aligned_faces_finds_and_aligns_them_without_being_told(detect, picture):
    (row,), facts = detect("aligned", picture)
    assert row["success"] == "1" and facts["face_stage"]["align"] == "landmarks"
    assert not any("trained on faces of" in note for note in facts["notes"])


def test_a_model_of_blazefaces_faces_cannot_be_given_the_cascades(detect, picture):
    assert "trained on faces of blazeface, which --detector haar cannot give it; leave it out" in detect(
        "aligned", picture, "--detector", "haar"
    )


def test_the_template_is_the_models_own(bundles, detect, picture):
    assert load_bundle(bundles["smaller"]).stage == SMALLER
    rows = [detect(name, picture)[0][0] for name in ("aligned", "smaller")]
    probabilities = [[float(row[name]) for name in ("AU01_p", "AU12_p")] for row in rows]
    assert probabilities[0] != probabilities[1]  # though the bundles have the same weights


def test_landmarks_become_columns_where_there_are_any(detect, picture):
    assert "--landmarks: haar finds none; add --detector blazeface" in detect("paper", picture, "--landmarks")
    (row,), _ = detect("paper", picture, "--landmarks", "--detector", "blazeface")
    x, y = (np.array([float(row[f"mesh_{axis}_{point}"]) for point in range(478)]) for axis in "xy")
    left, top, width, height = (float(row[f"face_{name}"]) for name in "xywh")
    assert np.mean((x > left - 20) & (x < left + width + 20) & (y > top - 20) & (y < top + height + 40)) > 0.95


def test_a_face_that_rolls_through_a_video_keeps_its_id(detect, tmp_path):
    picture = photograph()
    turns = [cv2.getRotationMatrix2D((224, 114), degrees, 1) for degrees in range(0, 180, 6)]
    frames = [cv2.warpAffine(picture, turn, (512, 300)) for turn in turns]
    rows, facts = detect("aligned", video(tmp_path / "rolls.avi", frames))
    assert [row["success"] for row in rows] == ["1"] * 30 and facts["faces"] == 1
    roll = np.degrees([-float(row["pose_Rz"]) for row in rows])
    assert np.abs(roll - roll[0] - range(0, 180, 6)).max() < 8
