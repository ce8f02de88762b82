"""Tables II and III and Figs. 2 to 4 on small synthetic trees of all three datasets, with real Caffe."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_prep.synthetic.bp4d import write_bp4d
from data_prep.synthetic.ckplus import write_ckplus
from data_prep.synthetic.disfa import write_disfa
from data_prep.system.code import ROOT
from experiments.table3 import change
from tests.chromium import check_page, needs_chromium

EXPERIMENTS = {  # in this order; name of the run folder: module and its own options
    "table3": ("table3", "disfa bp4d ckplus", ""),
    "table2": ("table2", "bp4d", "--subjects 1"),
    "fig2": ("embedding", "disfa bp4d", "--source bp4d"),
    "fig3": ("embedding", "disfa bp4d", "--source disfa"),
    "fig4": ("fig4", "disfa", ""),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """All experiments run one after the other: (folder of runs, {name: finished process})."""
    folder = tmp_path_factory.mktemp("cross")
    write_disfa(folder / "disfa", 5, 40, 0, 1)
    write_bp4d(folder / "bp4d", 6, 10, 0, 1, tasks=3)
    write_ckplus(folder / "ckplus", 3, 0, 1, sequences=4)
    net = (ROOT / "prototxt/disfa/train_val.prototxt").read_text().replace("batch_size: 64", "batch_size: 16")
    (folder / "net.prototxt").write_text(net)
    return folder / "runs", {name: run(folder, name) for name in EXPERIMENTS}


def run(folder, name, *more):
    module, datasets, options = EXPERIMENTS[name]
    roots = [word for key in datasets.split() for word in (f"--{key}", folder / key)]
    command = [
        sys.executable,
        "-m",
        f"experiments.{module}",
        *roots,
        *options.split(),
        "--out",
        folder / "runs" / name,
        "--data",
        folder / "data",
        "--nets",
        folder / "runs/nets",
        "--net",
        folder / "net.prototxt",
        "--iterations",
        "10",
        *more,
    ]
    return subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )


def metrics(runs, name):
    assert runs[1][name].returncode == 0, runs[1][name].stderr[-3000:]
    return json.loads((runs[0] / name / "metrics.json").read_text())


def test_table_3_has_four_transfers_and_each_source_on_its_own_held_out_subjects(runs):
    values = metrics(runs, "table3")
    assert set(values["results"]) == {
        "bp4d_ckplus",
        "bp4d_disfa",
        "disfa_ckplus",
        "disfa_bp4d",
        "bp4d_bp4d",
        "disfa_disfa",
    }
    for entry in values["results"].values():
        assert entry["aus"] == [1, 2, 4, 5, 6, 9, 12, 15, 17, 20] and list(entry["qda"]["per_au"]) == list(
            map(str, entry["aus"])
        )
    assert values["results"]["disfa_bp4d"]["tested_on"] == "synthetic faces in BP4D's layout"
    transfer = values["results"]["disfa_ckplus"]
    if transfer["averaged"] == transfer["aus"]:
        assert transfer["published"]["Average"] == {"accuracy": 88.14, "two_afc": 0.780}
    else:
        rows = [transfer["published"][str(au)]["two_afc"] for au in transfer["averaged"]]
        assert transfer["published"]["Average"]["two_afc"] == pytest.approx(np.mean(rows))
    assert values["results"]["bp4d_ckplus"]["frames"] == 12  # the coded peak of each sequence
    assert "DISFA -> CK+" in runs[1]["table3"].stdout and "own held-out subjects" in runs[1]["table3"].stdout


def test_table_3_tells_how_many_labels_of_ckplus_are_ungraded_and_how_many_peaks_are_lost(runs):
    values, page = metrics(runs, "table3"), (runs[0] / "table3/report.html").read_text()
    facts, found = values["facts"]["ckplus"], values["detection"]["ckplus"]
    text = f"({found['coded_missed']} of 12 coded frames are lost)"
    assert found["coded"] == 12 and text in page and text in runs[1]["table3"].stdout
    assert re.search(r"\d+ .*without an intensity|\d+ .*ungraded", facts["ungraded"])
    assert facts["ungraded"] in page and facts["ungraded"] in runs[1]["table3"].stdout


def test_nobody_who_is_tested_trains(runs):
    nets = runs[0] / "nets"
    for name in ("disfa_split", "bp4d_fera", "disfa_all", "bp4d_all"):
        train, val, tests = json.loads((nets / name / "task.json").read_text())["fold"]
        assert train and val and tests and not {*train, *val} & {subject for test in tests.values() for subject in test}
    fera = json.loads((nets / "bp4d_fera/task.json").read_text())["fold"]
    assert all(int(subject[1:]) % 2 for subject in fera[0] + fera[1])
    assert not any(int(subject[1:]) % 2 for subject in fera[2]["dev"])


def test_masked_labels_are_counted_not_scored(runs):
    entry = metrics(runs, "table3")["results"]["disfa_bp4d"]
    counts = entry["qda"]["per_au"].values()
    assert {values["frames"] + values["masked"] + values["unscored"] for values in counts} == {entry["frames"]}
    assert any(values["masked"] for values in counts)


def test_table_2_holds_subjects_out_and_tests_on_feras_development_set(runs):
    values = metrics(runs, "table2")
    assert values["results"]["fera_dev"]["aus"] == [1, 2, 4, 6, 12, 15, 17]
    assert values["results"]["fera_dev"]["published"] == {"Average": {"accuracy": 75.69, "two_afc": 0.751}}
    assert values["folds"]["F001"] == {"test": ["F001"]} and len(values["results"]["loso"]["aus"]) == 10


def test_a_net_that_two_targets_share_is_trained_once(runs):
    assert "1 of 2 folds are done already" in runs[1]["table2"].stdout  # bp4d_fera, by table3
    for name in ("fig2", "fig3"):
        assert "train" not in runs[1][name].stderr, runs[1][name].stderr
    assert "1 of 1 folds are done already" in runs[1]["fig4"].stdout


def test_figures_2_and_3_show_held_out_subjects_and_the_other_dataset(runs):
    for name, test in (("fig2", "disfa"), ("fig3", "bp4d")):
        assert set(metrics(runs, name)["results"]) == {"dev", test}
        assert (runs[0] / name / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (runs[0] / name / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_figure_4_gives_both_maps_and_their_likeness(runs):
    phi = metrics(runs, "fig4")["phi"]
    truth = np.array(phi["truth"], float)
    assert truth.shape == (13, 13) == np.shape(phi["predicted"]) and phi["labels"][-1] == "neutral"
    assert (truth[~np.isnan(truth)] <= 1).all() and (truth == truth.T)[~np.isnan(truth)].all()
    assert (runs[0] / "fig4/fig4.pdf").is_file()


def test_one_folder_of_two_is_an_error_that_names_the_other(runs, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "experiments.table3", "--disfa", runs[0].parent / "disfa", "--out", tmp_path],
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "the folder of BP4D and of CK+ is needed too" in done.stderr.splitlines()[-1]


def test_the_index_links_every_report_that_is_there(runs):
    done = subprocess.run(
        [sys.executable, "-m", "experiments.index", runs[0]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        check=False,
    )
    page = (runs[0] / "index.html").read_text()
    assert done.returncode == 0 and "5 entries" in done.stdout
    assert [name for name in EXPERIMENTS if f'href="{name}/report.html"' not in page] == []


@needs_chromium
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_report_is_a_faultless_page(runs, name):
    facts = check_page(Path(runs[0] / name / "report.html"))
    assert not facts["console"] and not facts["requests"] and not facts["overflow"]
    assert facts["images"] and all(image["width"] for image in facts["images"])


@pytest.mark.parametrize(
    "value, own, shown",
    [(0.9, 0.8, "0.900 (+0.100)"), (0.7, 0.8, "0.700 (-0.100)"), (np.nan, 0.8, "-"), (0.7, np.nan, "0.700")],
)
def test_a_transfer_that_is_undefined_is_a_dash(value, own, shown):
    assert change(value, own) == shown
