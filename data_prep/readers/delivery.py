"""What all dataset readers need to know about folders as they were delivered: archives, junk, copies, wrong levels."""

import os
import re
import warnings
from pathlib import Path

from data_prep.subjects.provenance import SYNTHETIC
from data_prep.system.errors import InputError

SHOWN = 10  # ours: names in a message
ARCHIVE = re.compile(r"\.(zip|rar|7z|tar|tgz|tar\.\w+)$", re.IGNORECASE)
JUNK = re.compile(r"^(\..*|__MACOSX|@eaDir|Thumbs\.db|desktop\.ini|Landmark.*)$", re.IGNORECASE)


def files_below(root, holds):
    """Every file below `root` but junk and landmarks, by path; links are followed. Raises InputError as walk does."""
    files = [place / name for place, _, names in walk(root, holds) for name in names]
    if not files:
        raise InputError(f"{root}: nothing to read in this folder; give the folder that holds {holds}")
    return sorted(files)


def walk(root, holds):
    """Yield (folder, names of the folders in it, names of the files in it) from `root` down, without junk and landmarks.

    A folder is visited once, whatever links lead to it. Names taken out of the list of folders are not entered. Raises
    InputError where `root` is no folder that could hold what `holds` says, or a drawn tree lies further below.
    """
    root = Path(root)
    if root.is_file():
        what = "an archive; unpack it and" if ARCHIVE.search(root.name) else "a file;"
        raise InputError(f"{root}: {what} give the folder that holds {holds}")
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder that holds {holds}")
    seen = set()
    for place, below, names in os.walk(root, onerror=stop, followlinks=True):
        here = os.path.realpath(place)
        if here in seen:
            below.clear()
            continue
        seen.add(here)
        place = Path(place)
        if SYNTHETIC in names and place != root:  # else its faces would be prepared as if they were real
            raise InputError(f"{root}: synthetic faces lie in {place}; give that folder, or move it away")
        below[:] = sorted(name for name in below if not JUNK.match(name))
        yield place, below, sorted(name for name in names if not JUNK.match(name))


def stop(error):
    raise error


def enter(paths, key, path, copy_is_fine=False):
    """paths[key] = path. Raises InputError at a second path, unless `copy_is_fine` and both have the same content."""
    check_name(path)
    other = paths.setdefault(key, path)
    if other is not path and not (copy_is_fine and path.read_bytes() == other.read_bytes()):
        raise InputError(f"{path}: a second copy of {other}; move one of the two out of the folder you give")


def check_name(path):
    """Raise InputError at a path that is no UTF-8: OpenCV ends the whole process at one."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(f"{path}: a name in this path is not UTF-8; rename it") from None


def warn_if_deeper(root, name, paths):
    """Warn if `paths`, all that was found of the dataset `name`, lie in one folder below `root`."""
    common = Path(os.path.commonpath([path.parent for path in paths]))
    if common != Path(root):
        warnings.warn(f"{root}: {name} lies in {common}; give that folder to leave out what is beside it", stacklevel=3)


def archives(files, *words):
    """The archives among `files` that have one of `words` in their name; all of them without words."""
    packed = [path for path in files if ARCHIVE.search(path.name)]
    return [path for path in packed if not words or any(word in path.name.lower() for word in words)]


def folder_above(root, siblings):
    """The nearest of three folders above `root` with an entry for each regex of `siblings`, or None."""
    for folder in Path(root).absolute().parents[:3]:
        names = os.listdir(folder) if os.access(folder, os.R_OK) else []
        if all(any(map(sibling.search, names)) for sibling in siblings):
            return folder
    return None


def contents(root):
    return listed(sorted(path.name for path in Path(root).iterdir())) or "nothing"


def listed(items):
    """Names for a message, the rest of a long list as a number."""
    items = list(items)
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(map(str, items[:SHOWN])) + more
