"""The trials of a search: the same samples whatever happens, and nothing finished is trained again."""

import math
import shutil

import optuna
import pytest

from data_prep.system.errors import InputError
from tests.conftest import NET, SOLVER
from tools.engines.training import write_prototxts
from tools.net.prototxt import load_net, load_solver
from tools.search.space import KERNEL, apply
from tools.search.study import (
    BEST,
    STUDY,
    Search,
    ask_trials,
    best,
    finished,
    open_study,
    tell,
    trial_folder,
    write_best,
)


@pytest.fixture
def search():
    return Search(load_net(NET), load_solver(SOLVER), crop=56, seed=1)


def train(study, trials, stop_after=None):
    """A stand-in for training: the loss is the distance of the learning rate from 1e-3, in decades."""
    due = [trial for trial in trials if trial.reason is None and trial.number not in finished(study)]
    for trial in due[:stop_after]:
        tell(study, trial.number, abs(math.log10(trial.sample.base_lr) + 3), {"iterations": 50})
    return [trial.number for trial in due[:stop_after]]


def test_an_interrupted_search_goes_on_with_the_same_samples_and_trains_none_twice(tmp_path, search):
    study = open_study(tmp_path, search)
    first = ask_trials(study, search, 12)
    trained = train(study, first, stop_after=4)
    study = open_study(tmp_path, search)
    again = ask_trials(study, search, 12)
    assert again == first and sorted(finished(study)) == trained
    rest = train(study, again)
    assert not set(rest) & set(trained)
    assert {*trained, *rest} == {trial.number for trial in first if trial.reason is None}
    assert train(study, again) == []


def test_more_trials_asked_for_later_continue_the_same_stream(tmp_path, search):
    whole = ask_trials(open_study(tmp_path / "whole", search), search, 12)
    ask_trials(open_study(tmp_path / "parts", search), search, 5)
    assert ask_trials(open_study(tmp_path / "parts", search), search, 12) == whole
    few = ask_trials(open_study(tmp_path / "parts", search), search, 3)
    assert few == whole[: len(few)] and few[-1].reason is None


def test_another_seed_samples_otherwise(tmp_path, search):
    other = search._replace(seed=2)
    a, b = (ask_trials(open_study(tmp_path / str(one.seed), one), one, 3) for one in (search, other))
    assert a[0].sample != b[0].sample


def test_samples_do_not_depend_on_the_order_in_which_trials_finish(tmp_path, search):
    results = []
    for name, step in (("forward", 1), ("backward", -1)):
        study = open_study(tmp_path / name, search)
        trials = ask_trials(study, search, 8)
        train(study, trials[::step])
        results.append((ask_trials(study, search, 10), finished(study), best(study).number))
    assert results[0] == results[1]


def test_infeasible_samples_are_kept_with_their_reason_and_never_trained(tmp_path, search):
    study = open_study(tmp_path, search)
    trials = ask_trials(study, search, 40)
    reasons = {trial.number: trial.reason for trial in trials if trial.reason}
    assert 2 < len(reasons) < 20 and all("layer '" in reason for reason in reasons.values())  # 18% at a crop of 56
    assert len(trials) == 40 + len(reasons)  # those that are infeasible do not count
    assert not set(train(study, trials)) & set(reasons)
    stored = study.trials[next(iter(reasons))]
    assert stored.state == optuna.trial.TrialState.PRUNED and stored.user_attrs["reason"] == reasons[stored.number]


def test_a_large_crop_rejects_nothing(tmp_path, search):
    search = search._replace(crop=83)
    assert not any(trial.reason for trial in ask_trials(open_study(tmp_path, search), search, 40))


def test_a_crop_that_hardly_any_sample_fits_is_an_error(tmp_path, search, monkeypatch):
    search = search._replace(crop=20)
    monkeypatch.setattr("tools.search.study.MOST_DRAWS", 5)
    with pytest.raises(InputError, match=r"only \d of 20 sampled nets fit a crop of 20 x 20; choose a larger crop"):
        ask_trials(open_study(tmp_path, search), search, 4)


def test_no_trials_are_no_trials(tmp_path, search):
    study = open_study(tmp_path, search)
    assert ask_trials(study, search, 0) == [] and finished(study) == {}
    with pytest.raises(InputError, match="no trial has a validation loss"):
        best(study)


def test_the_best_is_the_lowest_loss_and_the_first_of_equals(tmp_path, search):
    search = search._replace(crop=83)
    study = open_study(tmp_path, search)
    ask_trials(study, search, 4)
    for number, loss in ((3, 1.0), (1, 1.0), (0, 2.0)):
        tell(study, number, loss, {"iterations": 10 * number})
    assert best(study).number == 1 and best(study).user_attrs["iterations"] == 10
    assert finished(study) == {0: 2.0, 1: 1.0, 3: 1.0}


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_training_that_diverges_is_never_the_best_and_not_repeated(tmp_path, search, loss):
    search = search._replace(crop=83)
    study = open_study(tmp_path, search)
    ask_trials(study, search, 2)
    tell(study, 0, loss, {})
    tell(study, 1, 5.0, {})
    study = open_study(tmp_path, search)
    assert finished(study) == {0: None, 1: 5.0} and best(study).number == 1
    assert study.trials[0].user_attrs["reason"] == f"validation loss is {loss}"


