"""Facial Action Units: their names, the sets the paper models, and the label conventions.

Label arrays are int8 [n, C], one column per AU of the set in use, in the order of its tuple:
1 present, 0 absent, UNKNOWN not coded. The neutral label, where there is one, is the last column.
"""

import numpy as np

UNKNOWN = -1
NEUTRAL = "neutral"

AU_NAMES = {  # Ekman, Friesen and Hager 2002, the Facial Action Coding System; the face's codes, no head or gaze
    1: "Inner brow raiser",
    2: "Outer brow raiser",
    4: "Brow lowerer",
    5: "Upper lid raiser",
    6: "Cheek raiser",
    7: "Lid tightener",
    8: "Lips toward each other",
    9: "Nose wrinkler",
    10: "Upper lip raiser",
    11: "Nasolabial deepener",
    12: "Lip corner puller",
    13: "Sharp lip puller",
    14: "Dimpler",
    15: "Lip corner depressor",
    16: "Lower lip depressor",
    17: "Chin raiser",
    18: "Lip pucker",
    19: "Tongue show",
    20: "Lip stretcher",
    21: "Neck tightener",
    22: "Lip funneler",
    23: "Lip tightener",
    24: "Lip pressor",
    25: "Lips part",
    26: "Jaw drop",
    27: "Mouth stretch",
    28: "Lip suck",
    29: "Jaw thrust",
    30: "Jaw sideways",
    31: "Jaw clencher",
    32: "Lip bite",
    33: "Cheek blow",
    34: "Cheek puff",
    35: "Cheek suck",
    36: "Tongue bulge",
    37: "Lip wipe",
    38: "Nostril dilator",
    39: "Nostril compressor",
    43: "Eye closure",
    45: "Blink",
    46: "Wink",
}
DISFA_AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26)  # paper: Sec. III, 12 AUs
SHARED_AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20)  # paper: Sec. III, coded in all three datasets


def coded(label):
    """bool [C]: the columns of `label` int8 [n, C] in which any frame is coded."""
    return (label != UNKNOWN).any(axis=0)


def with_neutral(label, modeled=None):
    """Append the neutral column to `label` int8 [n, C]; returns int8 [n, C + 1].

    Neutral is 1 where every AU is coded absent, UNKNOWN where an AU is not coded and none is present, else 0
    (paper: Sec. VI names the extra label; ours: its definition. Without it Eq. 1 gives an all-absent frame no loss).
    modeled  bool [C], the AUs that this is over, those coded in the training frames (default: those coded here): one
             that nobody coded is not learned, and would leave no frame neutral
    """
    of = label[:, coded(label) if modeled is None else modeled]
    present = (label == 1).any(axis=1)
    unknown = (of == UNKNOWN).any(axis=1) & ~present
    neutral = np.where(unknown, UNKNOWN, ~present).astype(np.int8)
    return np.concatenate([label, neutral[:, None]], axis=1)
