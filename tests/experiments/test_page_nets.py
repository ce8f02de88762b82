"""What a report says of the nets and solvers: what was trained, not what the committed files say."""

import html
from types import SimpleNamespace

import pytest

from experiments.options import parser, used
from experiments.page_nets import differences, net_blocks, used_by
from experiments.page_settings import as_word
from tests.conftest import NET, SOLVER
from tools.engines.training import write_prototxts
from tools.net.edits import place_mvn, with_loss_option, with_sources
from tools.net.prototxt import clone, load_net, load_solver


@pytest.fixture
def trained(tmp_path):
    """Make a fold's folder with the prototxts of both steps, as --mvn conv1 --normalize-positives has them."""

    def make(name, seed, stop, net=None):
        folder = tmp_path / f"fold_{name}"
        net = net or with_loss_option(place_mvn(load_net(NET), "conv1"), True)
        for step, max_iter in (("train", 20), ("retrain", stop)):
            solver = clone(load_solver(SOLVER))
            solver.max_iter, solver.random_seed = max_iter, seed + max_iter
            write_prototxts(with_sources(net, folder / step, folder / step), solver, folder / step)
        return SimpleNamespace(name=name, folder=str(folder))

    return make


def shown(tasks):
    return html.unescape("\n".join(block.html for block in net_blocks(tasks)))


def test_net_and_solver_are_those_of_the_run(trained):
    text = shown([trained("SN001", seed=7, stop=14)])
    conv1, mvn = text.index('name: "conv1"'), text.index('type: "MVN"')
    assert conv1 < mvn and text.count('type: "MVN"') == 1 and '{\\"normalize_positives\\": true}' in text
    assert "max_iter: 20" in text and "random_seed: 27" in text and "max_iter: 14" in text and "random_seed: 21" in text
    assert "max_iter: 5000" not in text and "What differs" not in text


def test_what_differs_from_fold_to_fold_is_a_table_and_paths_a_sentence(trained):
    folds = [trained("SN001", seed=1099707351, stop=14), trained("SN002", seed=9, stop=18)]
    steps, head, *rows = differences([used_by(fold) for fold in folds])
    first, second = "finding when to stop", "training the net that is used"
    assert steps == ["", first, second, second] and head == ["fold", "random_seed", "max_iter", "random_seed"]
    assert rows == [["SN001", "1099707371", "14", "1099707365"], ["SN002", "29", "18", "27"]]
    text = shown(folds)
    assert "All folds trained the same net" in text and "lie in each fold's own folder" in text
    assert text.count("<summary>train_val.prototxt of SN001, SN002</summary>") == 1


def test_folds_of_different_nets_show_each(trained):
    text = shown([trained("SN001", 7, 14), trained("SN002", 7, 14, net=load_net(NET))])
    assert "2 different nets" in text
    assert all(f"<summary>train_val.prototxt of {name}</summary>" in text for name in ("SN001", "SN002"))


def test_settings_are_all_there_the_seed_0_and_what_is_off_too():
    settings = used(parser("doc", []).parse_args(["--out", "runs/none"]))
    assert settings["seed"] == 0 and settings["balance"] == "none" and settings["mixed"] is False
    assert settings["net"] is None and "out" not in settings and "jobs" not in settings
    assert [as_word(value) for value in (0, "none", False, True, None)] == ["0", "none", "no", "yes", "not given"]
