"""Measure on landmarks whether rendered AUs move what FACS says, the more the stronger they are, over many people.

For each source and AU: mean movement at intensity 5 (shares of the distance between the outer corners of the eyes), the
share of people in whom it is large enough (data_prep/rendered/measures.py), and in whom it grows with each intensity.
"""

import argparse

import numpy as np

from data_prep.rendered.measures import EXPECTED, NAMES, Measurer, measure
from data_prep.rendered.person import Person
from data_prep.rendered.portrait import portrait
from data_prep.rendered.sheet import with_parted_lips
from data_prep.rendered.sources import SOURCES, load_source
from data_prep.system.arguments import natural, positive
from data_prep.system.errors import one_clear_error

SLACK = 0.004  # ours: what landmarks may go back from one intensity to the next, as they are found in pixels


def movement(measurer, person, au, intensities=(0, 1, 2, 3, 4, 5)):
    """float [len(intensities), len(NAMES)]: measures of a Person who shows one AU more and more, less the first."""
    rows = []
    for intensity in intensities:
        measures = measure(measurer.points(portrait(person, with_parted_lips({au: intensity}))))
        rows.append([measures[name] for name in NAMES])
    return np.array(rows) - rows[0]


def verdicts(moved, au):
    """[(name, mean at the last intensity, share large enough, share that grows)] of `moved` [people, k, len(NAMES)]."""
    found = []
    for name, least in EXPECTED[au].items():
        column = moved[:, :, NAMES.index(name)]
        forward = column * np.sign(least)
        grows = (np.diff(forward, axis=1) > -SLACK).all(1)
        found.append((name, column[:, -1].mean(), (forward[:, -1] >= abs(least)).mean(), grows.mean()))
    return found


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=positive, default=20, help="of each source (default %(default)s)")
    parser.add_argument("--sources", nargs="+", choices=SOURCES, help="default: all that are here")
    parser.add_argument("--ict", help="folder of a checkout of github.com/ICT-VGL/ICT-FaceKit, for the source ict")
    parser.add_argument("--seed", type=natural, default=1000)
    args = parser.parse_args(argv)
    measurer = Measurer()
    for name in args.sources or [source for source in SOURCES if source != "ict" or args.ict]:
        source = load_source(name, args.ict)
        people = [Person(source, np.random.default_rng([args.seed, k])) for k in range(args.people)]
        for au in EXPECTED:
            moved = np.array([movement(measurer, person, au) for person in people])
            for what, mean, enough, grows in verdicts(moved, au):
                print(
                    f"{name:10} AU{au:<3} {what:14} {mean:+.3f}  enough {enough:4.0%}  grows {grows:4.0%}", flush=True
                )


if __name__ == "__main__":
    main()
