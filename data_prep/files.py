"""Files that are whole or absent: written under a temporary name, then renamed."""

import contextlib
import os
import shutil
from pathlib import Path


@contextlib.contextmanager
def whole(path):
    """Yield a temporary path beside `path`, renamed to `path` when the block ends well, else removed.

    The block may write a file or make a folder there. The ending of the name is kept.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    remove(part)
    try:
        yield part
        if part.is_dir():
            remove(path)
        os.replace(part, path)
    finally:
        remove(part)


def remove(path):
    """Remove a file or a folder, if it is there."""
    path = Path(path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
