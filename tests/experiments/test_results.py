"""Results of a handful of scores: what metrics.json, results.csv and the table say of them."""

import csv
import json

import numpy as np
import pytest

from experiments.files import save_csv
from experiments.results import result
from experiments.summary import summary
from tools.folds.metrics_file import save_metrics
from tools.folds.run import Pooled

LABEL = np.array([[1], [0], [1], [0]], np.int8)
SCORE = np.array([[2.0], [1], [3], [-1]])  # every positive is above every negative, one of which is above zero


def pooled(*subjects, classifiers=("qda", "pca_lda", "logit")):
    """Four frames of one AU, of `subjects` in turn, with the same scores from all classifiers."""
    return Pooled(
        dict.fromkeys(classifiers, SCORE), LABEL, np.resize(subjects, 4), SCORE, {name: {} for name in classifiers}
    )


def test_the_raw_logit_has_a_2afc_and_nothing_that_needs_a_threshold(tmp_path):
    entry = result("title", "data", pooled("a", "b"), (1,))
    save_metrics(tmp_path, entry)
    save_csv(tmp_path / "results.csv", {"loso": entry})
    saved = json.loads((tmp_path / "metrics.json").read_text())
    with open(tmp_path / "results.csv", newline="") as file:
        rows = {(row["classifier"], row["au"]): row for row in csv.DictReader(file)}
    for values, row in (
        (saved["logit"]["per_au"]["1"], rows["logit", "1"]),
        (saved["logit"]["average"], rows["logit", "average"]),
    ):
        assert values["two_afc"] == float(row["two_afc"]) == 1
        for metric in ("accuracy", "f1", "skew_normalized_accuracy"):
            assert values[metric] is None and values["intervals"][metric] == [None, None]
            assert row[metric] == row[f"{metric}_low"] == row[f"{metric}_high"] == ""
    assert saved["qda"]["average"]["accuracy"] == float(rows["qda", "average"]["accuracy"]) == 75


@pytest.mark.parametrize("subjects, note", [(("a",), True), (("a", "b"), False)])
def test_without_a_second_subject_the_interval_is_a_dash_and_a_note_tells_why(subjects, note):
    entry = result("title", "data", pooled(*subjects), (1,))
    metrics = {"title": "title", "synthetic": False, "results": {"loso": entry}, "detection": {}}
    average = summary(metrics).split("| Average")[1].split("|")
    assert (average[3].strip() == "-") == note == ("An interval over subjects needs two" in summary(metrics))
