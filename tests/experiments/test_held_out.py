"""What stands beside the results of a split."""

from types import SimpleNamespace

import pytest

from experiments.held_out import held_out_result
from tests.folds import finished_fold

PUBLISHED = {"12": {"accuracy": 80.0, "two_afc": 0.8}, "Average": {"accuracy": 80.0, "two_afc": 0.8}}


@pytest.mark.parametrize("split, published", [("loso", PUBLISHED), ("3fold", None)])
def test_the_papers_numbers_stand_beside_its_own_split_only(tmp_path, split, published):
    settings = SimpleNamespace(split=split, searched=None)
    data = SimpleNamespace(name="data", dataset=SimpleNamespace(aus=(12,)))
    entry = held_out_result(settings, data, [finished_fold(tmp_path / "fold_S1", "empirical")], PUBLISHED)
    assert entry.get("published") == published
    assert any("The paper has no such split" in note for note in entry["notes"]) == (split == "3fold")
