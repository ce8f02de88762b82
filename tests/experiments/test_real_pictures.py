"""A model on one's own labelled pictures: what the table holds, and what is wrong with a CSV in clear words."""

import csv
import json

import cv2
import numpy as np
import pytest

from data_prep.faces.stage import face_stage
from data_prep.readers.labelled_pictures import LabelledFace, LabelledPictures
from experiments import real_pictures
from experiments.real_pictures import Seen, matching, measure, measured
from tests.bundles import photograph, random_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return random_bundle(tmp_path_factory.mktemp("model"), stage=face_stage("blazeface", "landmarks"))


@pytest.fixture
def pictures(tmp_path):
    """A folder with a photograph, the same beside its mirror image, and a blank picture."""
    folder = tmp_path / "photos"
    folder.mkdir()
    face = photograph()
    cv2.imwrite(str(folder / "one.png"), face)
    cv2.imwrite(str(folder / "two.png"), np.hstack([face, face[:, ::-1]]))
    cv2.imwrite(str(folder / "blank.png"), np.full((100, 100, 3), 90, np.uint8))
    return folder


@pytest.fixture
def run(tmp_path, pictures, bundle, capsys):
    """Run the experiment on a CSV of these lines; returns (metrics.json, what was printed), or the error."""

    def real(*lines, options=(), folder=pictures):
        path = tmp_path / "labels.csv"
        path.write_text("\n".join(lines) + "\n")
        out = tmp_path / "out"
        arguments = [folder, path, "--model", bundle, "--out", out, "--jobs", 1, *options]
        try:
            real_pictures.main(list(map(str, arguments)))
        except SystemExit:
            return capsys.readouterr().err.splitlines()[-1]
        return json.loads((out / "metrics.json").read_text()), capsys.readouterr().out

    return real


def test_every_labelled_face_is_looked_up_in_its_picture(run, tmp_path):
    metrics, printed = run(
        "file,x,y,w,h,group,AU1,AU12,source",
        "one.png,,,,,easy,0,1,x",
        "two.png,172,62,105,105,easy,0,1,x",
        "two.png,747,62,105,105,hard,1,0,x",
        "blank.png,,,,,hard,1,0,x",
    )
    groups = metrics["groups"]
    assert {name: (group["faces"], group["not_found"]) for name, group in groups.items()} == {
        "all": (4, 1), "easy": (2, 0), "hard": (2, 1),
    }  # fmt: skip
    assert (groups["all"]["per_au"]["1"]["positives"], groups["all"]["per_au"]["1"]["negatives"]) == (1, 2)
    with open(tmp_path / "out/faces.csv", newline="") as file:
        one, left, right, blank = csv.DictReader(file)
    assert one["found"] == "1" and left["12 score"] != right["12 score"]
    assert blank["found"] == "0" and blank["12 score"] == "" and blank["12 label"] == ""
    assert "hard: 2 faces, 1 of them not found and left out" in printed
    assert (tmp_path / "out/table.md").read_text() in printed + "\n"
    assert "easy: 2 faces, all of them found" in (tmp_path / "out/report.html").read_text()


def test_a_labelled_box_means_the_face_that_it_covers():
    left, right = ((np.array([x, 10, 90, 90.0]), name) for x, name in ((10, "left"), (200, "right")))
    assert matching(np.array([205, 15, 100, 100]), [left, right])[1] == "right"
    assert matching(np.array([400, 10, 90, 90]), [left, right]) is None
    assert matching(None, [left, (np.array([0, 0, 99, 99.0]), "larger")])[1] == "larger"
    assert matching(None, []) is None


@pytest.mark.parametrize(
    "lines, wrong",
    [
        (["picture,AU1", "one.png,1"], "labels.csv:1: no column `file`; it has: picture, AU1"),
        (["file,smile", "one.png,1"], "labels.csv:1: no column of an AU such as AU1"),
        (["file,AU1", "one.png,1", "three.jpg,1"], "labels.csv:3: file is 'three.jpg'; no such file below"),
        (["file,AU1", "one.png,yes"], "labels.csv:2: AU 1 is 'yes'; give 1 for present and 0 for absent"),
        (["file,x,y,AU1", "one.png,1,2,1"], "labels.csv:1: a column `x`, but none `w`; a box needs x, y, w, h"),
        (["file,x,y,w,h,AU1", "one.png,1,2,0,9,1"], "labels.csv:2: the box is '1', '2', '0', '9'; give four numbers"),
        (["file,AU1", "two.png,1", "two.png,0"], "labels.csv:3: two.png is on line 2, too; give each face its own box"),
        (["file,AU9", "one.png,1"], "no label of an AU that"),
        (["file,group,AU1", "one.png,all,1"], "labels.csv:2: group is 'all', as all faces are called; rename it"),
        (["file,AU1", "note.txt,1"], "labels.csv:2: note.txt cannot be read"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_wrong_with_a_csv_is_named_with_its_row_and_remedy(run, pictures, lines, wrong):
    (pictures / "note.txt").write_text("no picture")
    assert wrong in run(*lines)


def test_a_row_to_average_over_that_is_not_there_is_an_error(run):
    error = run("file,AU1,AU12", "one.png,1,0", options=["--average", "12", "4"])
    assert "--average 4: no such row" in error and error.endswith("have 1, 12")


def labelled(**columns):
    """LabelledPictures of n pictures, and what a model would say of AU 1, 2, 6 and 12, whose scores are the labels."""
    label = np.array([columns[name] for name in ("AU1", "AU2", "AU6", "AU12")]).T
    faces = [LabelledFace(k, None, str(k), None, "", "") for k in range(len(label))]
    seen = Seen(np.ones(len(label), bool), label.astype(float), label > 0)
    return LabelledPictures(faces, (1, 2, 6, 12), label, np.array(columns["either"])), seen


def test_raised_brows_count_as_one_and_cheeks_are_judged_among_smiles():
    pictures, seen = labelled(
        AU1=[1, 0, 0, -1], AU2=[0, 1, 0, -1], AU6=[1, 0, 0, 1], AU12=[1, 1, 0, 0], either=[1, 1, 0, 1]
    )
    rows = measured(pictures, seen, [1, 2, 6, 12])
    assert rows["1 or 2"].label.tolist() == [1, 1, 0, 1] and rows["1 or 2"].present.tolist() == [1, 1, 0, 0]
    assert rows["6 among 12"].label.tolist() == [1, 0, -1, -1]
    result = measure(rows, np.ones(4, bool), None, 0)
    assert result["average"]["aus"] == []  # two pictures decide nothing
    assert result["per_au"]["1 or 2"]["hits"] == pytest.approx(2 / 3)
    assert np.isnan(result["per_au"]["12"]["intervals"]["two_afc"]).all()  # of two pictures each


def test_an_average_is_over_the_aus_that_enough_faces_show():
    none = [0] * 12
    pictures, seen = labelled(AU1=none, AU2=[0, 1] * 6, AU6=[1] + none[1:], AU12=[1, 0] * 6, either=[0, 1] * 6)
    average = measure(measured(pictures, seen, [1, 2, 6, 12]), np.ones(12, bool), None, 0)["average"]
    assert average["aus"] == ["2", "12"] and average["two_afc"] == average["hits"] == 1
    chosen = measure(measured(pictures, seen, [1, 2, 6, 12]), np.ones(12, bool), ["1 or 2", "6"], 0)["average"]
    assert chosen["aus"] == ["1 or 2"]
