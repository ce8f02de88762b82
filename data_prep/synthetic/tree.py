"""What all trees of synthetic faces share: the record of what they were made with, resuming, clearing, the options.

ROOT/synthetic.json holds {"about": statement, "layout", "variant", "seed", ..., "version"}, ROOT/.drawn/<subject>.json
the digests of a subject's files. After an interruption, or where a file is missing or damaged, the same command
continues with such subjects. A tree of other settings, or drawn by another version of the code, is redrawn.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
from tqdm import tqdm

from data_prep.subjects.provenance import DRAWN
from data_prep.synthetic.root import STATEMENT, claim, prepare_root
from data_prep.system.arguments import natural, positive
from data_prep.system.digests import digest
from data_prep.system.errors import InputError
from data_prep.system.files import only_writer
from data_prep.system.full_disk import full_disk_is_named
from data_prep.system.pool import run_all
from data_prep.system.records import intact_record, save_record
from data_prep.system.source import meaning

PACKAGE = Path(__file__).parent


class Layout(NamedTuple):
    """How one dataset lies on disk and how a subject of it is drawn.

    name      of the dataset
    subjects  its ids, in the order in which they are drawn
    variants  names of the ways its copies spell folders and files; the first is the default
    paths     paths(root, subject, variant): the files and folders that are a subject's alone; the last is made last
    draw      draw(root, subject, settings): makes them; all of it follows from settings and subject
    code      the folder whose code draws
    about     what synthetic.json says of the tree; {0} is the name
    """

    name: str
    subjects: tuple
    variants: tuple
    paths: Callable
    draw: Callable
    code: Path = PACKAGE
    about: str = STATEMENT


def version(folder=PACKAGE):
    """A digest of the drawing code: 12 hex digits that change with the code, not the comments, of any file here."""
    return digest({path.name: meaning(path) for path in sorted(folder.glob("*.py"))})[:12]


def check_counts(**counts):
    """Raise InputError naming the option of a count below 1 (of a seed: below 0)."""
    for option, value in counts.items():
        least = 0 if option == "seed" else 1
        if value < least:
            raise InputError(f"--{option} {value}: give {least} or more")


def draw_subject(task):
    """Draw one subject and record its files; `task` is (layout, root, subject, settings)."""
    layout, root, subject, settings = task
    cv2.setNumThreads(1)
    layout.draw(root, subject, settings)
    files = []
    for path in layout.paths(root, subject, settings["variant"]):
        files += [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    save_record(drawn_path(root, subject), root, files)


def drawn_path(root, subject):
    """Where the record of a subject's files lies."""
    return root / DRAWN / f"{subject}.json"


def write_tree(root, layout, subjects, variant, jobs, **settings):
    """Draw the first `subjects` ids of `layout` under `root`, in `jobs` processes; `settings` are what `draw` needs.

    Complete subjects of the same settings are kept; so are further ones that an earlier run drew. Waits while another
    run draws there.
    """
    root, variant, ids = Path(root), variant or layout.variants[0], layout.subjects
    if not 1 <= subjects <= len(ids):
        raise InputError(f"--subjects {subjects}: {layout.name} has {len(ids)} subjects here; give 1 to {len(ids)}")
    if variant not in layout.variants:
        raise InputError(f"--variant {variant}: {layout.name} is drawn as {' or '.join(layout.variants)}")
    check_counts(**settings)
    settings = {"layout": layout.name, "variant": variant, **settings, "version": version(layout.code)}
    claim(root)
    remedy = "make room and run the same command, which continues with what is not drawn, or choose another folder"
    with full_disk_is_named(root, remedy), only_writer(root, wait=True):
        prepare_root(root, layout, settings)
        missing = [subject for subject in ids[:subjects] if not intact_record(drawn_path(root, subject), root)]
        tasks = [(layout, root, subject, settings) for subject in missing]
        drawn = run_all(draw_subject, tasks, jobs, lambda task: f"subject {task[2]}")
        for _ in tqdm(drawn, "draw faces", len(tasks), unit="subject", disable=not tasks):
            pass


def write_image(path, picture, *options):
    """Write uint8 `picture` [h, w] or [h, w, 3] BGR to `path`, whose ending says as what."""
    path.write_bytes(cv2.imencode(path.suffix, picture, options)[1].tobytes())


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
