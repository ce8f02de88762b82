"""Nets of the zoo as folds: detection with a fold's bundle decides as the fold did.

These are a few; `python -m tests.zoo --folds` does all.
"""

import pytest

from tests.zoo.folds import compared, draw_subjects, engine_of
from tests.zoo.table import ZOO


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    return draw_subjects(tmp_path_factory.mktemp("subjects"))


@pytest.mark.parametrize("name", ["all_at_once", "two_heads", "residual_batch_norm"])
def test_detection_with_a_bundle_decides_as_the_fold(name, subjects, tmp_path):
    engine = engine_of(ZOO[name])
    if engine == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
    found = compared(ZOO[name], tmp_path / name, subjects, engine)
    assert 0.1 < found.present / found.decisions < 0.9
    assert found.differ == 0 and found.error < 1e-5
