"""95% intervals over subjects, by leaving out one after another: frames of one video depend on each other.

With S subjects, a metric's value v and its values v_s on all frames but those of subject s (the jackknife, Tukey 1958),
all on the scale of the logit, which neither end of 0 to 1 is near:

  error^2 = (S - 1) / S * sum of (logit v_s - mean)^2,    interval = logit v +- t(df) error, and back

df is the effective number of subjects less one (Kish 1965): (sum w)^2 / sum w^2, where w is how many frames of a class
each subject has; subjects who share the positives unevenly count as fewer. Simulated, with 6 to 27 subjects who differ
in base rate and score, 95% intervals hold the value of all people in 92% to 98% of draws
(tests/tools/statistics/test_coverage.py); those of a percentile or BCa bootstrap hold it in 75% to 88% with 6 subjects.

Below five subjects with both classes there is no interval, nor where the value is the same without any of them. Nothing
is approximated: per AU the counts TP, FP, TN, FN of each subject, and the matrix U[s, t] of (positive of s, negative of
t) pairs ranked right, ties one half, give every metric of any subjects with multiplicities w, e.g.
2AFC = w' U w / (w'P)(w'N).
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from tools.statistics.metrics import averaged_aus, is_present

FEWEST = 5  # ours: subjects with both classes
LEVEL = 0.95
WITH_INTERVALS = {"accuracy": 100, "two_afc": 1, "f1": 1, "skew_normalized_accuracy": 100}  # metric: its largest value
OF_FRAMES = {"accuracy"}  # metrics in which all frames count alike; in the others the rarer class counts as much


class Counts(NamedTuple):
    """What one AU's metrics need, per subject: float64 [S] each, `won` [S, S]; all NaN where its scores are."""

    true_positive: np.ndarray
    false_positive: np.ndarray
    true_negative: np.ndarray
    false_negative: np.ndarray
    won: np.ndarray


def intervals(label, score, subject, aus, averaged=None):
    """95% intervals of `score` float [n, C] for `label` int [n, C] (1, 0, -1 unknown) of `subject` str [n].

    Returns {"per_au": {"1": {metric: [low, high]}}, "average": {metric: [low, high]}}; [NaN, NaN] where there is none.
    The average is over the AU numbers `averaged` (default: averaged_aus).
    """
    averaged = averaged_aus(label, score, aus) if averaged is None else averaged
    values, sample = left_out(label, score, subject), Sample.of(label, subject)

    def bounds(metric, numbers, columns):
        return interval(numbers, sample.freedom(metric, columns), WITH_INTERVALS[metric])

    return per_au_and_average(values, aus, averaged, sample, bounds)


def paired(label, score, other, subject, aus):
    """`score` minus `other`, float [n, C] both, on the same frames and the same subjects left out.

    Returns the form of `intervals` with {"difference": on all frames, "interval": [low, high], "above": how sure it is
    that it is above zero, 0 to 1}. The average is over the AUs for which both have all metrics: one that only one of
    them could train is no difference.
    """
    others = averaged_aus(label, other, aus)
    averaged = [au for au in averaged_aus(label, score, aus) if au in others]
    first, second = (left_out(label, scores, subject) for scores in (score, other))
    sample = Sample.of(label, subject)

    def compared(metric, numbers, columns):
        freedom = sample.freedom(metric, columns)
        error = error_of(numbers[1:])
        low, high, above = np.nan, np.nan, np.nan
        if freedom is not None and not np.isnan(error):
            reach = stats.t.ppf((1 + LEVEL) / 2, freedom) * error
            low, high = numbers[0] - reach, numbers[0] + reach
            above = stats.t.cdf(numbers[0] / error, freedom) if error else 0.5 + np.sign(numbers[0]) / 2
        return {"difference": float(numbers[0]), "interval": [float(low), float(high)], "above": float(above)}

    differences = {metric: first[metric] - second[metric] for metric in WITH_INTERVALS}
    return per_au_and_average(differences, aus, averaged, sample, compared)


