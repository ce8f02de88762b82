"""Metrics of AU detection for one AU (paper: Sec. V).

Conventions: `label` int [n] is 1 present, 0 absent, -1 unknown (left out of every metric); `score` float [n] is higher
where the AU is likelier, and predicts presence where it is above 0 (`is_present`). Accuracies are percent, 2AFC and F1
are 0..1. What cannot be computed is NaN.
"""

import numpy as np
from scipy.stats import rankdata

METRICS = ("accuracy", "two_afc", "f1", "skew_normalized_accuracy", "majority_accuracy")


def is_present(score):
    """bool: what `score`, log-odds of presence, predicts. A score of exactly 0 predicts absence, and so does NaN."""
    return score > 0


def two_afc(label, score):
    """P(score of a positive > score of a negative), ties at one half: the area under the ROC curve."""
    positive = label == 1
    p, n = int(positive.sum()), int((~positive).sum())
    if not p or not n or np.isnan(score).any():
        return np.nan
    return float((rankdata(score)[positive].sum() - p * (p + 1) / 2) / (p * n))


def accuracy(label, predicted):
    """Percent of frames classified correctly."""
    return 100 * float(np.mean(label == predicted)) if len(label) else np.nan


def f1(label, predicted):
    """2 TP / (2 TP + FP + FN); NaN where neither labels nor predictions hold a positive."""
    true_positive = int(((label == 1) & (predicted == 1)).sum())
    total = int((label == 1).sum() + (predicted == 1).sum())
    return 2 * true_positive / total if total else np.nan


def majority_accuracy(label):
    """Percent correct when always guessing the more frequent class of these same frames."""
    return 100 * max(float(np.mean(label == 1)), float(np.mean(label == 0))) if len(label) else np.nan


def skew_normalized_accuracy(label, predicted):
    """Percent correct with both classes weighted alike (Jeni, Cohn and De la Torre 2013); NaN where one is absent."""
    present, absent = predicted[label == 1] == 1, predicted[label == 0] == 0
    return 50 * float(np.mean(present) + np.mean(absent)) if len(present) and len(absent) else np.nan


def score_au(label, score, subject=None):
    """All metrics of one AU as a dict, with the counts behind them; `subject` [n] adds the number of subjects."""
    known = label >= 0
    counts = {"masked": int((~known).sum())}
    if subject is not None:
        counts["subjects"] = len(np.unique(subject[known]))
    label, score = label[known], score[known]
    result = {
        "accuracy": np.nan,
        "two_afc": two_afc(label, score),
        "f1": np.nan,
        "skew_normalized_accuracy": np.nan,
        "majority_accuracy": majority_accuracy(label),
        "positives": int((label == 1).sum()),
        "frames": len(label),
        **counts,
    }
    if not np.isnan(score).any():
        predicted = is_present(score).astype(int)
        result.update(
            accuracy=accuracy(label, predicted),
            f1=f1(label, predicted),
            skew_normalized_accuracy=skew_normalized_accuracy(label, predicted),
        )
    return result


def averaged_aus(label, score, aus):
    """Those of the AU numbers `aus` for which all metrics are defined: both classes have frames, all of them a score.

    An average over them is of the same AUs for every metric of `label` int [n, C] and `score` [n, C].
    """
    return [
        au
        for au, truth, values in zip(aus, label.T, score.T)
        if (truth == 1).any() and (truth == 0).any() and not np.isnan(values[truth >= 0]).any()
    ]


def score_all(label, score, aus, subject=None, averaged=None):
    """{"per_au": {"1": {...}}, "average": {...}} of `label` int [n, C] and `score` [n, C] for the AU numbers `aus`.

    The average is over the AU numbers `averaged` (default: averaged_aus), which its "aus" lists.
    """
    per_au = {str(au): score_au(label[:, column], score[:, column], subject) for column, au in enumerate(aus)}
    averaged = averaged_aus(label, score, aus) if averaged is None else averaged
    average = {metric: mean([per_au[str(au)][metric] for au in averaged]) for metric in METRICS}
    return {"per_au": per_au, "average": average | {"aus": list(averaged)}}


def mean(values):
    """The mean of a list of numbers; NaN of none."""
    return float(np.mean(values)) if values else np.nan


def by_subject(label, score, subject, aus):
    """{"1": {"two_afc_by_subject": mean over those with both classes, "subjects_scored": their number}}."""
    results = {}
    for column, au in enumerate(aus):
        known = label[:, column] >= 0
        values = [
            two_afc(label[rows, column], score[rows, column])
            for rows in (known & (subject == name) for name in np.unique(subject))
        ]
        defined = [value for value in values if not np.isnan(value)]
        results[str(au)] = {
            "two_afc_by_subject": mean(defined),
            "subjects_scored": len(defined),
        }
    return results
