"""How AUs go together: the phi coefficient of every pair (Cramér 1999; paper: Sec. VII, Fig. 4)."""

import numpy as np

from data_prep.subjects.aus import UNKNOWN


def phi(a, b):
    """phi of two vectors [n] of 0 and 1, -1 where unknown: -1..1; NaN where either is constant (see phi_matrix)."""
    return float(phi_matrix(np.stack([a, b], axis=1))[0, 1])


def phi_matrix(label):
    """phi of every two columns of `label` int [n, C] (1, 0, -1 unknown), float64 [C, C] in -1..1.

    Over the frames in which both are known; NaN where either is constant there, as phi is 0 / 0 then.
    """
    known = (label != UNKNOWN).astype(float)
    present = (label == 1).astype(float)
    both, n = present.T @ present, known.T @ known
    first = present.T @ known  # [i, j]: frames with i present where j is known too
    second = first.T
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(first * (n - first) * (second * (n - second)))
        return np.where(spread > 0, (n * both - first * second) / spread, np.nan)


def likeness(a, b):
    """One number for how alike two phi matrices [C, C] are: Pearson's correlation of their entries above the diagonal.

    The diagonal is always 1 and the rest repeats, so neither may count. A correlation asks whether the same AUs go
    together, not how strongly: predictions that weaken every phi alike still score 1.
    Over the entries defined in both; NaN with fewer than three of them, or where either has no spread.
    """
    rows, columns = np.triu_indices(len(a), 1)
    pairs = np.stack([a[rows, columns], b[rows, columns]])
    pairs = pairs[:, ~np.isnan(pairs).any(axis=0)]
    if pairs.shape[1] < 3 or (np.ptp(pairs, axis=1) == 0).any():
        return np.nan
    return float(np.corrcoef(pairs)[0, 1])
