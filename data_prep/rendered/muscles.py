"""What facial muscles do to the skin, as fields over the common resting face, for every source of faces.

A field says by how much the left muscle moves the skin at (x, y): across (towards the person's left), up, and out along
the skin's normal, in decimeters. The shapes of artists differ widely at brows and nose, and some move them as no muscle
does; these fields are added to them. Numbers are ours, after the appearance changes of the FACS manual and pictures.
"""

from typing import NamedTuple

import numpy as np

from data_prep.rendered.geometry import bump, smoothstep
from data_prep.rendered.head import EYES

LID = 7.345  # height of the upper lid's margin, at rest
SEAM = 6.612  # height at which the lips touch
BROW = 7.455  # height of the brow's middle


class Field(NamedTuple):
    """across, up and out, float [n] each."""

    across: np.ndarray
    up: np.ndarray
    out: np.ndarray


def above_lid(y):
    """1 from the brow upward, fading to 0 at the margin of the upper lid, which muscles of the brow do not move."""
    return smoothstep(LID + 0.012, BROW - 0.03, y)


def frontalis_medial(x, y):
    """AU 1: lifts the inner brow and the middle of the forehead."""
    up = 0.085 * smoothstep(0.40, 0.12, np.abs(x)) * above_lid(y) * smoothstep(8.02, 7.56, y)
    return Field(-0.10 * up, up, 0.012 * bump(x, 0.14, 0.09) * bump(y, 7.56, 0.05))


def frontalis_lateral(x, y):
    """AU 2: lifts the outer two thirds of the brow into an arch."""
    reach = smoothstep(0.14, 0.34, x) * smoothstep(0.80, 0.56, x)
    up = 0.088 * reach * above_lid(y) * smoothstep(8.0, 7.60, y)
    return Field(0.06 * up, up, 0 * x)


def corrugator(x, y):
    """AU 4: draws the brows down and together; bulges between and over their heads, folds that hang on the lid."""
    span = smoothstep(0.80, 0.45, np.abs(x))
    height = smoothstep(LID, BROW - 0.02, y) * smoothstep(7.84, 7.52, y)
    down = 0.090 * span * (1 - 0.35 * smoothstep(0.15, 0.5, np.abs(x))) * height
    inward = 0.044 * smoothstep(0.0, 0.12, x) * smoothstep(0.55, 0.16, x) * bump(y, 7.46, 0.13)
    inward *= smoothstep(LID, BROW - 0.04, y)
    out = 0.030 * bump(x, 0.105, 0.05) * bump(y, 7.43, 0.055)  # the heads of the brows
    out += 0.012 * bump(x, 0.0, 0.04) * bump(y, 7.42, 0.06)
    out += 0.020 * smoothstep(0.14, 0.22, x) * smoothstep(0.52, 0.40, x) * bump(y, 7.395, 0.03)  # the hanging fold
    return Field(-inward, -down, out)


def brow_heads(x, y):
    """AU 1 with 4: all that is left of the brow's lift is that of its inner fifth; the corrugator holds the rest."""
    up = 0.105 * smoothstep(0.26, 0.10, np.abs(x)) * above_lid(y) * smoothstep(7.95, 7.56, y)
    inward = 0.014 * smoothstep(0.0, 0.12, x) * smoothstep(0.4, 0.16, x) * bump(y, 7.48, 0.10)
    return Field(-inward, up, 0.010 * bump(x, 0.13, 0.06) * bump(y, 7.52, 0.05))


def procerus(x, y):
    """AU 9's share of the brows: draws their inner ends down over the root of the nose."""
    down = 0.060 * smoothstep(0.36, 0.12, np.abs(x)) * smoothstep(7.22, 7.36, y) * smoothstep(7.70, 7.46, y)
    return Field(0 * x, -down, 0.020 * bump(x, 0.0, 0.07) * bump(y, 7.30, 0.045))


def levator_nasi(x, y):
    """AU 9: draws the skin beside the nose up to its root, with the nose's wing and the middle of the upper lip."""
    side = bump(x, 0.15, 0.10)
    up = 0.080 * side * smoothstep(6.68, 6.86, y) * smoothstep(7.26, 7.02, y)
    up += 0.024 * bump(x, 0.07, 0.09) * bump(y, 6.74, 0.09)
    out = 0.020 * bump(x, 0.105, 0.035) * bump(y, 7.13, 0.06) + 0.016 * bump(x, 0.20, 0.05) * bump(y, 7.03, 0.06)
    return Field(0.012 * bump(x, 0.14, 0.05) * bump(y, 6.90, 0.07), up, out)


