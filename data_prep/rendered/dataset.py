"""Render 3D people who show AUs, as a dataset described by a CSV: pictures, presence and intensities.

No real person is shown. On disk:

    ROOT/synthetic.json             what the tree was made with
    ROOT/rendered.csv               a row per picture, as data_prep/readers/csv_dataset.py reads it: 1 present (from
                                    intensity 1), 0 absent (up to 0.4), empty between
        subject,image,AU1,AU2,...
        ict0001,pictures/ict0001/0001.jpg,0,1,...
    ROOT/intensity.csv              the same rows with intensities 0 to 5, that of the stronger side
    ROOT/sides.csv                  AU1_left,AU1_right,...: those of both sides
    ROOT/pictures/<subject>/*.jpg   224 x 224, the face in the middle, turned by up to 25 degrees

A subject is a person of one source, of its light, background and camera. Subjects of different sources share nothing:
training on some and testing on others shows what holds beyond one artist's hand.
"""

import argparse
import csv
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from data_prep.rendered.person import Person
from data_prep.rendered.recipes import AUS
from data_prep.rendered.session import random_picture, random_session
from data_prep.rendered.sources import SOURCES, load_source
from data_prep.synthetic.tree import Layout, write_image, write_tree
from data_prep.system.arguments import natural, positive
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import ANY, atomic

PACKAGE = Path(__file__).parent
ABOUT = "Faces rendered by data_prep/rendered from 3D shapes. No real person."
MOST = 2000  # people of a source
PRESENT_FROM, ABSENT_TO = 1.0, 0.4  # ours: intensities; between them a picture has no label
QUALITY = 95  # of the JPEGs
PRESENCE, INTENSITY, BOTH_SIDES = "rendered.csv", "intensity.csv", "sides.csv"
LEVELS = "levels.npy"  # beside a subject's pictures: float32 [n, len(AUS), 2]


def subject_name(source, number):
    return f"{source}{number:04d}"


def source_of(subject):
    """The source and the number in a subject's name."""
    return subject[:-4], int(subject[-4:])


def folder_of(root, subject):
    return root / "pictures" / subject


def paths(root, subject, variant):
    """Every file or folder of `subject`."""
    return [folder_of(root, subject)]


def draw(root, subject, settings, ict):
    """Render the pictures of one subject; all of it follows from its name and from `settings` pictures and seed."""
    name, number = source_of(subject)
    rng = np.random.default_rng([settings["seed"], SOURCES.index(name), number])
    person = Person(load_source(name, ict), rng)
    session = random_session(person, rng)
    with atomic(folder_of(root, subject), ANY) as part:
        part.mkdir()
        levels = []
        for k in range(settings["pictures"]):
            picture, shown = random_picture(person, session, rng)
            write_image(part / f"{k + 1:04d}.jpg", picture, cv2.IMWRITE_JPEG_QUALITY, QUALITY)
            levels.append(shown)
        np.save(part / LEVELS, np.array(levels, np.float32))


def layout_of(subjects, ict):
    """The Layout of a tree whose first subjects are these; the further ones it names may be left from other runs."""
    others = (subject_name(source, number + 1) for source in SOURCES for number in range(MOST))
    return Layout(
        name="CSV",
        subjects=tuple(dict.fromkeys([*subjects, *others])),
        variants=("plain",),
        paths=paths,
        draw=partial(draw, ict=ict),
        code=PACKAGE,
        about=ABOUT,
    )


def write_rendered(root, people, pictures, seed, sources=SOURCES, ict=None, jobs=None):
    """Write `people` of each of `sources`, with `pictures` each, under `root`, in `jobs` processes.

    `ict` is the folder of a checkout of ICT-FaceKit. Raises InputError if a source is not there.
    """
    if not 1 <= people <= MOST:
        raise InputError(f"--people {people}: give 1 to {MOST}")
    for source in sources:
        load_source(source, ict)
    subjects = [subject_name(source, number + 1) for number in range(people) for source in sources]
    write_tree(root, layout_of(subjects, ict), len(subjects), "plain", jobs, pictures=pictures, seed=seed)
    write_tables(Path(root), sorted(subjects))


def write_tables(root, subjects):
    """The three CSV files of all `subjects`."""
    names = [f"AU{au}" for au in AUS]
    sides = [f"{name}_{side}" for name in names for side in ("left", "right")]
    rows = {PRESENCE: [], INTENSITY: [], BOTH_SIDES: []}
    for subject in subjects:
        for k, levels in enumerate(np.load(folder_of(root, subject) / LEVELS)):
            place = [subject, folder_of(Path(), subject).joinpath(f"{k + 1:04d}.jpg").as_posix()]
            strongest = levels.max(1).astype(float).round(2)  # as they are written, so that labels agree with them
            rows[PRESENCE].append(place + [presence(level) for level in strongest])
            rows[INTENSITY].append(place + [f"{level:.2f}" for level in strongest])
            rows[BOTH_SIDES].append(place + [f"{level:.2f}" for level in levels.ravel()])
    for name, columns in ((PRESENCE, names), (INTENSITY, names), (BOTH_SIDES, sides)):
        with atomic(root / name) as part, open(part, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([["subject", "image", *columns], *rows[name]])


def presence(level):
    """What the label of an intensity is, as text: 1, 0, or nothing between them."""
    return "1" if level >= PRESENT_FROM else "0" if level <= ABSENT_TO else ""


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="root of the tree to write")
    parser.add_argument("--people", type=positive, default=100, help="of each source (default %(default)s)")
    parser.add_argument("--pictures", type=positive, default=30, help="of each person (default %(default)s)")
    parser.add_argument("--sources", nargs="+", choices=SOURCES, help="default: all that are here")
    parser.add_argument("--ict", help="folder of a checkout of github.com/ICT-VGL/ICT-FaceKit, for the source ict")
    parser.add_argument("--seed", type=natural, default=0)
    parser.add_argument("--jobs", type=positive, help="processes (default: one per core)")
    args = parser.parse_args(argv)
    sources = args.sources or [source for source in SOURCES if source != "ict" or args.ict]
    write_rendered(args.out, args.people, args.pictures, args.seed, sources, args.ict, args.jobs)


if __name__ == "__main__":
    main()
