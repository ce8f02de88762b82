"""Files that are complete or absent: written under a temporary name, then renamed.

Python 3.6 syntax and the standard library: Caffe's interpreter imports this too.
"""

import contextlib
import fcntl
import json
import math
import os
import shutil
from pathlib import Path

from data_prep.system.errors import InputError


@contextlib.contextmanager
def atomic(path):
    """Yield a temporary path beside `path`, renamed to `path` when the block ends well, else removed.

    The block may write a file or make a folder there. The ending of the name is kept.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    remove(part)
    try:
        yield part
        if part.is_dir():
            remove(path)
        os.replace(part, path)
    finally:
        remove(part)


@contextlib.contextmanager
def only_writer(folder):
    """Make `folder` and be the only run that writes in it until the block ends, however it ends.

    Raises InputError if nothing can be written there or another run is at it.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = open(folder / ".lock", "w")
    except OSError as error:
        raise InputError(f"{folder}: cannot write here ({error.strerror}); free the path or choose another") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another run is writing here; wait for it, or choose another folder") from None
        yield folder


@contextlib.contextmanager
def in_turn(folder):
    """Make `folder` and wait until no other process is in such a block for it; one that dies leaves it.

    For tasks that may outlive the run that started them, and with it the run's `only_writer`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".turn", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


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
