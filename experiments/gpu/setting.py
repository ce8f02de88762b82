"""Where and at what size a check runs, and what its parts share."""

import contextlib
import time
from typing import NamedTuple
from unittest import mock

import numpy as np
import torch

from tools.engines.torch import windows

CPU = torch.device("cpu")


class Setting(NamedTuple):
    """device  torch.device that is checked; on the CPU, the way that a GPU takes is checked there
    small   fewer and smaller, for a try on a CPU
    folder  for scratch files
    """

    device: torch.device
    small: bool
    folder: object

    @property
    def folds(self):
        return 2 if self.small else 27  # paper: Sec. V, DISFA's subjects

    @property
    def is_gpu(self):
        return self.device.type == "cuda"

    def sync(self):
        if self.is_gpu:
            torch.cuda.synchronize()

    def clocked(self, step, count, warm=8):
        """(milliseconds a `step()`, of them those in which the host was busy)."""
        for _ in range(1 if self.small else warm):
            step()
        self.sync()
        begun = time.perf_counter()
        for _ in range(count):
            step()
        queued = time.perf_counter() - begun
        self.sync()
        return round((time.perf_counter() - begun) / count * 1e3, 3), round(queued / count * 1e3, 3)

    def peak_gib(self):
        """The most memory of the GPU since the last call, in GiB; None on a CPU."""
        if not self.is_gpu:
            return None
        most = torch.cuda.max_memory_allocated() / 2**30
        torch.cuda.reset_peak_memory_stats()
        return round(most, 2)

    def empty(self):
        if self.is_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()


def as_on_gpu():
    """On a CPU, compute as a GPU does: all nets at once."""
    return mock.patch.object(windows, "net_by_net", at_once)


def at_once(x):
    """Not a Mock, which would keep every tensor that it is called with."""
    return False


def as_on_cpu():
    return mock.patch.object(windows, "net_by_net", lambda x: x.device.type == "cpu")


@contextlib.contextmanager
def tf32(on):
    """Matrix products and convolutions in TF32, or in full float32."""
    backends = torch.backends.cudnn, torch.backends.cuda.matmul
    before = [backend.allow_tf32 for backend in backends]
    try:
        for backend in backends:
            backend.allow_tf32 = on
        yield
    finally:
        for backend, value in zip(backends, before):
            backend.allow_tf32 = value


def distance(ours, expected, scale=0.0):
    """The largest difference, as a share of the largest number that is expected, or of `scale` if that is larger."""
    expected = np.asarray(expected, np.float64)
    return float(np.abs(np.asarray(ours, np.float64) - expected).max() / max(np.abs(expected).max(), scale, 1e-30))
