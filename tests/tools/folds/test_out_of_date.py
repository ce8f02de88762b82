"""What is out of date follows from the imports: edits of the project's files, and what each makes out of date."""

import re
import shutil

import pytest

from data_prep.system.code import ROOT, code_digest
from tools.engines.process import ENGINES
from tools.folds import task as task_module
from tools.folds.fold import is_done, is_trained, run_fold
from tools.folds.folder import weights_path

FOLDERS = ("layers", "data_prep", "tools", "prototxt")
PYTHON_LAYER = "layers.multilabel_softmax_loss"
TORCH, CAFFE = ("tools.folds.training", ENGINES["torch"]), ("tools.folds.training", ENGINES["caffe"], PYTHON_LAYER)
SCORES = ("tools.folds.fold",)
FILES = [
    path.relative_to(ROOT) for top in ("layers", "data_prep", "tools") for path in sorted((ROOT / top).rglob("*.py"))
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project's code, to edit and to put right again."""
    root = tmp_path_factory.mktemp("project")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def digests(root):
    """The digests of the code that (trains on torch, trains on Caffe, scores), read anew."""
    code_digest.cache_clear()
    return [code_digest(entries, root) for entries in (TORCH, CAFFE, SCORES)]


def changed_by(root, path, old, new):
    """Which of ("torch", "caffe", "scores") an edit of a file makes out of date."""
    before, text = digests(root), (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new, 1))
    changed = [
        name for name, first, second in zip(("torch", "caffe", "scores"), before, digests(root)) if first != second
    ]
    (root / path).write_text(text)
    return changed


@pytest.mark.parametrize(
    "path, old, new, changed",
    [
        ("tools/engines/torch/windows.py", "def convolution(", "def convolution_(", ["torch"]),
        ("layers/multilabel_softmax.py", "np.", "numpy.", ["caffe"]),
        ("layers/multilabel_softmax_loss.py", "import", "import os, ", ["caffe"]),
        ("tools/engines/caffe_engine.py", "import caffe\n", "import caffe as caffe_\n", ["caffe"]),
        ("tools/statistics/qda.py", "RIDGE = 1e-3", "RIDGE = 1e-2", ["scores"]),
        ("tools/statistics/calibration.py", "FEWEST = 5", "FEWEST = 6", ["scores"]),
        ("tools/folds/baselines.py", "GRID = 8", "GRID = 9", ["scores"]),
        ("tools/statistics/intervals.py", "LEVEL = 0.95", "LEVEL = 0.9", []),
        ("tools/folds/fold.py", "def run_fold", "def run_one_fold", ["scores"]),
        ("tools/net/shapes.py", "def infer_shapes", "def shapes_of", ["torch", "caffe", "scores"]),
        (
            "data_prep/subjects/normalize.py",
            "train_mean) / 2 + 128",
            "train_mean) / 2 + 127",
            ["torch", "caffe", "scores"],
        ),
        ("prototxt/caffe.proto", "[default = 0.5]", "[default = 0.4]", ["torch", "caffe", "scores"]),
        ("prototxt/caffe.proto", "//", "// a comment ", []),
        ("tools/report/page.py", "def save_page", "def save_a_page", []),
        ("tools/detection/bundle.py", "def load_bundle", "def read_bundle", []),
        ("data_prep/faces/search.py", "MIN_FACE = 0.25", "MIN_FACE = 0.26", []),
    ],
)
def test_edited_code_makes_out_of_date_what_reaches_it_and_nothing_else(copy, path, old, new, changed):
    assert changed_by(copy, path, old, new) == changed


def test_comments_docstrings_and_layout_change_nothing_in_any_file(copy):
    before = digests(copy)
    for path in FILES:
        text = (copy / path).read_text()
        text = re.sub(r'^( *)"""(?=[A-Z`])', r'\1"""Other words. ', text, flags=re.M)
        text = re.sub(r"^( *)(def|class|return|for|if) ", r"\1# a comment\n\n\1\2 ", text, flags=re.M)
        (copy / path).write_text(f"# a comment\n{text}\n\n# another\n")
    assert digests(copy) == before


def edited(monkeypatch, module):
    """As if the code of this entry point had been edited."""

    def code_digest(entries, real=task_module.code_digest):
        return real(entries) + (" edited" if module in entries else "")

    monkeypatch.setattr(task_module, "code_digest", code_digest)


def test_a_fold_is_trained_again_only_where_the_code_of_its_training_was_edited(small_fold, monkeypatch):
    run_fold(small_fold)
    weights = weights_path(small_fold.folder).stat().st_mtime_ns
    with monkeypatch.context() as edit:
        edited(edit, ENGINES["torch"])
        assert is_done(small_fold)
    with monkeypatch.context() as edit:
        edited(edit, PYTHON_LAYER)
        assert not is_trained(small_fold)
    with monkeypatch.context() as edit:
        edited(edit, "tools.folds.fold")
        assert is_trained(small_fold) and not is_done(small_fold)
        edit.setattr("tools.folds.features.extract", None)  # no engine is needed
        run_fold(small_fold)
        assert is_done(small_fold)
    assert weights_path(small_fold.folder).stat().st_mtime_ns == weights


@pytest.mark.parametrize("module, counts", [(PYTHON_LAYER, False), (ENGINES["caffe"], False), (ENGINES["torch"], True)])
def test_caffes_code_is_nothing_to_a_fold_of_the_torch_engine(small_fold, monkeypatch, module, counts):
    fold = small_fold._replace(engine="torch")
    before = fold.training_fingerprint()
    edited(monkeypatch, module)
    assert (fold.training_fingerprint() != before) == counts
