"""95% intervals over subjects, by leaving out one after another: frames of one video depend on each other.

With S subjects who have frames of an AU, a metric's value v and its values v_s on all frames but those of subject s
(the jackknife, Tukey 1958), all on the scale of the logit, which neither end of 0 to 1 is near:

  error^2 = (S - 1) / S * sum of (logit v_s - mean)^2,    interval = logit v +- t(df) error, and back

df is the effective number of subjects less one (Kish 1965): (sum w)^2 / sum w^2, where w is how many frames of a class
each subject has; subjects who share the positives unevenly count as fewer. Simulated, with 6 to 27 subjects who differ
in base rate and score, 95% intervals hold the value of all people in 92% to 98% of draws
(tests/tools/statistics/test_coverage.py); those of a percentile or BCa bootstrap hold it in 75% to 88% with 6 subjects.

Below five subjects with both classes there is no interval, nor where the value is the same without any of them. Nothing
is approximated: per AU the counts of each subject, and the matrix U[s, t] of (positive of s, negative of t) pairs
ranked right, ties one half, give the metrics of any subjects, e.g. 2AFC = w' U w / (w'P)(w'N), w 1 for each of them.
MCC and kappa, which go from -1 to 1, are moved to 0 to 1 for it.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, stdtr, stdtrit

from tools.statistics.events import event_counts, event_f1
from tools.statistics.metrics import averaged_aus, is_video, of_counts, precision_of_sorted

FEWEST = 5  # ours: subjects with both classes
LEVEL = 0.95
WITH_INTERVALS = {  # metric: its lowest and its highest value
    "accuracy": (0, 100),
    "two_afc": (0, 1),
    "average_precision": (0, 1),
    "f1": (0, 1),
    "skew_normalized_f1": (0, 1),
    "skew_normalized_accuracy": (0, 100),
    "mcc": (-1, 1),
    "kappa": (-1, 1),
    "event_f1": (0, 1),
}
OF_FRAMES = {"accuracy"}  # metrics in which all frames count alike; in the others the rarer class counts as much


def intervals(frames, aus, averaged=None):
    """95% intervals of the metrics of a Scored for the AU numbers `aus`.

    Returns {"per_au": {"1": {metric: [low, high]}}, "average": {metric: [low, high]}}; [NaN, NaN] where there is none.
    The average is over the AU numbers `averaged` (default: averaged_aus).
    """
    averaged = averaged_aus(frames, aus) if averaged is None else averaged
    values, sample = left_out(frames), Sample.of(frames)

    def bounds(metric, numbers, columns):
        return interval(numbers, sample.freedom(metric, columns), *WITH_INTERVALS[metric])

    return per_au_and_average(values, aus, averaged, sample, bounds)


def paired(frames, other, aus):
    """The metrics of a Scored minus those of another on the same frames, with the same subjects left out.

    Returns the form of `intervals` with {"difference": on all frames, "interval": [low, high], "above": how sure it is
    that it is above zero, 0 to 1}. The average is over the AUs for which both have all metrics: one that only one of
    them could train is no difference.
    """
    averaged = both_trained(frames, other, aus)
    first, second = left_out(frames), left_out(other)
    sample = Sample.of(frames)

    def compared(metric, numbers, columns):
        freedom = sample.freedom(metric, columns)
        low, high, above = np.nan, np.nan, np.nan
        if freedom is not None and not np.isnan(error := error_of(numbers[1:])):
            reach = stdtrit(freedom, (1 + LEVEL) / 2) * error
            low, high = numbers[0] - reach, numbers[0] + reach
            above = stdtr(freedom, numbers[0] / error) if error else 0.5 + np.sign(numbers[0]) / 2
        return {"difference": float(numbers[0]), "interval": [float(low), float(high)], "above": float(above)}

    differences = {metric: first[metric] - second[metric] for metric in WITH_INTERVALS}
    return per_au_and_average(differences, aus, averaged, sample, compared)


def both_trained(frames, other, aus):
    """The AU numbers for which two Scored have all metrics."""
    others = averaged_aus(other, aus)
    return [au for au in averaged_aus(frames, aus) if au in others]


class Sample(NamedTuple):
    """How many frames each subject has of each AU: positives, negatives float64 [S, C]."""

    positives: np.ndarray
    negatives: np.ndarray

    @classmethod
    def of(cls, frames):
        names, number = np.unique(frames.subject, return_inverse=True)
        counts = np.zeros((2, len(names), frames.label.shape[1]))
        for value in (1, 0):
            np.add.at(counts[1 - value], number, frames.label == value)
        return cls(*counts)

    def has_any(self, columns):
        """bool [S]: whether a subject has a frame of one of the AUs in `columns`."""
        return (self.positives + self.negatives)[:, columns].any(axis=1)

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


def subjects_with_both(frames):
    """How many subjects of a Scored have both classes: C numbers, one per AU, then how many have them of any AU."""
    sample, columns = Sample.of(frames), range(frames.label.shape[1])
    return [sample.with_both([column]) for column in columns] + [sample.with_both(list(columns))]


def per_au_and_average(values, aus, averaged, sample, summary):
    """{"per_au": {"1": {metric: summary}}, "average": {metric: summary}} of `values` {metric: float64 [1 + S, C]}.

    Each is summary(metric, numbers [1 + subjects who have frames of it], the columns that they are a mean of).
    """
    columns = [list(aus).index(au) for au in averaged]

    def of_those_who_have_any(numbers, columns):
        return numbers[np.append(True, sample.has_any(columns))]

    with np.errstate(invalid="ignore"):
        means = {metric: values[metric][:, columns].sum(axis=1) / np.float64(len(columns)) for metric in WITH_INTERVALS}
    return {
        "per_au": {
            str(au): {
                metric: summary(metric, of_those_who_have_any(values[metric][:, column], [column]), [column])
                for metric in WITH_INTERVALS
            }
            for column, au in enumerate(aus)
        },
        "average": {
            metric: summary(metric, of_those_who_have_any(means[metric], columns), columns) for metric in WITH_INTERVALS
        },
    }


def error_of(values):
    """The jackknife's standard error from values [S] of all subjects but one."""
    return float(np.sqrt((len(values) - 1) * np.var(values)))


