"""What people show: intensities of all AUs in one picture, in combinations that FACS and real recordings know."""

import numpy as np

from data_prep.rendered.recipes import AUS, MIDLINE_AUS, UNLABELED

# ours: (AUs with their share of the peak, how often): the events that elicited and posed recordings are full of
DECK = (
    ({12: 1}, 8), ({6: 0.8, 12: 1}, 4), ({6: 0.9, 12: 1, 25: 0.9}, 7), ({6: 1, 12: 1, 25: 1}, 4),
    ({6: 1, 12: 1, 25: 1, 26: 0.8}, 4), ({12: 1, 25: 0.9}, 13), ({12: 1, 25: 0.9, 26: 0.7}, 4),
    ({6: 1}, 6), ({6: 0.9, 7: 0.7}, 3), ({6: 1, 25: 0.8}, 3), ({7: 1}, 5), ({6: 0.8, 4: 0.8, 7: 0.8}, 4),
    ({6: 0.7, 9: 0.8, 10: 0.8}, 2), ({25: 1}, 7), ({25: 1, 26: 0.9}, 7),
    ({25: 0.8, 26: 1, 1: 0.5, 2: 0.5}, 2), ({1: 1, 2: 0.9}, 6), ({1: 1}, 5), ({2: 1}, 3),
    ({1: 1, 2: 1, 5: 0.8, 25: 0.8, 26: 0.8}, 6), ({1: 0.9, 2: 0.9, 5: 1}, 3), ({5: 1}, 4), ({4: 1}, 9),
    ({4: 1, 7: 0.8}, 6), ({4: 1, 5: 0.7, 7: 0.6, 23: 0.8}, 4), ({4: 0.9, 7: 0.7, 24: 1}, 4),
    ({4: 0.8, 17: 0.8, 24: 0.8}, 3), ({1: 0.9, 4: 0.9}, 8), ({1: 0.9, 4: 0.8, 15: 1, 17: 0.8}, 6),
    ({1: 0.7, 4: 0.8, 6: 0.6, 15: 0.8, 25: 0.6}, 2), ({1: 1, 2: 0.7, 4: 0.7, 5: 0.9, 20: 1, 25: 0.8}, 6),
    ({1: 1, 2: 0.8, 4: 0.8, 5: 1, 25: 1, 26: 0.8}, 3), ({1: 0.8, 4: 1, 7: 0.6, 20: 0.9, 25: 0.9}, 2),  # crying
    ({1: 0.8, 4: 0.9, 6: 0.7, 10: 0.6, 20: 0.8, 25: 0.9, 26: 0.6}, 2),
    ({4: 1, 7: 0.7, 20: 0.8, 25: 1, 26: 1}, 2), ({4: 0.9, 9: 0.7, 10: 0.7, 25: 1, 26: 0.9}, 3),
    ({1: 0.9, 4: 0.6, 5: 0.9, 20: 0.8, 25: 1, 26: 1}, 2),  # screaming
    ({4: 1, 9: 0.9, 10: 0.8, 20: 0.8, 25: 1}, 3), ({4: 0.9, 7: 0.7, 10: 0.9, 20: 0.7, 25: 1}, 2),  # teeth bared
    ({9: 1}, 5), ({4: 1, 9: 1}, 4), ({4: 0.8, 9: 1, 17: 0.9}, 4), ({9: 1, 10: 0.8, 25: 0.7}, 4),
    ({4: 0.7, 7: 0.6, 9: 1, 25: 0.7}, 3), ({10: 1}, 5), ({10: 1, 25: 0.8}, 5),
    ({10: 0.9, 12: 0.8, 25: 0.8}, 2), ({4: 0.8, 7: 0.7, 10: 0.9, 25: 0.8, 26: 0.5}, 3), ({14: 1}, 6),
    ({12: 0.7, 14: 1}, 2), ({14: 0.9, 17: 0.6}, 2), ({15: 1}, 5), ({15: 1, 17: 1}, 5), ({17: 1}, 5),
    ({17: 0.9, 24: 0.9}, 3), ({20: 1}, 4), ({20: 1, 25: 0.9}, 5), ({20: 0.9, 25: 0.9, 26: 0.7}, 2),
    ({23: 1}, 5), ({24: 1}, 5), ({28: 1}, 5), ({28: 0.9, 4: 0.5}, 1), ({43: 1}, 6),
    ({43: 1, 4: 0.8, 6: 0.7}, 2), ({43: 1, 12: 0.8}, 1), ({43: 1, 25: 0.8, 26: 0.8}, 2),
)  # fmt: skip
NEUTRAL_SHARE, DECK_SHARE = 0.22, 0.60  # ours: of pictures; the rest shows one to three AUs at random
# ours: AUs that cannot be shown together: lips parted and pressed, mouth corners up and down, lids wide and closed
EXCLUDED = ((24, 25), (28, 25), (24, 26), (23, 28), (24, 28), (12, 15), (5, 43), (7, 43), (20, 28), (10, 28), (23, 26))
DROPPED, ADDED = 0.13, 0.35  # ours: chance that a lesser AU of a combination is missing, that a further one is there
ONE_SIDED = 0.08  # ours: chance that an AU of two muscles shows on one side
UNEVEN = 0.10  # ours: standard deviation of the sides' ratio
PARTS_WITH_JAW = 0.75  # ours: least AU 25 of AU 26, as a dropped jaw nearly always parts the lips
FAINTEST = 0.5  # ours: lowest intensity of what is meant to be seen
COMBINATIONS = [combination for combination, times in DECK for _ in range(times)]


