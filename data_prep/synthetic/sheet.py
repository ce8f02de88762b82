"""Draw a contact sheet of synthetic faces: neutral and each AU, two rows per subject, in one PNG."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from data_prep.pictures.tiles import tile_sheet
from data_prep.subjects.aus import AU_NAMES, DISFA_AUS
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.synthetic.scene import Camera
from data_prep.system.errors import InputError, one_clear_error

TILE = (200, 240)  # pixels, width and height of one picture
COLUMNS = 7
SHOWN = ((), *((au,) for au in DISFA_AUS), (6, 12, 25))  # neutral, each AU alone, a smile: two full rows
SCALE = 0.40  # of the frames the pictures are cut from


def portrait(identity, aus, intensity):
    """One picture uint8 [240, 200, 3] of the subject showing `aus` at `intensity`."""
    levels = intensity * np.isin(DISFA_AUS, aus)
    camera = Camera()
    frame = draw(identity, levels, camera=camera, rng=np.random.default_rng(0))
    half = np.array(TILE) / SCALE / 2
    x, y = int(camera.width / 2 - half[0]), int(camera.height * 0.47 + 0.02 * camera.face_px - half[1])
    part = frame[y : y + int(2 * half[1]), x : x + int(2 * half[0])]
    return cv2.resize(part, TILE, interpolation=cv2.INTER_AREA)


def title(aus):
    """The AUs' numbers, and on a second line the name of a single one."""
    if not aus:
        return "Neutral"
    numbers = "AU " + " + ".join(map(str, aus))
    return f"{numbers}\n{AU_NAMES[aus[0]]}" if len(aus) == 1 else numbers


def contact_sheet(identities, intensity):
    """Pictures of several Identities, two rows each: uint8 [h, w, 3]."""
    pictures = [portrait(identity, aus, intensity) for identity in identities for aus in SHOWN]
    return tile_sheet(pictures, [title(aus) for aus in SHOWN] * len(identities), TILE, COLUMNS)


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
