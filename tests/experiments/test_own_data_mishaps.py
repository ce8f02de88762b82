"""What is wrong with data of one's own is told in clear words, before faces are searched for, or before training."""

import re
import shutil

import cv2
import numpy as np
import pytest

from data_prep.subjects.splits import HELD_OUT
from data_prep.subjects.subject_file import load_subject
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from experiments import datasets, loso, transfer
from experiments.held_out import add_split_option, held_out_tasks
from experiments.options import parser

ROWS = ("1,0,", "0,1,", "1,0,")  # of AU 1, AU 12 and AU 4, which nobody has coded
LEFT_OUT = "AU 4 is not coded in any frame: it is left out"
anything_else = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def write(tmp_path):
    """Write a CSV with three pictures of each of the people named: drawn faces, but blank ones of those `faceless`."""

    def csv(*names, file="mine.csv", header="subject,image,AU1,AU12,AU4", rows=ROWS, faceless=()):
        lines = [header]
        for seed, name in enumerate(names):
            face = draw(random_identity(np.random.default_rng(seed)), np.zeros(12))
            for number, row in enumerate(rows):
                path = tmp_path / file.removesuffix(".csv") / f"{name}{number}.png"
                path.parent.mkdir(exist_ok=True)
                cv2.imwrite(str(path), np.full_like(face, 90) if name in faceless else face)
                lines.append(f"{name},{path.relative_to(tmp_path)},{row}")
        (tmp_path / file).write_text("\n".join(lines) + "\n")
        return tmp_path / file

    return csv


def edit(path, pattern, replacement):
    """Change the lines of a CSV that match, as re.sub does; a replacement of None drops them."""
    lines = path.read_text().splitlines()
    if replacement is None:
        lines = [line for line in lines if not re.search(pattern, line)]
    path.write_text("\n".join(re.sub(pattern, replacement or "", line) for line in lines) + "\n")
    return path


@pytest.fixture
def fails(tmp_path, capsys):
    """Run the main of an experiment, which must end with one error; returns (what it printed, that error)."""

    def run(module, *arguments):
        with pytest.raises(SystemExit):
            module.main([*map(str, arguments), "--out", str(tmp_path / "out"), "--jobs", "1"])
        printed = capsys.readouterr()
        return printed.out + printed.err, printed.err.splitlines()[-1]

    return run


@pytest.fixture
def prepared(tmp_path):
    """Prepare a CSV as an experiment does; returns (the Prepared dataset, the command's settings)."""

    def prepare(path, *options, plan=None):
        commands = parser("An experiment.", ["csv"])
        add_split_option(commands)
        folders = ["--out", "not-used", "--data", str(tmp_path / "data")]
        settings = commands.parse_args([*folders, "--csv", str(path), "--jobs", "1", *options])
        return datasets.prepared(["csv"], settings, plan)["csv"], settings

    return prepare


def test_two_people_are_too_few_and_no_face_is_searched_for(write, fails, tmp_path):
    text, error = fails(loso, "--csv", write("anna", "ben"))
    assert "error: mine: 2 subjects to use (anna, ben); to hold one out it takes 3, as one is tested" in error
    assert "find faces" not in text and not (tmp_path / "out/data").exists()


@anything_else
def test_three_people_are_enough_and_five_folds_want_five(write, prepared, fails):
    path = write("anna", "ben", "eve")
    data, settings = prepared(path)
    tasks, full = held_out_tasks(settings, data)
    assert full == 3 and [task.name for task in tasks] == ["anna", "ben", "eve"]
    _, error = fails(loso, "--csv", path, "--split", "5fold")
    assert "3 subjects make no 5 groups; hold out one subject at a time" in error
    _, error = fails(loso, "--csv", path, "--split", "3fold")
    assert "mine: no three groups of it are usual; use --split 5fold or loso" in error


@anything_else
def test_five_folds_are_random_groups_that_have_everybody_once(write, prepared):
    data, settings = prepared(write(*"abcdefg"), "--split", "5fold")
    tasks, full = held_out_tasks(settings, data)
    tested = [task.fold.tests[HELD_OUT] for task in tasks]
    assert full == 5 and sorted(map(len, tested)) == [1, 1, 1, 2, 2] and sorted(sum(tested, ())) == list("abcdefg")
    assert [task.name for task in tasks] == [f"group{number}" for number in range(1, 6)]
    for task, group in zip(tasks, tested):
        assert sorted(task.fold.train + task.fold.val + group) == list("abcdefg")


def test_aus_that_cannot_be_learned_are_left_out_and_told_before_any_face_is_searched_for(write, prepared):
    planned = []
    with pytest.warns(UserWarning, match=rf"mine.csv: {LEFT_OUT}"):
        data, _ = prepared(write("anna", "ben", "eve"), plan=lambda data: planned.append(data["csv"].dataset.aus))
    assert planned == [(1, 12)] == [data.dataset.aus] and data.notes == (LEFT_OUT,)


