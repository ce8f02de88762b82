"""When a synthetic subject shows which AUs, and how head, eyes and light wander meanwhile.

Expressions come in rounds. A round plays every scene of PLAY once in random order with random pauses, so that even a
short recording has every AU; a pause is neutral. Times are in frames.
"""

import itertools

import numpy as np

from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.scene import Light, Pose

ROUND = 300  # ours: frames of the shortest recording that should show every AU
LONGEST_ROUND = 900  # ours: expressions of up to 5 s at 20 fps in long recordings
NEUTRAL_SHARE = 0.40  # ours: fraction of a round spent in pauses
RAREST = 0.05  # ours: share of a round every AU is shown in at least
OVERLAP = 0.12  # ours: how far an expression reaches into its neighbors, in its own lengths
SEATED = (0.10, 0.08, 2.2, 0.04, 0.06)  # ours: how far a seated viewer's x, y, roll, scale and yaw wander, as in Pose

# ours: co-occurrence as people show it, each AU sometimes without its usual partner; one of the variants is played
PLAY = (
    ((6, 12, 25), (6, 12), (6, 12, 25, 26)),
    ((12,), (12, 25), (6, 12)),
    ((1, 2, 5), (1, 2), (2, 5), (2,)),
    ((1, 2, 5, 25, 26), (1, 2, 5, 25), (5, 25)),
    ((4,), (4, 17), (4, 6)),
    ((4, 9), (9,), (4, 6, 9), (9, 25)),
    ((15, 17), (15,), (4, 15, 17)),
    ((17,), (15, 17), (12, 17)),
    ((20, 25), (20,), (20, 25, 26), (1, 4, 20)),
    ((25, 26), (26,), (25, 26)),
    ((1, 4), (1,), (1, 4, 15)),
    ((6,), (6, 12), (6, 9), (15, 20)),
    ((5,), (2, 5), (5, 26), (9, 17), (20,)),
    ((25,), (4, 25), (12, 25)),
    ((6, 12, 25), (12, 25), (4,)),
)


def bell(length, rng):
    """Onset, apex and offset of one expression, float [length], 0..1."""
    onset, offset = rng.uniform(0.12, 0.30), rng.uniform(0.15, 0.40)
    t = (np.arange(length) + 0.5) / length
    rise = np.clip(t / onset, 0, 1)
    fall = np.clip((1 - t) / offset, 0, 1)
    ease = np.minimum(rise, fall)
    return ease * ease * (3 - 2 * ease)


def play_round(intensity, start, stop, rng):
    """Add one round to `intensity` float [n, 12] in place, between frames `start` and `stop`."""
    shares = rng.dirichlet(np.full(len(PLAY), 8.0)) * (1 - NEUTRAL_SHARE)
    pauses = rng.dirichlet(np.full(len(PLAY) + 1, 1.2)) * NEUTRAL_SHARE
    clock = pauses[0]
    for share, pause, which in zip(shares, pauses[1:], rng.permutation(len(PLAY))):
        variants = PLAY[which]
        aus = variants[0] if rng.random() < 0.45 else variants[int(rng.integers(len(variants)))]
        low = max(start + int((clock - OVERLAP * share) * (stop - start)), start)
        high = min(start + int((clock + (1 + OVERLAP) * share) * (stop - start)), stop)
        peak = 1.2 + 3.6 * rng.beta(1.3, 1.8)
        for au in aus:
            length = max(high - low, 0)
            apex = np.clip(peak * rng.uniform(0.7, 1.3), 0.9, 5.0)
            lag = int(rng.integers(0, max(length // 6, 1)))
            column = intensity[low + lag : high, DISFA_AUS.index(au)]
            np.maximum(column, apex * bell(len(column), rng), out=column)
        clock += share + pause
    for column in range(len(DISFA_AUS)):
        top_up(intensity[start:stop], column, rng)


def top_up(intensity, column, rng):
    """Show a rare AU once more over other expressions of the round `intensity` float [n, 12], in place."""
    busy = np.flatnonzero(intensity.max(1) > 1)
    for _ in range(4):
        if not len(busy) or (coded(intensity[:, column]) >= 1).mean() >= RAREST:
            return
        low = int(rng.choice(busy))
        view = intensity[low : low + int(0.075 * len(intensity)), column]
        np.maximum(view, rng.uniform(1.5, 4.0) * bell(len(view), rng), out=view)


def act(frames, rng):
    """Intensities of a recording, float [frames, 12] in 0..5, in the order of DISFA_AUS."""
    intensity = np.zeros((frames, len(DISFA_AUS)))
    rounds = max(1, round(frames / min(max(frames, ROUND), LONGEST_ROUND)))
    edges = np.linspace(0, frames, rounds + 1).astype(int)
    for start, stop in itertools.pairwise(edges):
        play_round(intensity, start, stop, rng)
    return intensity


def coded(intensity):
    """What a FACS coder writes down: intensities 0 to 5, int8."""
    return np.floor(np.clip(intensity, 0, 5) + 0.5).astype(np.int8)


def wander(frames, period, rng):
    """A smooth random course, float [frames], about zero mean and unit size; `period`: its pace in frames."""
    t = np.arange(frames)
    course = np.zeros(frames)
    for speed in (0.31, 0.73, 1.0, 1.9):
        course += rng.normal(0, 1 / np.sqrt(speed)) * np.sin(2 * np.pi * (speed * t / period + rng.random()))
    return course / 1.6


def blinks(frames, rng):
    """Lid closure, float [frames] 0..1: a blink of about five frames every few seconds."""
    closed = np.zeros(frames)
    at = int(rng.integers(5, 80))
    while at < frames:
        shape = np.array([0.35, 0.9, 1.0, 0.7, 0.25])[: frames - at]
        closed[at : at + len(shape)] = shape
        at += int(rng.integers(30, 110))
    return closed


def gaze(frames, rng):
    """Direction of the eyes, float [frames, 2] in -1..1: straight ahead, with glances aside."""
    course = np.zeros((frames, 2))
    at = 0
    while at < frames:
        stay = int(rng.integers(12, 70))
        course[at : at + stay] = rng.normal(0, 0.35 if rng.random() < 0.75 else 0.8, 2)
        at += stay
    return course.clip(-1, 1)


def poses(frames, rng, spread=SEATED, pace=1.0):
    """Head and eyes in each frame of a recording: [Pose].

    `spread` [5] of x, y, roll, scale and yaw; a `pace` below 1 is faster.
    """
    spread = np.array(spread)
    home = rng.normal(0, 0.4, 5) * spread
    courses = [wander(frames, pace * rng.uniform(60, 140), rng) for _ in spread]
    x, y, roll, scale, yaw = home[:, None] + spread[:, None] * courses
    gazes = gaze(frames, rng)
    values = zip(x, y, roll, 1 + scale.clip(-0.12, 0.10), yaw.clip(-0.3, 0.3), blinks(frames, rng), *gazes.T)
    return [Pose(*map(float, row)) for row in values]


def lights(frames, rng):
    """The light in each frame of a recording: [Light]."""
    level = 1 + rng.normal(0, 0.06) + 0.04 * wander(frames, 150, rng)
    x = rng.normal(0, 0.12) + 0.06 * wander(frames, 180, rng)
    y = rng.normal(0, 0.05) + 0.04 * wander(frames, 180, rng)
    return [Light(*map(float, row)) for row in zip(level.clip(0.75, 1.2), x.clip(-0.4, 0.4), y.clip(-0.2, 0.2))]
