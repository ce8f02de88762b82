"""The random numbers of training on PyTorch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch.draws import Draws  # noqa: E402

CPU = torch.device("cpu")


def numbers(seeds, passes=1, count=4096):
    """int64 [passes, F, count] of the first passes."""
    draws, found = Draws(seeds, {"windows": 30, "drop": count}, CPU), []
    for _ in range(passes):
        draws.draw()
        found.append(draws.bits("drop").clone())
        draws.clock += 1
    return torch.stack(found)


def test_a_net_draws_among_others_what_it_draws_alone_and_after_others_have_left():
    among, alone = numbers([3, 5, 8], passes=2), numbers([5], passes=2)
    assert (among[:, 1] == alone[:, 0]).all() and (among[:, 0] != among[:, 1]).all()
    draws = Draws([3, 5, 8], {"drop": 64}, CPU)
    draws.select([1])
    draws.draw()
    again = Draws([5], {"drop": 64}, CPU)
    again.draw()
    assert (draws.bits("drop") == again.bits("drop")).all()


def test_all_bits_are_fair_and_neither_places_nor_passes_nor_seeds_have_anything_in_common():
    found = numbers([0, 1], passes=2).reshape(4, -1).numpy()  # seeds and passes that differ by one
    bits = np.unpackbits(found.view(np.uint8), axis=1).astype(float) * 2 - 1
    assert np.abs(bits.reshape(4, -1, 64).mean(1)).max() < 5 / 4096**0.5
    assert np.abs(np.corrcoef(bits) - np.eye(4)).max() < 5 / bits.shape[1] ** 0.5
    for lag in (1, 8, 63, 64, 65, 128):
        assert abs((bits[:, lag:] * bits[:, :-lag]).mean()) < 5 / bits.size**0.5


def test_uniform_numbers_fill_the_interval_evenly():
    draws = Draws([2], {"windows": 100_000}, CPU)
    draws.draw()
    values = draws.uniform("windows")
    assert values.min() >= 0 and values.max() < 1
    assert np.abs(np.histogram(values.numpy(), 10, (0, 1))[0] / 10_000 - 1).max() < 0.05
