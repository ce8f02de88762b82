"""What a subject shows in BP4D's eight tasks: seldom neutral, many AUs at once, smiles in most of them."""

import itertools

import numpy as np

from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.acting import bell

PHRASE = 45  # ours: frames of one expression in a long task
FEWEST = 3  # ours: expressions of a short task
RESTING = 0.15  # ours: share of expressions that are neutral
REACH = 0.40  # ours: how far an expression reaches into its neighbors, in its own lengths

# ours: what each task is meant to elicit, and what people then show: one of the variants at a time
TASKS = {
    1: ((6, 12, 25), (6, 12), (12, 25), (1, 2, 6, 12, 25)),  # happiness
    2: ((1, 4, 15, 17), (1, 4), (15, 17), (6, 12), (4, 6, 15)),  # sadness
    3: ((1, 2, 5, 25, 26), (1, 2, 25), (1, 2), (6, 12, 25)),  # surprise
    4: ((6, 12, 17), (6, 12), (12, 15, 17), (1, 2, 12), (6, 12, 25)),  # embarrassment
    5: ((1, 2, 4, 5, 25), (1, 4, 20, 25), (20, 25), (6, 12, 25), (5, 26)),  # fear
    6: ((4, 6, 17), (4, 6, 9, 25), (6, 12, 17), (4, 6, 20, 25), (6, 12)),  # physical pain
    7: ((4, 17), (4, 5), (12, 17), (4, 15, 17), (6, 12)),  # anger
    8: ((4, 6, 9, 17), (9, 17), (6, 9, 12), (4, 15, 17), (6, 12)),  # disgust
}


def act_task(task, frames, rng):
    """Intensities in `task` (1-8), float [frames, 12] in 0..5, in the order of DISFA_AUS."""
    intensity = np.zeros((frames, len(DISFA_AUS)))
    count = max(FEWEST, round(frames / PHRASE))
    edges = np.concatenate([[0], np.cumsum(rng.dirichlet(np.full(count, 6.0)))]) * frames
    for start, stop in itertools.pairwise(edges):
        reach = REACH * (stop - start)
        low, high = int(max(start - reach, 0)), int(np.ceil(min(stop + reach, frames)))
        variant = TASKS[task][int(rng.integers(len(TASKS[task])))] if rng.random() > RESTING else ()
        peak = rng.uniform(1.8, 4.6)
        for au in variant:
            lag = int(rng.integers(0, max((high - low) // 6, 1)))
            column = intensity[low + lag : high, DISFA_AUS.index(au)]
            np.maximum(column, np.clip(peak * rng.uniform(0.7, 1.3), 1.0, 5.0) * bell(len(column), rng), out=column)
    return intensity