def test_without_any_au_to_learn_there_is_no_run(write, fails):
    _, error = fails(loso, "--csv", write("anna", "ben", "eve", rows=("1,0,", "1,0,")))
    assert "mine.csv: no AU is present in some coded frames and absent in others, so there is nothing to learn" in error
    assert "AU 1 is present in every coded frame" in error


@anything_else
def test_an_au_of_one_person_is_told(write, prepared):
    path = edit(write("anna", "ben", "eve"), "^((?!anna).*),0,1,$", r"\1,0,0,")
    with pytest.warns(UserWarning, match="AU 12 is present in frames of anna only: where anna is tested, nobody is"):
        data, _ = prepared(path)
    assert data.dataset.aus == (1, 12)


@anything_else
def test_one_picture_of_a_person_is_told(write, prepared):
    path = edit(write("anna", "ben", "eve"), "eve[12]", None)
    with pytest.warns(UserWarning, match="of one picture, which is their mean face too, .*: eve"):
        prepared(path)


@anything_else
def test_people_without_a_face_or_a_code_are_left_out_and_if_then_too_few_are_left_nothing_is_trained(
    write, prepared, fails, tmp_path
):
    path = edit(write("anna", "ben", "eve", "zoe", faceless=("zoe",)), "^(ben.*),.,.,$", r"\1,,,")
    with pytest.warns(UserWarning, match="left out, as no AU is coded in any of their frames: ben"):
        data, _ = prepared(path)
    assert list(data.subjects) == ["anna", "eve"]
    assert (data.detection["coded"], data.detection["coded_missed"]) == (9, 3)
    assert "left out, as no face was found in any of their frames: zoe" in data.notes
    text, error = fails(loso, "--csv", path)
    assert "mine: 2 subjects to use (anna, eve)" in error and "== folds" not in text


@anything_else
def test_only_what_an_edited_csv_changes_is_made_again(write, prepared):
    path = write("anna", "ben", "eve")
    before, _ = prepared(path)
    path.touch()
    assert prepared(path)[0].subjects == before.subjects
    after, _ = prepared(edit(path, "(ben0.png),1,0,", r"\1,1,1,"))
    changed = [name for name in before.subjects if after.subjects[name] != before.subjects[name]]
    assert changed == ["ben"] and load_subject(after.subjects["ben"][0]).label[0].tolist() == [1, -1, 1]


@anything_else
def test_two_csvs_of_one_name_with_the_same_people_are_kept_apart(write, prepared, tmp_path):
    first = write("anna", "ben", "eve")
    shutil.copytree(tmp_path / "mine", tmp_path / "b/mine")
    second = edit(shutil.copy(first, tmp_path / "b/mine.csv"), "0.png,1,0,$", "0.png,0,1,")
    one, other = (prepared(path)[0] for path in (first, second))
    assert one.key != other.key and one.subjects["anna"] != other.subjects["anna"]
    assert prepared(first)[0].subjects == one.subjects
    settings = parser("An experiment.", []).parse_args(["--out", "x"])
    assert list(datasets.titles([str(first), str(second)], settings).values()) == [f"{tmp_path.name}/mine", "b/mine"]


@anything_else
@pytest.mark.parametrize(
    "train, test, message",
    [
        ("mine.csv", "mine.csv", "both to train and to test; `make loso` holds out subjects of one dataset"),
        ("mine.csv", "bp5d", "--test bp5d: neither disfa, bp4d, ckplus, csv nor a CSV that is there"),
        ("ckplus", "mine.csv", r"CK\+ is tested on only, as in the paper"),
        ("mine.csv", "disfa", "the folder of DISFA is needed too; give DISFA= as well"),
        ("mine.csv", "again.csv", "anna0.png: in .*mine.csv and in .*again.csv; what a net has learned from is no te"),
        ("mine.csv", "other.csv", "no AU in common, so there is nothing to score; they have 1, 12 and 2, 5"),
        ("one.csv", "other.csv", r"one: 1 subjects to use \(dora\); to train it takes 2"),
    ],
)  # fmt: skip
def test_a_pair_that_makes_no_test_is_one_line_and_no_face_is_searched_for(
    write, fails, tmp_path, train, test, message
):
    shutil.copy(write("anna", "ben", "eve"), tmp_path / "again.csv")
    write("emil", "fred", file="other.csv", header="subject,image,AU2,AU5,AU4")
    write("dora", file="one.csv", header="subject,image,AU2,AU5,AU4")
    names = [str(tmp_path / name) if name.endswith(".csv") else name for name in (train, test)]
    text, error = fails(transfer, "--train", names[0], "--test", names[1])
    assert re.search(message, error) and "find faces" not in text
