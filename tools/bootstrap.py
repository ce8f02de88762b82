"""95% intervals by bootstrap over subjects: frames of one video depend on each other, subjects do not.

A resample draws as many subjects as there are, with replacement, and takes all frames of each. Nothing is approximated:
per AU the counts TP, FP, TN, FN of each subject, and the matrix U[s, t] of (positive of s, negative of t) pairs that are
ranked right, ties one half, give every metric of a resample with multiplicities w, e.g. 2AFC = w' U w / (w'P)(w'N).
"""

from typing import NamedTuple

import numpy as np

RESAMPLES = 1000  # ours
LEVEL = (2.5, 97.5)  # percentiles
METRICS = ("accuracy", "two_afc", "f1", "skew_normalized_accuracy")  # those with intervals; conventions of tools/metrics


class Counts(NamedTuple):
    """What one AU's metrics need, per subject: float64 [S] each, `won` [S, S]; all NaN where its scores are."""

    true_positive: np.ndarray
    false_positive: np.ndarray
    true_negative: np.ndarray
    false_negative: np.ndarray
    won: np.ndarray


def resamples(subjects, seed=0, count=RESAMPLES):
    """How often each of `subjects` (a number) is in each resample: int64 [count, subjects]."""
    drawn = np.random.default_rng(seed).integers(0, subjects, (count, subjects))
    return np.stack([np.bincount(row, minlength=subjects) for row in drawn])


def intervals(label, score, subject, aus, seed=0):
    """95% intervals of `score` float [n, C] for `label` int [n, C] (1, 0, -1 unknown) of `subject` str [n].

    Returns {"per_au": {"1": {metric: [low, high]}}, "average": {metric: [low, high]}}; the average is over the AUs where
    a metric is defined in a resample. A resample in which it is not defined is left out.
    """
    values = resampled(label, score, subject, resamples(len(np.unique(subject)), seed))
    return {"per_au": {str(au): {metric: ends(values[metric][:, column]) for metric in METRICS}
                       for column, au in enumerate(aus)},
            "average": {metric: ends(mean_of_defined(values[metric])) for metric in METRICS}}


def paired(label, score, other, subject, aus, seed=0):
    """`score` minus `other` on the same frames and the same resamples.

    Returns the form of `intervals` with {"interval": [low, high], "above": share of resamples in which it is higher}.
    """
    weights = resamples(len(np.unique(subject)), seed)
    first, second = (resampled(label, scores, subject, weights) for scores in (score, other))

    def compare(metric, pick):
        difference = pick(first[metric]) - pick(second[metric])
        defined = difference[~np.isnan(difference)]
        return {"interval": ends(difference), "above": float(np.mean(defined > 0)) if len(defined) else np.nan}

    return {"per_au": {str(au): {metric: compare(metric, lambda value: value[:, column]) for metric in METRICS}
                       for column, au in enumerate(aus)},
            "average": {metric: compare(metric, mean_of_defined) for metric in METRICS}}


def resampled(label, score, subject, weights):
    """{metric: float64 [R, C]} of the resamples `weights` int [R, S]; NaN where a metric is not defined."""
    names, number = np.unique(subject, return_inverse=True)
    columns = [metrics_of(counts_of(label[:, column], score[:, column], number, len(names)), weights)
               for column in range(label.shape[1])]
    return {metric: np.stack([column[metric] for column in columns], axis=1) for metric in METRICS}


def counts_of(label, score, subject, subjects):
    """The Counts of one AU; `subject` int [n] is 0 to `subjects` - 1."""
    if np.isnan(score[label >= 0]).any():
        return Counts(*(np.full(subjects, np.nan) for _ in range(4)), np.full((subjects, subjects), np.nan))
    predicted = score > 0

    def count(rows):
        return np.bincount(subject[rows], minlength=subjects).astype(float)

    positive, negative = label == 1, label == 0
    won = np.zeros((subjects, subjects))
    by_subject = [np.sort(score[negative & (subject == one)]) for one in range(subjects)]
    for one in range(subjects):
        mine = score[positive & (subject == one)]
        for other, theirs in enumerate(by_subject):
            won[one, other] = (np.searchsorted(theirs, mine, "left").sum()
                               + np.searchsorted(theirs, mine, "right").sum()) / 2
    return Counts(count(positive & predicted), count(negative & predicted), count(negative & ~predicted),
                  count(positive & ~predicted), won)


def metrics_of(counts, weights):
    """{metric: float64 [R]} of one AU in the resamples `weights` [R, S]; see tools/metrics for what they mean."""
    tp, fp, tn, fn = (weights @ column for column in counts[:4])
    positive, negative = tp + fn, tn + fp
    won = ((weights @ counts.won) * weights).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0: not defined in this resample
        return {"accuracy": 100 * (tp + tn) / (positive + negative), "two_afc": won / (positive * negative),
                "f1": 2 * tp / (2 * tp + fp + fn), "skew_normalized_accuracy": 50 * (tp / positive + tn / negative)}


def mean_of_defined(values):
    """The mean float64 [R] over the columns of `values` [R, C] that are defined; NaN where none is."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(defined, values, 0).sum(axis=1) / defined.sum(axis=1)


def ends(values):
    """[low, high] of the defined `values`, NaN if there are none."""
    defined = values[~np.isnan(values)]
    return np.percentile(defined, LEVEL).tolist() if len(defined) else [np.nan, np.nan]
