"""Results of a handful of scores: what metrics.json, results.csv and the table say of them."""

import csv
import json

import numpy as np
import pytest
from scipy.special import expit

from experiments.files import save_csv
from experiments.results import result
from experiments.summary import short_rows, summary
from tools.folds.metrics_file import save_metrics
from tools.folds.run import Pooled

LABEL = np.array([[1], [0], [1], [0]], np.int8)
SCORE = np.array([[2.0], [1], [3], [-1]])  # every positive is above every negative, one of which is above zero
CLOSE = np.array([[0.6], [0.5], [1.4], [0.3]])  # not so where subjects differ


DICTIONARIES, ARRAYS = ("score", "threshold", "probability"), ("label", "intensity", "subject", "sequence", "frame")


def each(arrays, rows):
    return {name: values[rows] for name, values in arrays.items()}


def pooled(subjects, *aus, classifiers=("qda", "pca_lda", "logit")):
    """Four frames of each of so many `subjects`; all classifiers have the scores `aus` (default: SCORE), one per AU."""
    score = np.tile(np.hstack(aus or [SCORE]), (subjects, 1))
    score[4:] += np.linspace(-0.5, 0.5, len(score) - 4)[:, None]  # subjects differ
    label = np.tile(LABEL, (subjects, score.shape[1]))
    names = np.repeat([f"S{number}" for number in range(subjects)], 4)
    return Pooled(
        score=dict.fromkeys(classifiers, score),
        threshold={name: np.full_like(score, np.nan if name == "logit" else 0) for name in classifiers},
        probability=dict.fromkeys(classifiers, expit(score)),
        label=label,
        intensity=np.full_like(label, -1),
        subject=names,
        sequence=np.full(len(score), "video"),
        frame=np.tile(np.arange(4), subjects),
        feature=score,
        reasons={name: {} for name in classifiers},
        uncalibrated={name: {} for name in classifiers},
    )


def test_the_raw_logit_has_a_2afc_and_nothing_that_needs_a_threshold(tmp_path):
    entry = result("title", "data", pooled(2), (1,))
    save_metrics(tmp_path, entry)
    save_csv(tmp_path / "results.csv", {"loso": entry})
    saved = json.loads((tmp_path / "metrics.json").read_text())
    with open(tmp_path / "results.csv", newline="") as file:
        rows = {(row["classifier"], row["au"]): row for row in csv.DictReader(file) if not row["subject"]}
    for values, row in (
        (saved["logit"]["per_au"]["1"], rows["logit", "1"]),
        (saved["logit"]["average"], rows["logit", "average"]),
    ):
        assert values["two_afc"] == float(row["two_afc"]) == 1
        for metric in ("accuracy", "f1", "skew_normalized_accuracy", "skew_normalized_f1", "mcc", "kappa", "event_f1"):
            assert values[metric] is None and values["intervals"][metric] == [None, None]
            assert row[metric] == row[f"{metric}_low"] == row[f"{metric}_high"] == ""
    assert saved["qda"]["average"]["accuracy"] == float(rows["qda", "average"]["accuracy"]) == 75


@pytest.mark.parametrize("subjects, note", [(1, True), (4, True), (5, False)])
def test_without_a_fifth_subject_the_interval_is_a_dash_and_a_note_tells_why(subjects, note):
    entry = result("title", "data", pooled(subjects, CLOSE), (1,))
    metrics = {"title": "title", "synthetic": False, "results": {"loso": entry}, "detection": {}}
    average = summary(metrics).split("| Average")[1].split("|")
    assert (
        (average[3].strip() == "-")
        == note
        == ("An interval needs 5 subjects who have both classes" in summary(metrics))
    )


PUBLISHED = {
    "1": {"accuracy": 80.0, "two_afc": 0.8},
    "12": {"accuracy": 60.0, "two_afc": 0.6},
    "Average": {"accuracy": 70.1, "two_afc": 0.701},  # as printed
}


def one_fold_untrained(all_frames=False):
    """Pooled scores of five subjects on AUs 1 and 12: QDA has none of AU 12 for the first subject, or for anybody."""
    scores = pooled(5, SCORE, CLOSE)
    qda = scores.score["qda"].copy()
    qda[: None if all_frames else 4, 1] = np.nan
    return scores._replace(score=scores.score | {"qda": qda})


