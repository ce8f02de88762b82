"""The command `export`: a model for other programs, proven on images before it is written."""

import onnxruntime
import pytest

from data_prep.subjects.lmdb_pair import image_lmdb, load_lmdb
from tools import export
from tools.engines.run_folder import NET as TRAINED
from tools.engines.run_folder import WEIGHTS
from tools.engines.training import train
from tools.net.preprocessing import preprocessing_of
from tools.net.prototxt import load_net
from tools.onnx.layers import FORMS


@pytest.fixture
def trained(run_folder, net, solver):
    """A run folder with a net that has trained for a moment."""
    train(net, solver, run_folder)
    return run_folder


def run(folder, *options):
    arguments = [folder / TRAINED, folder / WEIGHTS, "--out", folder / "model.onnx", *options]
    return export.main(list(map(str, arguments)))


def test_the_model_needs_nothing_but_what_its_metadata_say(trained, capsys):
    run(trained)
    assert "makes fc2 as caffe does, by " in capsys.readouterr().out
    session = onnxruntime.InferenceSession(str(trained / "model.onnx"))
    pixels = load_lmdb(image_lmdb(trained / "val"))
    seen = preprocessing_of(load_net(trained / TRAINED)).apply(pixels)
    (feature,) = session.run(["fc2"], {"data": seen})
    assert feature.shape == (len(pixels), 13) and feature.std(axis=0).min() > 0


def test_any_blobs_may_be_asked_for_and_a_wrong_one_is_named(trained):
    run(trained, "--blob", "conv1", "--blob", "fc1", "--lmdb", trained / "val")
    session = onnxruntime.InferenceSession(str(trained / "model.onnx"))
    assert [output.name for output in session.get_outputs()] == ["conv1", "fc1"]
    with pytest.raises(SystemExit, match="1"):
        run(trained, "--blob", "fc9")


def test_a_model_that_computes_another_net_is_not_written_and_the_first_blob_is_named(trained, monkeypatch, capsys):
    def wrong(layer, weights, bottoms, write):
        return [write("Abs", bottoms[0].name)]

    monkeypatch.setitem(FORMS, "MVN", wrong)
    with pytest.raises(SystemExit, match="1"):
        run(trained)
    assert "not written, as it would compute another net than caffe: the first blob that differs is 'mvn'" in (
        capsys.readouterr().err
    )
    assert not (trained / "model.onnx").exists()
