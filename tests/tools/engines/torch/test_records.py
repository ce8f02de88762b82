"""The records of many nets on the device, equal ones once."""

import numpy as np
import pytest

from data_prep.subjects.lmdb_pair import write_lmdb

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch.records import load_records  # noqa: E402


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_records_that_folds_share_or_repeat_are_stored_once_and_come_in_each_folds_order(tmp_path, kind):
    frames = np.random.default_rng(0).integers(0, 256, (9, 1, 3, 5)).astype(kind)
    frames[8] = frames[7]
    frames[8, 0, 2, 4] += 1  # different in one pixel only
    orders = [[0, 1, 2, 1], [7, 2, 0, 8, 5], [0, 1, 2, 1]]
    sources = [str(tmp_path / f"fold{number}") for number in range(3)]
    for source, order in zip(sources, orders):
        write_lmdb(source, frames[order])
    values, rows = load_records([*sources, sources[1]], torch.device("cpu"))
    assert values.dtype == torch.from_numpy(frames).dtype and len(values) == len({0, 1, 2, 7, 8, 5})
    for row, order in zip(rows, [*orders, orders[1]]):
        assert (values[row].numpy() == frames[order]).all()
