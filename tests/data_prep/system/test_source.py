"""What counts as a change of a Python file."""

import pytest

from data_prep.system.source import meaning

CODE = '''"""A module."""

def half(x):  # of x
    """Half of x."""
    return x / 2
'''


@pytest.fixture
def meaning_of(tmp_path):
    def write(text):
        (tmp_path / "a.py").write_text(text)
        return meaning(tmp_path / "a.py")

    return write


@pytest.mark.parametrize(
    "old, new", [("A module", "Another"), ("# of x", "# why"), ("Half", "50%"), ("\n\n", "\n\n\n")]
)
def test_comments_docstrings_and_layout_mean_nothing(meaning_of, old, new):
    assert meaning_of(CODE.replace(old, new)) == meaning_of(CODE)


@pytest.mark.parametrize("old, new", [("x / 2", "x / 3"), ("half", "part"), ("return x / 2", "'text'")])
def test_code_does(meaning_of, old, new):
    assert meaning_of(CODE.replace(old, new)) != meaning_of(CODE)