def test_an_au_untrained_in_one_fold_is_scored_on_the_frames_of_the_others_by_all_classifiers():
    entry = result("title", "data", one_fold_untrained(), (1, 12), PUBLISHED)
    rest = pooled(5, SCORE, CLOSE)
    others = rest._replace(
        **{field: each(getattr(rest, field), slice(4, None)) for field in DICTIONARIES},
        **{field: getattr(rest, field)[4:] for field in ARRAYS},
    )
    expected = result("title", "data", others, (1, 12))
    for name in ("qda", "pca_lda", "logit"):
        ours, theirs = entry[name]["per_au"]["12"], expected[name]["per_au"]["12"]
        for key in ("two_afc", "majority_accuracy", "frames", "positives", "subjects"):
            assert ours[key] == theirs[key]
        assert (ours["frames"], ours["unscored"], ours["masked"]) == (16, 4, 0)
        assert entry[name]["per_au"]["1"]["frames"] == 20
        assert entry[name]["average"]["aus"] == [1, 12] == entry["averaged"]
    assert entry["published"]["Average"] == PUBLISHED["Average"]
    assert any("4 of AU 12" in note for note in entry["notes"])


def test_all_columns_average_over_the_same_aus_the_papers_too(tmp_path):
    entry = result("title", "data", one_fold_untrained(all_frames=True), (1, 12), PUBLISHED)
    alone = result("title", "data", pooled(5, SCORE), (1,))
    for name in ("qda", "pca_lda", "logit"):
        assert entry[name]["average"]["aus"] == [1]
        for metric in ("accuracy", "two_afc", "f1", "majority_accuracy"):
            assert entry[name]["average"][metric] == pytest.approx(alone[name]["average"][metric], nan_ok=True)
    assert entry["published"]["Average"] == PUBLISHED["1"]
    assert any("over AU 1: AU 12 has no scored frame" in note for note in entry["notes"])
    metrics = {"title": "title", "synthetic": False, "results": {"loso": entry}, "detection": {}}
    assert "| Average of 1 AU " in summary(metrics) and "Averages, the paper's too, are over AU 1" in summary(metrics)


def test_where_the_paper_has_no_result_it_has_no_columns():
    own, papers = (
        short_rows(result("t", "d", pooled(5, SCORE, CLOSE), (1, 12), published)) for published in (None, PUBLISHED)
    )
    assert papers[0] == [*own[0][:-2], "paper acc. %", "paper 2AFC", *own[0][-2:]]
    assert papers[-1][-4:-2] == ["70.10", "0.701"] and {len(row) for row in own} == {len(own[0])}


def test_the_papers_average_alone_is_not_set_beside_one_of_fewer_aus():
    only_average = {"Average": {"accuracy": 75.69, "two_afc": 0.751}}
    assert result("t", "d", pooled(5, SCORE, CLOSE), (1, 12), only_average)["published"] == only_average
    assert result("t", "d", one_fold_untrained(True), (1, 12), only_average)["published"] == {}


def test_each_subject_has_rows_of_its_own(tmp_path):
    entry = result("title", "data", pooled(3, SCORE, CLOSE), (1, 12))
    save_metrics(tmp_path, entry)
    save_csv(tmp_path / "results.csv", {"loso": entry})
    saved = json.loads((tmp_path / "metrics.json").read_text())
    with open(tmp_path / "results.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["subject"]]
    assert len(rows) == 3 * 3 * 2  # classifiers, subjects, AUs
    for row in rows:
        values = saved[row["classifier"]]["by_subject"][row["subject"]][row["au"]]
        assert float(row["two_afc"]) == values["two_afc"] and int(row["frames"]) == values["frames"] == 4
        assert (row["accuracy"] == "") == (row["classifier"] == "logit") and row["accuracy_low"] == ""


def test_events_are_those_of_frames_in_order_of_time():
    frames = pooled(2, SCORE)
    backwards = frames._replace(
        **{field: each(getattr(frames, field), slice(None, None, -1)) for field in DICTIONARIES},
        **{field: getattr(frames, field)[::-1] for field in ARRAYS},
    )
    entries = [result("title", "data", pooled, (1,))["qda"]["per_au"]["1"] for pooled in (frames, backwards)]
    assert entries[0]["events"] == entries[1]["events"] == 4 and entries[0]["event_f1"] == entries[1]["event_f1"]
    steps = frames._replace(frame=5 * frames.frame)  # every fifth frame of a video is coded
    assert result("title", "data", steps, (1,))["qda"]["per_au"]["1"]["predicted_events"] == 2
