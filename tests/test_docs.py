"""What the READMEs say, against the files, the Makefile and the version."""

import re
import subprocess
import sys
import tomllib
from itertools import chain

import pytest

from data_prep.system.code import ROOT
from tests.bundles import random_bundle

README_LINES, LINE_LENGTH = 200, 120
READMES = sorted(
    path
    for path in [ROOT / "README.md", *ROOT.glob("[a-z]*/**/README.md")]
    if path.relative_to(ROOT).parts[0] not in ("data", "runs")
)
TEXT = "\n".join(path.read_text() for path in READMES)
MAKEFILE = (ROOT / "Makefile").read_text() + (ROOT / "docker/docker.mk").read_text()
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"\.?[A-Za-z][\w.-]*(/[\w.-]+)*/?")
SUFFIXES = (".py", ".sh", ".toml", ".md", ".cff", ".mk", ".in", ".lock", ".proto", ".prototxt", ".Dockerfile")
MADE = (".venv", "runs/", "data/", "best/", "fold_SN001/")  # what setup and runs make
OUTPUTS = ("train_val.prototxt", "solver.prototxt", "deploy.prototxt", "detection.md", "table.md")  # by name alone
readmes = pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))


def paths_in(text):
    """The paths of the project that stand in backticks or are linked to."""
    for code in CODE.findall(text):
        is_path = "/" in code or code.endswith(SUFFIXES)
        if is_path and PATH.fullmatch(code) and not code.startswith(MADE) and code not in OUTPUTS:
            yield code
    yield from re.findall(r"\]\(([^):\s]+)\)", text)


def test_paths_are_recognized():
    text = "`tools/net` `runs/demo` [x](c/d.png) `x = y` `1 / 2` `log.csv` `gone.py` `solver.prototxt` `make a/b`"
    assert list(paths_in(text)) == ["tools/net", "gone.py", "c/d.png"]


@readmes
def test_every_path_in_a_readme_exists(readme):
    missing = [path for path in paths_in(readme.read_text()) if not (ROOT / path).exists()]
    assert not missing


def test_every_module_that_a_readme_runs_exists():
    modules = set(re.findall(r"-m ((?:data_prep|tools|experiments)[\w.]*)", TEXT))
    assert "tools.detect" in modules
    assert not [module for module in modules if not (ROOT / (module.replace(".", "/") + ".py")).is_file()]


def test_the_main_readme_is_short():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= README_LINES
    assert not [line for line in lines if len(line) > LINE_LENGTH]


def test_every_make_target_is_in_a_readme_and_every_target_of_a_readme_in_the_makefile():
    targets = set(re.findall(r"^([a-z0-9-]+):.*##", MAKEFILE, re.MULTILINE))
    code = chain(
        CODE.findall(TEXT), *(block.splitlines() for block in re.findall(r"```\w*\n(.*?)```", TEXT, re.DOTALL))
    )
    named = {match[1] for line in code if (match := re.match(r"make +(?:docker-)?([a-z0-9-]+)", line))}
    assert targets and targets == named


def test_every_variable_that_make_passes_on_is_in_a_readme():
    variables = set(re.findall(r"\$\((?:call (?:opt|flag),|or \$\()([A-Z][A-Z0-9_]*)", MAKEFILE))
    assert {"ENGINE", "CAMERA", "FOLD", "ROOT"} <= variables
    assert not [name for name in variables if not re.search(rf"`{name}(=[^`]*)?`", TEXT)]


def test_the_citation_has_the_version_of_the_project():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^version: (\S+)$", citation, re.MULTILINE)[1] == version
    assert all(name in citation for name in ("Ghosh", "Laksana", "Scherer", "Morency", "preferred-citation"))


def test_the_readmes_lines_for_other_programs_run_with_onnxruntime_alone(tmp_path):
    (lines,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "runs").mkdir()
    random_bundle(tmp_path / "runs")
    names = set(re.findall(r"^import (.*)$", lines, re.MULTILINE)[0].split(", "))
    assert names == {"json", "numpy", "onnxruntime"} and len(lines.splitlines()) <= 10
    done = subprocess.run(  # isolated: the project cannot be imported
        [sys.executable, "-I", "-c", lines], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and done.stdout.count("[") == 4, done.stderr  # three rows
