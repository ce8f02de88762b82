"""How far each balancing strategy brings every AU's positive share toward one half (paper: Sec. IV, data imbalance).

  python -m experiments.balance data/disfa --out runs/balance

Over the labelled frames of all subjects of a prepared dataset. Prints a table, and writes it as table.md beside
balance.png. A fold balances only its own training frames.
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.subjects.balance import GROWTH, MOST_COPIES, SHRINKAGE, STRATEGIES, balance, positive_shares
from data_prep.subjects.provenance import load_provenance
from data_prep.subjects.subject_file import load_subject, subject_paths
from data_prep.system.arguments import natural
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import atomic, only_writer
from experiments.run_files import TABLE
from tools.report.plots import ACCENT, BASE, INK, PAPER, QUIET, STYLE, plt, save
from tools.report.tables import markdown_table, number

MARKS = {
    "lp-ros": ("^", ACCENT),
    "lp-rus": ("v", ACCENT),
    "ml-ros": ("^", PAPER),
    "ml-rus": ("v", PAPER),
    "greedy": ("o", INK),
}


def load_labels(folder):
    """(label int8 [n, C] of the labelled frames of all subjects in `folder`, AU numbers [C])."""
    subjects = [load_subject(path) for path in subject_paths(folder)]
    if any(subject.au.tolist() != subjects[0].au.tolist() for subject in subjects):
        raise InputError(f"{folder}: the subject files differ in their AUs; prepare them again")
    label = np.concatenate([subject.label[subject.labelled] for subject in subjects])
    if not len(label):
        raise InputError(f"{folder}: no labelled frame in any subject file; see their detection report")
    return label, subjects[0].au.tolist()


def summarize(label, chosen):
    """{"shares": percent positive per AU, "off": mean distance from 50 over the AUs, "neutral": percent of frames with
    no AU present, "frames": n, "left_out": frames not used, "copies": most uses of a frame} of label[chosen]."""
    times, shares = np.bincount(chosen, minlength=len(label)), 100 * positive_shares(label[chosen])
    coded = shares[~np.isnan(shares)]
    return {
        "shares": shares,
        "off": np.abs(coded - 50).mean(),
        "frames": len(chosen),
        "copies": times.max(),
        "neutral": 100 * (label[chosen] != 1).all(axis=1).mean(),
        "left_out": np.count_nonzero(times == 0),
    }


def table(aus, results):
    """Markdown: a column per strategy; a row per AU with its positive share in percent, then the frames used."""
    columns = results.values()
    rows = [["% present", *results]]
    rows += [[f"AU {au}", *(number(column["shares"][k], 1) for column in columns)] for k, au in enumerate(aus)]
    rows += [
        [name, *(number(column[key], 1) for column in columns)]
        for name, key in (("mean distance from 50", "off"), ("frames without any AU", "neutral"))
    ]
    rows += [
        [name, *(column[key] for column in columns)]
        for name, key in (("frames", "frames"), ("left out", "left_out"), ("most copies of a frame", "copies"))
    ]
    return markdown_table(rows)


def plot(path, aus, results, title):
    """Bars: shares as they are. Marks: after each strategy; a triangle points up where frames are copied."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(10, 4), layout="constrained")
        x = np.arange(len(aus))
        axis.bar(x, results["none"]["shares"], 0.8, color=BASE, label="as it is")
        for place, (name, (marker, color)) in enumerate(MARKS.items()):
            offset = (place - (len(MARKS) - 1) / 2) * 0.15
            axis.plot(x + offset, results[name]["shares"], marker, color=color, label=name, markersize=6)
        axis.axhline(50, color=QUIET, linewidth=0.8, linestyle=":")
        axis.set(
            xticks=x, xticklabels=[f"AU {au}" for au in aus], ylim=(0, 100), ylabel="frames with the AU, %", title=title
        )
        axis.grid(axis="x", visible=False)
        figure.legend(loc="outside lower center", ncols=len(MARKS) + 1)
        save(figure, path)


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder of subject files")
    parser.add_argument("--out", required=True, help="folder for table.md and balance.png")
    parser.add_argument("--seed", type=natural, default=0, help="decides which frames are sampled (default 0)")
    arguments = parser.parse_args(argv)
    name, (label, aus) = load_provenance(arguments.data), load_labels(arguments.data)
    results = {
        strategy: summarize(label, balance(label, strategy, np.random.default_rng(arguments.seed)))
        for strategy in STRATEGIES
    }
    text = (
        f"{len(label)} labelled frames of {name}; at most {GROWTH:.0%} more or {SHRINKAGE:.0%} fewer, "
        f"greedy: at most {MOST_COPIES} copies\n\n{table(aus, results)}\n"
    )
    out = Path(arguments.out)
    with only_writer(out):
        with atomic(out / TABLE) as part:
            part.write_text(text)
        plot(out / "balance.png", aus, results, f"Positive shares before and after balancing, {name}")
    print(f"{text}\n{out}/table.md, {out}/balance.png")


if __name__ == "__main__":
    main()
