"""Metrics of AU detection for one AU (paper: Sec. V).

Conventions: `label` int [n] is 1 present, 0 absent, -1 unknown (left out of every metric); `score` float [n] is higher
where the AU is likelier, and the prediction is score > 0. Accuracies are percent, 2AFC and F1 are 0..1.
What cannot be computed is NaN.
"""

import numpy as np
from scipy.stats import rankdata

METRICS = ("accuracy", "two_afc", "f1", "majority_accuracy")


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
    """Percent correct when always guessing the more frequent class of these very frames."""
    return 100 * max(float(np.mean(label == 1)), float(np.mean(label == 0))) if len(label) else np.nan


def score_au(label, score):
    """All metrics of one AU as a dict, with the counts they rest on."""
    known = label >= 0
    label, score = label[known], score[known]
    result = {"accuracy": np.nan, "two_afc": two_afc(label, score), "f1": np.nan,
              "majority_accuracy": majority_accuracy(label),
              "positives": int((label == 1).sum()), "frames": len(label)}
    if not np.isnan(score).any():
        predicted = (score > 0).astype(int)
        result.update(accuracy=accuracy(label, predicted), f1=f1(label, predicted))
    return result


def score_all(label, score, aus):
    """{"per_au": {"1": {...}}, "average": {...}} of `label` int [n, C] and `score` [n, C] for the AU numbers `aus`.

    The average is over the AUs where a metric is defined; "aus" counts those with a 2AFC.
    """
    per_au = {str(au): score_au(label[:, column], score[:, column]) for column, au in enumerate(aus)}
    average = {}
    for metric in METRICS:
        values = [result[metric] for result in per_au.values() if not np.isnan(result[metric])]
        average[metric] = float(np.mean(values)) if values else np.nan
    average["aus"] = sum(not np.isnan(result["two_afc"]) for result in per_au.values())
    return {"per_au": per_au, "average": average}
