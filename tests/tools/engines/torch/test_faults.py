"""What a user reads where a GPU cannot be used."""

import pytest

from tools.engines.process import explain
from tools.engines.stops import EngineStop

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch.faults import explained  # noqa: E402


@pytest.mark.parametrize(
    "error, remedy",
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), "lower batch_size"),
        (
            torch.AcceleratorError("CUDA error: no kernel image is available for execution on the device"),
            "docker/README",
        ),
        (RuntimeError("The NVIDIA driver on your system is too old (found version 11040)."), "update the driver"),
        (RuntimeError("Found no NVIDIA driver on your system."), "leave GPU= out"),
        (AssertionError("Torch not compiled with CUDA enabled"), "make setup ENGINE=torch"),
    ],
)
def test_errors_of_a_gpu_are_one_line_with_the_remedy(error, remedy):
    with pytest.raises(EngineStop, match=f"GPU 1, PyTorch .*{remedy}") as stop, explained("1"):
        raise error
    assert "\n" not in str(stop.value)


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="a mistake"), explained("0"):
        raise RuntimeError("a mistake")


def test_an_error_of_torch_that_nobody_has_foreseen_is_told_as_it_is(tmp_path):
    log = tmp_path / "engine.log"
    log.write_text(
        "Traceback (most recent call last):\n  x\ntorch.AcceleratorError: CUDA error: unspecified launch failure\n"
    )
    assert "torch.AcceleratorError: CUDA error: unspecified launch failure" in explain(log, 1)
    assert str(log) in explain(log, 1) and str(log) not in explain(log, 1, log_stays=False)
