"""Who a drawn face is: the proportions, colors and habits by which subjects differ.

Lengths are in half face widths (the face is 2 wide), origin between eyes and nose, x to the image's right, y down.
Colors are BGR, 0-255.
"""

from typing import NamedTuple

from data_prep.subjects.aus import DISFA_AUS

SKIN = (
    (178, 200, 236),
    (158, 184, 226),
    (140, 168, 214),
    (118, 150, 202),
    (98, 130, 186),
    (72, 100, 156),
    (50, 72, 118),
)
HAIR = ((24, 22, 22), (30, 36, 48), (40, 56, 84), (62, 92, 132), (104, 146, 182), (150, 150, 152), (34, 62, 128))
IRIS = ((40, 62, 92), (28, 40, 58), (140, 120, 84), (96, 118, 104), (70, 96, 110))
SHIRT = ((120, 84, 52), (60, 60, 66), (84, 60, 132), (92, 118, 84), (150, 146, 140), (44, 70, 120))
GLASSES = ("none", "none", "none", "round", "square")  # ours: about two subjects in five wear them
BEARDS = ("none", "none", "none", "stubble", "full", "goatee")

DARK_SKIN, DARK_HAIR = 440, 0.4  # ours: skin whose BGR sum is below this has hair of at most this share of that sum


class Identity(NamedTuple):
    """One subject. `gain` (12,): how strongly the subject shows each AU; `lopsided`: right side stronger where > 0."""

    skin: tuple
    hair: tuple
    iris: tuple
    shirt: tuple
    lip: tuple
    style: str
    glasses: str
    beard: str
    chin_y: float
    jaw: float
    chin: float
    hairline: float
    eye_x: float
    eye_y: float
    eye_w: float
    eye_open: float
    eye_tilt: float
    brow_gap: float
    brow_thick: float
    brow_arch: float
    brow_dark: float
    nose_y: float
    nose_w: float
    mouth_y: float
    mouth_w: float
    lip_up: float
    lip_low: float
    age: float
    lopsided: float
    gain: tuple
    texture: int


def random_identity(rng, man=None):
    """Sample an Identity with `rng` (numpy Generator): a man or a woman, at random if `man` is None."""

    def pick(options):
        return options[int(rng.integers(len(options)))]

    def between(low, high):
        return float(rng.uniform(low, high))

    def tint(color, spread):
        return tuple(float(c) for c in rng.normal(1, spread, 3) * color)

    skin = tint(SKIN[int(rng.choice(len(SKIN), p=(0.16, 0.2, 0.2, 0.16, 0.12, 0.09, 0.07)))], 0.02)
    nose_y = between(0.40, 0.52)
    mouth_y = nose_y + between(0.33, 0.40)
    chance = rng.random() < 0.55
    man = chance if man is None else man
    style = pick(("short", "short", "crop", "fringe", "receding", "bald") if man else ("fringe", "long", "long", "bob"))
    return Identity(
        skin=skin,
        hair=tint(pick(HAIR), 0.03),
        iris=tint(pick(IRIS), 0.08),
        shirt=tint(pick(SHIRT), 0.1),
        lip=tuple(c * f for c, f in zip(skin, (between(0.62, 0.75), between(0.58, 0.70), between(0.84, 0.95)))),
        style=style,
        glasses=pick(GLASSES),
        beard=pick(BEARDS) if man else "none",
        chin_y=mouth_y + between(0.52, 0.64),
        jaw=between(0.76, 0.90) if man else between(0.70, 0.82),
        chin=between(0.30, 0.46) if man else between(0.26, 0.38),
        hairline=between(-1.08, -0.88),
        eye_x=between(0.40, 0.47),
        eye_y=between(-0.14, -0.06),
        eye_w=between(0.165, 0.205),
        eye_open=between(0.058, 0.080),
        eye_tilt=between(-0.02, 0.035),
        brow_gap=between(0.24, 0.33),
        brow_thick=between(0.045, 0.085) if man else between(0.03, 0.055),
        brow_arch=between(0.02, 0.085),
        brow_dark=between(0.6, 0.95),
        nose_w=between(0.19, 0.26),
        nose_y=nose_y,
        mouth_y=mouth_y,
        mouth_w=between(0.32, 0.40),
        lip_up=between(0.040, 0.075),
        lip_low=between(0.060, 0.105),
        age=between(0, 1) ** 2,
        lopsided=between(-0.2, 0.2),
        gain=tuple(float(g) for g in rng.uniform(0.65, 1.15, len(DISFA_AUS))),
        texture=int(rng.integers(1 << 31)),
    )


def with_dark_hair(identity):
    """`identity` with darker hair if the skin is dark: light hair on it is rare, and hides the face from Haar."""
    if sum(identity.skin) >= DARK_SKIN:
        return identity
    share = min(1.0, DARK_HAIR * sum(identity.skin) / sum(identity.hair))
    return identity._replace(hair=tuple(share * c for c in identity.hair))
