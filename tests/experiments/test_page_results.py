"""The tables of results in a report: what stands beside what, and that a reader sees all of it."""

import re

import numpy as np
import pytest

from data_prep.subjects.aus import DISFA_AUS
from experiments.page_results import result_table
from experiments.published_tables import load_published
from experiments.results import result
from experiments.table1 import PUBLISHED
from tests.chromium import check_widths, needs_chromium
from tools.folds.run import Pooled
from tools.report.page import Section, save_page

SYNTHETIC, REAL = "synthetic faces in DISFA's layout", "DISFA"


def entry(tested_on, published=True):
    """The result of six subjects on the twelve AUs of Table I, all classifiers with scores by chance."""
    rng = np.random.default_rng(0)
    shape = (240, len(DISFA_AUS))
    scores = {name: rng.normal(size=shape) for name in ("qda", "pca_lda", "logit")}
    label = (rng.random(shape) < 0.3).astype(np.int8)
    subject = np.repeat([f"SN{number:03}" for number in range(6)], 40)
    pooled = Pooled(scores, label, subject, scores["qda"], {name: {} for name in scores})
    return result("Held out", tested_on, pooled, DISFA_AUS, load_published(PUBLISHED) if published else None)


def heads(html):
    return [head.replace("\N{NO-BREAK SPACE}", " ") for head in re.findall(r'<th scope="col"[^>]*>([^<]*)', html)]


@pytest.mark.parametrize(
    "tested_on, published, of_2afc",
    [
        (REAL, True, ["CNN + QDA", "95%", "paper", "diff.", "raw logit", "PCA + LDA"]),
        (SYNTHETIC, True, ["CNN + QDA", "95%", "paper", "raw logit", "PCA + LDA"]),
        (REAL, False, ["CNN + QDA", "95%", "raw logit", "PCA + LDA"]),
    ],
)
def test_the_difference_from_the_paper_stands_on_the_data_of_the_paper_only(tested_on, published, of_2afc):
    found = heads(result_table(entry(tested_on, published), "caption").html)
    assert found[-3:] == ["CNN + QDA", "95%", "PCA + LDA"]  # of F1
    assert found[-3 - len(of_2afc) : -3] == of_2afc
    assert found.count("diff.") == 2 * ("diff." in of_2afc)


@needs_chromium
@pytest.mark.parametrize("tested_on", [REAL, SYNTHETIC])
def test_f1_and_the_baselines_are_in_sight_on_a_screen_of_1200_pixels(tmp_path, tested_on):
    save_page(tmp_path / "p.html", "t", "", [Section("Result", [result_table(entry(tested_on), "caption")])])
    seen = check_widths(tmp_path / "p.html")
    assert seen[1920] == seen[1200] == (0, [])
    assert seen[390][0] == 0
