"""Two runs on the same held-out frames, paired by subject: which is better, and how certain that is.

  python -m experiments.compare runs/table1 runs/other

For instance with another net, another balancing or another place of the normalization. On the folds that both runs
have, each subject is left out of both, so that what makes a subject hard for both cancels out.
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.system.errors import InputError, one_clear_error
from experiments.results import FEW_SUBJECTS, aus_text
from tools.folds.run import finished_folds, pool_scores, scored_by
from tools.folds.scores import load_scores
from tools.folds.task import load_task
from tools.report.tables import markdown_table, number, signed
from tools.statistics.intervals import FEWEST, both_trained, paired, subjects_with_both
from tools.statistics.metrics import score_all
from tools.statistics.scored import joined

DIGITS = {"two_afc": 3, "accuracy": 1, "f1": 3}  # of each metric that is compared


def common_folds(first, second):
    """[(folder in one run, folder in the other)] of the folds in both runs. Raises InputError if there is none."""
    others = {folder.name: folder for folder in finished_folds(second)}
    pairs = [(folder, others[folder.name]) for folder in finished_folds(first) if folder.name in others]
    if not pairs:
        raise InputError(f"{first} and {second}: no fold in common; compare runs that hold out the same subjects")
    return pairs


def load_pair(folders):
    """(Scored of one run, of the other) of a fold in both. Raises InputError unless the frames are the same."""
    first, second = (load_scores(folder) for folder in folders)
    for field in ("subject", "sequence", "frame", "label"):
        if not np.array_equal(getattr(first, field), getattr(second, field)):
            raise InputError(
                f"{folders[0]} and {folders[1]}: tested on different frames ({field}s differ); "
                "compare runs on the same data"
            )
    return [scored_by(pool_scores([load_task(folder)]), "qda") for folder in folders]


def table(aus, first, second):
    """Rows: each metric per AU of two Scored, the difference with its interval, and how sure the first is better."""
    averaged, against = both_trained(first, second, aus), paired(first, second, aus)
    first, second = (score_all(frames, aus, averaged) for frames in (first, second))
    rows = [["AU", "metric", "first", "second", "difference", "95%", "first better, % sure"]]
    for key in [*map(str, aus), "average"]:
        ours, theirs, found = (
            (result["average"] if key == "average" else result["per_au"][key]) for result in (first, second, against)
        )
        for metric, digits in DIGITS.items():
            rows.append(
                [
                    key,
                    metric,
                    number(ours[metric], digits),
                    number(theirs[metric], digits),
                    signed(found[metric]["difference"], digits),
                    range_of(*found[metric]["interval"], digits),
                    number(100 * found[metric]["above"], 0),
                ]
            )
    return rows


def range_of(low, high, digits):
    """An interval of differences; a dash where it is undefined."""
    return "-" if np.isnan(low + high) else f"{signed(low, digits)} to {signed(high, digits)}"


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", help="folder of a finished run of table1 or table2")
    parser.add_argument("second", help="folder of another")
    arguments = parser.parse_args(argv)
    pairs = common_folds(arguments.first, arguments.second)
    first, second = (joined(parts) for parts in zip(*map(load_pair, pairs)))
    aus = load_task(pairs[0][0]).aus
    rows = table(aus, first, second)
    print(
        f"{len(pairs)} folds of {Path(arguments.first)} (first) and {Path(arguments.second)} (second), "
        f"{len(np.unique(first.subject))} subjects, {len(first.label)} frames; averages are over "
        f"{aus_text(both_trained(first, second, aus))}\n\n{markdown_table(rows)}"
    )
    if min(subjects_with_both(first)) < FEWEST:
        print(f"\n{FEW_SUBJECTS}")


if __name__ == "__main__":
    main()
