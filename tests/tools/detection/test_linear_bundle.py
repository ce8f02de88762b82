"""Bundles of linear classifiers, as `make ready` writes them: what they carry, what is refused, what detection does."""

import csv
import json

import cv2
import numpy as np
import pytest

from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from tests.bundles import AUS, photograph, random_bundle
from tools import detect as command
from tools.detection.au_scores import au_scores
from tools.detection.bundle import ARRAYS, FACTS, load_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return random_bundle(tmp_path_factory.mktemp("linear"), linear=True)


@pytest.fixture
def detect(bundle, tmp_path):
    """Detect in the photograph with options; returns (its only row, its JSON)."""

    def run(*options):
        cv2.imwrite(str(tmp_path / "face.png"), photograph())
        out = tmp_path / "out"
        command.main([str(tmp_path / "face.png"), "--model", str(bundle), "--out", str(out), *options])
        with open(out / "face.csv", newline="") as file:
            (row,) = csv.DictReader(file)
        return row, json.loads((out / "face.json").read_text())

    return run


def test_it_comes_back_as_it_was(bundle):
    loaded = load_bundle(bundle)
    assert loaded.aus == AUS and loaded.stage.shapes and not loaded.sees_mean_face
    assert loaded.linear.shape.shape == (2, 956) and loaded.curves.intensity(np.array([[2, 9.0]])).tolist() == [
        [2.5, 5]
    ]
    card = (bundle / "README.md").read_text()
    for text in (loaded.id, "AU12", "experimental", "another", "it is a test"):
        assert text in card


def test_only_usable_aus_are_shown_unless_asked(detect, bundle):
    row, facts = detect()
    assert [name for name in row if name.startswith("AU")] == ["AU12_r", "AU12_c", "AU12_p"]
    assert facts["aus"] == [12] and facts["experimental"] == [] and facts["mean_face"] == "none" and not facts["notes"]
    more, facts = detect("--experimental")
    assert {name for name in more if name.startswith("AU")} > {"AU01_r", "AU01_c", "AU01_p"}
    assert facts["aus"] == [1, 12] and facts["experimental"] == [1]
    assert more["AU12_p"] == row["AU12_p"] and 0 <= float(row["AU12_r"]) <= 5


def test_py_feats_columns_are_as_of_any_model(detect):
    row, _ = detect("--format", "pyfeat")
    assert [name for name in row if name.startswith("AU")] == ["AU12"]


@pytest.mark.parametrize("options", [["--mean-face", "video"], ["--neutral", "face.png"]])
def test_it_compares_no_face_with_a_mean_face(detect, options, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("face.png", photograph())
    with pytest.raises(SystemExit):
        detect(*options)
    assert "compares no face with a mean face; leave out" in capsys.readouterr().err


def test_a_detector_without_landmarks_cannot_serve_it(detect, capsys):
    with pytest.raises(SystemExit):
        detect("--detector", "haar")
    assert "which --detector haar cannot give it" in capsys.readouterr().err


def test_left_and_right_of_a_crop_count_alike(bundle):
    loaded, rng = load_bundle(bundle), np.random.default_rng(0)
    crops, shapes = rng.integers(0, 256, (3, 44, 44), np.uint8), rng.random((3, 478, 2), np.float32)
    one, other = (au_scores(loaded, each, "none", shapes=shapes) for each in (crops, crops[:, :, ::-1]))
    np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize(
    "name, change, message",
    [
        ("linear_shape", lambda values: values[:, :-1], "linear_shape has shape"),
        ("linear_net", lambda values: values * np.nan, "linear_net has values that are not finite"),
        ("curve_level", lambda values: values[:, ::-1], "its curves do not rise"),
        ("curve_level", lambda values: values + 1, "not an intensity from 0 to 5"),
        ("curve_score", lambda values: values[:, :2], "curve_level has shape"),
        ("linear_offset", None, "not those of bundle.json"),
    ],
)
def test_arrays_that_cannot_be_are_refused(tmp_path, name, change, message):
    folder = random_bundle(tmp_path, linear=True)
    with np.load(folder / ARRAYS) as file:
        arrays = dict(file)
    arrays[name] = None if change is None else np.ascontiguousarray(change(arrays[name]))
    np.savez(folder / ARRAYS, **{key: values for key, values in arrays.items() if values is not None})
    facts = json.loads((folder / FACTS).read_text())
    facts["files"][ARRAYS] = file_digest(folder / ARRAYS)
    (folder / FACTS).write_text(json.dumps(facts))
    with pytest.raises(InputError, match=message):
        load_bundle(folder)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"classifier": None}, "are not of its format"),
        ({"status": {"1": "perfect"}}, "'status'"),
        ({"status": 3}, "'status'"),
        ({"format": 2}, "are not of its format"),
    ],
)
def test_facts_that_cannot_be_are_refused(tmp_path, change, message):
    folder = random_bundle(tmp_path, linear=True)
    facts = json.loads((folder / FACTS).read_text())
    (folder / FACTS).write_text(json.dumps(facts | change))
    with pytest.raises(InputError, match=message):
        load_bundle(folder)