class Sample(NamedTuple):
    """How many frames each subject has of each AU: positives, negatives float64 [S, C]."""

    positives: np.ndarray
    negatives: np.ndarray

    @classmethod
    def of(cls, label, subject):
        names, number = np.unique(subject, return_inverse=True)
        counts = np.zeros((2, len(names), label.shape[1]))
        for value in (1, 0):
            np.add.at(counts[1 - value], number, label == value)
        return cls(*counts)

    def with_both(self, columns):
        """How many subjects have both classes of one of the AUs in `columns`."""
        return int(((self.positives > 0) & (self.negatives > 0))[:, columns].any(axis=1).sum())

    def freedom(self, metric, columns):
        """Degrees of freedom of a metric, a mean over the AUs in `columns`; None with too few subjects."""
        if not columns or self.with_both(columns) < FEWEST:
            return None
        parts = [self.positives + self.negatives] if metric in OF_FRAMES else self
        shares = [(part[:, columns] / part[:, columns].sum(axis=0)).mean(axis=1) for part in parts]
        return max(min(1 / np.square(share).sum() for share in shares) - 1, 1)


def subjects_with_both(label, subject):
    """How many subjects have both classes: C numbers, one per AU, then how many have them of any AU."""
    sample, columns = Sample.of(label, subject), range(label.shape[1])
    return [sample.with_both([column]) for column in columns] + [sample.with_both(list(columns))]


def per_au_and_average(values, aus, averaged, sample, summary):
    """{"per_au": {"1": {metric: summary}}, "average": {metric: summary}} of `values` {metric: float64 [1 + S, C]}.

    Each is summary(metric, numbers [1 + S], the columns that they are a mean of).
    """
    columns = [list(aus).index(au) for au in averaged]
    with np.errstate(invalid="ignore"):
        means = {metric: values[metric][:, columns].sum(axis=1) / np.float64(len(columns)) for metric in WITH_INTERVALS}
    return {
        "per_au": {
            str(au): {metric: summary(metric, values[metric][:, column], [column]) for metric in WITH_INTERVALS}
            for column, au in enumerate(aus)
        },
        "average": {metric: summary(metric, means[metric], columns) for metric in WITH_INTERVALS},
    }


def error_of(values):
    """The jackknife's standard error from values [S] of all subjects but one."""
    return float(np.sqrt((len(values) - 1) * np.var(values)))


def interval(values, freedom, largest=1):
    """[low, high] of a metric of 0 to `largest` from its values [1 + S]: on all subjects, then without each."""
    plain, others = values[0] / largest, values[1:] / largest
    if freedom is None or np.isnan(values).any() or np.ptp(others) == 0:
        return [np.nan, np.nan]
    if others.min() > 0 and others.max() < 1:
        error = error_of(logit(others))
    else:  # the slope of the logit at the value does for what has none
        error = error_of(others) / (plain * (1 - plain))
    reach = stats.t.ppf((1 + LEVEL) / 2, freedom) * error
    return [float(largest / (1 + np.exp(-logit(plain) - way * reach))) for way in (-1, 1)]


def logit(share):
    return np.log(share / (1 - share))


def left_out(label, score, subject):
    """{metric: float64 [1 + S, C]}: on all frames, then without those of each subject; NaN where it is undefined."""
    names, number = np.unique(subject, return_inverse=True)
    weights = np.vstack([np.ones(len(names)), 1 - np.eye(len(names))])
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
    """{metric: float64 [R]} of one AU for the subjects `weights` [R, S]; see metrics.py for what they mean."""
    tp, fp, tn, fn = (weights @ column for column in counts[:4])
    positive, negative = tp + fn, tn + fp
    won = ((weights @ counts.won) * weights).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0: undefined
        return {
            "accuracy": 100 * (tp + tn) / (positive + negative),
            "two_afc": won / (positive * negative),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "skew_normalized_accuracy": 50 * (tp / positive + tn / negative),
        }
