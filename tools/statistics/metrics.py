"""Metrics of AU detection for one AU (paper: Sec. V).

Conventions: `label` int [n] is 1 present, 0 absent, -1 unknown (left out of every metric); `score` float [n] is higher
where the AU is likelier. Accuracies are percent, MCC and kappa -1..1, the others 0..1. What cannot be computed is NaN.
"""

import numpy as np
from scipy.stats import rankdata

from tools.statistics.events import event_counts, event_f1

METRICS = (
    "accuracy",
    "two_afc",
    "average_precision",
    "f1",
    "skew_normalized_f1",
    "skew_normalized_accuracy",
    "mcc",
    "kappa",
    "event_f1",
    "majority_accuracy",
    "base_rate",
)
CONFUSION = ("true_positives", "false_positives", "true_negatives", "false_negatives")
EVENTS = ("events", "events_found", "predicted_events", "predicted_events_right")
OF_DECISIONS = ("accuracy", "f1", "skew_normalized_f1", "skew_normalized_accuracy", "mcc", "kappa", "event_f1")
THRESHOLD_METRICS = (*OF_DECISIONS, *CONFUSION, *EVENTS)  # what needs decisions


def two_afc(label, score):
    """P(score of a positive > score of a negative), ties at one half: the area under the ROC curve."""
    positive = label == 1
    p, n = int(positive.sum()), int((~positive).sum())
    if not p or not n or np.isnan(score).any():
        return np.nan
    return float((rankdata(score)[positive].sum() - p * (p + 1) / 2) / (p * n))


def average_precision(label, score):
    """The mean precision at each positive, frames in order of score and ties together; NaN without a positive.

    It is the area under the steps of the precision-recall curve. A random score has the base rate.
    """
    if np.isnan(score).any():
        return np.nan
    order = np.argsort(-score, kind="stable")
    return precision_of_sorted(label[order] == 1, score[order])


def precision_of_sorted(positive, score):
    """The average precision of `positive` bool [n] in order of falling `score` [n]."""
    found = np.cumsum(positive)
    if not len(found) or not found[-1]:
        return np.nan
    ends = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)  # the last frame of each score
    gained = np.diff(found[ends], prepend=0)
    return float((gained * found[ends] / (ends + 1)).sum() / found[-1])


def of_counts(tp, fp, tn, fn):
    """{metric: value} of the metrics that follow from true and false positives and negatives, numbers or arrays.

    f1                        2 TP / (2 TP + FP + FN); NaN where neither labels nor predictions hold a positive
    skew_normalized_accuracy  percent correct, and F1, if both classes were equally frequent (Jeni, Cohn and De la Torre
    skew_normalized_f1        2013): by the rates TP / P and FP / N instead of counts; NaN where a class is absent
    mcc, kappa                Matthews' correlation and Cohen's kappa; NaN where a class is absent from the labels, 0
                              where the predictions are all the same
    """
    tp, fp, tn, fn = (np.asarray(count, float) for count in (tp, fp, tn, fn))
    positive, negative, total = tp + fn, tn + fp, tp + fn + tn + fp
    both = (positive > 0) & (negative > 0)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0: undefined
        hit, alarm = tp / positive, fp / negative
        spread = np.sqrt((tp + fp) * positive * negative * (tn + fn))
        chance = ((tp + fp) * positive + (tn + fn) * negative) / total**2
        agreed = (tp + tn) / total
        return {
            "accuracy": 100 * agreed,
            "f1": 2 * tp / (2 * tp + fp + fn),
            "skew_normalized_f1": 2 * hit / (1 + hit + alarm),
            "skew_normalized_accuracy": 50 * (hit + 1 - alarm),
            "mcc": np.where(both, np.where(spread > 0, (tp * tn - fp * fn) / spread, 0), np.nan),
            "kappa": np.where(both, (agreed - chance) / (1 - chance), np.nan),
        }


def confusion(label, present):
    """(TP, FP, TN, FN) of `label` [n] of 1 and 0 and `present` bool [n]."""
    positive = label == 1
    return tuple(
        int(count.sum())
        for count in (positive & present, ~positive & present, ~positive & ~present, positive & ~present)
    )


def score_au(au):
    """{metric or count: value} of one AU, a Scored of vectors [n]."""
    known = au.rows(au.label >= 0)
    base = float(np.mean(known.label == 1)) if len(known.label) else np.nan
    values = {
        "two_afc": two_afc(known.label, known.score),
        "average_precision": average_precision(known.label, known.score),
        "majority_accuracy": 100 * max(base, 1 - base),
        "base_rate": base,
        "positives": int((known.label == 1).sum()),
        "frames": len(known.label),
        "masked": len(au.label) - len(known.label),
        "subjects": len(np.unique(known.subject)),
    }
    if np.isnan(known.score).any():
        return values | dict.fromkeys(THRESHOLD_METRICS, np.nan)
    cells = confusion(known.label, known.present)
    events = event_counts(au.label, au.present, au.stretch, np.zeros(len(au.label), int), 1)[:, 0]
    values |= {name: float(value) for name, value in of_counts(*cells).items()} | dict(zip(CONFUSION, cells))
    values["event_f1"] = float(event_f1(*events)) if is_video(au.stretch) else np.nan
    return values | dict(zip(EVENTS, map(int, events)))


def is_video(stretch):
    """Whether some frames follow each other."""
    return len(np.unique(stretch)) < len(stretch)


def averaged_aus(frames, aus):
    """Those of the AU numbers `aus` for which all metrics of a Scored are defined: both classes have frames, all of
    them a score. An average over them is of the same AUs for every metric."""
    return [
        number
        for number, au in zip(aus, frames.columns())
        if {0, 1} <= set(np.unique(au.label)) and not np.isnan(au.score[au.label >= 0]).any()
    ]


def score_all(frames, aus, averaged=None):
    """{"per_au": {"1": {...}}, "average": {...}} of a Scored for the AU numbers `aus`.

    The average is over the AU numbers `averaged` (default: averaged_aus), which its "aus" lists.
    """
    per_au = {str(number): score_au(au) for number, au in zip(aus, frames.columns())}
    averaged = averaged_aus(frames, aus) if averaged is None else averaged
    average = {metric: mean([per_au[str(au)][metric] for au in averaged]) for metric in METRICS}
    return {"per_au": per_au, "average": average | {"aus": list(averaged)}}


def by_subject(frames, aus):
    """{subject: {AU: what score_au gives for its frames}}"""
    return {
        str(name): score_all(frames.rows(frames.subject == name), aus)["per_au"] for name in np.unique(frames.subject)
    }


def mean(values):
    """The mean of a list of numbers; NaN of none."""
    return float(np.mean(values)) if values else np.nan
