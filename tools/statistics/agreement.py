"""How a score agrees with coded intensities: ICC(3,1) of Shrout and Fleiss 1979, and Pearson's correlation."""

import numpy as np

HIGHEST = 5  # FACS's grades a to e


def icc31(first, second):
    """ICC(3,1) of two raters' numbers [n], -1 to 1: consistency, so that a constant between them does not count.

    (BMS - EMS) / (BMS + EMS), with the mean squares between targets and of error of a two-way analysis of variance.
    NaN of fewer than two targets, or where neither rater varies.
    """
    ratings = np.stack([first, second], axis=1).astype(float)
    if len(ratings) < 2:
        return np.nan
    centered = ratings - ratings.mean(axis=0)
    targets = centered.mean(axis=1)
    between = 2 * np.square(targets).sum() / (len(ratings) - 1)
    error = np.square(centered - targets[:, None]).sum() / (len(ratings) - 1)
    return float((between - error) / (between + error)) if between + error > 0 else np.nan


def agreement(intensity, probability):
    """{"icc", "pearson", "frames"} of `intensity` int [n], 0 to 5 or -1 unknown, and a `probability` float [n].

    ICC is that of 5 x probability, which has the scale of the grades; Pearson's correlation asks for a line only.
    """
    known = (intensity >= 0) & ~np.isnan(probability)
    grades, values = intensity[known].astype(float), HIGHEST * probability[known]
    varies = known.sum() > 1 and np.ptp(grades) > 0 and np.ptp(values) > 0
    return {
        "icc": icc31(grades, values) if varies else np.nan,
        "pearson": float(np.corrcoef(grades, values)[0, 1]) if varies else np.nan,
        "frames": int(known.sum()),
    }
