"""QDA as plain arrays: what decides on an AU, and what a bundle carries instead of a pickle.

For one AU and features x of K values, z = (x - center) / scale; for each class k (0 absent, 1 present)
  g_k = offset_k - 1/2 |whitening_k (z - mean_k)|^2,   log-odds = g_1 - g_0
"""

from typing import NamedTuple

import numpy as np


class Quadratic(NamedTuple):
    """center, scale float64 [K]; mean float64 [2, K]; whitening float64 [2, D, K], D at most K; offset float64 [2]."""

    center: np.ndarray
    scale: np.ndarray
    mean: np.ndarray
    whitening: np.ndarray
    offset: np.ndarray

    def decision_function(self, feature):
        """As scikit-learn's classifiers have it."""
        return log_odds(self, feature)


def log_odds(quadratic, feature):
    """float64 [n] log-odds of presence of `feature` [n, K]; above 0 the AU is present."""
    z = (feature - quadratic.center) / quadratic.scale
    scores = [
        offset - np.square((z - mean) @ whitening.T).sum(axis=1) / 2
        for mean, whitening, offset in zip(quadratic.mean, quadratic.whitening, quadratic.offset)
    ]
    return scores[1] - scores[0]
