"""The tables of results in a report: what stands beside what, and that a reader sees all of it."""

import re

import numpy as np
import pytest
from scipy.special import expit

from data_prep.subjects.aus import DISFA_AUS
from experiments.files import plot_probabilities, plot_result
from experiments.page_results import classifier_rows, result_section, result_table, with_interval
from experiments.published_tables import load_published
from experiments.results import result
from experiments.run_files import bars_plot, reliability_plot
from experiments.seeds import with_seeds
from experiments.table1 import PUBLISHED
from tests.chromium import check_widths, needs_chromium
from tools.folds.run import Pooled
from tools.report.page import Section, joined, save_page, table

SYNTHETIC, REAL = "synthetic faces in DISFA's layout", "DISFA"
BASELINES = ("HOG + LDA", "PCA + LDA")


def entry(tested_on, published=True):
    """The result of six subjects on the twelve AUs of Table I, all classifiers with scores by chance."""
    rng = np.random.default_rng(0)
    shape = (240, len(DISFA_AUS))
    scores = {name: rng.normal(size=shape) for name in ("qda", "hog_lda", "pca_lda", "logit")}
    label = (rng.random(shape) < 0.3).astype(np.int8)
    subject = np.repeat([f"SN{number:03}" for number in range(6)], 40)
    pooled = Pooled(
        score=scores,
        threshold={name: np.full(shape, np.nan if name == "logit" else 0) for name in scores},
        probability={name: expit(score) for name, score in scores.items()},
        label=label,
        intensity=np.full(shape, -1, np.int8),
        subject=subject,
        sequence=np.full(240, ""),
        frame=np.arange(240),
        feature=scores["qda"],
        reasons={name: {} for name in scores},
        uncalibrated={name: {} for name in scores},
    )
    return result("Held out", tested_on, pooled, DISFA_AUS, load_published(PUBLISHED) if published else None)


def heads(html):
    return [head.replace("\N{NO-BREAK SPACE}", " ") for head in re.findall(r'<th scope="col"[^>]*>([^<]*)', html)]


@pytest.mark.parametrize(
    "tested_on, published, of_2afc",
    [
        (REAL, True, ["CNN + QDA", "paper", "diff.", "raw logit", *BASELINES]),
        (SYNTHETIC, True, ["CNN + QDA", "paper", "raw logit", *BASELINES]),
        (REAL, False, ["CNN + QDA", "raw logit", *BASELINES]),
    ],
)
def test_the_difference_from_the_paper_stands_on_the_data_of_the_paper_only(tested_on, published, of_2afc):
    found = heads(result_table(entry(tested_on, published), "caption").html)
    assert found[-3:] == ["CNN + QDA", *BASELINES]  # of F1
    assert found[-3 - len(of_2afc) : -3] == of_2afc
    assert found.count("diff.") == 2 * ("diff." in of_2afc)


@needs_chromium
@pytest.mark.parametrize("tested_on", [REAL, SYNTHETIC])
def test_f1_and_the_baselines_are_in_sight_on_a_screen_of_1200_pixels(tmp_path, tested_on):
    save_page(tmp_path / "p.html", "t", "", [Section("Result", [result_table(entry(tested_on), "caption")])])
    seen = check_widths(tmp_path / "p.html")
    assert seen[1920] == seen[1200] == (0, [])
    assert seen[390][0] == 0


def test_a_number_stands_with_its_interval_and_the_spread_between_seeds():
    values = {"two_afc": 0.9184, "intervals": {"two_afc": [0.87, 0.954]}}
    assert with_interval(values, "two_afc") == "0.918 (0.87-0.95)"
    assert with_interval({"two_afc": 0.9184, "intervals": {"two_afc": [None, None]}}, "two_afc") == "0.918"
    assert with_interval({"two_afc": None, "intervals": {}}, "two_afc") == "-"
    below = {"mcc": 0.05, "intervals": {"mcc": [-0.1, 0.2]}}
    assert with_interval(below, "mcc") == "0.050 (-0.10 to 0.20)"
    assert 'class="range"' in table([["AU", "MCC"], ["1", with_interval(below, "mcc")]], "").html
    seeds = values | {"seeds": {"two_afc": [0.9184, 0.9224]}}
    assert with_interval(seeds, "two_afc") == "0.918 (0.87-0.95) \u00b1 0.003"


def test_the_averages_of_all_classifiers_stand_in_one_table():
    head, *rows = classifier_rows(entry(REAL))
    assert head[1:] == ["CNN + QDA", "CNN, raw logit", *BASELINES]
    found = {row[0]: row[1:] for row in rows}
    assert found["F1"][1] == "-" and "(" in found["2AFC"][1] and len(found) == 9


def with_pictures(folder, found):
    """The section of a result, its pictures in a folder."""
    plot_result(folder / bars_plot("loso"), found)
    plot_probabilities(folder / reliability_plot("loso"), found)
    return result_section(folder, "loso", found)


def test_each_au_that_is_not_by_plain_qda_has_a_row_with_the_reason(tmp_path):
    found = entry(SYNTHETIC)
    found["qda"]["reasons"] = {"AU 12, fold SN001": "93 positive training frames are few for 12 features"}
    found["calibration"]["uncalibrated"] = {"AU 5, fold SN002": "3 positive and 1 negative validation frames"}
    text = joined(with_pictures(tmp_path, found).blocks)
    for where, why in (found["qda"]["reasons"] | found["calibration"]["uncalibrated"]).items():
        assert re.search(rf'<th scope="row">CNN \+ QDA</th><th scope="row">{where}</th><td[^>]*>{why}</td>', text)
    assert "could not be trained" not in joined(with_pictures(tmp_path, entry(SYNTHETIC)).blocks)


@needs_chromium
@pytest.mark.parametrize("tested_on, seeds", [(REAL, 1), (REAL, 3), (SYNTHETIC, 3)])
def test_all_tables_of_a_result_fit_on_a_screen_of_1200_pixels(tmp_path, tested_on, seeds):
    found = {"loso": entry(tested_on)}
    found = with_seeds(found, [found] * (seeds - 1), list(range(1, seeds)))
    save_page(tmp_path / "p.html", "t", "", [with_pictures(tmp_path, found["loso"])])
    seen = check_widths(tmp_path / "p.html")
    assert seen[1920] == seen[1200] == (0, []) and seen[390][0] == 0
