"""Linear classifiers of all AUs on two kinds of features at once, and what their scores say of intensities.

score = net features @ net + shape @ shape + offset; an AU that rests on one kind alone has zeros for the other. Each
part is shrinkage LDA on principal components, which is linear in the features as they are; parts are in units of their
standard deviation on the frames that they are fitted on, and so much of each is added as is asked for.
"""

from typing import NamedTuple

import numpy as np
from sklearn.isotonic import IsotonicRegression

from data_prep.subjects.aus import UNKNOWN
from tools.statistics.classify import FEWEST

SHRINKAGE = 0.1  # ours: of the covariance, toward its diagonal
KNOTS = 12  # ours: of a curve from scores to intensities
MOST_INTENSE = 5


class Linear(NamedTuple):
    """net float64 [C, K], shape float64 [C, L]: weights of the net's features and of the shape; offset float64 [C]"""

    net: np.ndarray
    shape: np.ndarray
    offset: np.ndarray

    def scores(self, feature, shape):
        """float64 [n, C] of features [n, K] and shapes [n, ...] of L values; above 0 is likelier present than not."""
        return feature @ self.net.T + shape.reshape(len(shape), -1) @ self.shape.T + self.offset

    def columns(self, chosen):
        """The Linear of the AUs in the columns `chosen`."""
        return Linear(*(values[chosen] for values in self))


class Part(NamedTuple):
    """weight float64 [C, K], offset float64 [C] of one kind of features, zero in columns that cannot be fitted."""

    weight: np.ndarray
    offset: np.ndarray

    def scores(self, feature):
        return feature.reshape(len(feature), -1) @ self.weight.T + self.offset


class Projection(NamedTuple):
    """center float64 [K], basis float64 [K, D]: (feature - center) @ basis is what LDA sees."""

    center: np.ndarray
    basis: np.ndarray

    def of(self, feature):
        return (feature.reshape(len(feature), -1) - self.center) @ self.basis


def principal(feature, components):
    """The Projection of `feature` float [n, ...] on its leading principal components."""
    feature = feature.reshape(len(feature), -1).astype(np.float64)
    center = feature.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov((feature - center).T).reshape(len(center), -1))
    return Projection(center, directions[:, ::-1][:, : min(components, *feature.shape)])


def fit_part(feature, label, projection, weight=None):
    """The Part fitted on `feature` float [n, ...] and `label` int8 [n, C]: scores of unit deviation, 0 between classes.

    weight  float [n], how much each frame counts (default: all alike)
    """
    weight = np.ones(len(feature)) if weight is None else np.asarray(weight, np.float64)
    (center, basis), seen = projection, projection.of(feature)
    weights, offsets = np.zeros((label.shape[1], len(center))), np.zeros(label.shape[1])
    for column, present in enumerate(label.T):
        known = present != UNKNOWN
        if min((present == 1).sum(), (present == 0).sum()) < FEWEST:
            continue
        direction, middle = lda(seen[known], present[known] == 1, weight[known])
        scale = np.sqrt(np.cov(seen @ direction, aweights=weight)) or 1
        weights[column] = basis @ direction / scale
        offsets[column] = -middle / scale - weights[column] @ center
    return Part(weights, offsets)


def lda(feature, present, weight):
    """(direction [D], score halfway between the classes) of shrinkage LDA on `feature` [n, D]."""
    means = [np.average(feature[rows], axis=0, weights=weight[rows]) for rows in (~present, present)]
    within = feature - np.where(present[:, None], means[1], means[0])
    covariance = (within * weight[:, None]).T @ within / weight.sum()
    variance = np.diag(covariance)
    covariance = (1 - SHRINKAGE) * covariance + np.diag(SHRINKAGE * variance + 1e-9 * max(variance.max(), 1e-12))
    direction = np.linalg.solve(covariance, means[1] - means[0])
    return direction, float(direction @ (means[0] + means[1]) / 2)


def combined(net, shape, amounts):
    """The Linear of two Parts; amounts float [C, 2]: how much of the scores of `net` and of `shape` each AU has."""
    of_net, of_shape = np.asarray(amounts, float).T
    offset = of_net * net.offset + of_shape * shape.offset
    return Linear(of_net[:, None] * net.weight, of_shape[:, None] * shape.weight, offset)


class Curves(NamedTuple):
    """score, level float64 [C, KNOTS]: intensities rise along straight lines between knots, and are level beyond."""

    score: np.ndarray
    level: np.ndarray

    def intensity(self, score):
        """float64 [n, C] from 0 to 5, of scores [n, C] and in their order."""
        columns = zip(np.asarray(score, float).T, self.score, self.level)
        return np.stack([np.interp(values, knots, levels) for values, knots, levels in columns], axis=1)

    def columns(self, chosen):
        return Curves(*(values[chosen] for values in self))


def fit_curves(score, intensity):
    """The Curves of `score` float [n, C] of frames that fitted nothing, whose intensities are float [n, C], 0 to 5.

    Isotonic regression (the mean intensity of frames with such a score, rising), at KNOTS knots: half of them where no
    AU shows, half where one does, evenly among frames.
    """
    knots, levels = [], []
    for values, truth in zip(score.T, intensity.T):
        known = truth >= 0
        values, truth = values[known], truth[known]
        rising = IsotonicRegression(y_min=0, y_max=MOST_INTENSE, out_of_bounds="clip").fit(values, truth)
        shown = values[truth > 0] if (truth > 0).any() else values
        places = np.unique([*np.quantile(values, np.linspace(0, 1, KNOTS // 2)),
                            *np.quantile(shown, np.linspace(0.05, 1, KNOTS - KNOTS // 2))])  # fmt: skip
        places = np.interp(np.linspace(0, 1, KNOTS), np.linspace(0, 1, len(places)), places)
        knots.append(places)
        levels.append(np.maximum.accumulate(rising.predict(places)))
    return Curves(np.array(knots), np.array(levels))
