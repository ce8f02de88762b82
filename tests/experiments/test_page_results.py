"""Tables of a result in the report."""

import numpy as np
import pytest

from experiments.page_results import classifier_rows, result_rows, rows_of, with_interval
from experiments.probabilities import calibration_rows
from experiments.results import result
from experiments.table3 import transfer_rows
from tests.experiments.test_results import CLOSE, PUBLISHED, SCORE, one_fold_untrained, pooled

ALL = ("qda", "logit", "hog_lda", "pca_lda")


def columns(rows):
    """{head: [cells]}"""
    return dict(zip(rows[0], zip(*rows[1:])))


def test_a_number_stands_with_its_interval():
    values = {"two_afc": 0.9184, "intervals": {"two_afc": [0.87, 0.954]}}
    assert with_interval(values, "two_afc") == "0.918 (0.87-0.95)"
    assert with_interval({"two_afc": 0.9184, "intervals": {"two_afc": [None, None]}}, "two_afc") == "0.918"
    assert with_interval({"two_afc": None}, "two_afc") == "-"


def test_the_baselines_stand_beside_the_net_and_the_paper_beside_real_data_only_with_differences():
    published = PUBLISHED | {"1": {"accuracy": 70.85, "two_afc": 0.8}}
    entry = result("t", "d", pooled(5, SCORE, CLOSE, classifiers=ALL), (1, 12), published)
    real, drawn = (columns(result_rows(entry, synthetic)) for synthetic in (False, True))
    for name in ("HOG + LDA 2AFC", "HOG + LDA F1", "PCA + LDA 2AFC", "PCA + LDA F1", "raw logit 2AFC", "F1"):
        assert name in drawn
    assert drawn["paper accuracy %"] == ("70.85", "60.00", "70.10") == real["paper accuracy %"]
    assert not [name for name in drawn if "paper's" in name]
    accuracy = entry["qda"]["per_au"]["1"]["accuracy"]
    assert real["accuracy - paper's"][0] == f"{accuracy - 70.85:+.1f}"
    without = columns(result_rows(result("t", "d", pooled(5, SCORE, classifiers=ALL), (1,)), False))
    assert not [name for name in without if "paper" in name]


def test_the_averages_of_all_classifiers_stand_in_one_table():
    head, *rows = classifier_rows(result("t", "d", pooled(5, SCORE, classifiers=ALL), (1,)))
    assert head[1:] == ["CNN + QDA", "CNN, raw logit", "HOG + LDA", "PCA + LDA"]
    found = {row[0]: row[1:] for row in rows}
    assert found["F1"][1] == "-" and found["2AFC"][1] == found["2AFC"][0] and len(found) == 9


def test_an_average_of_fewer_aus_is_called_so():
    entry = result("t", "d", one_fold_untrained(all_frames=True), (1, 12), PUBLISHED)
    assert rows_of(entry)[-1] == ("Average of 1 AU", "Average")
    assert columns(result_rows(entry, True))["paper 2AFC"][-1] == "0.800"  # that of AU 1


def test_calibration_is_counted_per_au_on_average_and_over_all_frames():
    frames = pooled(5, SCORE, CLOSE)
    entry = result("t", "d", frames, (1, 12))
    found = entry["calibration"]
    brier = np.square(frames.probability["qda"] - frames.label).mean(axis=0)
    assert [found["per_au"][au]["brier"] for au in ("1", "12")] == pytest.approx(brier, abs=1e-12)
    assert found["average"]["brier"] == pytest.approx(brier.mean(), abs=1e-12)
    assert sum(row[0] for row in found["bins"]) == frames.label.size
    assert [row[0] for row in calibration_rows(entry)[1:]] == ["1", "12", "Average", "All frames"]
    assert "intensity" not in entry and "ICC(3,1)" not in calibration_rows(entry)[0]


def test_intensities_have_their_agreement_where_there_are_any():
    frames = pooled(5, SCORE, CLOSE)
    graded = frames._replace(intensity=np.where(frames.label == 1, 4, 0))
    entry = result("t", "d", graded, (1, 12))
    rows = columns(calibration_rows(entry))
    assert rows["graded frames"][:2] == ("20", "20") and rows["ICC(3,1)"][2:] == ("-", "-")
    assert rows["Pearson"][0] == f"{entry['intensity']['1']['pearson']:.3f}"
    assert "intensity" not in result("t", "d", frames._replace(intensity=frames.label), (1, 12))  # presence only


def test_table_3_is_one_table_too():
    entry = {
        "title": "A -> B",
        "averaged": [1, 2, 4, 5, 6, 9, 12, 15, 17],
        "qda": {
            "per_au": {str(au): {"accuracy": 70.0 + au, "two_afc": 0.7} for au in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20)},
            "average": {"accuracy": 75.855, "two_afc": 0.71},
        },
    }
    names = ("bp4d_ckplus", "bp4d_disfa", "disfa_ckplus", "disfa_bp4d")
    rows = transfer_rows(dict.fromkeys(names, entry), type("Settings", (), {"train_ckplus": False}))
    assert len(rows) == 1 + 10 + 1 + 1 and len(rows[0]) == 9
    assert rows[1][:3] == ["1", "71.00", "0.700"] and rows[11][0] == "Average" and rows[12][1] == 9
