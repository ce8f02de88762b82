"""The entries of the datasets, and the command lines that follow from them."""

import argparse

import pytest

from data_prep.datasets.dataset import add_options
from data_prep.datasets.table import BP4D, CKPLUS, CSV, DATASETS, DISFA
from data_prep.subjects.aus import DISFA_AUS, SHARED_AUS
from data_prep.system.code import ROOT
from experiments.options import add_dataset_options


@pytest.mark.parametrize(
    "key, words, chosen",
    [
        (DISFA, "", {"camera": "left", "present_from": 1}),
        (DISFA, "--camera both --present-from 2", {"camera": "both", "present_from": 2}),
        (BP4D, "", {"frame_offset": "auto", "all_images": False}),
        (BP4D, "--frame-offset -1 --all-images", {"frame_offset": "-1", "all_images": True}),
        (CKPLUS, "", {"ungraded": "negative", "neutral_first": False}),
        (CKPLUS, "--ungraded ignore --neutral-first", {"ungraded": "ignore", "neutral_first": True}),
        (CSV, "", {"present_from": 1}),
        (CSV, "--present-from 3", {"present_from": 3}),
    ],
)
def test_the_options_of_a_dataset_become_keywords_of_its_reader(key, words, chosen):
    parser = argparse.ArgumentParser()
    add_options(parser, [DATASETS[key]])
    assert DATASETS[key].chosen_options(parser.parse_args(words.split())) == chosen


def test_one_command_line_may_take_all_datasets():
    parser = argparse.ArgumentParser()
    add_dataset_options(parser, [DISFA, BP4D, CKPLUS, CSV])
    settings = parser.parse_args(["--disfa", "a", "--bp4d", "b", "--ckplus", "c", "--frame-offset", "0"])
    assert "DISFA, csv: lowest intensity that counts as present" in " ".join(parser.format_help().split())
    assert (settings.disfa, settings.bp4d, settings.ckplus) == ("a", "b", "c")
    assert (settings.camera, settings.frame_offset, settings.ungraded) == ("left", "0", "negative")


def test_the_nets_of_an_entry_are_there_and_its_aus_are_the_papers():
    for key, aus in ((DISFA, DISFA_AUS), (BP4D, SHARED_AUS), (CKPLUS, SHARED_AUS)):
        assert DATASETS[key].aus == aus
        assert all((ROOT / DATASETS[key].prototxt(name)).is_file() for name in ("train_val", "solver"))


def test_bp4d_trains_and_validates_on_feras_partitions():
    assert DATASETS[BP4D].split(["F001", "F002", "M003"], seed=5) == (("F001", "M003"), ("F002",))


def test_three_folds_have_every_subject_once():
    for dataset in (DATASETS[DISFA], DATASETS[BP4D]):
        names = [name for group in dataset.three_folds for name in group]
        assert len(dataset.three_folds) == 3 and sorted(names) == sorted(dataset.expected.subjects)


def test_a_dataset_of_ones_own_is_called_by_its_file():
    assert DATASETS[CSV].title_at("mine/smiles.csv") == "smiles" and DATASETS[DISFA].title_at("any/folder") == "DISFA"
