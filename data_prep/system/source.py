"""What a Python file means: its code without comments, docstrings and layout, so that editing these changes nothing."""

import ast
from pathlib import Path

from data_prep.system.errors import InputError

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def meaning(path):
    """The code of a Python file, as text in one fixed layout."""
    tree = parsed(path)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


def parsed(path):
    """The syntax tree of a Python file. Raises InputError naming the line that is not Python."""
    try:
        return ast.parse(Path(path).read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise InputError(f"{path}:{error.lineno}: {error.msg}; correct it") from error
