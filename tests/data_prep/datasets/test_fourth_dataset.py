"""A fourth dataset is a reader and one entry: every command and experiment then knows it."""

import argparse
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_prep import check_data, prepare_dataset
from data_prep.datasets.dataset import Dataset, Expected, Option
from data_prep.datasets.table import DATASETS
from data_prep.readers.recording import Recording
from data_prep.subjects.subject_file import load_subject
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.system.errors import InputError
from experiments import datasets, options

SUBJECTS = ("anna", "ben", "eve")


def read_fourth(root, smile="12"):
    """Two pictures of each subject, the second of which shows AU 1 and `smile`."""
    images = {name: tuple(enumerate(sorted((Path(root) / name).iterdir()), start=1)) for name in SUBJECTS}
    label = np.array([[0, 0], [1, 1]], np.int8)
    return [
        Recording(name, "", Path(root) / name, images[name], np.arange(1, 3), label, (1, int(smile)), continuous=False)
        for name in SUBJECTS
    ]


FOURTH = Dataset(
    key="fourth",
    title="Fourth",
    read=read_fourth,
    options=(Option("smile", "AU of a smile", default="12", choices=("12", "13")),),
    expected=Expected(subjects=(*SUBJECTS, "zoe"), sequences=4, frames=8, sizes=("512x384",), share={}),
    facts=lambda root, recordings, smile: {"smiles": f"AU {smile}"},
    aus=(1, 12),
)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The folder of the fourth dataset, which the table of datasets now has."""
    monkeypatch.setitem(DATASETS, "fourth", FOURTH)
    for seed, name in enumerate(SUBJECTS):
        (tmp_path / "Fourth" / name).mkdir(parents=True)
        face = draw(random_identity(np.random.default_rng(seed)), np.zeros(12))
        for number in (1, 2):
            cv2.imwrite(str(tmp_path / f"Fourth/{name}/{number}.png"), face)
    return tmp_path / "Fourth"


def test_prepare_dataset_prepares_it_with_its_option(root, tmp_path, capsys):
    prepare_dataset.main(["fourth", str(root), "--smile", "13", "--out", str(tmp_path / "data"), "--jobs", "1"])
    subject = load_subject(tmp_path / "data/anna.npz")
    assert subject.au.tolist() == [1, 13] and subject.label.tolist() == [[0, 0], [1, 1]]
    printed = capsys.readouterr().out
    assert "smiles       AU 13" in printed and "Fourth, 3 subjects, 6 faces in 6 frames" in printed


def test_check_data_checks_it_against_what_is_expected(root, capsys):
    check_data.main(["--fourth", str(root)])
    printed = capsys.readouterr().out
    assert printed.startswith(f"Fourth at {root}") and "subjects             3   expected 4" in printed
    assert "smiles       AU 12" in printed and "- without: zoe" in printed and "  12  Lip corner puller" in printed


@pytest.mark.parametrize("words, au", [([], 12), (["--smile", "13"], 13)])
def test_an_experiment_offers_its_folder_and_its_option_and_gets_its_subject_files(root, tmp_path, words, au):
    parser = options.parser("An experiment.", ["fourth"])
    data, out = str(tmp_path / "data"), str(tmp_path / "run")
    settings = parser.parse_args(["--out", out, "--data", data, "--jobs", "1", "--fourth", str(root), *words])
    prepared = datasets.prepared(["fourth"], settings)["fourth"]
    assert sorted(prepared.subjects) == list(SUBJECTS) and prepared.dataset == FOURTH and not prepared.synthetic
    assert load_subject(prepared.subjects["eve"][0]).au.tolist() == [1, au]
    assert prepared.detection["faces"] == 6


def test_an_experiment_asks_for_its_folder_as_it_has_no_synthetic_faces(root, tmp_path):
    settings = options.parser("An experiment.", ["fourth"]).parse_args(["--out", str(tmp_path)])
    with pytest.raises(InputError, match="the folder of Fourth is needed; there are no synthetic faces in its layout"):
        datasets.prepared(["fourth"], settings)


def test_a_choice_that_an_option_does_not_have_is_refused(root, tmp_path):
    parser = argparse.ArgumentParser(exit_on_error=False)
    options.add_dataset_options(parser, ["fourth"])
    with pytest.raises(argparse.ArgumentError, match="invalid choice: '14'"):
        parser.parse_args(["--smile", "14"])
