"""A fitted QDA as plain arrays: what a bundle carries instead of a pickle.

For one AU and features x of K values, z = (x - center) / scale; for each class k (0 absent, 1 present)
  g_k = offset_k - 1/2 |whitening_k (z - mean_k)|^2,   log-odds = g_1 - g_0
"""

from typing import NamedTuple

import numpy as np


class Quadratic(NamedTuple):
    """center, scale float64 [K]; mean float64 [2, K]; whitening float64 [2, K, K]; offset float64 [2]."""

    center: np.ndarray
    scale: np.ndarray
    mean: np.ndarray
    whitening: np.ndarray
    offset: np.ndarray


def as_arrays(model):
    """The Quadratic of what tools.statistics.classify.fit_qda fitted."""
    scaler, qda = (step for _, step in model.steps)
    whitening = [(rotation * scaling**-0.5).T for rotation, scaling in zip(qda.rotations_, qda.scalings_)]
    offset = [np.log(prior) - np.log(scaling).sum() / 2 for prior, scaling in zip(qda.priors_, qda.scalings_)]
    return Quadratic(scaler.mean_, scaler.scale_, np.array(qda.means_), np.array(whitening), np.array(offset))


def log_odds(quadratic, feature):
    """float64 [n] log-odds of presence of `feature` [n, K]; above 0 the AU is present."""
    z = (feature - quadratic.center) / quadratic.scale
    scores = [
        offset - np.square((z - mean) @ whitening.T).sum(axis=1) / 2
        for mean, whitening, offset in zip(quadratic.mean, quadratic.whitening, quadratic.offset)
    ]
    return scores[1] - scores[0]
