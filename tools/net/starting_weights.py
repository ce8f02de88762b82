"""The weights that training starts from: the .caffemodels that a solver's `weights` names, for fine-tuning.

As in Caffe, layers are copied by name, from one file after the other; a layer that no file has is initialized by its
fillers, and one that only a file has is not used. Paths are relative to the working directory, as that of `net` is.
"""

import functools
from pathlib import Path
from typing import NamedTuple

from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from tools.net.caffemodel import fitting
from tools.net.params import shapes_of


class Start(NamedTuple):
    """What becomes of the layers of a net, and of the files.

    files   {path: {"sha256": of its content, "unused": layers that it has and the net has not}}
    copied  {layer: path of the file that its weights are from}
    fresh   layers whose weights are initialized
    """

    files: dict
    copied: dict
    fresh: list


def weights_files(solver):
    """The paths in a solver's `weights`, in order: it is given any number of times, each a list with commas."""
    return [path.strip() for entry in solver.weights for path in entry.split(",")]


def check_weights_files(solver):
    """Raise InputError for a file in a solver's `weights` that is not there."""
    for path in weights_files(solver):
        if not Path(path).is_file():
            raise InputError(
                f"{path}: no such .caffemodel; correct `weights` in the solver, which is relative to {Path.cwd()}"
            )


def weights_digests(solver):
    """sha256 of each file in a solver's `weights`. Raises InputError where one is missing."""
    check_weights_files(solver)
    return [digest_of_version(path, *version(path)) for path in weights_files(solver)]


def version(path):
    """What tells, without reading it, that a file has changed."""
    status = Path(path).stat()
    return status.st_mtime_ns, status.st_size


@functools.lru_cache(64)
def digest_of_version(path, *_):
    return file_digest(path)


def start_of(solver, params):
    """The Start of a net with weights `params` {layer: [Param]}; None where the solver names no `weights`.

    Raises InputError for a file that is missing or of another kind, that has not one layer of the net, or one of
    another shape: Caffe would abort, or train from nothing without a word.
    """
    if not solver.weights:
        return None
    shapes, files, copied = shapes_of(params), {}, {}
    for path, sha256 in zip(weights_files(solver), weights_digests(solver)):
        found, unused = fitting(path, shapes)
        if not found:
            raise InputError(
                f"{path}: has no layer of this net, by name, so nothing would be copied; it has {', '.join(unused)}"
            )
        files[path] = {"sha256": sha256, "unused": unused}
        copied.update(dict.fromkeys(found, path))
    filled = {param.owner for name in copied for param in params[name]}
    fresh = [name for name, own in params.items() if any(param.owner not in filled for param in own)]
    return Start(files, copied, fresh)


def lines(start):
    """What to tell of a Start, line by line."""
    for path, facts in start.files.items():
        copied = [name for name, source in start.copied.items() if source == path]
        yield f"{path}: copied {', '.join(copied) or 'nothing that a later file does not replace'}"
        if facts["unused"]:
            yield f"{path}: not used, as the net has no layer of the name: {', '.join(facts['unused'])}"
    yield f"trained afresh: {', '.join(start.fresh) or 'no layer'}"
