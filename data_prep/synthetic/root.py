"""The root of a tree of drawn faces: whether it is one, and what it was made with."""

import os

from data_prep.subjects.provenance import DRAWN, SYNTHETIC, holds_synthetic_tree
from data_prep.system.errors import InputError
from data_prep.system.files import MARK, load_json, remove, save_json

STATEMENT = "Synthetic faces drawn by data_prep/synthetic, in the layout of {0}. Not {0}, no real person."


def claim(root):
    """Mark a tree that has its synthetic.json but lost the mark of this project, or is older than that mark.

    Raises InputError if `root` holds other files and is no tree, or nothing but a damaged synthetic.json says it is.
    """
    record = root / SYNTHETIC
    if root.is_dir() and not holds_synthetic_tree(root) and any(name[0] != "." for name in os.listdir(root)):
        raise InputError(f"{root}: holds other files and no {SYNTHETIC}; name an empty or new folder")
    if record.exists() and not (root / MARK).exists():
        if "layout" not in load_settings(record):
            raise InputError(f"{record}: not readable as JSON; delete {root} and run again")
        (root / MARK).touch()


def load_settings(record):
    """What synthetic.json says; {} if it is missing or damaged."""
    try:
        return dict(load_json(record))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def prepare_root(root, layout, settings):
    """Make `root` ready for a tree of `settings`: remove what was drawn with other settings, and record these.

    `root` is marked as this project's, so that what lies at a subject's paths was drawn.
    """
    record, facts = root / SYNTHETIC, {"about": layout.about.format(layout.name), **settings}
    old = load_settings(record)
    if old.get("layout", layout.name) != layout.name:
        raise InputError(f"{root}: a tree in the layout of {old['layout']} is here; name an empty or new folder")
    if old == facts:
        return
    for variant in layout.variants:
        for subject in layout.subjects:
            for path in layout.paths(root, subject, variant):
                discard(path, root)
    remove(root / DRAWN)
    save_json(record, facts)


def discard(path, root):
    """Remove a file or folder, and the folders below `root` that this leaves empty."""
    remove(path)
    for folder in path.parents:
        if folder == root or (folder.is_dir() and any(folder.iterdir())):
            return
        if folder.is_dir():
            folder.rmdir()
