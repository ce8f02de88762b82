"""The code that a result depends on: the entry points named for it, and all that they import.

Two versions of a file are the same if they differ in comments, docstrings and layout only. So an edited comment makes
nothing out of date, and an edited function just the results whose entry points reach it.
"""

import ast
import functools
import re
import time
import tomllib
from pathlib import Path

from data_prep.system.digests import digest
from data_prep.system.source import meaning, parsed

ROOT = Path(__file__).resolve().parents[2]
LOADED = time.time()  # when this process loaded the project
SCHEMA = "prototxt/caffe.proto"  # what the generated prototxt/caffe_pb2.py says
GENERATED = "prototxt.caffe_pb2"


def project_version(root=ROOT):
    with open(root / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["version"]


@functools.lru_cache
def code_digest(entries, root=ROOT):
    """A digest of the modules `entries`, a tuple of dotted names, and of all of the project that they import."""
    return digest({str(path.relative_to(root)): content(path) for path in sorted(followed(entries, root))})


def followed(entries, root=ROOT):
    """The paths of the project's files that `entries` reach by their imports, wherever in a file these stand."""
    waiting, paths = list(entries), set()
    while waiting:
        module = waiting.pop()
        if "." in module:
            waiting.append(module.rpartition(".")[0])  # Python runs the __init__.py of every package on the way
        path = path_of(module, root)
        if path and path not in paths:
            paths.add(path)
            if path.suffix == ".py":
                waiting += imports(path)
    return paths


def path_of(module, root):
    """The file of a module of the project, the schema for the code generated of it; None for a library or a name."""
    if module == GENERATED:
        return root / SCHEMA
    stem = root.joinpath(*module.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def imports(path):
    """The dotted names that a Python file imports: `from a import b` may mean the module a.b."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def content(path):
    """What counts of a file, as text: comments and layout do not."""
    if path.suffix == ".py":
        return meaning(path)
    return re.sub(r"\s+", " ", re.sub(r"//.*", "", path.read_text(encoding="utf-8")))


def edited_since_loaded(root=ROOT, loaded=LOADED):
    """The first Python file of the project that was edited after this process loaded it; None if there is none."""
    folders = ("layers", "data_prep", "tools", "experiments")
    paths = (path for folder in folders for path in sorted((root / folder).rglob("*.py")))
    return next((str(path.relative_to(root)) for path in paths if path.stat().st_mtime > loaded), None)
