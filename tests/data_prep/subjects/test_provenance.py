"""Whether data are a dataset's or synthetic."""

import pytest

from data_prep.datasets.table import DATASETS
from data_prep.subjects.provenance import (
    dataset_name,
    holds_synthetic_tree,
    is_synthetic,
    load_provenance,
    save_provenance,
)
from data_prep.system.errors import InputError
from experiments.datasets import Prepared


@pytest.mark.parametrize("synthetic", [False, True])
def test_what_a_root_holds_is_what_its_data_are_called_and_what_an_experiment_says(tmp_path, synthetic):
    if synthetic:
        (tmp_path / "synthetic.json").write_text("{}")
    assert holds_synthetic_tree(tmp_path) == synthetic
    save_provenance(tmp_path / "data", dataset_name("DISFA", tmp_path))
    name = load_provenance(tmp_path / "data")
    assert name == ("synthetic faces in DISFA's layout" if synthetic else "DISFA")
    assert is_synthetic(name) == Prepared(DATASETS["disfa"], name, {}, {}).synthetic == synthetic


def test_a_file_is_no_synthetic_tree(tmp_path):
    (tmp_path / "mine.csv").write_text("subject,image,AU1\n")
    assert not holds_synthetic_tree(tmp_path / "mine.csv")


def test_a_file_that_lists_pictures_of_synthetic_faces_is_synthetic(tmp_path):
    (tmp_path / "drawn/videos").mkdir(parents=True)
    (tmp_path / "drawn/.drawn").mkdir()
    (tmp_path / "mine").mkdir()
    listed = [tmp_path / "mine/1.jpg", tmp_path / "drawn/videos/1.avi"]
    assert dataset_name("mine", tmp_path / "mine.csv", listed[:1]) == "mine"
    assert dataset_name("mine", tmp_path / "mine.csv", listed) == "synthetic faces of mine"
    (tmp_path / "link").symlink_to(tmp_path / "drawn/videos")
    assert is_synthetic(dataset_name("mine", tmp_path / "mine.csv", [tmp_path / "link/1.avi"]))


@pytest.mark.parametrize("text", [None, "{", "{}", "[]"])
def test_data_of_unknown_origin_are_to_be_prepared_again(tmp_path, text):
    if text:
        (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(InputError, match=r"dataset\.json: cannot tell what data this is .*prepare it again"):
        load_provenance(tmp_path)
