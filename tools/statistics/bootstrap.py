"""95% intervals by bootstrap over subjects: frames of one video depend on each other, subjects do not.

A resample takes as many subjects as there are, with replacement, and all frames of each. One subject says nothing of
others: an interval is NaN where fewer than two have known labels. Nothing is approximated: per AU the counts TP, FP,
TN, FN of each subject, and the matrix U[s, t] of (positive of s, negative of t) pairs ranked right, ties one half, give
every metric of a resample with multiplicities w, e.g. 2AFC = w' U w / (w'P)(w'N).
"""

from typing import NamedTuple

import numpy as np

from tools.statistics.metrics import is_present

RESAMPLES = 1000  # ours
LEVEL = (2.5, 97.5)  # percentiles
WITH_INTERVALS = (
    "accuracy",
    "two_afc",
    "f1",
    "skew_normalized_accuracy",
)  # see metrics.py


class Counts(NamedTuple):
    """What one AU's metrics need, per subject: float64 [S] each, `won` [S, S]; all NaN where its scores are."""

    true_positive: np.ndarray
    false_positive: np.ndarray
    true_negative: np.ndarray
    false_negative: np.ndarray
    won: np.ndarray


def resamples(subjects, seed=0, count=RESAMPLES):
    """How often each of `subjects` (a number) is in each resample: int64 [count, subjects]."""
    sampled = np.random.default_rng(seed).integers(0, subjects, (count, subjects))
    return np.stack([np.bincount(row, minlength=subjects) for row in sampled])


def intervals(label, score, subject, aus, seed=0):
    """95% intervals of `score` float [n, C] for `label` int [n, C] (1, 0, -1 unknown) of `subject` str [n].

    Returns {"per_au": {"1": {metric: [low, high]}}, "average": {metric: [low, high]}, "left_out": the same with counts
    instead of [low, high]}. The average is over the AUs for which a metric is defined in a resample. Resamples in which
    a metric is undefined are left out; "left_out" counts them.
    """
    values = resampled(label, score, subject, resamples(len(np.unique(subject)), seed))
    counts = subjects_known(label, subject)
    left_out = per_au_and_average(values, aus, counts, lambda numbers, _: int(np.isnan(numbers).sum()))
    return per_au_and_average(values, aus, counts, ends) | {"left_out": left_out}


def paired(label, score, other, subject, aus, seed=0):
    """`score` minus `other`, float [n, C] both, on the same frames and the same resamples.

    Returns the form of `intervals` with {"difference": on all frames as they are, "interval": [low, high], "above":
    share of resamples in which it is above zero, "left_out": number of resamples in which it is undefined}.
    The average is over the AUs for which both have the metric: one that only one of them could train is no difference.
    """
    subjects = len(np.unique(subject))
    weights = np.vstack([np.ones((1, subjects), int), resamples(subjects, seed)])  # each subject once: all frames
    first, second = (resampled(label, scores, subject, weights) for scores in (score, other))
    return per_au_and_average(
        {metric: first[metric] - second[metric] for metric in WITH_INTERVALS},
        aus,
        subjects_known(label, subject),
        compared,
    )


def subjects_known(label, subject):
    """How many subjects have known labels: C numbers, one per AU, then how many have any."""
    known = label >= 0
    return [len(np.unique(subject[rows])) for rows in (*known.T, known.any(axis=1))]


def per_au_and_average(values, aus, subjects, summary):
    """{"per_au": {"1": {metric: summary}}, "average": {metric: summary}} of `values` {metric: float64 [R, C]}.

    Each is summary(numbers [R], number of subjects behind them); `subjects` is that of `subjects_known`.
    """
    return {
        "per_au": {
            str(au): {metric: summary(values[metric][:, column], subjects[column]) for metric in WITH_INTERVALS}
            for column, au in enumerate(aus)
        },
        "average": {metric: summary(mean_of_defined(values[metric]), subjects[-1]) for metric in WITH_INTERVALS},
    }


def compared(differences, subjects):
    """An entry of `paired` from `differences` [1 + R]: that of all frames first, then those of the resamples."""
    plain, others = differences[0], differences[1:]
    defined = others[~np.isnan(others)]
    above = float(np.mean(defined > 0)) if len(defined) and subjects > 1 else np.nan
    return {
        "difference": float(plain),
        "interval": ends(defined, subjects),
        "above": above,
        "left_out": len(others) - len(defined),
    }


def resampled(label, score, subject, weights):
    """{metric: float64 [R, C]} of the resamples `weights` int [R, S]; NaN where a metric is undefined."""
    names, number = np.unique(subject, return_inverse=True)
    columns = [
        metrics_of(counts_of(label[:, column], score[:, column], number, len(names)), weights)
        for column in range(label.shape[1])
    ]
    return {metric: np.stack([column[metric] for column in columns], axis=1) for metric in WITH_INTERVALS}


def counts_of(label, score, subject, subjects):
    """The Counts of one AU; `subject` int [n] is 0 to `subjects` - 1."""
    if np.isnan(score[label >= 0]).any():
        return Counts(*(np.full(subjects, np.nan) for _ in range(4)), np.full((subjects, subjects), np.nan))
    predicted = is_present(score)

    def count(rows):
        return np.bincount(subject[rows], minlength=subjects).astype(float)

    positive, negative = label == 1, label == 0
    return Counts(
        count(positive & predicted),
        count(negative & predicted),
        count(negative & ~predicted),
        count(positive & ~predicted),
        pairs_won(score, subject, positive, negative, subjects),
    )


def pairs_won(score, subject, positive, negative, subjects):
    """U float64 [S, S]: how many pairs (positive of s, negative of t) have the positive higher, ties one half."""
    order = np.argsort(score[positive])  # searching for sorted values is several times faster
    mine, owner = score[positive][order], subject[positive][order]
    won = np.zeros((subjects, subjects))
    for other in range(subjects):
        theirs = np.sort(score[negative & (subject == other)])
        beaten = (np.searchsorted(theirs, mine, "left") + np.searchsorted(theirs, mine, "right")) / 2
        won[:, other] = np.bincount(owner, beaten, minlength=subjects)
    return won


def metrics_of(counts, weights):
    """{metric: float64 [R]} of one AU in the resamples `weights` [R, S]; see metrics.py for what they mean."""
    tp, fp, tn, fn = (weights @ column for column in counts[:4])
    positive, negative = tp + fn, tn + fp
    won = ((weights @ counts.won) * weights).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0: undefined in this resample
        return {
            "accuracy": 100 * (tp + tn) / (positive + negative),
            "two_afc": won / (positive * negative),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "skew_normalized_accuracy": 50 * (tp / positive + tn / negative),
        }


def mean_of_defined(values):
    """The mean float64 [R] over the columns of `values` [R, C] that are defined; NaN where none is."""
    defined = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.where(defined, values, 0).sum(axis=1) / defined.sum(axis=1)


def ends(values, subjects):
    """[low, high] of the defined `values`; NaN if there are none, or if fewer than two subjects are behind them."""
    defined = values[~np.isnan(values)]
    return np.percentile(defined, LEVEL).tolist() if len(defined) and subjects > 1 else [np.nan, np.nan]
