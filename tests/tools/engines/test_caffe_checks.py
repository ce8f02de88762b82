"""BatchNorm under real Caffe: a Caffe that trains it wrongly says so before, another one trains it."""

import json
import stat

import pytest

from data_prep.system.errors import InputError
from tools.engines import caffe_checks, training
from tools.engines.caffe_checks import batch_norm_errors, check_caffe
from tools.engines.process import caffe_python
from tools.engines.training import train
from tools.net.edits import with_sources
from tools.net.prototxt import clone


@pytest.fixture
def batch_norm_net(net):
    """The net of a run, with a BatchNorm layer between conv1 and relu1."""
    copy = clone(net)
    place = next(number for number, layer in enumerate(net.layer) if layer.name == "relu1")
    del copy.layer[place:]
    copy.layer.add(name="bn1", type="BatchNorm", bottom=["conv1"], top=["conv1"])
    copy.layer.extend(net.layer[place:])
    return copy


@pytest.fixture
def other_caffe(tmp_path, monkeypatch):
    """CAFFE_PYTHON is a Caffe whose BatchNorm is off by `error`, for the rest the one in use."""

    in_use = caffe_python()

    def use(error):
        answer = json.dumps(dict.fromkeys(("output", "gradient", "statistics"), error))
        path = tmp_path / "other_caffe"
        path.write_text(
            "#!/bin/sh\n"
            f'if [ "$4" = batch_norm ]; then echo \'{answer}\' >"$6"; exit; fi\n'  # -m start engine batch_norm --out
            f'exec {in_use} "$@"\n'
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("CAFFE_PYTHON", str(path))
        batch_norm_errors.cache_clear()

    yield use
    batch_norm_errors.cache_clear()


def test_the_packaged_caffe_is_found_out_and_the_error_has_layer_and_remedies(batch_norm_net, solver, run_folder):
    with pytest.raises(InputError) as error:
        train(batch_norm_net, solver, run_folder / "run")
    for words in ("train_val.prototxt: layer 'bn1'", "wrongly in training", "MVN", "ENGINE=torch", "use_global_stats",
                  "CAFFE_PYTHON", str(caffe_python())):  # fmt: skip
        assert words in str(error.value)
    assert not (run_folder / "run/engine.log").exists()
    assert min(batch_norm_errors(caffe_python(), "cpu").values()) > 0.5


def test_another_caffe_that_is_right_trains_and_one_that_is_not_does_not(
    batch_norm_net, solver, run_folder, other_caffe
):
    other_caffe(1e-6)
    solver.max_iter = 2
    assert train(batch_norm_net, solver, run_folder / "run").is_file()
    other_caffe(0.1)
    with pytest.raises(InputError, match="other_caffe computes BatchNorm wrongly in training.* off by 0.1 times"):
        train(batch_norm_net, solver, run_folder / "run2")
    other_caffe(float("nan"))
    with pytest.raises(InputError, match="off by nan"):
        train(batch_norm_net, solver, run_folder / "run3")


def test_only_nets_that_train_it_ask(net, batch_norm_net, solver, run_folder, monkeypatch):
    def ask(*_):
        raise AssertionError("Caffe was asked")

    monkeypatch.setattr(caffe_checks, "run_engine", ask)
    batch_norm_errors.cache_clear()
    with pytest.raises(AssertionError):
        check_caffe(batch_norm_net, "net")
    stored = clone(batch_norm_net)
    stored.layer[6].batch_norm_param.use_global_stats = True
    assert stored.layer[6].name == "bn1"
    for fine in (net, stored, with_sources(net, val=run_folder / "val")):
        check_caffe(fine, "net")
    training.write_run(batch_norm_net, solver, run_folder / "run", engine="torch")


@pytest.mark.parametrize("engine", ["caffe", "torch"])
def test_statistics_of_the_batch_in_test_are_refused_for_every_engine(batch_norm_net, solver, run_folder, engine):
    layer = next(layer for layer in batch_norm_net.layer if layer.name == "bn1")
    layer.batch_norm_param.use_global_stats = False
    with pytest.raises(InputError, match="layer 'bn1': use_global_stats: false in TEST .* leave it out"):
        train(batch_norm_net, solver, run_folder / "run", engine=engine)
