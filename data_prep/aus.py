"""Facial Action Units: their names, the sets the paper models, and the label conventions.

Label arrays are int8 [n, C], one column per AU of the set in use, in the order of its tuple:
1 present, 0 absent, UNKNOWN not coded. The neutral label, where there is one, is the last column.
"""

import numpy as np

UNKNOWN = -1
NEUTRAL = "neutral"

AU_NAMES = {
    1: "Inner brow raiser",
    2: "Outer brow raiser",
    4: "Brow lowerer",
    5: "Upper lid raiser",
    6: "Cheek raiser",
    9: "Nose wrinkler",
    12: "Lip corner puller",
    15: "Lip corner depressor",
    17: "Chin raiser",
    20: "Lip stretcher",
    25: "Lips part",
    26: "Jaw drop",
}
DISFA_AUS = tuple(AU_NAMES)  # paper: Sec. III, 12 AUs
SHARED_AUS = (1, 2, 4, 5, 6, 9, 12, 15, 17, 20)  # paper: Sec. III, coded in all three datasets


def with_neutral(label):
    """Append the neutral column to `label` int8 [n, C]; returns int8 [n, C + 1].

    Neutral is 1 where every AU is coded absent, UNKNOWN where an AU is not coded and none is present, else 0
    (paper: Sec. VI names the extra label; ours: its definition. Without it Eq. 1 gives an all-absent frame no loss).
    """
    present = (label == 1).any(axis=1)
    unknown = (label == UNKNOWN).any(axis=1) & ~present
    neutral = np.where(unknown, UNKNOWN, ~present).astype(np.int8)
    return np.concatenate([label, neutral[:, None]], axis=1)
