"""Multi-label balancing: which training frames to repeat or leave out so that AUs are present about as often as absent.

paper: Sec. IV, "Data imbalance": different approaches were tried, "so that the fraction of positive/negative classes
across all AUs is as balanced as possible", without a gain; so it is off unless asked for. The paper names none of
them; these are the four of Charte et al. 2015 and one of ours.

  F. Charte, A. J. Rivera, M. J. del Jesus, F. Herrera: Addressing imbalance in multilabel classification: Measures
  and random resampling algorithms. Neurocomputing 163, 3-16, 2015. doi:10.1016/j.neucom.2014.08.091

A labelset is a frame's row of labels. An unknown label counts as neither present nor absent, and in a labelset as a
value of its own. A frame that shows a rare AU often shows a frequent one too, so no strategy reaches 1/2 for all AUs.
"""

import numpy as np

from data_prep.subjects.aus import UNKNOWN

GROWTH = 1.0  # ours: an epoch gets at most twice as long
SHRINKAGE = 0.25  # ours: an epoch gets at most a quarter shorter
MOST_COPIES = 10  # ours: "greedy" takes no frame more often, or a few faces would stand for an AU
FIRST_STEPS = 256  # ours: "greedy" starts with steps of 1/256 of the frames and ends with single ones
LEAST_GAIN = 1e-9  # ours: of squared share, below which "greedy" calls a step no gain


