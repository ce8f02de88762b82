"""How well decisions and scores of one AU do on single pictures, with 95% intervals by the bootstrap (Efron 1979).

Each draw takes as many pictures as there are, with repetition; where several are of one person, as many people, each
with all pictures. An interval is from the 2.5th to the 97.5th percentile of DRAWS draws that hold both classes. Unlike
the jackknife of intervals.py, which compares people who show both classes, this serves pictures of people who appear
once. There is no interval where fewer than FEWEST pictures or people have one of the classes, nor where all draws have
the same value, as then the sample does not say how far off it may be.
"""

import numpy as np

from tools.statistics.intervals import FEWEST, LEVEL

DRAWS = 2000  # ours: the ends of an interval then hold still within about a tenth of its length
BATCH = 100  # draws at a time, which bounds memory
RATES = ("two_afc", "hits", "false_alarms")


def rates(au, weight):
    """{rate: float64 [R]} of one AU, a Scored of vectors [n], whose frames count `weight` [R, n] times.

    two_afc       P(score of a positive > score of a negative), ties at one half
    hits          share of the positives that are called present
    false_alarms  share of the negatives that are
    Undefined is NaN: without a positive or negative, and where a score of a known label is NaN.
    """
    positive, negative = (weight * (au.label == value) for value in (1, 0))
    with np.errstate(invalid="ignore", divide="ignore"):  # 0 / 0: undefined
        found = {
            "two_afc": pairs_right(au.score, positive, negative) / (positive.sum(1) * negative.sum(1)),
            "hits": positive @ au.present / positive.sum(1),
            "false_alarms": negative @ au.present / negative.sum(1),
        }
    unscored = np.isnan(au.score[au.label >= 0]).any()
    return {name: np.full(len(weight), np.nan) if unscored else values for name, values in found.items()}


def pairs_right(score, positive, negative):
    """float64 [R]: how many pairs of a positive and a negative have the positive higher, ties one half.

    `positive` and `negative` [R, n] say how many of each class a frame is in each draw.
    """
    order = np.argsort(score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))  # of the frames with the same score
    positive, negative = (np.add.reduceat(count[:, order], starts, axis=1) for count in (positive, negative))
    return (positive * (negative.cumsum(1) - negative / 2)).sum(1)


def drawn_rates(au, seed=0):
    """{rate: float64 [DRAWS]} of one AU, a Scored of vectors; `subject` tells what is drawn together.

    Scored with the same subjects have the same draws, so that means and differences of AUs may be made of them.
    """
    names, number = np.unique(au.subject, return_inverse=True)
    rng, parts = np.random.default_rng(seed), []
    for _ in range(DRAWS // BATCH):
        drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=BATCH)
        parts.append(rates(au, drawn[:, number]))
    found = {name: np.concatenate([part[name] for part in parts]) for name in RATES}
    few = min(len(np.unique(number[au.label == value])) for value in (0, 1)) < FEWEST
    return {name: np.full(DRAWS, np.nan) if few else values for name, values in found.items()}


def interval_of(drawn):
    """[low, high] of the values `drawn` [DRAWS]; [NaN, NaN] where there is none."""
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn) or np.ptp(drawn) == 0:
        return [np.nan, np.nan]
    return [float(end) for end in np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])]
