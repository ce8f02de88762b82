"""What all trees of synthetic faces share: the record of what they were made with, resuming, clearing, the options.

ROOT/synthetic.json holds {"about": statement, "layout", "variant", "seed", ..., "version"}. A subject's last path is
renamed into place last, so its presence means the subject is complete; after an interruption the same command
continues. A tree of other settings, or drawn by another version of the code, is redrawn.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
from tqdm import tqdm

from data_prep.subjects.provenance import SYNTHETIC
from data_prep.system.arguments import natural, positive
from data_prep.system.digests import digest
from data_prep.system.errors import InputError
from data_prep.system.files import load_json, remove, save_json
from data_prep.system.pool import run_all
from data_prep.system.source import meaning

PACKAGE = Path(__file__).parent
STATEMENT = "Synthetic faces drawn by data_prep/synthetic, in the layout of {0}. Not {0}, no real person."


class Layout(NamedTuple):
    """How one dataset lies on disk and how a subject of it is drawn.

    name      of the dataset
    subjects  its ids, in the order in which they are drawn
    variants  names of the ways its copies spell folders and files; the first is the default
    paths     paths(root, subject, variant): the files and folders that are a subject's alone; the last is made last
    draw      draw(root, subject, settings): makes them; all of it follows from settings and subject
    """

    name: str
    subjects: tuple
    variants: tuple
    paths: Callable
    draw: Callable


def version(folder=PACKAGE):
    """A digest of the drawing code: 12 hex digits that change with the code, not the comments, of any file here."""
    return digest({path.name: meaning(path) for path in sorted(folder.glob("*.py"))})[:12]


def check_counts(**counts):
    """Raise InputError naming the option of a count below 1 (of a seed: below 0)."""
    for option, value in counts.items():
        least = 0 if option == "seed" else 1
        if value < least:
            raise InputError(f"--{option} {value}: give {least} or more")


def discard(path, root):
    """Remove a file or folder, and the folders below `root` that this leaves empty."""
    remove(path)
    for folder in path.parents:
        if folder == root or (folder.is_dir() and any(folder.iterdir())):
            return
        if folder.is_dir():
            folder.rmdir()


def prepare_root(root, layout, settings):
    """Make `root` ready for a tree of `settings`: remove what was drawn with other settings, and record these."""
    record = root / SYNTHETIC
    if record.exists():
        try:
            old = dict(load_json(record))
        except (ValueError, TypeError):
            raise InputError(f"{record}: not readable as JSON; delete {root} and run again") from None
        if old.get("layout", layout.name) != layout.name:
            raise InputError(f"{root}: a tree in the layout of {old['layout']} is here; name an empty or new folder")
        if {key: old.get(key) for key in settings} == settings:
            return
        for variant in layout.variants:
            for subject in layout.subjects:
                for path in layout.paths(root, subject, variant):
                    discard(path, root)
    elif root.exists() and any(root.iterdir()):
        raise InputError(f"{root}: holds other files and no {SYNTHETIC}; name an empty or new folder")
    save_json(record, {"about": STATEMENT.format(layout.name), **settings})


def draw_subject(task):
    """Draw one subject; `task` is (draw, root, subject, settings), see Layout."""
    draw, root, subject, settings = task
    cv2.setNumThreads(1)
    draw(root, subject, settings)


def write_tree(root, layout, subjects, variant, jobs, **settings):
    """Draw the first `subjects` ids of `layout` under `root`, in `jobs` processes; `settings` are what `draw` needs.

    Complete subjects of the same settings are kept; so are further ones that an earlier run drew.
    """
    root, variant, ids = Path(root), variant or layout.variants[0], layout.subjects
    if not 1 <= subjects <= len(ids):
        raise InputError(f"--subjects {subjects}: {layout.name} has {len(ids)} subjects here; give 1 to {len(ids)}")
    if variant not in layout.variants:
        raise InputError(f"--variant {variant}: {layout.name} is drawn as {' or '.join(layout.variants)}")
    check_counts(**settings)
    settings = {"layout": layout.name, "variant": variant, **settings, "version": version()}
    prepare_root(root, layout, settings)
    missing = [subject for subject in ids[:subjects] if not layout.paths(root, subject, variant)[-1].exists()]
    tasks = [(layout.draw, root, subject, settings) for subject in missing]
    drawn = run_all(draw_subject, tasks, jobs, lambda task: f"subject {task[2]}")
    for _ in tqdm(drawn, "draw faces", len(tasks), unit="subject", disable=not tasks):
        pass


def write_image(path, picture, *options):
    """Write uint8 `picture` [h, w] or [h, w, 3] BGR to `path`. Raises InputError if it cannot be written."""
    if not cv2.imwrite(str(path), picture, options):
        raise InputError(
            f"{path}: cannot write this picture; free some disk space, or choose a folder that is writable"
        )


def arguments(doc, layout, subjects):
    """A parser with the options that all drawing commands have; `subjects` is the default of --subjects."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--out", required=True, help="root of the tree to write")
    parser.add_argument(
        "--subjects",
        type=positive,
        default=subjects,
        help=f"how many subjects, at most {len(layout.subjects)} (default %(default)s)",
    )
    parser.add_argument("--variant", choices=layout.variants, help=f"spelling of names (default {layout.variants[0]})")
    parser.add_argument("--seed", type=natural, default=0)
    parser.add_argument("--jobs", type=positive, help="processes (default: one per core)")
    return parser