def random_levels(rng):
    """Intensities float [len(AUS), 2] 0..5 of the left and the right side in one picture."""
    both = np.zeros(len(AUS))
    chance = rng.random()
    if chance < NEUTRAL_SHARE:
        return np.stack([both, both], 1)
    if chance < NEUTRAL_SHARE + DECK_SHARE:
        peak = rng.uniform(0.5, 5)
        for au, share in COMBINATIONS[rng.integers(len(COMBINATIONS))].items():
            if share == 1 or rng.random() > DROPPED:
                both[AUS.index(au)] = np.clip(peak * share * rng.uniform(0.7, 1.2), 0, 5)
        if rng.random() < ADDED:
            column = rng.integers(len(AUS))
            both[column] = max(both[column], rng.uniform(FAINTEST, 4))
    else:
        for column in rng.choice(len(AUS), rng.integers(1, 4), replace=False):
            both[column] = rng.uniform(FAINTEST, 5)
    make_possible(both, rng)
    return to_sides(both, rng)


def make_possible(both, rng):
    """Part the lips of a dropped jaw, drop what cannot be shown together; in place, `both` float [len(AUS)]."""
    lips, jaw = AUS.index(25), AUS.index(26)
    both[lips] = max(both[lips], PARTS_WITH_JAW * both[jaw])
    for pair in EXCLUDED:
        columns = [AUS.index(au) for au in pair]
        if both[columns].min() > 0:
            dropped = columns[rng.integers(2)]
            both[[lips, jaw] if dropped == lips else dropped] = 0


def to_sides(both, rng):
    """float [len(AUS), 2]: both sides alike but for a little, seldom one alone."""
    levels = np.stack([both, both], 1)
    for column, au in enumerate(AUS):
        if au in MIDLINE_AUS:
            continue
        levels[column] *= 1 + UNEVEN * rng.standard_normal() * np.array([0.5, -0.5])
        if au != 43 and rng.random() < ONE_SIDED:
            levels[column, rng.integers(2)] = 0
    return np.clip(levels, 0, 5)


def random_unlabeled(rng):
    """{name of UNLABELED: weight}: movements without a label that a picture may show."""
    return {name: rng.uniform(0.2, 0.9) for name in UNLABELED if rng.random() < 0.10}
