"""What `make` would run: nothing is run here."""

import os
import subprocess

import pytest

from data_prep.system.code import ROOT


def commands(*arguments, **environment):
    done = subprocess.run(
        ["make", "-n", *arguments],
        cwd=ROOT,
        env=dict(os.environ, **environment),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments, short",
    [
        (["table1"], True),
        (["table1", "DISFA=/x"], False),
        (["table2", "DISFA=/x"], True),
        (["demo", "DISFA=/x"], True),
        (["search", "BP4D=/x", "SOURCE=bp4d"], False),
        (["search", "CSV=/x"], False),
        (["bundle", "CSV=/x"], False),
        (["loso"], True),
        (["loso", "CSV=/x"], False),
        (["transfer", "TRAIN=disfa", "TEST=bp4d"], True),
        (["transfer", "TRAIN=disfa", "TEST=bp4d", "DISFA=/x", "BP4D=/y"], False),
        (["transfer", "TRAIN=my mine.csv", "TEST=other.csv"], False),
        (["table3", "DISFA=/x", "BP4D=/x", "CKPLUS=/x"], False),
    ],
)
def test_a_run_is_shortened_exactly_where_its_faces_are_synthetic(arguments, short):
    assert ("--iterations 600" in commands(*arguments)) == short


def test_all_wants_every_folder_or_none_before_it_starts():
    assert "give all of DISFA=, BP4D= and CKPLUS=" in commands("all", "DISFA=/x")
    for folders in ([], ["DISFA=/x", "BP4D=/x", "CKPLUS=/x"]):
        assert "experiments.index" in commands("all", *folders)


def test_any_dataset_is_prepared_by_name_with_the_options_it_has():
    printed = commands("prepare", "DATASET=disfa", "ROOT=/x y", "CAMERA=both", "UNGRADED=ignore")
    assert 'prepare_dataset disfa "/x y"' in printed and "--data data" in printed
    assert '--camera "both"' in printed and "ignore" not in printed
    assert '--camera "both"' in commands("disfa", "DISFA=/x", "CAMERA=both")
    assert 'prepare_dataset another "/x"' in commands("prepare", "DATASET=another", "ROOT=/x")
    for arguments in (["DATASET=disfa"], ["ROOT=/x"]):
        assert "give DATASET=name ROOT=/path" in commands("prepare", *arguments)


@pytest.mark.parametrize(
    "target", ["demo", "table1", "table2", "table3", "fig2", "fig3", "fig4", "search", "mvn", "loso"]
)
def test_experiments_are_told_where_shared_nets_and_prepared_data_go(target):
    assert '--nets "my runs/nets" --data data' in commands(target, "RUNS=my runs")


def test_a_misspelt_variable_is_an_error_that_names_it():
    assert "no variable ITERATION here; experiments/README.md lists" in commands("demo", "ITERATION=60")
    assert "no variable" not in commands("demo", "ITERATIONS=60", "RUNS=my runs", "DISFA=/a b")
    assert "no variable" not in commands("demo", "GPUS=--device nvidia.com/gpu=all", "DISFA=/a b=c/d")


def test_a_run_on_a_csv_is_called_by_its_file():
    assert '--out "runs/loso_$(basename "/a b/my faces.csv" .csv)"' in commands("loso", "CSV=/a b/my faces.csv")
    printed = commands("transfer", "TRAIN=disfa", "TEST=/a b/my faces.csv", "CAMERA=both", "PRESENT_FROM=2")
    assert '--out "runs/transfer_$(basename "disfa" .csv)_$(basename "/a b/my faces.csv" .csv)"' in printed
    assert '--train "disfa"' in printed and '--test "/a b/my faces.csv"' in printed
    assert printed.count("--present-from") == 1
    assert '--csv "/a b.csv" --present-from "3"' in commands("loso", "CSV=/a b.csv", "PRESENT_FROM=3", "SPLIT=5fold")


@pytest.mark.parametrize("target", ["demo", "table1", "table2", "table3", "loso", "transfer TRAIN=disfa TEST=/x.csv"])
def test_all_tables_may_have_several_seeds(target):
    assert '--seeds "3"' in commands(*target.split(), "SEEDS=3")


def test_transfer_wants_two_datasets():
    assert "give TRAIN= and TEST=" in commands("transfer", "TRAIN=disfa")


def test_compare_wants_two_runs():
    assert "give A=runs/... and B=runs/..." in commands("compare", "A=runs/demo")