def test_attributes_of_a_trial_survive(tmp_path, search):
    search = search._replace(crop=83)
    ask_trials(open_study(tmp_path, search), search, 1)
    tell(open_study(tmp_path, search), 0, 1.5, {"iterations": 600, "seconds": 2.5})
    assert best(open_study(tmp_path, search)).user_attrs == {"iterations": 600, "seconds": 2.5}


@pytest.mark.parametrize(
    "change, words",
    [
        ({"seed": 2}, "differs in seed \\(1, now 2\\)"),
        ({"crop": 60}, "differs in crop \\(56, now 60\\)"),
        ({"iterations": 600}, "differs in iterations \\(None, now 600\\)"),
        ({"data": "other subjects"}, "differs in data"),
    ],
)
def test_a_study_of_another_search_is_refused(tmp_path, search, change, words):
    ask_trials(open_study(tmp_path, search), search, 2)
    with pytest.raises(InputError, match=f"{STUDY}.*{words}.*choose another folder"):
        open_study(tmp_path, search._replace(**change))


def test_a_study_of_another_net_solver_or_range_is_refused(tmp_path, search, monkeypatch):
    open_study(tmp_path, search)
    net, solver = load_net(NET), load_solver(SOLVER)
    net.layer[5].convolution_param.num_output = 7
    solver.gamma = 0.5
    with pytest.raises(InputError, match="differs in net, solver;"):
        open_study(tmp_path, search._replace(net=net, solver=solver))
    monkeypatch.setattr("tools.search.space.KERNEL", KERNEL._replace(high=9))
    with pytest.raises(InputError, match="differs in ranges;"):
        open_study(tmp_path, search)
    monkeypatch.undo()
    open_study(tmp_path, search)


def test_a_net_that_does_not_fit_its_crop_is_refused_before_any_sample(tmp_path, search):
    with pytest.raises(InputError, match="layer 'conv2'.*12 x 12; choose a larger crop"):
        open_study(tmp_path, search._replace(crop=12))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"not a study\nat all\n", b"\x00\x00\n\x00\n", b"{}\n", b"[1]\n"])
def test_a_file_that_is_no_study_is_named(tmp_path, search, content):
    (tmp_path / STUDY).write_bytes(content)
    with pytest.raises(InputError, match=f"{STUDY}.*not a study.*choose another folder"):
        open_study(tmp_path, search)


def test_a_study_cut_at_any_byte_goes_on_with_the_same_samples(tmp_path, search):
    study = open_study(tmp_path / "whole", search)
    expected = ask_trials(study, search, 3)
    train(study, expected)
    content = (tmp_path / "whole" / STUDY).read_bytes()
    for number, length in enumerate(range(0, len(content), len(content) // 40)):
        run = tmp_path / str(number)
        run.mkdir()
        (run / STUDY).write_bytes(content[:length])
        (run / f"{STUDY}.lock").touch()  # what a killed writer leaves
        study = open_study(run, search)
        trials = ask_trials(study, search, 3)
        train(study, trials)
        assert trials == expected and len(finished(study)) == sum(trial.reason is None for trial in expected)


def test_a_run_folder_that_moved_goes_on(tmp_path, search):
    first = ask_trials(open_study(tmp_path / "a", search), search, 3)
    shutil.move(tmp_path / "a", tmp_path / "b")
    assert ask_trials(open_study(tmp_path / "b", search), search, 3) == first


def test_a_trial_s_prototxts_name_each_other(tmp_path, search):
    trial = ask_trials(open_study(tmp_path, search), search, 1)[0]
    net, solver = apply(trial.sample, search.net, search.solver)
    folder = trial_folder(tmp_path, 7)
    path = write_prototxts(net, solver, folder)
    assert path == tmp_path / "trial_007" / "solver.prototxt"
    assert load_solver(path).net == str(folder / "train_val.prototxt") and load_net(load_solver(path).net) == net
    assert load_solver(path).base_lr == solver.base_lr and solver.net == search.solver.net


def test_the_best_trial_s_pair_is_in_best_with_iterations_as_trained(tmp_path, search):
    search = search._replace(iterations=600)
    study = open_study(tmp_path, search)
    trials = ask_trials(study, search, 6)
    train(study, trials)
    sampled = trials[best(study).number].sample
    solver = load_solver(write_best(tmp_path, study, search))
    assert solver.net == str(tmp_path / BEST / "train_val.prototxt")
    assert solver.max_iter == round(sampled.iterations * 0.06) and solver.base_lr == pytest.approx(sampled.base_lr)
    conv1 = next(layer for layer in load_net(solver.net).layer if layer.name == "conv1")
    assert conv1.convolution_param.kernel_size == [sampled.kernel_size["conv1"]]


def test_nothing_is_printed(tmp_path, search, capfd):
    study = open_study(tmp_path, search)
    train(study, ask_trials(study, search, 3))
    assert capfd.readouterr() == ("", "")
