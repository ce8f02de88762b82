"""Draw a contact sheet of synthetic faces: neutral and each AU, two rows per subject, in one PNG."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from data_prep.subjects.aus import AU_NAMES, DISFA_AUS
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.synthetic.scene import Camera
from data_prep.system.errors import InputError, one_clear_error

CELL = (200, 240)  # pixels, width and height of one picture
HEADER, GAP = 46, 6
COLUMNS = 7
SHOWN = ((), *((au,) for au in DISFA_AUS), (6, 12, 25))  # neutral, each AU alone, a smile
PAPER, INK, PALE = (250, 250, 250), (40, 40, 40), (120, 120, 120)
SCALE = 0.40  # of the frames the pictures are cut from


def portrait(identity, aus, intensity):
    """One picture uint8 [240, 200, 3] of the subject showing `aus` at `intensity`."""
    levels = intensity * np.isin(DISFA_AUS, aus)
    camera = Camera()
    frame = draw(identity, levels, camera=camera, rng=np.random.default_rng(0))
    half = np.array(CELL) / SCALE / 2
    x, y = int(camera.width / 2 - half[0]), int(camera.height * 0.47 + 0.02 * camera.face_px - half[1])
    part = frame[y : y + int(2 * half[1]), x : x + int(2 * half[0])]
    return cv2.resize(part, CELL, interpolation=cv2.INTER_AREA)


def title(sheet, x, y, aus):
    """Write the AUs' numbers, and the name of a single one, above a picture."""
    head = "AU " + " + ".join(map(str, aus)) if aus else "Neutral"
    cv2.putText(sheet, head, (x + 2, y + 19), cv2.FONT_HERSHEY_DUPLEX, 0.6, INK, 1, cv2.LINE_AA)
    if len(aus) == 1:
        cv2.putText(sheet, AU_NAMES[aus[0]], (x + 2, y + 38), cv2.FONT_HERSHEY_SIMPLEX, 0.45, PALE, 1, cv2.LINE_AA)


def contact_sheet(identities, intensity):
    """Pictures of several Identities, a block of rows each: uint8 [h, w, 3]."""
    rows_each = -(-len(SHOWN) // COLUMNS)
    wide, high = CELL[0] + GAP, CELL[1] + GAP + HEADER
    sheet = np.full((len(identities) * rows_each * high + GAP, COLUMNS * wide + GAP, 3), PAPER, np.uint8)
    for block, identity in enumerate(identities):
        for k, aus in enumerate(SHOWN):
            x, y = GAP + k % COLUMNS * wide, GAP + (block * rows_each + k // COLUMNS) * high
            title(sheet, x, y, aus)
            sheet[y + HEADER : y + HEADER + CELL[1], x : x + CELL[0]] = portrait(identity, aus, intensity)
    return sheet


def write_sheet(out, seeds, intensity):
    """Write the contact sheet of the subjects drawn from `seeds` to the PNG `out`."""
    if not 0 < intensity <= 5:
        raise InputError(f"--intensity {intensity:g}: give more than 0, at most 5")
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    identities = [random_identity(np.random.default_rng(seed)) for seed in seeds]
    _, png = cv2.imencode(".png", contact_sheet(identities, intensity))
    out.write_bytes(png.tobytes())


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="PNG to write")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 5, 8], help="one subject per seed")
    parser.add_argument("--intensity", type=float, default=5.0, help="0 to 5")
    args = parser.parse_args(argv)
    write_sheet(args.out, args.seeds, args.intensity)


if __name__ == "__main__":
    main()
