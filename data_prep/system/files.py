"""Files that are complete or absent: written under a temporary name, then renamed.

Python 3.6 syntax and the standard library: Caffe's interpreter imports this too.
"""

import contextlib
import fcntl
import json
import math
import os
import shutil
import sys
from pathlib import Path

from data_prep.system.errors import InputError

ANY = None  # what a folder may hold that lies in a tree of this project's own
MARK = ".lock"  # stands in every folder that only_writer has made, or taken while it was empty
TURN = ".turn"  # lock of a folder in which tasks take turns
OWN = {"dataset.json", "metrics.json", "task.json", "study.log"}  # the mark may be lost where folders are copied
BUSY = ".busy"  # the same in a folder of others, which is not marked as ours by it


@contextlib.contextmanager
def atomic(path, holds=()):
    """Yield a temporary path beside `path`, renamed to `path` when the block ends well, else removed.

    The block may write a file or make a folder there. The ending of the name is kept. A folder is replaced only if it
    holds nothing but files with the names `holds`, the first among them: others are not this project's to delete.
    Raises InputError, naming a foreign file, where it does not. `holds` ANY is for folders known to be our own.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    check_replaceable(path, holds)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    remove(part)
    try:
        yield part
        if part.is_dir():
            remove(path)
        os.replace(str(part), str(path))
    finally:
        remove(part)


def check_replaceable(path, holds):
    """Raise InputError if `path` is a folder with files that `holds` does not name, or without its first."""
    names = sorted(os.listdir(str(path))) if path.is_dir() and holds is not ANY else []
    foreign = [name for name in names if name not in holds]
    if not foreign and names and holds[0] not in names:
        foreign = names
    if foreign:
        raise InputError(
            f"{path / foreign[0]}: not written by this project, and would be deleted with its folder; move it away or "
            "choose another folder"
        )


@contextlib.contextmanager
def only_writer(folder, among_others=False, wait=False):
    """Make `folder` and be the only run that writes in it until the block ends, however it ends.

    Raises InputError if nothing can be written there, another run is at it, or it holds files that no run of this
    project has put there. `among_others`: these are welcome, as the caller replaces nothing of them. `wait`: while
    another run is at it, this one waits, and says so.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = sorted(name for name in os.listdir(str(folder)) if not name.startswith("."))
        if others and not among_others and not (folder / MARK).exists() and not OWN.intersection(others):
            raise InputError(
                f"{folder}: holds files that are not of this project, such as {others[0]}; choose an empty or a new "
                "folder"
            )
        lock = open(str(folder / (BUSY if among_others else MARK)), "w")
    except OSError as error:
        raise InputError(f"{folder}: cannot write here ({error.strerror}); free the path or choose another") from error
    with lock:
        try:
            take(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                raise InputError(
                    f"{folder}: another run is writing here; wait for it, or choose another folder"
                ) from None
            print(f"{folder}: another run is writing here; waiting for it to end", file=sys.stderr, flush=True)
            take(lock, fcntl.LOCK_EX)
        yield folder


@contextlib.contextmanager
def in_turn(folder):
    """Make `folder` and wait until no other process is in such a block for it; one that dies leaves it.

    For tasks that may outlive the run that started them, and with it the run's `only_writer`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(str(folder / TURN), "w") as lock:
        take(lock, fcntl.LOCK_EX)
        yield folder


def take(lock, operation):
    """Lock an open file as fcntl.flock does. Raises InputError where its file system has no locks."""
    try:
        fcntl.flock(lock, operation)
    except BlockingIOError:
        raise
    except OSError as error:
        folder = os.path.dirname(lock.name)
        raise InputError(f"{folder}: cannot be locked ({error.strerror}); choose a folder on another disk") from error


def remove(path):
    """Remove a file or a folder, if it is there."""
    path = Path(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


def save_json(path, value):
    """Write `value` as JSON; NaN, which JSON does not have, becomes null."""
    with atomic(path) as part:
        part.write_text(json.dumps(without_nan(value), indent=1) + "\n", encoding="utf-8")


def load_json(path):
    """The value in a JSON file. Raises FileNotFoundError if there is none, ValueError if it is not JSON."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def without_nan(value):
    """`value` with None for every NaN in its lists and dictionaries."""
    if isinstance(value, dict):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value
