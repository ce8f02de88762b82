"""The picture of a random search: validation loss against each sampled parameter. Needs no display."""

from pathlib import Path

import numpy as np
from optuna.trial import TrialState

from data_prep.system.files import atomic
from tools.report.plots import ACCENT, INK, PAPER, QUIET, STYLE, plt
from tools.report.tables import number
from tools.search.space import SUFFIX
from tools.search.study import best

COLUMNS = 4
FEW = 20  # integers of a range this narrow get a tick each, and trials of one integer stand side by side
SIDE = 0.28  # how far to either side, in units of the integer
FAR = 10  # a loss this many times as far from the lowest as the median goes to the top, not to flatten the rest
LABELS = {"iterations": "iterations sampled", "base_lr": "base learning rate", "weight_decay": "weight decay"}
PRINT = {**STYLE, "font.size": 9, "savefig.dpi": 200, "pdf.fonttype": 42}  # ours: fonts that journals accept


def plot_search(path, study, title):
    """Write `path`.pdf and .png: one panel per sampled parameter, every finished trial of an Optuna study in each.

    Dots are trained trials, the ring is the best. At the top: gray ticks are infeasible samples, triangles losses
    far above the others, crosses trials without a finite loss. Raises InputError if no trial has a loss.
    """
    winner, trials = best(study), study.get_trials(deepcopy=False)
    names, loss, kinds = list(winner.params), *sort_out(trials)
    rows = -(-len(names) // COLUMNS)
    with plt.rc_context(PRINT):
        figure, axes = plt.subplots(
            rows, COLUMNS, figsize=(10, 2.55 * rows + 0.6), sharey=True, layout="constrained", squeeze=False
        )
        for axis, name in zip(axes.flat, names):
            values = np.array([trial.params[name] for trial in trials], float)
            plot_parameter(axis, winner.distributions[name], values, loss, kinds, winner)
            axis.set_xlabel(label_of(name))
        for axis in axes.flat[len(names) :]:
            axis.remove()
        for row in axes:
            row[0].set_ylabel("validation loss (nats)")
        scale_losses(axes[0, 0], loss[kinds["dots"]])
        figure.align_xlabels()
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
        figure.suptitle(title, fontsize=11)
        for ending, metadata in ((".pdf", {"CreationDate": None}), (".png", {})):  # no date: equal runs, equal files
            with atomic(Path(f"{path}{ending}")) as part:
                figure.savefig(part, metadata=metadata)
        plt.close(figure)


def sort_out(trials):
    """(loss float [n], NaN where there is none; {kind of mark: bool [n]}) of n stored trials."""
    loss = np.array([np.nan if trial.value is None else trial.value for trial in trials])
    state = np.array([trial.state for trial in trials])
    low, median = np.nanmin(loss), np.nanmedian(loss)
    far = loss > low + FAR * (median - low) if median > low else np.zeros(len(loss), bool)
    return loss, {
        "dots": (state == TrialState.COMPLETE) & ~far,
        "far": far,
        "infeasible": state == TrialState.PRUNED,
        "failed": state == TrialState.FAIL,
    }


def plot_parameter(axis, distribution, values, loss, kinds, winner):
    """One panel: `loss` [n] against the `values` [n] of a parameter of this Optuna distribution."""
    few = isinstance(distribution.low, int) and distribution.high - distribution.low <= FEW
    dots, at_top = kinds["dots"], kinds["far"] | kinds["infeasible"] | kinds["failed"]
    if few:
        values[dots], values[at_top] = side_by_side(values[dots]), side_by_side(values[at_top])
    axis.scatter(
        values[dots], loss[dots], s=16, color=ACCENT, alpha=0.75, linewidths=0, label=f"trained ({dots.sum()})"
    )
    axis.scatter(
        values[winner.number],
        winner.value,
        s=85,
        facecolors="none",
        edgecolors=PAPER,
        linewidths=1.6,
        zorder=3,
        label=f"best: trial {winner.number}, {number(winner.value, 3)}",
    )
    for kind, marker, color, size, label in (
        ("infeasible", "|", QUIET, 8, "infeasible, not trained"),
        ("far", "^", ACCENT, 5, "trained, loss far above"),
        ("failed", "x", INK, 5, "no finite loss"),
    ):
        which = kinds[kind]
        if which.any():
            axis.plot(
                values[which],
                np.full(which.sum(), 0.97),
                marker,
                color=color,
                markersize=size,
                transform=axis.get_xaxis_transform(),
                label=f"{label} ({which.sum()})",
            )
    scale_values(axis, distribution, few)


def scale_values(axis, distribution, few):
    """The range that was sampled from, and a little more."""
    low, high = distribution.low, distribution.high
    if distribution.log:
        more = (high / low) ** 0.04
        axis.set_xscale("log")
        axis.set_xlim(low / more, high * more)
        return
    more = 0.6 if few else 0.06 * (high - low)
    axis.set_xlim(low - more, high + more)
    axis.set_xticks(range(low, high + 1) if few else np.linspace(low, high, 5))
    axis.grid(axis="x", visible=not few)


def scale_losses(axis, losses):
    """From the lowest to the highest of `losses`, with room for the marks at the top."""
    room = 0.08 * (np.ptp(losses) or losses.max() or 1)
    axis.set_ylim(losses.min() - room, losses.max() + 2 * room)


def side_by_side(values):
    """`values` float [n] of integers, spread evenly to either side of each integer in their order."""
    spread = values.copy()
    for value in np.unique(values):
        rows = np.flatnonzero(values == value)
        if len(rows) > 1:
            spread[rows] += np.linspace(-SIDE, SIDE, len(rows))
    return spread


def label_of(name):
    layer = name.removesuffix(SUFFIX)
    return f"{layer} kernel size" if layer != name else LABELS.get(name, name)
