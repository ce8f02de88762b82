"""The classifiers of a ready model: fitted on some people, judged on people of a source that they have not seen."""

from typing import NamedTuple

import numpy as np

from data_prep.faces.shape import mirrored
from data_prep.subjects.aus import UNKNOWN
from tools.detection.au_scores import mirrored_features
from tools.folds.features import feature_blob, trained_net
from tools.folds.folder import deploy_path, weights_path
from tools.net.caffemodel import load_caffemodel
from tools.net.preprocessing import preprocessing_of
from tools.net.prototxt import load_net
from tools.onnx.model import model_bytes
from tools.onnx.runtime import Runtime
from tools.statistics.calibration import FEWEST, Calibration, platt
from tools.statistics.linear import Part, combined, fit_part, principal
from tools.statistics.metrics import two_afc

COMPONENTS = 80  # ours: of shapes; 40 are as good to .005
# ours: what the score of an AU may rest on: how much of the net's score, and of that of the shape
WAYS = {"net": (1, 0), "shape": (0, 1), "both": (0.3, 1)}
FALSE_ALARMS = 0.005, 0.04  # ours: least and largest share of held-out frames without an AU that is called present
MISSED = 0.25  # ours: share of held-out frames with it that may be missed for fewer false alarms


class FoldNet:
    """The net of a finished fold as detection runs it: what tools/detection/au_scores.py asks of a bundle."""

    def __init__(self, task):
        net = trained_net(task)
        self.blob, self.preprocessing = feature_blob(task, net), preprocessing_of(net)
        self.mean = task.frames(task.fold.fitted).mean
        message, weights = load_net(deploy_path(task.folder)), load_caffemodel(weights_path(task.folder))
        self.runtime = Runtime(model_bytes(message, weights, [self.blob], self.preprocessing))

    def features(self, pixels):
        values = self.runtime.run(self.preprocessing.apply(pixels))[self.blob]
        return values.reshape(len(pixels), -1)


class Seen(NamedTuple):
    """What classifiers see of Shown frames: net float64 [n, K], shape float32 [n, 478, 2]."""

    net: np.ndarray
    shape: np.ndarray

    def rows(self, keep):
        return Seen(self.net[keep], self.shape[keep])


def seen_by(net, frames):
    """The Seen of Shown frames, by a FoldNet or a Bundle."""
    return Seen(mirrored_features(net, frames.crop), frames.shape)


def projections(seen):
    """{"net": Projection, "shape": Projection} of a Seen: what LDA sees of it."""
    return {
        "net": principal(seen.net, seen.net.shape[1]),
        "shape": principal(symmetrized(seen.shape), COMPONENTS),
    }


def fit_parts(seen, label, through=None, weight=None):
    """{"net": Part, "shape": Part} on a Seen and its labels int8 [n, C].

    through  the Projections (default: of these very frames)
    weight   float [n]: how much frames count
    """
    through = through or projections(seen)
    return {
        "net": fit_part(seen.net, label, through["net"], weight),
        "shape": of_any_shape(fit_part(symmetrized(seen.shape), label, through["shape"], weight)),
    }


def symmetrized(shapes):
    """float32 [n, 478, 2]: the mean of each shape and its mirror image, as labels do not tell sides."""
    return (shapes + mirrored(shapes)) / 2


def of_any_shape(part):
    """The Part that gives a shape what `part` gives it symmetrized."""
    zero, places = np.zeros((1, 478, 2), np.float32), part.weight.reshape(-1, 478, 2)
    # mirroring is linear but for a shift: w . mirrored(s) = mirrored back(w) . s + w . mirrored(0)
    there = mirrored(places) - mirrored(zero)
    offset = part.offset + part.weight @ mirrored(zero).ravel() / 2
    return Part((places + there).reshape(part.weight.shape) / 2, offset)


def scores_by_way(parts, seen):
    """{way of WAYS: float64 [n, C]} by the Parts of fit_parts."""
    net, shape = parts["net"].scores(seen.net), parts["shape"].scores(seen.shape)
    return {way: of_net * net + of_shape * shape for way, (of_net, of_shape) in WAYS.items()}


def columns_2afc(label, score):
    """float [C]: 2AFC of each AU, NaN where a class is absent."""
    known = [(truth != UNKNOWN) for truth in label.T]
    return np.array([two_afc(truth[rows], values[rows]) for truth, values, rows in zip(label.T, score.T, known)])


def best_ways(by_way):
    """[C] the ways of the highest values, from {way: 2AFC [sources, C]} on held-out people of each source."""
    names = list(by_way)
    means = np.array([np.nan_to_num(by_way[name]).mean(axis=0) for name in names])
    return [names[best] for best in means.argmax(axis=0)]


def chosen_scores(by_way, ways):
    """float64 [n, C]: of {way: scores [n, C]} those of each column's way."""
    return np.stack([by_way[way][:, column] for column, way in enumerate(ways)], axis=1)


def linear_of(parts, ways):
    return combined(parts["net"], parts["shape"], [WAYS[way] for way in ways])


def calibrated(score, label):
    """The Calibration of `score` [n, C] by frames that fitted nothing, with a threshold of few false alarms.

    They are as few as MISSED allows, within FALSE_ALARMS: what tells an AU well can afford a strict threshold.
    An AU with few frames of a class keeps its scores, and 0 as threshold.
    """
    result = Calibration(*np.tile([[1.0], [0.0], [0.0]], label.shape[1]))
    for column, (values, truth) in enumerate(zip(score.T, label.T)):
        known = truth != UNKNOWN
        if min((truth == 1).sum(), (truth == 0).sum()) >= FEWEST:
            result.slope[column], result.intercept[column] = platt(values[known], truth[known] == 1)
            strict, lax = np.quantile(values[truth == 0], [1 - share for share in FALSE_ALARMS])
            result.threshold[column] = np.clip(np.quantile(values[truth == 1], MISSED), lax, strict)
    return result
