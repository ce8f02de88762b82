"""What the Caffe interpreter imports: Python 3.6 syntax, and no library but numpy and Caffe's own."""

import ast
import sys

import pytest

from data_prep.system.code import ROOT
from tools.engines.process import ENGINES

LIBRARIES = {"numpy", "caffe", "google"}


def imported(path):
    """The dotted names that a file imports, those of packages on the way included."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: k + 1]) for k in range(len(parts)))


def files_of(module):
    """The file of a module of the project, or a package's __init__; none for other names."""
    path = ROOT / module.replace(".", "/")
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]


def followed():
    """{file of the project: other modules it imports} of all that the Caffe engine and the layers import."""
    names = ["layers", "tools", "tools.engines", ENGINES["caffe"]]
    pending = [*(ROOT / "layers").glob("*.py"), *(file for name in names for file in files_of(name))]
    found = {}
    while pending:
        path = pending.pop()
        if path not in found:
            names = set(imported(path))
            found[path] = {name for name in names if not (ROOT / name.split(".")[0]).is_dir()}
            pending += [file for name in names for file in files_of(name)]
    return found


FOLLOWED = followed()


def test_the_imports_are_followed():
    expected = {"caffe_engine.py", "run_folder.py", "stops.py", "files.py", "errors.py", "multilabel_softmax.py"}
    assert expected <= {path.name for path in FOLLOWED}


@pytest.mark.parametrize("path", FOLLOWED, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_caffe_loads_is_python_3_6_and_needs_no_other_library(path):
    ast.parse(path.read_text(), feature_version=(3, 6))
    assert {name.split(".")[0] for name in FOLLOWED[path]} <= LIBRARIES | sys.stdlib_module_names
