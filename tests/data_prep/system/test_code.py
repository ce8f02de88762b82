"""Which files of the project a module reaches, and whether they were edited since."""

import time

import pytest

from data_prep.system.code import edited_since_loaded, followed
from data_prep.system.errors import InputError


@pytest.fixture
def room(tmp_path):
    """A project with one package."""
    (tmp_path / "tools").mkdir()
    for name, text in {
        "__init__": "",
        "a": "def f():\n    from tools import b\n    import json\n    return b\n",
        "b": "import tools.c\n",
        "c": "VALUE = 1\n",
        "d": "import tools.a\n",
    }.items():
        (tmp_path / f"tools/{name}.py").write_text(text)
    return tmp_path


def test_imports_inside_functions_and_of_modules_by_their_package_are_followed(room):
    assert {path.stem for path in followed(["tools.a"], room)} == {"__init__", "a", "b", "c"}


def test_a_file_that_is_not_python_is_an_error_that_names_the_line(room):
    (room / "tools/c.py").write_text("VALUE = 1\ndef f(:\n")
    with pytest.raises(InputError, match=r"tools/c\.py:2: invalid syntax; correct it"):
        followed(["tools.a"], room)


def test_an_edit_after_the_project_was_loaded_is_noticed(room):
    assert edited_since_loaded(room, loaded=time.time() + 1) is None
    assert edited_since_loaded(room, loaded=(room / "tools/b.py").stat().st_mtime - 60) == "tools/__init__.py"
