"""QDA of an AU on features (paper: Sec. IV), in directions that its training frames span.

Without a ridge a linear change of the features changes nothing of QDA. So they are standardized, whitened, and rid of
directions in which no frame differs; then the ridge is the same for each direction that is left.
"""

import numpy as np

from tools.statistics.quadratic import Quadratic

RIDGE = 1e-3  # ours: of the covariance of all frames in that of each class; `make ridge` prints what others give
PRIORS = {"empirical": None, "equal": (0.5, 0.5)}  # ours: empirical; the paper does not say
FRAMES_PER_FEATURE = 10  # ours: with fewer of a class, its own frames tell its covariance only in part
ALIKE = 0.01  # ours: of the variance of all frames; a class that varies less tells nothing of frames to come
ROUNDING = 1e-6  # of float32 features, relative
SPANNED = 1e-10  # of the largest variance of standardized features: below is rounding
CLASSES = ("negative", "positive")


class CannotFit(ValueError):
    """Why there can be no classifier."""


def fit_qda(feature, present, ridge=RIDGE, priors="empirical", ignore_shift=False):
    """QDA on `feature` float [n, K] and `present` bool [n]: (Quadratic, remarks [why it is not plain QDA]).

    With S the covariance of a class and T that of all frames, it has (1 - ridge) S + ridge T. A class of few frames,
    D features and n < 10 D frames, has the share D / (n + D) of T instead, as if D frames more were known of it; one
    whose frames are alike has T. Each is a remark.

    priors        "empirical" or "equal"
    ignore_shift  leave out what all features of a frame have in common, their mean. For scores that a softmax loss has
                  trained: it does not see that mean, which is a random mixture of the layer below
    Raises CannotFit where all frames have the same features.
    """
    feature = np.asarray(feature, np.float64)  # in float32 a small ridge is lost among rounding errors
    count = feature.shape[1]
    seen = np.eye(count) - 1 / count if ignore_shift else np.eye(count)
    center, scale, basis = span(feature @ seen)
    own = feature @ seen
    means, whitenings, offsets, remarks = [], [], [], []
    for name, rows, prior in zip(CLASSES, (~present, present), priors_of(present, priors)):
        z = (own[rows] - center) / scale
        covariance, remark = shrunk(np.cov((z @ basis).T, bias=True).reshape(basis.shape[1], -1), rows.sum(), ridge)
        variance, direction = np.linalg.eigh(covariance)
        means.append(z.mean(axis=0))
        # `seen` is part of it, so that it takes features as they are
        whitenings.append((basis @ direction / np.sqrt(variance)).T @ (seen * scale / scale[:, None]))
        offsets.append(np.log(prior) - np.log(variance).sum() / 2)
        if remark:
            remarks.append(f"{rows.sum()} {name} training frames {remark}")
    return Quadratic(center, scale, np.array(means), np.array(whitenings), np.array(offsets)), remarks


def priors_of(present, priors):
    """(of absence, of presence)"""
    return PRIORS[priors] or (1 - present.mean(), present.mean())


def span(feature):
    """(center [K], scale [K], basis [K, D]): (feature - center) / scale @ basis has unit covariance in D directions."""
    center, spread = feature.mean(axis=0), feature.std(axis=0)
    is_constant = spread <= ROUNDING * np.abs(feature).max(axis=0)
    scale = np.where(is_constant, 1, spread)
    z = np.where(is_constant, 0, (feature - center) / scale)
    variance, direction = np.linalg.eigh(z.T @ z / len(z))
    kept = variance > SPANNED * max(variance.max(), 1)
    if not kept.any():
        raise CannotFit(f"all {len(feature)} training frames have the same features")
    return center, scale, direction[:, kept] / np.sqrt(variance[kept])


def shrunk(covariance, frames, ridge):
    """(covariance [D, D] of a class of so many `frames` as QDA has it, what is to be said of them, or ""). Unit is that
    of all frames."""
    count = len(covariance)
    share, remark = ridge, ""
    if np.trace(covariance) < ALIKE * count:
        share, remark = 1, f"hardly differ: their covariance is that of all frames ({count} features)"
    elif frames < FRAMES_PER_FEATURE * count:
        share = max(ridge, count / (frames + count))
        remark = f"are few for {count} features: {100 * share:.0f}% of their covariance is that of all frames"
    return (1 - share) * covariance + share * np.eye(count), remark
