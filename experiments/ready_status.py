"""Which AUs of a ready model are usable: by what it does on rendered people of sources that it has not seen, and by
what was seen on pictures of real people, which were labelled first and never fitted to."""

import numpy as np

from tools.detection.bundle_checks import EXPERIMENTAL, USABLE

AGAINST = "no"  # an AU that the model does not tell
USABLE_FROM, EXPERIMENTAL_FROM = 0.90, 0.75  # ours: mean 2AFC over the sources left out
# ours: {AU: (the best that it can be, why)} on real people
SEEN_ON_PEOPLE = {
    1: (EXPERIMENTAL, "of people's raised inner brows it finds a quarter"),
    6: (EXPERIMENTAL, "on people it tells smiles better than AU 6 among them: most without it are false alarms"),
    9: (EXPERIMENTAL, "a quarter of people's faces without it are false alarms"),
    20: (EXPERIMENTAL, "seen on too few people to judge it"),
    28: (EXPERIMENTAL, "seen on too few people to judge it"),
}


def judged(au, measured):
    """(status, why) of an AU by its entry of "measured" in bundle.json."""
    mean = float(np.mean(list(measured["two_afc"].values())))
    status = USABLE if mean >= USABLE_FROM else EXPERIMENTAL if mean >= EXPERIMENTAL_FROM else AGAINST
    why = f"2AFC {mean:.2f} on rendered people of sources that it has not seen"
    best, seen = SEEN_ON_PEOPLE.get(au, (USABLE, ""))
    order = (AGAINST, EXPERIMENTAL, USABLE)
    return (best, seen) if order.index(best) < order.index(status) else (status, why)
