"""Models run by onnxruntime, and what it says of those that cannot be."""

import numpy as np
import onnxruntime
import pytest

from data_prep.system.errors import InputError
from tests.tools.onnx.nets import FEATURE, net_of
from tools.onnx.runtime import CUDA, Runtime
from tools.onnx.writer import to_onnx


@pytest.fixture
def model():
    """Bytes of a model of two inputs."""
    net = net_of("Eltwise in0 in1 > a\nTanH a > b", FEATURE, FEATURE)
    return to_onnx(net, {}, ["a", "b"], {"made": "here"}).SerializeToString()


def test_a_model_runs_from_its_bytes_and_from_its_path(model, tmp_path):
    (tmp_path / "model.onnx").write_bytes(model)
    for given in (model, tmp_path / "model.onnx", str(tmp_path / "model.onnx")):
        runtime = Runtime(given, threads=2)
        assert (runtime.inputs, runtime.outputs, runtime.metadata) == (["in0", "in1"], ["a", "b"], {"made": "here"})
        found = runtime.run(np.full(FEATURE, 0.25), np.full(FEATURE, 0.5, np.float32))
        assert (found["a"] == 0.75).all() and np.allclose(found["b"], np.tanh(0.75))
        assert found["b"].dtype == np.float32


def test_a_file_that_is_no_model_is_named(model, tmp_path):
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(InputError, match=r"text.onnx: onnxruntime cannot load it \("):
        Runtime(tmp_path / "text.onnx")
    (tmp_path / "half.onnx").write_bytes(model[: len(model) // 2])
    with pytest.raises(InputError, match=r"half.onnx: onnxruntime cannot load it \("):
        Runtime(tmp_path / "half.onnx")
    with pytest.raises(InputError, match=r"none.onnx: cannot be read \(No such file or directory\)"):
        Runtime(tmp_path / "none.onnx")
    with pytest.raises(InputError, match=r"bundle/model.onnx: onnxruntime cannot load it \("):
        Runtime(b"", name="bundle/model.onnx")


def test_arrays_that_a_model_does_not_take_are_refused_and_onnxruntime_prints_nothing(model, capfd):
    runtime = Runtime(model, name="mine.onnx")
    with pytest.raises(InputError, match="mine.onnx: 1 arrays for its inputs in0, in1; give one for each"):
        runtime.run(np.ones(FEATURE))
    with pytest.raises(InputError, match=r"mine.onnx: onnxruntime cannot run it \(.*in1"):
        runtime.run(np.ones(FEATURE), np.ones((3, 11)))
    with pytest.raises(InputError, match=r"mine.onnx: onnxruntime cannot run it \("):
        runtime.run(np.ones(FEATURE), np.ones((4, 10)))
    assert capfd.readouterr() == ("", "")


def test_a_gpu_that_onnxruntime_cannot_use_is_an_error_not_a_slow_run(model, monkeypatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(InputError, match=r"GPU 0: onnxruntime \S+ has no CUDA: install onnxruntime-gpu"):
        Runtime(model, device="0")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, "CPUExecutionProvider"])
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    asked = []
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, providers: asked.append(providers) or session)
    with pytest.raises(InputError, match=r"GPU 1: onnxruntime \S+ does not get it to work"):
        Runtime(model, device="1")
    ((provider, options),) = asked[0]
    assert provider == CUDA and options["device_id"] == "1" and options["use_tf32"] == "0"
