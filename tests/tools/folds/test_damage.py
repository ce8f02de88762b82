"""A finished fold of which a file is lost or damaged: the same command makes it again, with the same scores."""

from pathlib import Path

import numpy as np
import pytest

from data_prep.system.errors import InputError
from tests.tools.folds.conftest import make_fold
from tools.folds.fold import is_done, run_fold
from tools.folds.folder import KEPT, TASK, TRAINED, check_complete
from tools.folds.scores import load_features, load_scores
from tools.folds.task import load_task

FILES = (*KEPT, TASK, TRAINED, "features.npz", "features_train.npz", "validation.npz", "scores_test.npz")


def delete(path):
    path.unlink()


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    """64 bytes in the middle, all their bits."""
    content = bytearray(path.read_bytes())
    start = max(len(content) // 2 - 32, 0)
    content[start : start + 64] = bytes(255 - value for value in content[start : start + 64])
    path.write_bytes(content)


def null(path):
    path.write_text("null\n")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished fold, and its scores."""
    task = make_fold(tmp_path_factory.mktemp("fold"))
    run_fold(task)
    return task, load_scores(task.folder).score


@pytest.mark.parametrize("harm", [delete, cut, flip, null], ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("name", FILES)
def test_the_same_command_completes_with_the_same_scores(finished, name, harm):
    task, score = finished
    harm(Path(task.folder) / name)
    assert name == TASK or not is_done(task)
    run_fold(task)
    assert is_done(task) and load_task(task.folder).aus == task.aus
    again = load_scores(task.folder).score
    assert {kind: np.array_equal(again[kind], score[kind]) for kind in score} == dict.fromkeys(score, True)


def test_nothing_else_in_its_folder_matters(finished):
    task, score = finished
    others = [path for path in sorted(Path(task.folder).rglob("*")) if path.is_file()]
    others = [path for path in others if path.relative_to(task.folder).as_posix() not in FILES]
    assert {"engine.log", "extract.log", "extract.prototxt"} <= {path.name for path in others}
    for path in others:
        for harm in (cut, flip, null, delete):
            harm(path)
            assert is_done(task)
    run_fold(task)
    again = load_scores(task.folder).score
    assert all(np.array_equal(again[kind], score[kind]) for kind in score)


@pytest.mark.parametrize("harm", [cut, flip, null], ids=lambda harm: harm.__name__)
def test_whoever_reads_a_damaged_fold_gets_an_error_that_names_the_file(finished, harm):
    task, _ = finished
    for name, read in (
        (TASK, lambda: load_task(task.folder)),
        (TRAINED, lambda: check_complete(task.folder)),
        ("features.npz", lambda: load_features(task.folder)),
        ("scores_test.npz", lambda: load_scores(task.folder)),
        ("retrain/trained.caffemodel", lambda: check_complete(task.folder)),
    ):
        path = Path(task.folder) / name
        before = path.read_bytes()
        harm(path)
        with pytest.raises(InputError, match=f"{name}: .*run the experiment again"):
            read()
        path.write_bytes(before)
