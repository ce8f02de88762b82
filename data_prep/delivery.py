"""What all dataset readers need to know about folders as they were delivered: archives, junk, copies, wrong levels."""

import os
import re
import warnings
from pathlib import Path

from data_prep.errors import InputError
from data_prep.provenance import SYNTHETIC

SHOWN = 10  # ours: names in a message
ARCHIVE = re.compile(r"\.(zip|rar|7z|tar|tgz|tar\.\w+)$", re.IGNORECASE)
JUNK = re.compile(r"^(\..*|__MACOSX|@eaDir|Thumbs\.db|desktop\.ini|Landmark.*)$", re.IGNORECASE)


def files_below(root, holds):
    """Every file below `root` but junk and landmarks, by path; links are followed.

    Raises InputError where `root` is no folder that could hold what `holds` says, or a drawn tree lies further below.
    """
    root = Path(root)
    if root.is_file():
        what = "an archive; unpack it and" if ARCHIVE.search(root.name) else "a file;"
        raise InputError(f"{root}: {what} give the folder that holds {holds}")
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder that holds {holds}")
    files, seen = [], set()  # a link may lead back to a folder above it
    for place, below, names in os.walk(root, onerror=stop, followlinks=True):
        here = os.path.realpath(place)
        below[:] = [name for name in below if not JUNK.match(name) and here not in seen]
        files += [Path(place, name) for name in names if not JUNK.match(name) and here not in seen]
        seen.add(here)
    if not files:
        raise InputError(f"{root}: nothing to read in this folder; give the folder that holds {holds}")
    for path in files:
        if path.name == SYNTHETIC and path.parent != root:  # else they would be prepared as if they were real
            raise InputError(f"{root}: synthetic faces lie in {path.parent}; give that folder, or move it away")
    return sorted(files)


def stop(error):
    raise error


def enter(paths, key, path, copy_is_fine=False):
    """paths[key] = path. Raises InputError at a second path, unless `copy_is_fine` and both have the same content."""
    other = paths.setdefault(key, path)
    if other is not path and not (copy_is_fine and path.read_bytes() == other.read_bytes()):
        raise InputError(f"{path}: a second copy of {other}; move one of the two out of the folder you give")


def warn_if_deeper(root, name, paths):
    """Warn if `paths`, all that was found of the dataset `name`, lie in one folder below `root`."""
    common = Path(os.path.commonpath([path.parent for path in paths]))
    if common != Path(root):
        warnings.warn(f"{root}: {name} lies in {common}; give that folder to leave out what is beside it", stacklevel=3)


def archives(files, *words):
    """The archives among `files` that have one of `words` in their name."""
    return [path for path in files if ARCHIVE.search(path.name) and any(word in path.name.lower() for word in words)]


def folder_above(root, siblings):
    """The nearest of three folders above `root` with an entry for each regex of `siblings`, or None."""
    for folder in Path(root).absolute().parents[:3]:
        names = os.listdir(folder) if os.access(folder, os.R_OK) else []
        if all(any(map(sibling.search, names)) for sibling in siblings):
            return folder
    return None


def contents(root):
    return listed(sorted(path.name for path in root.iterdir()))


def listed(items):
    """Names for a message, the rest of a long list as a number."""
    items = list(items)
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(map(str, items[:SHOWN])) + more
