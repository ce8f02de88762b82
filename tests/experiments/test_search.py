"""Random search, placement of the normalization, and the options of a run, on synthetic faces with real Caffe."""

import csv
import html
import json
import os
import subprocess
import sys

import pytest

from data_prep.datasets.table import DATASETS, DISFA
from data_prep.subjects.splits import HELD_OUT
from data_prep.synthetic.disfa import write_disfa
from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from experiments import table1
from experiments.datasets import Prepared
from experiments.held_out import SEARCHED_ONCE, held_out_tasks
from tests.chromium import check_page, check_widths, needs_chromium
from tools.folds.task import load_task
from tools.net.prototxt import load_net, load_solver


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("search")
    write_disfa(folder / "DISFA", 4, 70, 0, 1)
    return folder


def run(tree, experiment, out, *more):
    """Run an experiment on the tree, its subject files beside the tree."""
    return run_with_defaults(tree, experiment, out, "--data", tree / "data", *more)


def run_with_defaults(tree, experiment, out, *more):
    return subprocess.run(
        list(
            map(
                str,
                [
                    sys.executable,
                    "-m",
                    f"experiments.{experiment}",
                    "--disfa",
                    tree / "DISFA",
                    "--out",
                    out,
                    "--iterations",
                    "10",
                    *more,
                ],
            )
        ),
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )


def trials(out):
    with open(out / "trials.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def searched(tree):
    done = run(tree, "search", tree / "search", "--trials", "3")
    assert done.returncode == 0, done.stderr[-3000:]
    return tree / "search", done


def test_every_trial_has_a_loss_or_the_reason_why_it_was_rejected(searched):
    out, done = searched
    rows = trials(out)
    states = [row["state"] for row in rows]
    assert states.count("complete") == 3 < len(rows) and set(states) == {"complete", "pruned"}
    for row in rows:
        assert bool(row["validation_loss"]) == (row["state"] == "complete") == (not row["why"])
        assert 5000 <= int(row["iterations"]) <= 10000 and 5 <= int(row["conv1.kernel_size"]) <= 15
    assert "51% of the space" in done.stdout
    page = (out / "report.html").read_text()
    assert f"{len(rows)} samples were drawn for 3 trials; {len(rows) - 3} did not fit the crop" in page


def test_the_report_says_that_the_search_has_seen_test_subjects(searched):
    out, done = searched
    (note,) = json.loads((out / "metrics.json").read_text())["notes"]
    val = load_task(next(out.glob("trial_*/task.json")).parent).fold.val
    assert "In the other folds all of these are test subjects" in note and all(name in note for name in val)
    assert note in done.stdout and html.escape(note, quote=False) in (out / "report.html").read_text()


def test_the_best_nets_prototxts_are_ready_to_use(searched, tree, tmp_path):
    out, _ = searched
    best = min((row for row in trials(out) if row["validation_loss"]), key=lambda row: float(row["validation_loss"]))
    done = run(tree, "table1", tmp_path / "table1", "--searched", out, "--subjects", "1")
    assert done.returncode == 0, done.stderr[-3000:]
    net = load_net(tmp_path / "table1/fold_SN001/retrain/train_val.prototxt")
    conv1 = next(layer for layer in net.layer if layer.name == "conv1")
    assert list(conv1.convolution_param.kernel_size) == [int(best["conv1.kernel_size"])]
    assert SEARCHED_ONCE in json.loads((tmp_path / "table1/metrics.json").read_text())["results"]["loso"]["notes"]


def test_a_search_resumes_and_more_trials_extend_it(searched, tree):
    out, _ = searched
    before, logs = trials(out), {path: path.stat().st_mtime_ns for path in out.glob("trial_*/train/log.csv")}
    done = run(tree, "search", out, "--trials", "4")
    rows = trials(out)
    assert done.returncode == 0 and rows[: len(before)] == before
    assert [row["state"] for row in rows].count("complete") == 4
    assert all(path.stat().st_mtime_ns == when for path, when in logs.items())


def test_metrics_and_report_tell_that_the_trials_were_shortened(searched):
    out, _ = searched
    why = "at most 10 iterations instead of the paper's 5000 to 10000"
    metrics, page = json.loads((out / "metrics.json").read_text()), (out / "report.html").read_text()
    assert metrics["shortened"] == [why] and metrics["made_by"]["version"]
    assert "A shortened run: at most 10 iterations" in page and "Made by version " in page


@needs_chromium
def test_the_searchs_report_is_a_faultless_page(searched):
    facts = check_page(searched[0] / "report.html")
    assert not facts["console"] and not facts["requests"] and not facts["overflow"] and facts["images"][0]["width"]
    seen = check_widths(searched[0] / "report.html")
    assert seen[1920] == seen[1200] == (0, []) and seen[390][0] == 0


def test_a_crop_that_the_net_does_not_fit_is_one_line(tree, tmp_path):
    done = run(tree, "search", tmp_path / "out", "--trials", "1", "--crop", "12")
    assert done.returncode == 1 and "the net to search from does not fit" in done.stderr.splitlines()[-1]


def test_the_normalization_is_compared_in_three_places(tree, tmp_path):
    out = tmp_path / "mvn"
    done = run_with_defaults(tree, "mvn", out)
    assert done.returncode == 0, done.stderr[-3000:]
    metrics = json.loads((out / "metrics.json").read_text())
    results = metrics["results"]
    assert metrics["shortened"] == ["at most 10 iterations instead of the paper's 5000 to 10000"]
    page = (out / "report.html").read_text()
    assert "A shortened run: at most 10 iterations" in page and "Made by version " in page
    assert (
        set(results) == {"input", "conv1", "none"}
        and len({entry["validation_loss"] for entry in results.values()}) == 3
    )
    assert "after conv1" in done.stdout and metrics["made_by"]["version"]
    assert list(tmp_path.iterdir()) == [out] and (out / "data/disfa/SN001.npz").is_file()  # nothing beside --out


def test_the_alternatives_of_the_paper_are_options_of_a_run(tree, tmp_path):
    done = run(
        tree,
        "table1",
        tmp_path,
        "--subjects",
        "1",
        "--feature",
        "fc1",
        "--normalize-positives",
        "--mvn",
        "conv1",
        "--priors",
        "equal",
        "--balance",
        "greedy",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    net = load_net(tmp_path / "fold_SN001/retrain/train_val.prototxt")
    assert [layer.name for layer in net.layer if layer.type in ("MVN", "Convolution")][:2] == ["conv1", "mvn"]
    assert (
        next(layer for layer in net.layer if layer.type == "Python").python_param.param_str
        == '{"normalize_positives": true}'
    )
    values = json.loads((tmp_path / "metrics.json").read_text())
    assert "logit" not in values["results"]["loso"] and values["settings"]["blob"] == "fc1"
    assert values["settings"]["seed"] == 0 and values["settings"]["camera"] == "left"
    page = html.unescape((tmp_path / "report.html").read_text())
    seed = load_solver(tmp_path / "fold_SN001/retrain/solver.prototxt").random_seed
    assert all(text in page for text in ('{\\"normalize_positives\\": true}', "max_iter: 10", f"random_seed: {seed}"))
    assert page.index('name: "conv1"') < page.index('type: "MVN"') and "max_iter: 5000" not in page


def three_fold(*subjects):
    """The folds that table1 --split 3fold makes of `subjects`."""
    commands = table1.parser(table1.__doc__, [DISFA])
    table1.add_split_option(commands)
    settings = commands.parse_args(["--out", "runs/none", "--split", "3fold"])
    files = {name: (f"{name}.npz", "digest") for name in subjects}
    return held_out_tasks(settings, Prepared(DATASETS[DISFA], "DISFA", files, {}))[0]


def test_the_usual_three_groups_are_held_out_in_turn():
    tasks = three_fold("SN001", "SN002", "SN003", "SN004", "SN006", "SN011")
    assert [task.fold.tests[HELD_OUT] for task in tasks] == [("SN002", "SN001"), ("SN011", "SN006"), ("SN003", "SN004")]
    assert [task.name for task in tasks] == ["group1", "group2", "group3"]


def test_a_group_without_a_subject_is_an_error():
    with pytest.raises(InputError, match="DISFA: one of the three groups has no subject here; use --split loso"):
        three_fold("SN001", "SN002", "SN003")