def levator_labii(x, y):
    """AU 10: lifts the upper lip beside the midline, pouches the cheek beside the nose."""
    up = 0.055 * bump(x, 0.13, 0.10) * smoothstep(SEAM - 0.004, SEAM + 0.05, y) * smoothstep(7.06, 6.76, y)
    up += 0.020 * bump(x, 0.0, 0.08) * smoothstep(SEAM - 0.004, SEAM + 0.05, y) * smoothstep(6.85, 6.70, y)
    out = 0.022 * bump(x, 0.25, 0.06) * bump(y, 6.92, 0.07)
    return Field(0.008 * bump(x, 0.15, 0.06) * bump(y, 6.90, 0.06), up, out)


def orbicularis_orbital(x, y):
    """AU 6: draws cheek and temple towards the eye."""
    cheek = bump(x, 0.40, 0.19) * bump(y, 7.02, 0.14) * smoothstep(7.235, 7.16, y)
    up = 0.072 * cheek
    outer = bump(x, 0.60, 0.10) * bump(y, 7.28, 0.13)
    inward = 0.030 * outer + 0.012 * cheek
    up = up - 0.042 * bump(x, 0.56, 0.14) * bump(y, 7.46, 0.09) * above_lid(y)  # the tail of the brow comes down
    out = 0.034 * bump(x, 0.37, 0.15) * bump(y, 7.10, 0.07) + 0.010 * bump(x, 0.33, 0.12) * bump(y, 7.19, 0.022)
    return Field(-inward, up, out)


def lid_push(x, y):
    """AU 6 and 7 on the eye: the raised cheek, or the tightened lid itself, covers more of the eyeball from below."""
    between = smoothstep(0.18, 0.28, x) * smoothstep(0.46, 0.36, x)  # of the eye's corners, which stay
    lid = between * smoothstep(7.08, 7.20, y) * smoothstep(7.285, 7.26, y)
    return Field(0 * x, 0.036 * lid, 0 * x)


def zygomaticus(x, y):
    """AU 12: draws the corner of the mouth back and up, the lips wide, the wings of the nose a little apart."""
    corner = bump(x, 0.32, 0.19) * bump(y, 6.63, 0.20)
    wing = 0.030 * bump(x, 0.15, 0.06) * bump(y, 6.90, 0.07)
    return Field(0.075 * corner * smoothstep(0, 0.22, x) + wing, 0.030 * corner, 0 * x)


def cheek_lift(x, y):
    """AU 12's share of the cheek: pushed up and out beside the deepened nasolabial fold."""
    cheek = bump(x, 0.42, 0.14) * bump(y, 6.90, 0.13)
    return Field(0.010 * cheek, 0.030 * cheek, 0.034 * cheek - 0.012 * bump(x, 0.29, 0.04) * bump(y, 6.80, 0.10))


def buccinator(x, y):
    """AU 14: tightens the corner of the mouth inward, with a dimple beside it."""
    corner = bump(x, 0.275, 0.07) * bump(y, SEAM, 0.07)
    dimple = bump(x, 0.325, 0.026) * bump(y, 6.62, 0.05)
    bulge = bump(x, 0.385, 0.04) * bump(y, 6.63, 0.08)
    return Field(0.022 * corner - 0.018 * bulge, 0.004 * corner, 0.022 * bulge - 0.030 * dimple - 0.012 * corner)


def depressor_anguli(x, y):
    """AU 15: draws the corner of the mouth down, with a pouch below it."""
    corner = bump(x, 0.28, 0.10) * bump(y, 6.60, 0.11)
    return Field(0.006 * corner, -0.062 * corner, 0.016 * bump(x, 0.33, 0.05) * bump(y, 6.50, 0.06))


def mentalis(x, y):
    """AU 17: pushes the chin's boss and with it the lower lip up."""
    chin = bump(x, 0, 0.24) * bump(y, 6.30, 0.20) * smoothstep(SEAM, SEAM - 0.06, y)
    lip = bump(x, 0, 0.20) * bump(y, 6.55, 0.07) * smoothstep(SEAM + 0.02, SEAM - 0.01, y)
    narrow = 0.016 * bump(x, 0.26, 0.10) * bump(y, 6.60, 0.12)
    return Field(-narrow, 0.080 * chin + 0.012 * lip, 0.022 * chin + 0.016 * lip)