def interval(values, freedom, lowest=0, highest=1):
    """[low, high] of a metric of `lowest` to `highest` from its values [1 + S]: on all subjects, then without each."""
    plain, *others = (values - lowest) / (highest - lowest)
    others = np.array(others)
    if freedom is None or np.isnan(values).any() or np.ptp(others) == 0:
        return [np.nan, np.nan]
    if others.min() > 0 and others.max() < 1:
        error = error_of(logit(others))
    else:  # the slope of the logit at the value does for what has none
        error = error_of(others) / (plain * (1 - plain))
    reach = stdtrit(freedom, (1 + LEVEL) / 2) * error
    return [float(lowest + (highest - lowest) * expit(logit(plain) + way * reach)) for way in (-1, 1)]


def left_out(frames):
    """{metric: float64 [1 + S, C]} of a Scored: on all frames, then without those of each subject."""
    names, number = np.unique(frames.subject, return_inverse=True)
    weights = np.vstack([np.ones(len(names)), 1 - np.eye(len(names))])
    columns = [metrics_of(au._replace(subject=number), weights) for au in frames.columns()]
    return {metric: np.stack([column[metric] for column in columns], axis=1) for metric in WITH_INTERVALS}


def metrics_of(au, weights):
    """{metric: float64 [R]} of one AU, a Scored of vectors with `subject` 0 to S - 1, on the subjects `weights` [R, S],
    which are 0 or 1; see metrics.py for what they mean."""
    subjects = weights.shape[1]
    if np.isnan(au.score[au.label >= 0]).any():
        return dict.fromkeys(WITH_INTERVALS, np.full(len(weights), np.nan))
    positive, negative = au.label == 1, au.label == 0
    cells = [
        np.bincount(au.subject[rows], minlength=subjects)
        for rows in (positive & au.present, negative & au.present, negative & ~au.present, positive & ~au.present)
    ]
    tp, fp, tn, fn = (weights @ count for count in cells)
    won = ((weights @ pairs_won(au.score, au.subject, positive, negative, subjects)) * weights).sum(axis=1)
    events = event_counts(au.label, au.present, au.stretch, au.subject, subjects) @ weights.T
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0: undefined
        return of_counts(tp, fp, tn, fn) | {
            "two_afc": won / ((tp + fn) * (tn + fp)),
            "average_precision": precisions(au, weights),
            "event_f1": event_f1(*events) if is_video(au.stretch) else np.full(len(weights), np.nan),
        }


def precisions(au, weights):
    """The average precision float64 [R] of one AU on the subjects `weights` [R, S]."""
    known = au.rows(au.label >= 0)
    ordered = known.rows(np.argsort(-known.score, kind="stable"))
    return np.array(
        [precision_of_sorted(ordered.label[rows] == 1, ordered.score[rows]) for rows in weights[:, ordered.subject] > 0]
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
