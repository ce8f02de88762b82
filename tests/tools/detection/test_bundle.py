"""Bundles: what they carry, and what is refused."""

import json

import numpy as np
import pytest

from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from tests.bundles import AUS, random_bundle
from tools.detection.bundle import ARRAYS, FACTS, load_bundle
from tools.detection.sightings import Sighting, as_face
from tools.engines.run_folder import DEPLOY, WEIGHTS
from tools.net.preprocessing import Preprocessing
from tools.onnx.model import MODEL
from tools.onnx.runtime import Runtime
from tools.statistics.calibration import Calibration, uncalibrated


@pytest.fixture
def bundle(tmp_path):
    return random_bundle(tmp_path)


def test_a_bundle_comes_back_with_its_facts_and_a_card(bundle):
    loaded = load_bundle(bundle)
    assert loaded.preprocessing == Preprocessing(40, (128.0,), 0.0078431373) and tuple(loaded.quadratics) == AUS
    assert loaded.facts["data"] == "test data" and len(loaded.id) == 10
    card = (bundle / "README.md").read_text()
    for text in (loaded.id, "AU12", "Lip corner puller", "AU 5 is not detected: 0 positive", "No subject was held out"):
        assert text in card


def test_a_bundle_of_drawn_faces_says_so_in_its_id_and_its_card(tmp_path):
    bundle = random_bundle(tmp_path, synthetic=True)
    assert load_bundle(bundle).id.startswith("synthetic-")
    assert "not on people" in (bundle / "README.md").read_text()


def test_its_model_for_other_programs_is_what_detection_computes(bundle):
    loaded = load_bundle(bundle)
    pixels = np.random.default_rng(2).integers(0, 256, (3, 1, 44, 44), np.uint8)
    model = Runtime(bundle / MODEL)
    facts = json.loads(model.metadata["preprocessing"])
    seen = (pixels[:, :, 2:42, 2:42].astype(np.float32) - facts["mean"][0]) * np.float32(facts["scale"])
    expected = model.run(seen)["fc2"]
    assert facts["crop"] == 40 and expected.std(0).min() > 0
    assert np.array_equal(loaded.features(pixels), expected)


def test_a_bundle_of_the_first_format_is_still_read(bundle):
    loaded, facts = load_bundle(bundle), json.loads((bundle / FACTS).read_text())
    del facts["preprocessing"], facts["files"][MODEL]
    (bundle / FACTS).write_text(json.dumps(facts | {"format": 1}))
    (bundle / MODEL).unlink()
    assert load_bundle(bundle).preprocessing == loaded.preprocessing


def test_what_the_net_makes_of_pixels_is_part_of_the_id(tmp_path):
    ids = []
    for scale in (1, 2):
        (tmp_path / str(scale)).mkdir()
        ids.append(load_bundle(random_bundle(tmp_path / str(scale), scale=scale)).id)
    assert ids[0] != ids[1]


def test_the_same_model_has_the_same_id(tmp_path):
    ids = []
    for name in "ab":
        (tmp_path / name).mkdir()
        ids.append(load_bundle(random_bundle(tmp_path / name)).id)
    assert ids[0] == ids[1]


def test_no_file_of_a_bundle_is_a_pickle(bundle):
    with np.load(bundle / ARRAYS, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "fi" for name in arrays)


@pytest.mark.parametrize("name", [DEPLOY, WEIGHTS, MODEL, ARRAYS, "README.md"])
def test_a_missing_or_damaged_file_is_named(bundle, name):
    path = bundle / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=f"{name}: not the file that was bundled"):
        load_bundle(bundle)
    path.unlink()
    with pytest.raises(InputError, match=f"{name}: missing"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"format": 4}, "format 4, this version reads 1, 2, 3"),
        ({"format": 3}, "are not of its format"),
        ({"files": {"../evil": 64 * "0"}}, "not that of a model"),
        ({"blob": "fc9"}, "'fc9'"),
        ({"blob": "fc1"}, "not those of"),
        ({"aus": [1, 2]}, "not those of"),
        ({"id": None, "files": 3}, "bundle.json"),
    ],
)
def test_facts_that_do_not_fit_are_refused(bundle, change, message):
    facts = json.loads((bundle / FACTS).read_text())
    (bundle / FACTS).write_text(json.dumps(facts | change))
    with pytest.raises(InputError, match=message):
        load_bundle(bundle)


def test_arrays_of_another_size_are_refused(bundle):
    facts = json.loads((bundle / FACTS).read_text())
    with np.load(bundle / ARRAYS) as arrays:
        np.savez(bundle / ARRAYS, **{name: arrays[name] for name in arrays} | {"mean": np.zeros((20, 20), np.float32)})
    facts["files"][ARRAYS] = file_digest(bundle / ARRAYS)
    (bundle / FACTS).write_text(json.dumps(facts))
    with pytest.raises(InputError, match="do not serve a net that sees 40 x 40"):
        load_bundle(bundle)


def test_a_folder_without_a_model_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no model here; make one with `make bundle`"):
        load_bundle(tmp_path)
    (tmp_path / FACTS).write_text("{")
    with pytest.raises(InputError, match="not the description of a model"):
        load_bundle(tmp_path)


def test_a_folder_of_the_user_is_not_replaced_by_a_bundle(bundle, tmp_path):
    (bundle / "thesis.tex").write_text("mine")
    with pytest.raises(
        InputError, match="thesis.tex: not written by this project, and would be deleted with its folder"
    ):
        random_bundle(bundle.parent)
    assert (bundle / "thesis.tex").read_text() == "mine" and load_bundle(bundle)


def test_a_calibration_comes_back_as_it_was_and_makes_another_model(tmp_path):
    given = Calibration(np.array([0.1, 1 / 3]), np.array([-2.0, 0.7]), np.array([0.0, -1.25]))
    (tmp_path / "plain").mkdir()
    plain, loaded = (
        load_bundle(random_bundle(tmp_path / "plain")),
        load_bundle(random_bundle(tmp_path, calibration=given)),
    )
    np.testing.assert_array_equal(loaded.calibration, given)
    np.testing.assert_array_equal(plain.calibration, uncalibrated(2))
    assert loaded.id != plain.id and "calibration" not in plain.facts
    card, other = ((bundle.folder / "README.md").read_text() for bundle in (loaded, plain))
    assert "are calibrated on validation subjects" in card and "too sure" in other
    above = 1 / (1 + np.exp(-(np.array([0, -np.log(2.25)]) * given.slope + given.intercept)))
    for row, expected, plainly in zip(("AU01", "AU12"), above, ("0.500", "0.500")):
        (line,), (before,) = ([x for x in text.splitlines() if x.startswith(f"| {row}")] for text in (card, other))
        assert line.split("|")[3].strip() == f"{expected:.3f}" and before.split("|")[3].strip() == plainly


def test_a_face_is_present_above_the_threshold_and_probable_by_the_calibration():
    calibration = Calibration(np.array([0.5, 0.5]), np.array([-1.0, -1.0]), np.array([0.0, 3.0]))
    sighting = Sighting(0, np.array([1, 2, 3, 4]), np.zeros((44, 44), np.uint8), 1.0)
    face = as_face(sighting, np.array([2.0, 2.0]), calibration)
    assert face.present.tolist() == [True, False]
    assert face.probability == pytest.approx([1 / (1 + np.exp(1 - np.log(3) / 2))] * 2)
    plain = as_face(sighting, np.array([2.0, -2.0]), uncalibrated(2))
    assert plain.present.tolist() == [True, False] and plain.score.tolist() == [2, -2]
