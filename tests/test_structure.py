"""The rooms of the project, and which room may import which: read from the imports of every file."""

import ast
from graphlib import TopologicalSorter

import pytest

from data_prep.system.code import ROOT

# room: the rooms it may import. `a.b` is the package a/b, `a` the files directly in a/; every room must be named
ARROWS = {
    "layers": {"layers"},
    "prototxt": set(),
    "data_prep.system": set(),
    "data_prep.pictures": {"data_prep.system"},
    "data_prep.subjects": {"data_prep.system", "prototxt"},
    "data_prep.faces": {"data_prep.system", "data_prep.pictures"},
    "data_prep.readers": {"data_prep.system", "data_prep.pictures", "data_prep.subjects"},
    "data_prep.preparation": {
        "data_prep.system", "data_prep.pictures", "data_prep.subjects", "data_prep.faces", "data_prep.readers",
    },
    "data_prep.synthetic": {"data_prep.system", "data_prep.pictures", "data_prep.subjects"},
    "data_prep.rendered": {
        "data_prep.system", "data_prep.pictures", "data_prep.subjects", "data_prep.faces", "data_prep.synthetic",
    },
    "data_prep.datasets": {
        "data_prep.system", "data_prep.pictures", "data_prep.subjects", "data_prep.readers", "data_prep.preparation",
        "data_prep.synthetic",
    },
    "data_prep": {"data_prep.*"},
    "tools.net": {"data_prep.*", "prototxt"},
    "tools.onnx": {"data_prep.*", "prototxt", "tools.net", "tools.engines"},
    "tools.engines": {"data_prep.*", "prototxt", "tools.net"},
    "tools.statistics": {"data_prep.*"},
    "tools.search": {"data_prep.*", "prototxt", "tools.net", "tools.engines"},
    "tools.folds": {"data_prep.*", "prototxt", "tools.net", "tools.engines", "tools.statistics"},
    "tools.report": {"data_prep.*", "prototxt", "tools.net", "tools.engines", "tools.statistics", "tools.search"},
    "tools.detection": {
        "data_prep.*", "prototxt", "tools.net", "tools.onnx", "tools.engines", "tools.statistics", "tools.report",
    },
    "tools": {"data_prep.*", "prototxt", "tools.*"},
    "experiments": {"data_prep.*", "data_prep", "prototxt", "tools.*", "experiments"},
}  # fmt: skip
MOST_COMMANDS = 8  # Python files directly in tools/
FILES = [path.relative_to(ROOT) for top in ("layers", "data_prep", "tools", "experiments") for path in
         sorted((ROOT / top).rglob("*.py"))]  # fmt: skip


def room(module):
    """The room of a dotted module name."""
    first, *rest = module.split(".")
    is_package = first in ("data_prep", "tools") and rest and (ROOT / first / rest[0]).is_dir()
    return f"{first}.{rest[0]}" if is_package else first


def imported(path):
    """The project's modules that a file imports, anywhere in it, as dotted names."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import; write the whole name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if (ROOT / name.split(".")[0] / "__init__.py").exists())


def may_import(here, there):
    allowed = ARROWS[here]
    return here == there or there in allowed or (there.count(".") and f"{there.split('.')[0]}.*" in allowed)


@pytest.mark.parametrize("path", FILES, ids=str)
def test_every_import_follows_an_arrow(path):
    here = room(".".join(path.with_suffix("").parts))
    for module in imported(path):
        assert may_import(here, room(module)), f"{path} imports {module}: no arrow from {here} to {room(module)}"


def test_the_arrows_form_no_circle():
    graph = {}
    for here in ARROWS:
        graph[here] = {there for there in ARROWS if there != here and may_import(here, there)}
    list(TopologicalSorter(graph).static_order())  # raises CycleError


def test_tools_holds_its_commands_and_nothing_else():
    assert len([path for path in FILES if path.parent.as_posix() == "tools"]) <= MOST_COMMANDS


def test_every_folder_of_tests_mirrors_one_of_the_code():
    for path in (ROOT / "tests").rglob("test_*.py"):
        mirrored = path.parent.relative_to(ROOT / "tests")
        assert (ROOT / mirrored).is_dir(), f"{path}: there is no folder {mirrored}"