def balance(label, strategy, rng):
    """Choose training frames: ascending int64 indices into `label` int8 [n, C], repeated where a frame is cloned.

    `strategy` is a key of STRATEGIES; between (1 - SHRINKAGE) n and (1 + GROWTH) n indices come back, at least one,
    the same ones from an equal `rng`. Raises ValueError for another strategy. Shuffle before training.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"no balancing strategy {strategy!r}; choose one of {', '.join(STRATEGIES)}")
    return STRATEGIES[strategy](np.asarray(label), rng)


def positive_shares(label):
    """Of the frames in which an AU is coded, the share in which it is present: float [C], NaN where never coded."""
    coded = (label != UNKNOWN).sum(axis=0)
    return np.divide((label == 1).sum(axis=0), coded, out=np.full(label.shape[1], np.nan), where=coded > 0)


def none(label, rng):
    """Every frame once."""
    return np.arange(len(label))


def lp_ros(label, rng):
    """LP-ROS (Charte et al. 2015): clone frames of the labelsets rarer than the mean one, up to the mean."""
    group, count = labelsets(label)
    room = np.maximum(len(label) / len(count) - count, 0)
    return take(group, count + shared_out(room, int(GROWTH * len(label))), rng)


def lp_rus(label, rng):
    """LP-RUS (Charte et al. 2015): leave out frames of the labelsets more frequent than the mean one, down to it."""
    group, count = labelsets(label)
    room = np.maximum(count - len(label) / len(count), 0)
    return take(group, count - shared_out(room, int(SHRINKAGE * len(label))), rng)


def ml_ros(label, rng):
    """ML-ROS (Charte et al. 2015): clone a random frame of each minority AU in turn, while it is one.

    An AU's imbalance IRLbl is the number of positives of the most frequent AU over its own; a minority AU has an
    IRLbl above MeanIR, the mean over the AUs before any cloning.
    """
    present = label == 1
    count = present.sum(axis=0)
    minority, mean_ir = minority_aus(count)
    bags = {au: np.flatnonzero(present[:, au]) for au in minority}
    clones, left = [], int(GROWTH * len(label))
    while bags and left:
        chosen = [bag[rng.integers(len(bag))] for bag in list(bags.values())[:left]]
        clones, left = clones + chosen, left - len(chosen)
        count = count + present[chosen].sum(axis=0)
        bags = {au: bag for au, bag in bags.items() if count.max() / count[au] > mean_ir}
    return np.sort(np.concatenate([np.arange(len(label)), np.array(clones, np.int64)]))


def ml_rus(label, rng):
    """ML-RUS (Charte et al. 2015): leave out random frames, but none that shows a minority AU (see ml_ros)."""
    minority, _ = minority_aus((label == 1).sum(axis=0))
    majority = np.flatnonzero(~(label[:, minority] == 1).any(axis=1)) if len(minority) else np.arange(0)
    out = rng.choice(majority, min(int(SHRINKAGE * len(label)), len(majority)), replace=False)
    return np.setdiff1d(np.arange(len(label)), out)


def greedy(label, rng):
    """Ours: clone, or leave out, the frames that drive the positive shares most toward 1/2, until none does.

    What falls is the sum over AUs of (share - 1/2)^2, a step's frames at a time, those of its steepest labelsets.
    At least half of each labelset's frames stay, and none is taken more than MOST_COPIES times.
    """
    group, count = labelsets(label)
    rows = label[np.unique(group, return_index=True)[1]]
    present, coded = (rows == 1).astype(float), (rows != UNKNOWN).astype(float)
    mixed = present.any(axis=0) & (coded > present).any(axis=0)  # no choice of frames changes the other AUs' shares
    present, coded = present[:, mixed], coded[:, mixed]
    weight, step, lowest = count.copy(), max(len(label) // FIRST_STEPS, 1), np.inf
    best = weight
    while step:
        total = weight @ coded
        share = weight @ present / total
        cost = ((share - 0.5) ** 2).sum()
        if cost < lowest - LEAST_GAIN:
            best, lowest = weight, cost
            slope = 2 * (share - 0.5) / total
            gradient = present @ slope - coded @ (slope * share)  # of the cost in each labelset's frames
        else:
            step //= 2
        weight = best + moves(gradient, best, count, step)
    return take(group, best, rng)


def moves(gradient, weight, count, step):
    """Frames to add to (or, negative, take from) each labelset, int64 [K], `step` in all, steepest first."""
    frames = count.sum()
    may_grow = weight.sum() + step <= frames + int(GROWTH * frames)
    may_shrink = weight.sum() - step >= frames - int(SHRINKAGE * frames)
    room = np.where(gradient < 0, (MOST_COPIES * count - weight) * may_grow, (weight - (count + 1) // 2) * may_shrink)
    steepest = np.argsort(-np.abs(gradient), kind="stable")
    before = np.cumsum(room[steepest]) - room[steepest]
    change = np.zeros_like(weight)
    change[steepest] = (step - before).clip(0, room[steepest])
    return np.where(gradient < 0, change, -change)


def minority_aus(count):
    """(columns of the minority AUs, MeanIR) from the positives per AU, int [C]; an AU without any has no IRLbl."""
    found = np.flatnonzero(count)
    if not len(found):
        return found, 1.0
    ir = count.max() / count[found]
    return found[ir > ir.mean()], ir.mean()


def labelsets(label):
    """(number of each frame's labelset, int64 [n]; frames of each labelset, int64 [K])."""
    _, group, count = np.unique(label, axis=0, return_inverse=True, return_counts=True)
    return group.reshape(-1), count


def shared_out(room, budget):
    """Split `budget` evenly over K labelsets with room for `room` [K] frames each; what one cannot take, others do."""
    given, left = np.zeros(len(room), np.int64), np.count_nonzero(room)
    for number in np.argsort(room, kind="stable")[len(room) - left :]:
        given[number] = min(int(room[number]), budget // left)
        budget, left = budget - given[number], left - 1
    return given


def take(group, weight, rng):
    """Indices in which labelset k occurs `weight[k]` times, its frames equally often give or take one, chosen by `rng`.

    (ours: Charte et al. sample clones with replacement.)
    """
    count = np.bincount(group)
    order = np.lexsort([rng.random(len(group)), group])
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    times = weight[group] // count[group] + (rank < weight[group] % count[group])
    return np.repeat(np.arange(len(group)), times)


STRATEGIES = {"none": none, "lp-ros": lp_ros, "lp-rus": lp_rus, "ml-ros": ml_ros, "ml-rus": ml_rus, "greedy": greedy}
