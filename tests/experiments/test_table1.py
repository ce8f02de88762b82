"""All of Table I on synthetic faces, with real Caffe: results, resuming, and one clear error for each mishap."""

import csv
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_prep.subjects.normalize import subject_difference
from data_prep.subjects.subject_file import load_subject
from data_prep.synthetic.disfa import write_disfa
from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from experiments.bundle import bundle_fold
from experiments.run_state import CURRENT, OLD, commands, state_of
from tests.chromium import check_page, check_widths, needs_chromium
from tests.conftest import NET
from tests.processes import heed_ctrl_c, wait_until
from tools.detection.au_scores import features
from tools.detection.bundle import load_bundle
from tools.folds.scores import load_scores
from tools.folds.task import FoldTask, load_task
from tools.net.preprocessing import Preprocessing
from tools.onnx.layers import FORMS
from tools.statistics.metrics import CONFUSION, EVENTS, METRICS

SUBJECTS, FRAMES = 5, 90


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A synthetic DISFA of five subjects, and a place for its subject files."""
    folder = tmp_path_factory.mktemp("drawn")
    write_disfa(folder / "DISFA", SUBJECTS, FRAMES, 0, 1)
    return folder


def command(tree, out, *more, net=None):
    return [
        sys.executable,
        "-m",
        "experiments.table1",
        "--disfa",
        tree / "DISFA",
        "--data",
        tree / "data",
        "--out",
        out,
        "--iterations",
        "10",
        "--subjects",
        "2",
        "--jobs",
        "1",
        *(["--net", net] if net else []),
        *more,
    ]


def run(*arguments, **keywords):
    return subprocess.run(
        command(*arguments, **keywords),
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        check=False,
    )


def metrics(out):
    values = json.loads((out / "metrics.json").read_text())
    for changing in ("seconds", "cost", "command"):
        values.pop(changing)
    return values


@pytest.fixture(scope="module")
def finished(tree):
    done = run(tree, tree / "run")
    assert done.returncode == 0, done.stderr[-3000:]
    return tree / "run", done


def test_metrics_follow_the_schema_and_name_their_data(finished):
    values = json.loads((finished[0] / "metrics.json").read_text())
    assert values["data"] == {"disfa": "synthetic faces in DISFA's layout"} and values["synthetic"]
    assert values["shortened"] == ["at most 10 iterations instead of the paper's 5000 to 10000", "2 of 5 folds"]
    assert values["folds"] == {"SN001": {"test": ["SN001"]}, "SN002": {"test": ["SN002"]}}
    assert set(values["made_by"]) == {"version", "commit", "edited"} and values["made_by"]["version"]
    assert list(values)[-5:] == ["made_by", "command", "results", "cost", "seconds"]
    assert values["settings"]["seed"] == 0
    assert set(values["seconds"]) == {"data", "folds", "report"} and values["versions"]["caffe"] == "1.0.0"
    loso = values["results"]["loso"]
    assert (
        loso["aus"] == [1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26] and loso["published"]["Average"]["two_afc"] == 0.757
    )
    loso_aus = list(map(str, loso["aus"]))
    for name in ("qda", "pca_lda", "hog_lda", "logit"):
        result = loso[name]
        others = {"positives", "frames", "subjects", "masked", "unscored", "two_afc_by_subject", "subjects_scored"}
        assert set(result["per_au"]["12"]) == {*METRICS, *CONFUSION, *EVENTS, *others, "intervals"}
        assert set(result["by_subject"]) == {"SN001", "SN002"} and set(result["by_subject"]["SN001"]) == set(loso_aus)
        assert 0 <= result["average"]["two_afc"] <= 1
        assert name == "logit" or 1 < result["average"]["accuracy"] <= 100
        assert result["average"]["intervals"]["two_afc"] == [None, None]  # of two subjects
        assert result["average"]["aus"] == loso["averaged"]


def test_every_number_is_in_a_csv_too(finished):
    values = json.loads((finished[0] / "metrics.json").read_text())["results"]["loso"]
    with open(finished[0] / "results.csv", newline="") as file:
        rows = {(row["classifier"], row["au"], row["subject"]): row for row in csv.DictReader(file)}
    assert len(rows) == 4 * (13 + 2 * 12)
    rows = {(classifier, au): row for (classifier, au, subject), row in rows.items() if not subject}
    assert float(rows["qda", "12"]["two_afc"]) == values["qda"]["per_au"]["12"]["two_afc"]
    assert float(rows["pca_lda", "average"]["f1"]) == values["pca_lda"]["average"]["f1"]


def test_table_pictures_and_output_name_the_data_too(finished):
    out, done = finished
    assert (
        out / "table.md"
    ).read_text() in done.stdout and "Computed on synthetic faces in DISFA's layout" in done.stdout
    assert "paper 2AFC" in done.stdout and "0.757" in done.stdout
    assert "at most 10 iterations instead of the paper's 5000" in done.stdout
    assert "SN001 done (1 of 2" in done.stderr
    for picture in ("aus_loso.png", "reliability_loso.png", "training.png"):
        assert (out / picture).read_bytes().startswith(b"\x89PNG")


def test_the_report_warns_first_and_shows_every_number(finished):
    page = (finished[0] / "report.html").read_text()
    assert page.index("say nothing about the datasets") < page.index("A shortened run") < page.index("<main>")
    for text in (
        "raw logit",
        "with both classes",
        "worst subject",
        "stopped at",
        "num_output: 13",
        "random_seed",
        "Made by version ",
        "-m experiments.table1 --disfa ",
    ):
        assert text in page


def test_a_finished_run_is_up_to_date_until_the_code_or_the_scores_of_its_folds_change(finished, monkeypatch, tmp_path):
    assert state_of(finished[0]) == (CURRENT, [])
    ((_, noted),) = commands(finished[0])
    assert noted.endswith("--iterations 10 --subjects 2 --jobs 1") and "-m experiments.table1 --disfa" in noted
    copy, scores = tmp_path / "copy", "fold_SN002/scores_test.npz"
    shutil.copytree(finished[0], copy)
    (copy / scores).write_bytes(b"of another command")
    assert state_of(copy) == (OLD, [f"{scores} has been made anew since, by another command or an edit."])
    monkeypatch.setattr(FoldTask, "training_code", lambda task: "another")
    state = state_of(finished[0])
    assert state.word == OLD and len(state.reasons) == 2
    assert state.reasons[0] == "fold_SN001: net, solver, options or code of the training have changed since."


@needs_chromium
def test_the_report_is_a_faultless_page_on_desktop_and_phone(finished):
    facts = check_page(finished[0] / "report.html")
    assert not facts["console"] and not facts["requests"] and facts["overflow"] == 0
    assert len(facts["images"]) == 3 and all(image["width"] for image in facts["images"])
    seen = check_widths(finished[0] / "report.html")
    assert seen[1920] == seen[1200] == (0, []) and seen[390][0] == 0


def test_scratch_lmdbs_are_gone_and_nets_stay(finished):
    out, _ = finished
    assert not list(out.rglob("*_lmdb")) and not list(out.rglob("*.part*"))
    assert (out / "fold_SN001/retrain/trained.caffemodel").is_file()
    assert (out / "fold_SN001/retrain/deploy.prototxt").is_file()


def test_a_second_run_with_the_same_seed_and_two_workers_gives_the_same_metrics(finished, tree, tmp_path):
    again = run(tree, tmp_path / "again", "--jobs", "2")
    assert again.returncode == 0, again.stderr[-3000:]
    assert metrics(tmp_path / "again") == metrics(finished[0])


def test_killed_in_a_fold_it_goes_on_with_that_fold_and_gets_the_same_metrics(finished, tree, tmp_path):
    out = tmp_path / "killed"
    process = subprocess.Popen(
        command(tree, out),
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: (out / "fold_SN002/train/log.csv").exists())
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "metrics.json").exists()
    first = (out / "fold_SN001/scores_test.npz").stat().st_mtime_ns
    done = run(tree, out)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "1 of 2 folds are done already" in done.stdout
    assert (out / "fold_SN001/scores_test.npz").stat().st_mtime_ns == first
    assert metrics(out) == metrics(finished[0])


def test_on_a_dask_cluster_of_two_workers_it_gives_the_same_metrics(cluster, finished, tree, tmp_path):
    done = run(tree, tmp_path / "dask", "--scheduler", cluster)
    assert done.returncode == 0, done.stderr[-3000:]
    assert metrics(tmp_path / "dask") == metrics(finished[0])


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="PyTorch is not installed: make setup ENGINE=torch")
def test_on_pytorch_it_ends_in_the_same_files(finished, tree, tmp_path):
    done = run(tree, tmp_path / "torch", "--engine", "torch", "--subjects", "1")
    assert done.returncode == 0, done.stderr[-3000:]
    values, caffes = metrics(tmp_path / "torch"), metrics(finished[0])
    assert values["engine"] == "torch" and "torch" in values["versions"] and "caffe" not in values["versions"]
    assert values["results"]["loso"]["pca_lda"]["per_au"]["12"]["two_afc"] is not None
    for name in ("train/log.csv", "retrain/trained.caffemodel", "retrain/deploy.prototxt", "scores_test.npz"):
        assert (tmp_path / "torch/fold_SN001" / name).is_file()
    assert set(values["results"]["loso"]) == set(caffes["results"]["loso"])


def kill_worker(folder):
    """Wait for a training in `folder`, and kill the worker process that started it."""

    def engines():
        return [
            path for path in Path("/proc").glob("[0-9]*") if b"caffe_engine\0train\0" + bytes(folder) in commanded(path)
        ]

    wait_until(engines)
    parent = (engines()[0] / "stat").read_text().rsplit(")", 1)[1].split()[1]
    os.kill(int(parent), signal.SIGKILL)
    wait_until(lambda: not engines())


def commanded(process):
    try:
        return (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_a_fold_whose_worker_is_killed_twice_is_reported_and_the_other_kept(finished, tree, tmp_path):
    out = tmp_path / "killed_twice"
    process = subprocess.Popen(
        command(tree, out),
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    kill_worker(out / "fold_SN001/train")
    kill_worker(out / "fold_SN001/train")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "error: given up after 2 attempts, as their process died: fold SN001 (SIGKILL)" in errors.splitlines()[-1]
    assert (out / "fold_SN002/scores_test.npz").exists() and not (out / "metrics.json").exists()
    done = run(tree, out)
    assert done.returncode == 0 and "1 of 2 folds are done already" in done.stdout
    assert metrics(out) == metrics(finished[0])


def test_stopped_by_ctrl_c_it_says_how_to_go_on(tree, tmp_path):
    out = tmp_path / "stopped"
    process = subprocess.Popen(
        command(tree, out),
        cwd=ROOT,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,
    )
    wait_until(lambda: (out / "fold_SN001/train/log.csv").exists())
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and "Traceback" not in errors
    assert errors.strip().splitlines()[-1] == "error: stopped; the same command goes on from here"


def test_editing_the_prototxt_runs_the_folds_again_with_other_results(finished, tree, tmp_path):
    out, net = tmp_path / "edited", tmp_path / "train_val.prototxt"
    shutil.copytree(finished[0], out)
    text = (ROOT / "prototxt/disfa/train_val.prototxt").read_text()
    net.write_text(text.replace("num_output: 20 kernel_size: 5", "num_output: 6 kernel_size: 5"))
    done = run(tree, out, net=net)
    assert done.returncode == 0 and "done already" not in done.stdout
    ours, before = (metrics(folder)["results"]["loso"] for folder in (out, finished[0]))
    assert ours["qda"] != before["qda"] and ours["pca_lda"] == before["pca_lda"]


def test_a_damaged_result_is_computed_again(finished, tree, tmp_path):
    out = tmp_path / "damaged"
    shutil.copytree(finished[0], out)
    scores = out / "fold_SN002/scores_test.npz"
    scores.write_bytes(scores.read_bytes()[:500])
    done = run(tree, out)
    assert done.returncode == 0 and "1 of 2 folds are done already" in done.stdout
    assert metrics(out) == metrics(finished[0])


def test_another_prior_scores_again_without_training_again(finished, tree, tmp_path):
    out = tmp_path / "priors"
    shutil.copytree(finished[0], out)
    weights = out / "fold_SN001/retrain/trained.caffemodel"
    before = weights.stat().st_mtime_ns
    done = run(tree, out, "--priors", "equal")
    assert done.returncode == 0 and weights.stat().st_mtime_ns == before
    ours, empirical = (metrics(folder)["results"]["loso"]["qda"] for folder in (out, finished[0]))
    by_subject = [result["per_au"]["25"]["two_afc_by_subject"] for result in (ours, empirical)]
    assert by_subject[0] == pytest.approx(by_subject[1], abs=1e-9)  # a prior shifts all of a fold's scores alike
    assert ours["average"]["accuracy"] != empirical["average"]["accuracy"]


@pytest.mark.parametrize(
    "old, new, message",
    [
        ('type: "Convolution" bottom: "mvn"', 'type: "Convolve" bottom: "mvn"', "train_val.prototxt: layer 'conv1'"),
        ('bottom: "pool1"', 'bottom: "pol1"', "train_val.prototxt: layer 'conv2' (Convolution): bottom 'pol1'"),
        ("num_output: 20", "num_outputs: 20", 'has no field named "num_outputs"'),
    ],
)
def test_a_mistake_in_the_prototxt_is_one_line(tree, tmp_path, old, new, message):
    net = tmp_path / "net.prototxt"
    net.write_text((ROOT / "prototxt/disfa/train_val.prototxt").read_text().replace(old, new))
    done = run(tree, tmp_path / "out", net=net)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert message in done.stderr.strip().splitlines()[-1]


def test_a_mistyped_feature_is_told_before_anything_starts(tree, tmp_path):
    done = run(tree, tmp_path / "out", "--feature", "fc3")
    assert done.returncode == 1 and "== data" not in done.stdout
    assert "no layer makes the blob 'fc3'; features may be data, mvn, " in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "option, value",
    [("--iterations", "0"), ("--subjects", "0"), ("--seed", "-1"), ("--jobs", "x"), ("--device", "abc")],
)
def test_an_impossible_option_is_one_line_that_names_it(tree, tmp_path, option, value):
    done = run(tree, tmp_path / "out", option, value)
    assert done.returncode == 2 and f"argument {option}: '{value}' is n" in done.stderr.splitlines()[-1]


def test_a_gpu_without_cuda_is_told_before_anything_starts(tree, tmp_path):
    done = run(tree, tmp_path / "out", "--device", "0")
    assert done.returncode == 1 and "built without CUDA" in done.stderr.splitlines()[-1]
    assert "== data" not in done.stdout


def test_an_unwritable_run_folder_is_one_line(tree, tmp_path):
    (tmp_path / "runs").write_text("in the way")
    done = run(tree, tmp_path / "runs/demo")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert f"error: {tmp_path}/runs/demo: cannot write here" in done.stderr


def test_two_runs_in_one_folder_are_kept_apart(tree, tmp_path):
    import fcntl

    (tmp_path / "out").mkdir()
    with open(tmp_path / "out/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run(tree, tmp_path / "out")
    assert done.returncode == 1 and "another run is writing here" in done.stderr


def compare(*runs):
    return subprocess.run(
        [sys.executable, "-m", "experiments.compare", *map(str, runs)],
        cwd=ROOT,
        text=True,
        check=False,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
    )


def test_a_run_compared_with_itself_differs_nowhere(finished):
    done = compare(finished[0], finished[0])
    assert done.returncode == 0 and "2 subjects, 180 frames" in done.stdout
    (average,) = [line.split() for line in done.stdout.splitlines() if line.split()[1:4] == ["average", "|", "two_afc"]]
    assert average[9:] == ["+0.000", "|", "-", "|", "-", "|"] and "An interval needs 5 subjects" in done.stdout


def test_runs_without_a_common_fold_are_not_compared(finished, tmp_path):
    (tmp_path / "other").mkdir()
    shutil.copytree(finished[0] / "fold_SN001", tmp_path / "other/fold_SN009")
    (tmp_path / "other/metrics.json").write_text('{"folds": {"SN009": {}}}')
    assert "no fold in common" in compare(finished[0], tmp_path / "other").stderr


def python(tree, module, *arguments):
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        text=True,
        check=False,
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        capture_output=True,
    )


def test_detection_with_a_folds_bundle_gives_its_test_subject_the_experiments_own_labels(finished, tree, tmp_path):
    fold = finished[0] / "fold_SN001"
    bundled = python(tree, "experiments.bundle", "--fold", fold, "--out", tmp_path / "bundle")
    assert bundled.returncode == 0 and "model synthetic-" in bundled.stdout, bundled.stderr[-2000:]
    assert "held-out subjects of the same data: SN001, 90 frames" in (tmp_path / "bundle/README.md").read_text()
    video = next((tree / "DISFA").rglob("LeftVideoSN001*"))
    done = python(tree, "tools.detect", video, "--model", tmp_path / "bundle", "--out", tmp_path / "out", "--no-report")
    assert done.returncode == 0, done.stderr[-2000:]
    scores, aus = load_scores(fold), load_task(fold).aus
    with open(tmp_path / f"out/{video.stem}.csv", newline="") as file:
        rows = {int(row["frame"]): row for row in csv.DictReader(file)}
    bundle = load_bundle(tmp_path / "bundle")
    unscored = {str(au) for au, score in zip(aus, scores.score["qda"].T) if np.isnan(score).any()}
    assert len(rows) == FRAMES and set(bundle.facts["not_modeled"]) == unscored
    for column, au in enumerate(aus):
        if str(au) not in bundle.facts["not_modeled"]:
            ours = [rows[frame][f"AU{au:02d}_c"] == "1.00" for frame in scores.frame.tolist()]
            assert ours == (scores.score["qda"][:, column] > 0).tolist()
    subject = load_subject(tree / "data/disfa/SN001.npz")
    feature = features(bundle, subject_difference(subject.image))[subject.labelled]
    assert np.abs(feature - scores.feature).max() <= 1e-4 * np.abs(scores.feature).max()


def bundle_of_everybody(tree, out, *options):
    """Train a net on all subjects and bundle it into `out`/runs/bundle."""
    folders = ["--disfa", tree / "DISFA", "--data", tree / "data", "--nets", out / "nets", "--out", out / "runs/bundle"]
    return python(tree, "experiments.bundle", *folders, "--iterations", "10", *options)


def test_a_bundle_can_be_trained_on_everybody(tree, tmp_path):
    done = bundle_of_everybody(tree, tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    facts = load_bundle(tmp_path / "runs/bundle").facts
    assert facts["subjects"] == SUBJECTS and facts["metrics"] is None and facts["synthetic"]
    assert facts["made_by"]["version"]


def test_a_bundle_that_would_compute_another_net_is_not_written(finished, tree, tmp_path, monkeypatch):
    def wrong(layer, weights, bottoms, write):
        return [write("Abs", bottoms[0].name)]

    monkeypatch.chdir(tree)
    monkeypatch.setitem(FORMS, "MVN", wrong)
    with pytest.raises(InputError, match="no bundle is written, as it would compute another net.* blob .* is 'mvn'"):
        bundle_fold(finished[0] / "fold_SN001", tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_shows_its_net_pixels_as_the_edited_data_layers_do(tree, tmp_path):
    edited = NET.read_text().replace("scale: 0.0078431373", "scale: 0.02").replace("mean_value: 128", "mean_value: 120")
    edited = edited.replace("crop_size: 40", "crop_size: 38").replace(
        'type: "MVN"', 'type: "MVN" mvn_param { eps: 0.1 }'
    )
    (tmp_path / "edited.prototxt").write_text(edited)
    done = bundle_of_everybody(tree, tmp_path, "--net", tmp_path / "edited.prototxt")
    assert done.returncode == 0, done.stderr[-2000:]
    assert load_bundle(tmp_path / "runs/bundle").preprocessing == Preprocessing(38, (120.0,), 0.02)


def test_a_bundle_of_everybody_asks_where_its_net_goes(tree, tmp_path):
    done = python(tree, "experiments.bundle", "--disfa", tree / "DISFA", "--out", tmp_path / "bundle")
    assert done.returncode == 1 and "give --nets and --data" in done.stderr and not (tmp_path / "bundle").exists()


def test_a_folder_that_is_no_finished_fold_makes_no_bundle(tree, tmp_path):
    done = python(tree, "experiments.bundle", "--fold", tmp_path, "--out", tmp_path / "bundle")
    assert done.returncode == 1 and "no finished fold here" in done.stderr and not (tmp_path / "bundle").exists()
