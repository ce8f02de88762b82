"""What a person looks like besides the shape of the face: colors, brows, beard, hair, glasses."""

from typing import NamedTuple

import numpy as np

SKINS = {  # sRGB
    "caucasian": ((231, 190, 166), (222, 176, 148), (238, 201, 181), (205, 158, 130), (214, 172, 150)),
    "african": ((140, 96, 70), (112, 74, 54), (92, 62, 47), (160, 112, 84), (126, 84, 60)),
    "asian": ((224, 184, 150), (212, 168, 132), (228, 194, 164), (196, 152, 116)),
}
HAIRS = ((28, 22, 18), (40, 30, 24), (20, 18, 20), (62, 42, 28), (94, 66, 42), (140, 104, 66), (168, 134, 92),
         (110, 60, 36), (120, 116, 112))  # fmt: skip
DARK_HAIRS = 4  # the first of them are those of people without fair hair
IRISES = ((70, 44, 26), (88, 58, 34), (52, 34, 24), (90, 110, 128), (84, 104, 82), (112, 132, 150))
BROWN_IRISES = 3
NO_BEARD, STUBBLE, BEARD = 0, 1, 2


class Look(NamedTuple):
    """Colors are sRGB 0..255 [3].

    beard     NO_BEARD, STUBBLE or BEARD
    fringe    how far hair hangs into the forehead, dm; 0: not
    receding  how far the hairline has gone back, dm
    long      whether hair falls beside the neck
    volume    thickness of the hair, dm
    creases   how deep the folds of the skin are, of the usual
    lid_fold  how deep the fold of the upper lid is, 0..1
    """

    skin: np.ndarray
    lips: np.ndarray
    lip_cover: float
    hair: np.ndarray
    brow: np.ndarray
    iris: np.ndarray
    female: bool
    age: float
    beard: int
    glasses: bool
    fringe: float
    receding: float
    long: bool
    volume: float
    creases: float
    lid_fold: float


def random_look(identity, rng):
    """A Look that goes with an Identity."""
    main = max(identity.ancestry, key=identity.ancestry.get)
    tones = SKINS[main]
    skin = np.array(tones[rng.integers(len(tones))]) * (1 + rng.normal(0, 0.04)) * (1 + rng.normal(0, 0.012, 3))
    skin = np.clip(skin, 40, 245)
    fair = main == "caucasian"
    hair = np.array(HAIRS[rng.integers(len(HAIRS) if fair else DARK_HAIRS)], float)
    if identity.age > 0.45 and rng.random() < 0.6:
        hair = np.array([122, 120, 117]) * rng.uniform(0.7, 1.1)
    paint = np.array([22, 0, 6]) * rng.uniform(0, 1) * identity.female
    lips = skin * ((0.90, 0.66, 0.66) if fair else (0.92, 0.72, 0.72)) + rng.normal(0, 7, 3) + paint
    beard = rng.choice([BEARD, STUBBLE, NO_BEARD], p=[0.2, 0.25, 0.55])
    tinted = hair.max() < 140 and np.ptp(hair) > 12
    return Look(
        skin=skin,
        lips=np.clip(lips, 20, 240),
        lip_cover=rng.uniform(0.55, 0.9),
        hair=hair,
        brow=np.clip(hair * (0.75 if tinted else 0.55) * np.array([1.04, 0.98, 0.92]), 8, 110),
        iris=np.array(IRISES[rng.integers(len(IRISES) if fair else BROWN_IRISES)], float),
        female=identity.female,
        age=identity.age,
        beard=NO_BEARD if identity.female else int(beard),
        glasses=bool(rng.random() < 0.12),
        fringe=rng.uniform(0.12, 0.34) if rng.random() < 0.18 else 0.0,
        receding=rng.uniform(0, 0.18) if not identity.female and identity.age > 0.3 else 0.0,
        long=bool(identity.female and rng.random() < 0.65),
        volume=rng.uniform(0.09, 0.17) if identity.female else rng.uniform(0.05, 0.13),
        creases=rng.uniform(0.6, 1.15) * (1 + 0.4 * identity.age),
        lid_fold=rng.uniform(0.1, 0.5) if main == "asian" else rng.uniform(0.4, 1.0),
    )
