"""The names of results, and which files of the output folder may be replaced.

An input's result is called by the input's stem, or, where that is taken, by the stem and a digest of its absolute path:
talk.csv, talk-1f0c2d3e.csv. Once it has a name it keeps it, whatever else a later call asks for. What a camera saw can
not be seen again, so that each of its recordings has a name of its own: camera0, camera0-2, camera0-3.

A result's JSON is its mark: it holds the absolute path of its input and the names of its files, and only these are ever
replaced. While they are being written, .NAME.unfinished says the same, so that a run that was killed is made up for.
"""

import contextlib
import hashlib
import itertools
import os
from pathlib import Path

from data_prep.system.errors import InputError
from data_prep.system.files import load_json, save_json

OVERLAY = "_overlay"  # ends the names of overlays: they are no inputs when their folder is given again
ENDINGS = (".csv", ".json", ".html", f"{OVERLAY}.mp4", f"{OVERLAY}.png")  # of all files that a result may have
LONGEST_STEM = 150  # ours: bytes of a name that come from the input's; file systems allow 255 with all endings
DIGITS = 8  # ours: hexadecimal digits of the digest, one chance in four billion that two inputs share them


def identity(source):
    """What tells an input from all others: its absolute path, or the number of a camera, as text.

    Links among its folders are followed, so that two ways to a file are one; it keeps its own name if it is a link.
    """
    if isinstance(source, int):
        return str(source)
    path = Path(source)
    return os.path.realpath(path) if path.name in ("", "..") else os.path.join(os.path.realpath(path.parent), path.name)


def name_results(sources, out):
    """[name, or the InputError that says why it has none] of the results of `sources` in the folder `out`, in order."""
    taken, names = set(), []
    for source in sources:
        try:
            names.append(result_name(source, Path(out), taken))
            taken.add(names[-1])
        except InputError as error:
            names.append(error)
    return names


def result_name(source, out, taken):
    """The name of the result of `source`: its own of before, else its stem or its longer name, if free."""
    if isinstance(source, int):
        names = (f"camera{source}{f'-{number}' if number > 1 else ''}" for number in itertools.count(1))
        return next(name for name in names if name not in taken and not existing(out, name))
    short, long = candidates(source)
    for name in (long, short):
        if owned_files(out, name, source) and not foreign_files(out, name, source):
            return name
    for name in (short, long):
        if name not in taken and not foreign_files(out, name, source):
            return name
    raise not_ours(foreign_files(out, long, source)[0], source)


def not_ours(path, source):
    return InputError(f"{path}: not a result of {source}, and would be replaced; move it away, or choose another --out")


def candidates(source):
    """(short, long) name of the result of a file or folder."""
    stem = source.name if source.is_dir() else source.stem
    stem = os.fsencode(stem)[:LONGEST_STEM].decode("utf-8", "ignore") or "input"  # whole characters only
    return stem, f"{stem}-{hashlib.sha256(os.fsencode(identity(source))).hexdigest()[:DIGITS]}"


def owned_files(out, name, source):
    """The names of files in `out` that are those of the result of `source` called `name`; none if there is no mark."""
    owned = set()
    for mark in (out / f"{name}.json", mark_path(out, name)):
        facts = load_mark(mark)
        if facts and same_input(facts["input"], source):
            listed = {*map(str, facts.get("files", endings(name))), *map(str, facts.get("kept", []))}
            owned |= {mark.name} | (listed & set(endings(name)))
    return owned


def same_input(text, source):
    """Whether what a result says of its input is `source`. Earlier versions of this project wrote relative paths."""
    if isinstance(source, int) or text.isdecimal():
        return text == str(source)
    return identity(text) == identity(source)


def load_mark(path):
    """What a result's JSON, or its mark while it is being written, holds; None if it is neither."""
    if not path.is_file():
        return None
    try:
        facts = load_json(path)
        lists = [facts.get(key, []) for key in ("files", "kept")]
        is_mark = isinstance(facts["input"], str) and all(isinstance(names, list) for names in lists)
        return facts if is_mark and (path.suffix != ".json" or "fingerprint" in facts) else None
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return None


def foreign_files(out, name, source):
    """The files in `out` that a result called `name` would replace, and which are not of a result of `source`."""
    owned = owned_files(out, name, source)
    return [path for path in existing(out, name) if path.name not in owned]


def existing(out, name):
    """The files in `out` that a result called `name` would replace."""
    paths = [*(out / file for file in endings(name)), mark_path(out, name)]
    return [path for path in paths if os.path.lexists(path)]


def endings(name):
    return [f"{name}{ending}" for ending in ENDINGS]


def mark_path(out, name):
    return out / f".{name}.unfinished"


@contextlib.contextmanager
def being_written(out, name, source, files):
    """Mark `files` (names) in `out` as those of the result of `source`, and remove the mark if the block ends well.

    Yields the names of further files that the result had before, for its JSON, which is removed first. Raises
    InputError if one of `files` is there and not of this result.
    """
    for path in foreign_files(out, name, source):
        if path.name in files:  # it has come since the result was named
            raise not_ours(path, source)
    owned = owned_files(out, name, source)
    mark = mark_path(out, name)
    save_json(mark, {"input": identity(source), "files": sorted(owned | set(files))})
    with contextlib.suppress(FileNotFoundError):
        (out / f"{name}.json").unlink()
    older = owned - set(files) - {mark.name}
    yield sorted(file for file in older if (out / file).is_file())
    mark.unlink()
