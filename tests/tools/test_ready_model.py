"""The model that comes with this: what it says of rendered faces, of their mirror images, and of a photograph."""

import csv
import json

import cv2
import numpy as np
import pytest

from data_prep.faces.blazeface import BlazeFace
from data_prep.faces.stage import anchors_of
from data_prep.rendered.person import Person
from data_prep.rendered.portrait import portrait
from data_prep.rendered.sources import load_source
from data_prep.system.code import ROOT
from tests.bundles import photograph
from tools import detect as command
from tools.detection.au_scores import au_scores
from tools.detection.bundle import READY, load_bundle
from tools.report.versions import git

LARGEST = 3_000_000  # bytes of the model
PEOPLE = 3  # of each source


@pytest.fixture(scope="module")
def bundle():
    return load_bundle(READY)


@pytest.fixture(scope="module")
def score(bundle):
    """Scores [n, C] of pictures uint8 [h, w, 3] of one face each."""
    detector = BlazeFace()

    def of(pictures):
        found = [next(detector.full(picture, 0.05, False)) for picture in pictures]
        grays = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in pictures]
        size = bundle.face.shape[0]
        crops = [bundle.stage.crop(gray, None, anchors_of(each), size) for gray, each in zip(grays, found)]
        shapes = np.stack([bundle.stage.shape(each) for each in found])
        return au_scores(bundle, np.stack(crops), "none", shapes=shapes)

    return of


def test_it_is_small_and_made_of_committed_files(bundle):
    files = [path for path in bundle.folder.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST
    tracked = git(ROOT, "ls-files", "models/ready")
    assert tracked is None or len(tracked.splitlines()) in (0, len(files))
    assert not bundle.synthetic and bundle.facts["made_by"]["edited"] is False


@pytest.mark.parametrize("source", ["makehuman", "faceunits"])
def test_an_opening_mouth_raises_the_aus_of_lips_and_jaw(bundle, score, source):
    columns = [bundle.aus.index(au) for au in (25, 26)]
    for seed in range(PEOPLE):
        person = Person(load_source(source), np.random.default_rng(seed))
        opened = score([portrait(person, {25: level, 26: level}) for level in range(6)])[:, columns]
        rise, told = np.diff(opened, axis=0), f"{source} {seed}: {opened.round(2).tolist()}"
        assert (rise[:, 1] > 0).all() and (rise[:2] > 0).all(), told
        assert (rise[2:, 0] > -0.3).all(), told  # in standard deviations; wide open, the lips are parted anyway
        level = bundle.curves.columns(columns).intensity(opened)
        assert (level[0] < 1).all() and (level[-1] > 2.5).all(), level


@pytest.mark.parametrize("source", ["makehuman", "faceunits"])
def test_a_mirrored_picture_has_the_same_scores(bundle, score, source):
    usable = [column for column, au in enumerate(bundle.aus) if bundle.is_usable(au)]
    people = [Person(load_source(source), np.random.default_rng(seed)) for seed in range(PEOPLE)]
    pictures = [portrait(person, {12: (4, 1), 25: 2}) for person in people] + [photograph()]
    one, other = score(pictures), score([np.ascontiguousarray(picture[:, ::-1]) for picture in pictures])
    difference = np.abs(one - other)[:, usable]  # in standard deviations; the net that finds landmarks has two sides
    assert difference.mean() < 0.4 and difference.max() < 1


@pytest.fixture
def detected(tmp_path):
    cv2.imwrite(str(tmp_path / "face.png"), photograph())

    def run(*options):
        command.main([str(tmp_path / "face.png"), "--out", str(tmp_path / "out"), *options])
        with open(tmp_path / "out/face.csv", newline="") as file:
            (row,) = csv.DictReader(file)
        return row, json.loads((tmp_path / "out/face.json").read_text())

    return run


def test_a_smile_with_parted_lips_is_just_that(detected):
    row, facts = detected()
    assert facts["model"] == load_bundle(READY).id and facts["experimental"] == []
    present = {name[2:4] for name in row if name.endswith("_c") and name.startswith("AU") and float(row[name])}
    assert present == {"12", "25"}
    assert all(float(row[f"AU{au}_r"]) > 1 for au in present)


def test_experimental_aus_are_shown_where_asked(detected):
    usable, facts = detected("--experimental")
    assert facts["experimental"] and set(facts["experimental"]) < set(facts["aus"])
    assert f"AU{facts['experimental'][0]:02d}_p" in usable
