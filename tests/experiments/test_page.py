"""What the report says of a run's configuration: what was used, not what stands in the committed files."""

import argparse

from experiments.options import parser, used
from experiments.page import some, used_nets
from tests.tools.folds.conftest import make_fold
from tools.folds.training import write_stop
from tools.report.versions import command


def test_the_net_and_the_solver_are_those_that_were_trained(tmp_path):
    task = make_fold(tmp_path)._replace(mvn="conv1", normalize_positives=True, iterations=20)
    write_stop(task)
    ((names, net, solver),) = used_nets([task])
    assert names == "D" and "conv1_mvn" in net and "normalize_positives" in net
    assert net.index('name: "conv1"') < net.index('type: "MVN"')
    assert "max_iter: 20" in solver and "random_seed: 1\n" not in solver


def test_nets_that_differ_are_shown_each_and_paths_and_seeds_make_no_difference(tmp_path):
    first = make_fold(tmp_path)
    other = first._replace(name="C", folder=str(tmp_path / "fold_C"), seed=5)
    plain = first._replace(name="B", folder=str(tmp_path / "fold_B"), mvn="none")
    for task in (first, other, plain):
        write_stop(task)
    assert [names for names, *_ in used_nets([first, other, plain])] == ["D, C", "B"]
    assert some(["A", "B", "C", "D"]) == "A and 3 other folds"


def test_every_option_that_matters_is_among_the_settings_defaults_and_zero_too():
    settings = parser("doc", ["disfa"]).parse_args(["--out", "x", "--mvn", "none"])
    found = used(settings)
    assert found["seed"] == 0 and found["mvn"] == "none" and found["normalize_positives"] is False
    assert found["balance"] == "none" and found["threshold"] == "likelihood" and found["priors"] == "empirical"
    assert not {"out", "data", "nets", "jobs", "iterations", "net"} & set(found)  # aside, or not given
    assert used(argparse.Namespace(count=0, flag=False, name=None)) == {"count": 0, "flag": False}


def test_the_command_can_be_run_again(project, tmp_path):
    code = "from tools.report.versions import command; print(command())"
    (tmp_path / "shown.py").write_text(code)
    done = project("shown", "--disfa", "/a folder/x", cwd=tmp_path, check=True)
    assert done.stdout.strip() == ".venv/bin/python -m shown --disfa '/a folder/x'"
    assert command().startswith(".venv/bin/python ")