def risorius(x, y):
    """AU 20: draws the corner of the mouth straight back, lips long and flat, the skin beside it in a trough."""
    corner = bump(x, 0.27, 0.15) * bump(y, 6.59, 0.15)
    back = 0.085 * corner * smoothstep(0, 0.20, x)
    return Field(back, -0.030 * corner, -0.012 * bump(x, 0.20, 0.14) * bump(y, 6.58, 0.08))


def lower_more(y):
    """The lower lip is the thicker one, so more of it has to go."""
    return smoothstep(SEAM + 0.01, SEAM - 0.01, y) * 0.35 + 0.75


def lip_tightening(x, y):
    """AU 23: the red of both lips narrows, rolled in; the mouth shortens a little."""
    red = bump(x, 0, 0.24) * smoothstep(0.20, 0.10, np.abs(y - SEAM))
    toward = np.clip(SEAM - y, -0.12, 0.12)
    return Field(
        -0.10 * x * red, 0.42 * toward * red * lower_more(y), -0.020 * red + 0.010 * bump(np.abs(y - SEAM), 0.14, 0.04)
    )


def lip_pressing(x, y):
    """AU 24: the lips press each other thin; a bulge over and under them."""
    red = bump(x, 0, 0.26) * smoothstep(0.20, 0.10, np.abs(y - SEAM))
    toward = np.clip(SEAM - y, -0.12, 0.12)
    rim = bump(np.abs(y - SEAM), 0.125, 0.035) * bump(x, 0, 0.22)
    return Field(0 * x, 0.62 * toward * red * lower_more(y), 0.032 * rim - 0.010 * red)


def lip_sucking(x, y):
    """AU 28: the red of both lips disappears into the mouth."""
    red = bump(x, 0, 0.22) * smoothstep(0.20, 0.09, np.abs(y - SEAM))
    toward = np.clip(SEAM - y, -0.12, 0.12)
    return Field(
        -0.06 * x * red, 0.66 * toward * red * lower_more(y), -0.050 * red * smoothstep(0.13, 0.03, np.abs(y - SEAM))
    )


FIELDS = {
    field.__name__: field
    for field in (
        frontalis_medial, frontalis_lateral, corrugator, brow_heads, procerus, levator_nasi, levator_labii,
        orbicularis_orbital, lid_push, zygomaticus, cheek_lift, buccinator, depressor_anguli, mentalis, risorius,
        lip_tightening, lip_pressing, lip_sucking,
    )
}  # fmt: skip


# fields that roll or lift the red of the lips, whose skin looks up and down, and so do not go along the skin
FREE = ("lip_tightening", "lip_pressing", "lip_sucking", "levator_labii", "mentalis")
OVER_EYE = ("lid_push",)  # fields that slide a lid over the eyeball
AROUND = {"zygomaticus": 0.7}  # fields that go around the teeth: how far back for every decimeter outward


def side_share(x, side):
    """How much of a movement at `x` is the work of the muscles of `side`: both sides' shares add up to 1."""
    return smoothstep(-0.06, 0.06, x if side == "left" else -x)


def displacement(name, rest, normal, side):
    """The movement float32 [n, 3] of vertices at `rest` [n, 3] with the person's `normal` [n, 3], by one muscle."""
    sign = 1 if side == "left" else -1
    x, y, z = rest.T
    share = smoothstep(0.35, 0.75, z) * side_share(x, side)
    field = FIELDS[name](sign * x, y)
    if name in OVER_EYE:
        tangent = np.stack([z - EYES[2], EYES[1] - y], 1) / np.hypot(z - EYES[2], y - EYES[1])[:, None].clip(0.05)
        moves = np.stack([0 * x, *(tangent.T * field.up * share)], 1)
    else:
        back = AROUND.get(name, 0) * field.across
        moves = np.stack([sign * field.across * share, field.up * share, -back * share], 1)
    if name not in (*FREE, *OVER_EYE, *AROUND):
        moves -= normal * (moves * normal).sum(1, keepdims=True)  # along the skin
    return (moves + normal * (field.out * share)[:, None]).astype(np.float32)
