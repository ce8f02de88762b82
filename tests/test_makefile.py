"""What `make` would run: nothing is run here."""

import subprocess

import pytest

from tools.engines.process import ROOT


def commands(*arguments):
    done = subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments, short",
    [
        (["table1"], True),
        (["table1", "DISFA=/x"], False),
        (["table2", "DISFA=/x"], True),
        (["demo", "DISFA=/x"], True),
        (["search", "BP4D=/x", "SOURCE=bp4d"], False),
        (["table3", "DISFA=/x", "BP4D=/x", "CKPLUS=/x"], False),
    ],
)
def test_a_run_is_shortened_exactly_where_it_draws_faces(arguments, short):
    assert ("--iterations 600" in commands(*arguments)) == short


def test_all_wants_every_folder_or_none_before_it_starts():
    assert "give all of DISFA=, BP4D= and CKPLUS=" in commands("all", "DISFA=/x")
    for folders in ([], ["DISFA=/x", "BP4D=/x", "CKPLUS=/x"]):
        assert "experiments.index" in commands("all", *folders)


def test_a_container_gets_the_datasets_read_only_and_what_was_given_to_make():
    said = commands("docker-table1", "DISFA=/x y", "ITERATIONS=5", "IMAGE=gpu-torch", "CONTAINER=podman")
    assert "podman build -f docker/gpu-torch.Dockerfile" in said and "--gpus all" in said
    assert 'realpath "/x y"' in said and ":/datasets/DISFA:ro" in said and "-e ITERATIONS" in said
    assert "make table1 RUNS=runs DISFA=/datasets/DISFA" in said
    assert "--gpus" not in commands("docker-test")
