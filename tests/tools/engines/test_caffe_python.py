"""What the Caffe interpreter imports: Python 3.6 syntax, and no library but numpy and Caffe's own."""

import ast
import sys

import pytest

from data_prep.system.code import ROOT, followed, imports, path_of
from tools.engines.process import ENGINES

LIBRARIES = {"numpy", "caffe", "google"}
LAYERS = [f"layers.{path.stem}" for path in (ROOT / "layers").glob("*.py")]
FILES = sorted(followed([ENGINES["caffe"], *LAYERS]))


def test_the_imports_are_followed():
    expected = {"caffe_engine.py", "run_folder.py", "stops.py", "files.py", "errors.py", "multilabel_softmax.py"}
    assert expected <= {path.name for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_caffe_loads_is_python_3_6_and_needs_no_other_library(path):
    ast.parse(path.read_text(), feature_version=(3, 6))
    ours = {module.partition(".")[0] for module in imports(path) if path_of(module, ROOT)}
    loaded = {module.partition(".")[0] for module in imports(path)}
    assert loaded <= ours | LIBRARIES | sys.stdlib_module_names
