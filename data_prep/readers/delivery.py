"""Datasets as they are delivered: folders with archives, junk and copies in them, or a level too high or too low."""

import filecmp
import os
import re
import warnings
from pathlib import Path

from data_prep.readers.regular_files import check_file
from data_prep.subjects.provenance import holds_synthetic_tree
from data_prep.system.errors import InputError

SHOWN = 10  # ours: names in a message
ARCHIVE = re.compile(r"\.(zip|rar|7z|tar|tgz|tar\.\w+)$", re.IGNORECASE)
JUNK = re.compile(r"^(\..*|__MACOSX|@eaDir|Thumbs\.db|desktop\.ini|Landmark.*)$", re.IGNORECASE)


def files_below(root, holds):
    """Every file below `root` but junk and landmarks, by path; links are followed. Raises InputError as walk does."""
    files = [folder / name for folder, _, names in walk(root, holds) for name in names]
    if not files:
        raise InputError(f"{root}: nothing to read in this folder; give the folder that holds {holds}")
    return sorted(files)


def walk(root, holds):
    """Yield (folder, names of folders in it, names of files in it) from `root` down, without junk and landmarks.

    A folder is visited once, however many links lead to it. Folders whose names the caller removes from the list are
    not visited. Raises InputError if `root` is not a folder or a tree of synthetic faces lies deeper in it; `holds`
    says in the message what the folder should hold.
    """
    root = Path(root)
    if root.is_file():
        what = "an archive; unpack it and" if ARCHIVE.search(root.name) else "a file;"
        raise InputError(f"{root}: {what} give the folder that holds {holds}")
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder that holds {holds}")
    seen = set()
    for name, subfolders, names in os.walk(root, onerror=fail, followlinks=True):
        folder, target = Path(name), os.path.realpath(name)
        if target in seen:
            subfolders.clear()
            continue
        seen.add(target)
        if folder != root and holds_synthetic_tree(folder):  # else its faces would be prepared as if they were real
            raise InputError(f"{root}: synthetic faces lie in {folder}; give that folder, or move it away")
        subfolders[:] = sorted(name for name in subfolders if not JUNK.match(name))
        yield folder, subfolders, sorted(name for name in names if not JUNK.match(name))


def fail(error):
    if isinstance(error, PermissionError):
        raise InputError(
            f"{error.filename}: no permission to read this folder; ask its owner, or change its permissions (chmod)"
        ) from error
    raise error


def add_file(paths, key, path, allow_copy=False):
    """paths[key] = path, a file or a folder of files.

    Raises InputError if the file cannot be read, or the key has a path, unless `allow_copy` and both files are equal.
    """
    check_name(path)
    if not path.is_dir():
        check_file(path)
    other = paths.setdefault(key, path)
    if other is not path and not (allow_copy and filecmp.cmp(path, other, shallow=False)):
        raise InputError(f"{path}: a second copy of {other}; move one of the two out of the folder you give")


def check_name(path):
    """Raise InputError if a path is not valid UTF-8, which would crash OpenCV and with it the process."""
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
    """The archives among `files` whose name has one of `words` in it; all archives if there are no words."""
    packed = [path for path in files if ARCHIVE.search(path.name)]
    return [path for path in packed if not words or any(word in path.name.lower() for word in words)]


def folder_above(root, siblings):
    """The nearest of the three folders above `root` that has a name for each regex of `siblings` in it, or None."""
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
