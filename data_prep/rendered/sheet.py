"""Draw a contact sheet of rendered faces: neutral, each AU alone and usual combinations, for each source."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from data_prep.pictures.tiles import tile_sheet
from data_prep.rendered.person import Person
from data_prep.rendered.portrait import portrait
from data_prep.rendered.recipes import AUS
from data_prep.rendered.sources import SOURCES, load_source
from data_prep.subjects.aus import AU_NAMES
from data_prep.system.arguments import natural, positive
from data_prep.system.errors import InputError, one_clear_error

SIDE, COLUMNS = 220, 9  # pixels of a picture, pictures in a row
SPAN = 2.2  # decimeters from edge to edge
COMBINATIONS = ((6, 12), (12, 25), (6, 12, 25, 26), (1, 2), (1, 4), (4, 9), (1, 2, 5, 25, 26))


def shown_pictures(intensity):
    """[(caption, {AU: intensity})] of one person's part of the sheet."""
    shown = [("Neutral", {})]
    shown += [(f"AU {au}\n{AU_NAMES[au]}", with_parted_lips({au: intensity})) for au in AUS]
    return shown + [("AU " + "+".join(map(str, aus)), dict.fromkeys(aus, intensity)) for aus in COMBINATIONS]


def with_parted_lips(shown):
    """A dropped jaw (AU 26) parts the lips, so AU 25 goes with it."""
    return {**shown, 25: shown[26]} if 26 in shown else shown


def contact_sheet(people, intensity):
    """One picture uint8 [h, w, 3] of several Persons."""
    pictures, captions = [], []
    for person in people:
        for caption, shown in shown_pictures(intensity):
            pictures.append(portrait(person, shown, SIDE, SPAN))
            captions.append(caption)
    return tile_sheet(pictures, captions, (SIDE, SIDE), COLUMNS)


def write_sheet(out, sources, seeds, intensity, ict=None):
    """Write the contact sheet of a person of each of `sources` for each of `seeds` to the PNG `out`."""
    if not 0 < intensity <= 5:
        raise InputError(f"--intensity {intensity:g}: give more than 0, at most 5")
    people = [Person(load_source(name, ict), np.random.default_rng(seed)) for name in sources for seed in seeds]
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    _, png = cv2.imencode(".png", contact_sheet(people, intensity))
    out.write_bytes(png.tobytes())


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="PNG to write")
    parser.add_argument("--sources", nargs="+", choices=SOURCES, help="default: all that are here")
    parser.add_argument("--ict", help="folder of a checkout of github.com/ICT-VGL/ICT-FaceKit, for the source ict")
    parser.add_argument("--seeds", type=natural, nargs="+", default=[2], help="a person of each source per seed")
    parser.add_argument("--intensity", type=positive, default=4, help="1 to 5 (default %(default)s)")
    args = parser.parse_args(argv)
    sources = args.sources or [source for source in SOURCES if source != "ict" or args.ict]
    write_sheet(args.out, sources, args.seeds, args.intensity, args.ict)


if __name__ == "__main__":
    main()
