"""Records of what is done: the files that it left, with their digests, so that damage to one is noticed.

A record is JSON: {"files": {path below a root: sha256}, and further facts}.
"""

from pathlib import Path

from data_prep.system.digests import file_digest
from data_prep.system.files import load_json, save_json


def save_record(path, root, files, **facts):
    """Record the paths `files`, which lie below `root`, with `facts`."""
    root = Path(root)
    save_json(path, {**facts, "files": {file.relative_to(root).as_posix(): file_digest(file) for file in files}})


def intact_record(path, root):
    """The record at `path`; None if there is none, it is damaged, or a file is not as recorded."""
    record = load_record(path)
    try:
        if record and all(file_digest(Path(root) / name) == found for name, found in record["files"].items()):
            return record
    except OSError:
        pass
    return None


def load_record(path):
    """The record at `path`, whether or not its files are intact; None if there is none or it is damaged."""
    try:
        record = load_json(path)
        return record if isinstance(record["files"], dict) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
