"""Data of one's own, from a CSV to a report, a model and tests on other data, with real Caffe on drawn people."""

import csv
import json

import pytest

from data_prep.synthetic.people import PEOPLE, write_people
from data_prep.system.code import ROOT
from tools.detection.bundle import load_bundle
from tools.folds.scores import load_scores
from tools.folds.task import load_task

SUBJECTS, FRAMES = 4, 60


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """A folder with four drawn people in a CSV; subject files and nets go beside them."""
    folder = tmp_path_factory.mktemp("own")
    write_people(folder / "people", SUBJECTS, FRAMES, 0, 1)
    net = (ROOT / "prototxt/disfa/train_val.prototxt").read_text().replace("num_output: 20", "num_output: 4")
    (folder / "net.prototxt").write_text(net.replace("num_output: 50", "num_output: 4"))
    return folder


@pytest.fixture
def run(people, project):
    """Run an experiment on data below `people`, with a small net and ten iterations; returns the finished process."""

    def start(experiment, out, *more):
        folders = ["--data", people / "data", "--nets", people / "nets", "--net", people / "net.prototxt"]
        options = ["--out", out, *folders, "--iterations", "10", "--jobs", "1", *more]
        return project(f"experiments.{experiment}", *options, cwd=ROOT)

    return start


@pytest.fixture(scope="module")
def rows(people):
    """The header and the rows of the CSV, with absolute paths."""
    with open(people / "people" / PEOPLE, newline="") as file:
        header, *lines = csv.reader(file)
    return header, [[line[0], str(people / "people" / line[1]), *line[2:]] for line in lines]


def write_csv(path, header, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    return path


def metrics(out):
    return json.loads((out / "metrics.json").read_text())


@pytest.fixture
def finished(people, run):
    """The finished run with two held-out people; only the first test that asks for it waits."""
    out = people / "loso"
    if not (out / "metrics.json").exists():
        done = run("loso", out, "--csv", people / "people" / PEOPLE, "--subjects", "2")
        assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_a_csv_ends_in_the_same_kind_of_report_as_table_1(finished):
    values, table = metrics(finished), (finished / "table.md").read_text()
    assert values["title"] == "people: held-out subjects" and values["data"] == {
        "csv": "synthetic faces in people's layout"
    }
    assert values["synthetic"] and values["folds"] == {"P01": {"test": ["P01"]}, "P02": {"test": ["P02"]}}
    loso = values["results"]["loso"]
    assert loso["aus"] == [1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26] and "published" not in loso
    assert set(loso) >= {"qda", "pca_lda", "logit"} and loso["frames"] == 2 * FRAMES
    names = {path.name for path in finished.iterdir()}
    assert names >= {"report.html", "results.csv", "aus_loso.png", "training.png", "fold_P01", "fold_P02"}
    facts, page = values["facts"]["csv"], (finished / "report.html").read_text()
    assert set(facts) == {"file", "intensities", "mean face"} and "of AU 12, 25" in facts["intensities"]
    assert all(text in page and text in table for text in facts.values())
    assert "0 of 240 coded frames are lost" in table


def test_the_same_command_computes_nothing_again(finished, people, run):
    before = metrics(finished)
    again = run("loso", finished, "--csv", people / "people" / PEOPLE, "--subjects", "2")
    assert again.returncode == 0 and "2 of 2 folds are done already" in again.stdout
    assert {**metrics(finished), "seconds": 0} == {**before, "seconds": 0}


def test_detection_with_a_folds_bundle_gives_the_experiments_decisions(finished, people, project, tmp_path):
    fold, video = finished / "fold_P01", people / "people/videos/P01.avi"
    bundled = project("experiments.bundle", "--fold", fold, "--out", tmp_path / "bundle", cwd=ROOT)
    assert bundled.returncode == 0, bundled.stderr[-2000:]
    options = ["--model", tmp_path / "bundle", "--out", tmp_path / "out", "--no-report"]
    done = project("tools.detect", video, *options, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    scores, aus, facts = load_scores(fold), load_task(fold).aus, load_bundle(tmp_path / "bundle").facts
    left = facts["not_modeled"]
    with open(tmp_path / "out/P01.csv", newline="") as file:
        found = {int(row["frame"]): row for row in csv.DictReader(file)}
    assert len(found) == FRAMES and len(left) < len(aus)
    assert {**left, **facts["remarks"]} == scores.facts["reasons"]["qda"]
    for column, au in enumerate(aus):
        if str(au) not in left:
            ours = [found[frame][f"AU{au:02d}_c"] == "1.00" for frame in scores.frame.tolist()]
            assert ours == (scores.score["qda"][:, column] > 0).tolist()


def test_a_bundle_and_tests_on_other_data_share_a_net_and_equal_names_are_told_apart(people, run, rows, tmp_path):
    header, lines = rows
    own = write_csv(people / "mine.csv", header, [line for line in lines if line[0] != "P04"])
    keep = [*range(3), header.index("AU12"), header.index("AU25")]
    other = [["P01", *(line[k] for k in keep[1:]), "0"] for line in lines if line[0] == "P04"]
    other = write_csv(people / "other.csv", [*(header[k] for k in keep), "AU7"], other)
    bundled = run("bundle", people / "bundle", "--csv", own)
    assert bundled.returncode == 0, bundled.stderr[-2000:]
    assert load_bundle(people / "bundle").facts["subjects"] == 3
    done = run("transfer", people / "transfer", "--train", own, "--test", other)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "1 of 1 folds" not in done.stdout and "train " not in done.stderr  # trained for the bundle
    values = metrics(people / "transfer")
    (entry,) = values["results"].values()
    assert values["title"] == "Trained on mine, tested on other" and entry["title"] == "mine -> other"
    assert entry["aus"] == [12, 25] and entry["frames"] == FRAMES
    assert "The net learned the 12 AUs" in entry["notes"][0] and "taken for different people: P01" in entry["notes"][1]
    ((tested,),) = [tests.values() for tests in values["folds"].values()]
    assert tested == ["P01 of other"]
    assert any("AU 7 is absent in every coded frame: it is left out" in note for note in values["notes"])
    assert "AU 7 is absent in every coded frame" in done.stderr
