"""`make docker-...`, with a program in docker's place that notes how it was called: mounts, variables, GPUs, errors."""

import json
import os
import subprocess
import sys
from itertools import pairwise

import pytest

from data_prep.system.code import ROOT

NOTE = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["CALLS"], "a") as file:
    file.write(json.dumps(sys.argv[1:]) + "\\n")
"""


@pytest.fixture
def docker(tmp_path):
    """Run `make docker-TARGET VARIABLES`; returns (exit status, what it printed, the arguments of build, of run)."""
    program, calls = tmp_path / "docker", tmp_path / "calls"
    program.write_text(NOTE)
    program.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}

    def make(target, *variables, program=program, **exported):
        calls.write_text("")
        done = subprocess.run(
            ["make", f"docker-{target}", f"CONTAINER={program}", f"RUNS={tmp_path / 'my runs'}", *variables],
            cwd=ROOT,
            env=dict(environment, CALLS=str(calls), **exported),
            capture_output=True,
            text=True,
            check=False,
        )
        build, run = [json.loads(line) for line in calls.read_text().splitlines()] or ([], [])
        return done.returncode, done.stdout + done.stderr, build, run

    return make


def inside(run):
    """The command in the container."""
    return run[next(i for i, word in enumerate(run) if word.startswith("facial-aus:")) + 1 :]


def values(run, option):
    return [value for name, value in pairwise(run) if name == option]


def test_the_image_is_built_and_the_target_runs_with_data_and_runs_mounted(docker, tmp_path):
    status, _, build, run = docker("test")
    assert status == 0 and build[:3] == ["build", "-f", "docker/cpu.Dockerfile"] and build[-1] == "."
    assert f"{tmp_path / 'my runs'}:/project/runs" in values(run, "-v")
    assert f"{ROOT / 'data'}:/project/data" in values(run, "-v") and len(values(run, "-v")) == 2
    assert values(run, "--user") == [f"{os.getuid()}:{os.getgid()}"] and "--gpus" not in run
    assert inside(run) == ["make", "test", "RUNS=runs"]


def test_datasets_are_mounted_read_only_and_other_variables_passed_on(docker, tmp_path):
    (tmp_path / "DISFA of 2013").mkdir()
    _, _, _, run = docker("table1", f"DISFA={tmp_path / 'DISFA of 2013'}", "ITERATIONS=5", "BP4D=")
    assert f"{tmp_path / 'DISFA of 2013'}:/datasets/DISFA:ro" in values(run, "-v")
    assert inside(run) == ["make", "table1", "RUNS=runs", "DISFA=/datasets/DISFA"]
    assert values(run, "-e") == ["ITERATIONS"]


def test_datasets_named_by_the_environment_are_mounted_too(docker, tmp_path):
    (tmp_path / "folder").mkdir()
    assert inside(docker("table1", DISFA=str(tmp_path / "folder"))[3])[3:] == ["DISFA=/datasets/DISFA"]


@pytest.mark.parametrize(
    "target, name", [("fig1", "NET"), ("demo", "SOLVER"), ("loso", "CSV"), ("transfer", "TEST"), ("prepare", "ROOT")]
)
def test_of_a_file_its_folder_is_mounted(docker, tmp_path, target, name):
    (tmp_path / "my files").mkdir()
    (tmp_path / "my files/the file.csv").touch()
    _, _, _, run = docker(target, f"{name}={tmp_path / 'my files/the file.csv'}")
    assert f"{tmp_path / 'my files'}:/datasets/{name}:ro" in values(run, "-v")
    assert inside(run)[3:] == [f"{name}=/datasets/{name}/the file.csv"]


@pytest.mark.parametrize("name", ["A", "B", "MODEL", "SEARCHED", "FOLD", "DATA", "ICT", "BP4D", "CKPLUS", "ROOT"])
def test_folders_anywhere_are_mounted(docker, tmp_path, name):
    (tmp_path / "folder").mkdir()
    _, _, _, run = docker("demo", f"{name}={tmp_path / 'folder'}")
    assert f"{tmp_path / 'folder'}:/datasets/{name}:ro" in values(run, "-v")
    assert inside(run)[3:] == [f"{name}=/datasets/{name}"]


def test_what_is_inside_anyway_keeps_its_name(docker, tmp_path):
    (tmp_path / "my runs/search/best").mkdir(parents=True)
    _, _, _, run = docker("table1", f"SEARCHED={tmp_path / 'my runs/search'}", "NET=prototxt/bp4d/train_val.prototxt")
    assert len(values(run, "-v")) == 2
    assert set(inside(run)[3:]) == {"SEARCHED=runs/search", "NET=prototxt/bp4d/train_val.prototxt"}


def test_a_dataset_by_its_name_is_no_path(docker, tmp_path):
    (tmp_path / "other.csv").touch()
    _, _, _, run = docker("transfer", "TRAIN=disfa", f"TEST={tmp_path / 'other.csv'}")
    assert values(run, "-e") == ["TRAIN"] and inside(run)[3:] == ["TEST=/datasets/TEST/other.csv"]


@pytest.mark.parametrize(
    "variable, message",
    [
        ("DISFA=/no/such", "error: DISFA=/no/such: no such file or folder"),
        ("CSV=gone.csv", "error: CSV=gone.csv: no such file or folder"),
        ("TRAIN=gone.csv", "error: TRAIN=gone.csv: no such file or folder"),
        ("CAFFE_PYTHON=/usr/bin/python3", "an image has its own interpreters; leave it out"),
        ("IMAGE=gpu", "IMAGE=gpu is none of cpu gpu-caffe gpu-torch"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_built(docker, variable, message):
    status, output, build, run = docker("table1", variable)
    assert status and message in output and not build and not run


def test_a_colon_in_a_path_and_a_missing_program_are_told(docker, tmp_path):
    (tmp_path / "a:b").mkdir()
    status, output, build, _ = docker("table1", f"DISFA={tmp_path / 'a:b'}")
    assert status and "colon in its path; rename it" in output and not build
    status, output, _, _ = docker("table1", program=tmp_path / "podman")
    assert status and f"no {tmp_path / 'podman'} here; install it" in output


@pytest.mark.parametrize(
    "variables, gpus, passed_on, says",
    [
        (["IMAGE=gpu-torch"], True, [], "gpu-torch computes on GPU 0"),
        (["IMAGE=gpu-caffe", "GPU=1"], True, ["GPU"], "gpu-caffe computes on GPU 1"),
        (["IMAGE=gpu-caffe", "GPU=cpu"], True, ["GPU"], "gpu-caffe computes without a GPU"),
        (["IMAGE=gpu-torch", "GPU=cpu"], False, ["GPU"], "gpu-torch computes without a GPU"),
        (["IMAGE=gpu-torch", "ENGINE=caffe"], False, ["ENGINE", "GPU=cpu"], "gpu-torch computes without a GPU"),
    ],
)
def test_a_gpu_image_computes_on_a_gpu_unless_told_otherwise(docker, variables, gpus, passed_on, says):
    _, output, _, run = docker("demo", *variables)
    assert values(run, "-e") == passed_on and says in output
    assert values(run, "--gpus") == (["all"] if gpus else [])
    assert values(docker("demo", *variables, "GPUS=--device nvidia.com/gpu=all")[3], "--device") == (
        ["nvidia.com/gpu=all"] if gpus else []
    )


def test_no_folder_is_labelled_anew_under_selinux(docker):
    _, _, _, run = docker("demo")
    assert values(run, "--security-opt") == ["label=disable"]


def test_an_image_is_told_the_commit_and_whether_files_were_edited(tmp_path):
    git = tmp_path / "git"
    git.write_text('#!/bin/sh\ncase "$*" in describe*--always*--dirty=-edited*) echo abc1234-edited ;; esac\n')
    git.chmod(0o755)

    def commit():
        printed = subprocess.run(
            ["make", "-n", "image"],
            cwd=ROOT,
            env=dict(os.environ, PATH=f"{tmp_path}:{os.environ['PATH']}"),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return printed.split("COMMIT=")[1].split(" ")[0]

    assert commit() == "abc1234-edited"
    git.write_text("#!/bin/sh\necho 'fatal: not a git repository' >&2\nexit 128\n")
    assert commit() == ""
