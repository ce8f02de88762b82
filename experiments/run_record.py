"""run.json of a run folder: which command makes it, and of what; so that one can tell what is whole and up to date.

  begun  null, or the command that was begun and has not ended: {"title", "command", "settings", "made_by"}
  made   null, or what made that which is there: {"command", "ended" (date and time), "needs" [run folders that it
         read], "folds" [folders], "files" {path: sha256} that its numbers were read from, "code" (digest of the code
         that makes numbers of scores, or null where there are none)}

Paths are relative to the run folder, so that all runs may be moved together.
"""

import contextlib
import os
import re
import shlex
import sys
from pathlib import Path

from data_prep.system.code import ROOT, code_digest
from data_prep.system.digests import file_digest
from data_prep.system.files import load_json
from experiments.run_files import RECORD
from tools.folds.folder import TRAINED
from tools.folds.scores import scores_path
from tools.folds.task import load_task

NEEDS = ("searched",)  # options that name what another run has left
WIDTH = 100  # ours: characters of a line of a command
NUMBERS_CODE = "experiments.results"


def described(out, settings, sources):
    """What "made" says of the Sources of a run."""
    files = [path for folder in sources.folds for path in files_of_fold(folder)] + list(sources.files)
    needs = [getattr(settings, name) for name in NEEDS if getattr(settings, name, None)]
    return {
        "needs": [os.path.relpath(need, out) for need in needs],
        "folds": [os.path.relpath(folder, out) for folder in sources.folds],
        "files": {os.path.relpath(path, out): file_digest(path) for path in files},
        "code": code_digest((NUMBERS_CODE,)) if sources.scored else None,
    }


def files_of_fold(folder):
    """The files of a fold that a run's numbers are read from: of its training, and its scores if it is tested."""
    paths = [Path(folder) / TRAINED]
    with contextlib.suppress(FileNotFoundError):
        paths += [scores_path(folder, test) for test in load_task(folder).fold.tests]
    return [path for path in paths if path.is_file()]


def load_record(out):
    """run.json of a run folder; nothing begun and nothing made where it is missing or damaged."""
    empty = {"begun": None, "made": None}
    try:
        return empty | load_json(Path(out) / RECORD)
    except (OSError, ValueError, TypeError):
        return empty


def command_line():
    """The command of this process, to be run again in the project's folder."""
    words = shlex.join(sys.orig_argv[1:])
    if Path.cwd() == ROOT:
        return f".venv/bin/python {words}"
    where = f"cd {shlex.quote(str(Path.cwd()))} && PYTHONPATH={shlex.quote(str(ROOT))}"
    return f"{where} {shlex.quote(sys.executable)} {words}"


def wrapped(command):
    """A command in lines of at most WIDTH characters, where its words allow it, as a shell takes them."""
    lines = [""]
    for word in re.findall(r"(?:[^\s'\"\\]|'[^']*'|\"[^\"]*\"|\\.)+", command):
        if lines[-1] and len(lines[-1]) + len(word) > WIDTH:
            lines.append("   ")
        lines[-1] += f" {word}" if lines[-1] else word
    return " \\\n".join(lines)
