"""Whether what stands in a run folder is whole and up to date, and which commands make it again."""

import fcntl
import functools
from pathlib import Path
from typing import NamedTuple

from data_prep.system.code import code_digest
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from data_prep.system.files import MARK
from experiments.run_files import RECORD, REPORT
from experiments.run_record import NUMBERS_CODE, load_record
from tools.folds.fold import is_scored
from tools.folds.folder import load_trained
from tools.folds.metrics_file import METRICS_FILE
from tools.folds.scores import scores_path
from tools.folds.task import load_task

CURRENT, OLD, HALF, BUSY, DAMAGED = "up to date", "out of date", "half done", "being made now", "damaged"
UNKNOWN = "not known"


class State(NamedTuple):
    """One of the words above, and why: sentences."""

    word: str
    reasons: list


def state_of(folder):
    """The State of a run folder."""
    record, has_metrics = load_record(folder), (folder / METRICS_FILE).is_file()
    if record["begun"] and is_locked(folder):
        return State(BUSY, [])
    if not has_metrics:
        return State(HALF, ["It was stopped before its end; its command goes on where it was."])
    if not (folder / REPORT).is_file():
        return State(DAMAGED, [f"{REPORT} is missing; run its command again."])
    made, reasons = record["made"], []
    if record["begun"]:
        reasons.append("Another command has begun here and not ended: " + record["begun"]["command"])
    if made is None:
        return State(OLD, reasons) if reasons else State(UNKNOWN, [f"There is no {RECORD} with its command here."])
    reasons += out_of_date(folder, made)
    return State(OLD if reasons else CURRENT, reasons)


def is_locked(folder):
    """Whether a run holds the lock of a folder (data_prep/system/files.py)."""
    try:
        with open(folder / MARK) as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def out_of_date(folder, made):
    """Sentences on why what the record `made` tells of is not what its command would make today."""
    reasons = []
    for name, expected in made["files"].items():
        path = folder / name
        if not path.is_file():
            reasons.append(f"{name} is gone.")
        elif file_digest(path) != expected:
            reasons.append(f"{name} has been made anew since, by another command or an edit.")
    if made["code"] not in (None, code_digest((NUMBERS_CODE,))):
        reasons.append("The code that makes numbers of scores has changed since.")
    for name in [] if reasons else made["folds"]:
        reasons += [f"{Path(name).name}: {why}" for why in fold_out_of_date(folder / name)]
    return reasons


def fold_out_of_date(folder):
    """Why a fold would be computed again today: sentences, at most one."""
    try:
        task, trained = load_task(folder), load_trained(folder)
        for name in {*task.fold.fitted, *task.fold.tested}:
            path, expected = task.subjects[name]
            if digest_of(path) != expected:
                return [f"its data are no longer the same, or gone ({path})."]
        if trained.fingerprint != task.training_fingerprint():
            return ["net, solver, options or code of the training have changed since."]
        if not all(is_scored(task, test) for test in task.fold.tests if scores_path(folder, test).is_file()):
            return ["code of the features or scores has changed since."]
    except (OSError, InputError) as error:
        return [f"{error}."]
    return []


@functools.cache
def digest_of(path):
    """The digest of a file, None if there is none. Once per process: runs share subject files."""
    return file_digest(path) if Path(path).is_file() else None


def commands(folder, seen=()):
    """[(run folder, command)] that make a run, those that it needs first; "" where no command was noted."""
    folder = Path(folder).resolve()
    if folder in seen:
        return []
    record, found = load_record(folder), []
    sources = [record["made"], record["begun"]]
    if not (folder / METRICS_FILE).is_file():
        sources.reverse()  # what was made is gone
    source = next(filter(None, sources), {"command": ""})
    for need in source.get("needs", ()):
        found += commands(folder / need, (*seen, folder))
    return [*found, (folder, source["command"])]
