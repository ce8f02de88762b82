"""The whole experiment on drawn faces, with real Caffe: results, resuming, and one clear error for each mishap."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tools.engine import ROOT
from data_prep.synthetic.disfa import write_disfa

SUBJECTS, FRAMES = 5, 90


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A drawn DISFA of five subjects and its prepared subject files."""
    folder = tmp_path_factory.mktemp("drawn")
    write_disfa(folder / "DISFA", SUBJECTS, FRAMES, 0, 1)
    return folder


def command(tree, out, *more, net=None):
    return [sys.executable, "-m", "experiments.table1_disfa", "--disfa", tree / "DISFA", "--data", tree / "data",
            "--out", out, "--iterations", "10", "--folds", "2", "--jobs", "1", *(["--net", net] if net else []), *more]


def run(*arguments, **keywords):
    return subprocess.run(command(*arguments, **keywords), cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)),
                          capture_output=True, text=True, check=False)


def metrics(out):
    values = json.loads((out / "metrics.json").read_text())
    values.pop("seconds")
    return values


@pytest.fixture(scope="module")
def finished(tree):
    done = run(tree, tree / "run")
    assert done.returncode == 0, done.stderr[-3000:]
    return tree / "run", done


def test_metrics_follow_the_schema_and_name_their_data(finished):
    out, done = finished
    values = json.loads((out / "metrics.json").read_text())
    assert values["data"] == "synthetic faces in DISFA's layout" and values["engine"] == "caffe"
    assert values["folds"] == 2 and len(values["subjects"]) == SUBJECTS and values["held_out"] == ["SN001", "SN002"]
    assert values["aus"] == [1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26]
    assert set(values["results"]) == {"loso", "loso_pca_lda"}
    for result in values["results"].values():
        assert set(result["per_au"]["12"]) == {"accuracy", "two_afc", "f1", "majority_accuracy", "positives", "frames"}
        assert 0 <= result["average"]["two_afc"] <= 1 < result["average"]["accuracy"] <= 100
    assert set(values["seconds"]) == {"draw", "prepare", "folds", "report"}
    assert values["versions"]["caffe"] == "1.0.0"


def test_table_pictures_and_output_name_the_data_too(finished):
    out, done = finished
    assert (out / "table.md").read_text() in done.stdout + "\n" and "synthetic faces" in done.stdout
    assert "paper 2AFC (DISFA)" in done.stdout and "0.757" in done.stdout
    assert "at most 10 iterations, stopping 2 after" in done.stdout
    assert "fold SN001 done (1 of 2" in done.stderr
    for picture in ("aus.png", "training.png"):
        assert (out / picture).read_bytes().startswith(b"\x89PNG")


def test_scratch_lmdbs_are_gone_and_nets_stay(finished):
    out, _ = finished
    assert not list(out.rglob("*_lmdb")) and not list(out.rglob("*.part*"))
    assert (out / "fold_SN001/retrain/trained.caffemodel").is_file()
    assert (out / "fold_SN001/retrain/deploy.prototxt").is_file()


def test_a_second_run_with_the_same_seed_gives_the_same_metrics(finished, tree, tmp_path):
    again = run(tree, tmp_path / "again")
    assert again.returncode == 0, again.stderr[-3000:]
    assert metrics(tmp_path / "again") == metrics(finished[0])


def test_killed_in_a_fold_it_goes_on_with_that_fold_and_gets_the_same_metrics(finished, tree, tmp_path):
    out = tmp_path / "killed"
    process = subprocess.Popen(command(tree, out), cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: (out / "fold_SN002/train/log.csv").exists())
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "metrics.json").exists()
    first = (out / "fold_SN001/scores.npz").stat().st_mtime_ns
    done = run(tree, out)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "1 of 2 folds are done already" in done.stdout
    assert (out / "fold_SN001/scores.npz").stat().st_mtime_ns == first
    assert metrics(out) == metrics(finished[0])


def heed_ctrl_c():
    """A test run in the background of a shell passes on that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_stopped_by_ctrl_c_it_says_how_to_go_on(tree, tmp_path):
    out = tmp_path / "stopped"
    process = subprocess.Popen(command(tree, out), cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                               preexec_fn=heed_ctrl_c)
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
    assert metrics(out)["results"]["loso"] != metrics(finished[0])["results"]["loso"]
    assert metrics(out)["results"]["loso_pca_lda"] == metrics(finished[0])["results"]["loso_pca_lda"]


def test_a_damaged_result_is_computed_again(finished, tree, tmp_path):
    out = tmp_path / "damaged"
    shutil.copytree(finished[0], out)
    scores = out / "fold_SN002/scores.npz"
    scores.write_bytes(scores.read_bytes()[:500])
    done = run(tree, out)
    assert done.returncode == 0 and "1 of 2 folds are done already" in done.stdout
    assert metrics(out) == metrics(finished[0])


@pytest.mark.parametrize("old, new, message", [
    ('type: "Convolution" bottom: "mvn"', 'type: "Convolve" bottom: "mvn"', "train_val.prototxt: layer 'conv1'"),
    ('bottom: "pool1"', 'bottom: "pol1"', "train_val.prototxt: layer 'conv2' (Convolution): bottom 'pol1'"),
    ("num_output: 20", "num_outputs: 20", "has no field named \"num_outputs\""),
])
def test_a_mistake_in_the_prototxt_is_one_line(tree, tmp_path, old, new, message):
    net = tmp_path / "net.prototxt"
    net.write_text((ROOT / "prototxt/disfa/train_val.prototxt").read_text().replace(old, new))
    done = run(tree, tmp_path / "out", net=net)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert message in done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("option, value", [("--iterations", "0"), ("--folds", "0"), ("--seed", "-1"), ("--jobs", "x"),
                                           ("--device", "abc")])
def test_an_impossible_option_is_one_line_that_names_it(tree, tmp_path, option, value):
    done = run(tree, tmp_path / "out", option, value)
    assert done.returncode == 2 and f"argument {option}: '{value}' is n" in done.stderr.splitlines()[-1]


def test_a_gpu_without_cuda_is_told_before_anything_starts(tree, tmp_path):
    done = run(tree, tmp_path / "out", "--device", "0")
    assert done.returncode == 1 and "built without CUDA" in done.stderr.splitlines()[-1]
    assert "== draw" not in done.stdout


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


def wait_until(condition, seconds=90):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "did not happen in time"
        time.sleep(0.02)
