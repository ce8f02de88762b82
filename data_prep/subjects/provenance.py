"""Whether data are of a dataset or synthetic. Numbers computed on synthetic faces are never shown as a dataset's."""

from pathlib import Path

from data_prep.system.errors import InputError
from data_prep.system.files import load_json, save_json

SYNTHETIC = "synthetic.json"  # at the root of every tree of synthetic faces
DRAWN = ".drawn"  # there too: a folder with a record of each subject's files
PREFIX = "synthetic faces"  # of the names of such data
PROVENANCE = "dataset.json"  # beside the subject files: {"name": str}


def holds_synthetic_tree(root):
    """Whether `root` is a tree of synthetic faces, or a file in one, also where it lost one of the two signs of it."""
    root = Path(root)
    folder = root.parent if root.is_file() else root
    return any((folder / sign).exists() for sign in (SYNTHETIC, DRAWN))


def dataset_name(title, root, pictures=()):
    """What the data at `root` may be called: `title`, or synthetic faces in its layout.

    pictures  paths of the pictures and videos that it lists, where `root` is a file: they are synthetic if any lies in
              a tree of synthetic faces
    """
    if holds_synthetic_tree(root):
        return f"{PREFIX} in {title}'s layout"
    folders = {folder for parent in {Path(path).parent for path in pictures} for folder in parent.resolve().parents}
    folders |= {Path(path).parent.resolve() for path in pictures}
    return f"{PREFIX} of {title}" if any(map(holds_synthetic_tree, folders)) else title


def is_synthetic(name):
    """Whether data that dataset_name called `name` are synthetic."""
    return name.startswith(PREFIX)


def save_provenance(folder, name):
    save_json(Path(folder) / PROVENANCE, {"name": name})


def load_provenance(folder):
    """The name of the data in `folder`. Raises InputError if it is not known."""
    path = Path(folder) / PROVENANCE
    try:
        return load_json(path)["name"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: cannot tell what data this is ({error}); prepare it again") from error
