"""Pictures of a run: training curves, bars and timelines per AU. Needs no display."""

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.patches import StepPatch
from matplotlib.ticker import MultipleLocator

from data_prep.system.files import atomic
from tools.engines.early_stopping import best_iteration

INK, QUIET, ACCENT, BASE, PAPER = "#222222", "#9a9a9a", "#1f6feb", "#c8ccd1", "#d1495b"
FAINT, UNDEFINED = "#666666", "undefined"  # what stands in place of a bar
NONE = "#ececec"  # where there is no face
BOTTOM, TOP = -0.05, 1.05  # of the axis of a probability
MOST_CELLS = 1000  # ours: about the pixels across a timeline
CLOCK = 120  # ours: seconds from which on times are minutes:seconds
STEPS = (15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # ours: seconds between ticks
STYLE = {
    "font.size": 10,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.dpi": 120,
}


def plot_training(path, logs, title):
    """Training and validation loss against iterations. `logs`: {fold name: (training, validation)} of load_losses."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True, layout="constrained")
        for number, (name, (training, validation)) in enumerate(logs.items()):
            color = plt.cm.viridis(0.1 + 0.75 * number / max(len(logs) - 1, 1))
            axes[0].plot(*zip(*training), color=color, linewidth=1.2, label=name)
            axes[1].plot(*zip(*validation), color=color, linewidth=1.6, marker=".", label=name)
            best = best_iteration(validation)
            axes[1].plot(best, dict(validation)[best], marker="o", markersize=9, markerfacecolor="none", color=color)
        axes[0].set(title="training subjects", xlabel="iteration", ylabel="multi-label softmax loss (nats)")
        axes[1].set(title="validation subjects (ring: lowest)", xlabel="iteration")
        if len(logs) <= 10:
            axes[1].legend(title="net", fontsize=8, title_fontsize=8)
        figure.suptitle(title, fontsize=11)
        save(figure, path)


def plot_aus(path, aus, bars, title, marks=None, intervals=None):
    """2AFC per AU as grouped bars. `bars`: {legend: [value per AU]}; `marks`: the same, as short lines;
    `intervals`: {legend: [[low, high] per AU]}, as whiskers. Bars begin at 0, so that a low one is seen to be one;
    where a value is None or NaN, "undefined" is written instead."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(10, 4), layout="constrained")
        x, width = np.arange(len(aus)), 0.8 / len(bars)
        for number, (name, values) in enumerate(bars.items()):
            offset = (number - (len(bars) - 1) / 2) * width
            values = np.array(values, float)
            axis.bar(x + offset, values, width * 0.92, label=name, color=[ACCENT, BASE, QUIET][number % 3])
            for place in (x + offset)[np.isnan(values)]:
                axis.text(place, 0.02, UNDEFINED, rotation=90, ha="center", va="bottom", fontsize=8, color=FAINT)
            if intervals:
                axis.vlines(x + offset, *np.array(intervals[name], float).T, color=INK, linewidth=1)
        for name, values in (marks or {}).items():
            axis.hlines(np.array(values, float), x - 0.42, x + 0.42, color=PAPER, linewidth=2, label=name)
        axis.axhline(0.5, color=INK, linewidth=0.8, linestyle=":")
        axis.text(len(aus) - 0.55, 0.505, "chance", va="bottom", fontsize=8)
        axis.set(
            xlim=(-0.6, len(aus) - 0.15),
            xticks=x,
            xticklabels=[f"AU {au}" for au in aus],
            ylim=(0, 1),
            yticks=np.linspace(0, 1, 11),
            ylabel="2AFC",
            title=title,
        )
        axis.grid(axis="x", visible=False)
        figure.legend(loc="outside lower center", ncols=4)
        save(figure, path)


def plot_reliability(path, curves, title):
    """Reliability diagram. `curves`: {legend: [[frames, mean probability, share of positives] of each bin]}."""
    with plt.rc_context(STYLE):
        figure, axis = plt.subplots(figsize=(4.6, 4.6), layout="constrained")
        axis.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=":")
        for number, (name, bins) in enumerate(curves.items()):
            frames, probability, share = np.array(bins, float).T
            seen = frames > 0
            color, size = [ACCENT, QUIET][number % 2], 10 + 90 * np.sqrt(frames[seen] / max(frames.max(), 1))
            axis.plot(probability[seen], share[seen], color=color, linewidth=1.4, label=name)
            axis.scatter(probability[seen], share[seen], size, color=color, alpha=0.7, linewidth=0)
        axis.set(
            xlim=(-0.02, 1.02),
            ylim=(-0.02, 1.02),
            xlabel="mean probability in a bin (larger: more frames)",
            ylabel="share of frames with the AU",
        )
        axis.set_title(title, fontsize=9, wrap=True)
        axis.set_aspect("equal")
        axis.legend(loc="upper left", fontsize=8)
        save(figure, path)


def plot_timelines(path, seconds, probability, present, aus):
    """One line per AU over the time of a video, and where there is no face: there the line breaks and gray hangs down.

    seconds      float [n] when each frame of the video begins
    probability  float [n, C] of presence, NaN in frames without the face
    present      bool [n, C], False there

    Blue stands behind the line where the AU is present. In a long video frames are drawn in groups: the line is their
    mean, a pale band goes from the lowest to the highest, blue and gray are as high as the share of such frames.
    """
    starts = np.arange(0, len(seconds), -(-len(seconds) // MOST_CELLS))
    end = seconds[-1] + (np.median(np.diff(seconds)) if len(seconds) > 1 else 1)
    edges = np.maximum.accumulate([*seconds[starts], end])
    size, missing = np.diff([*starts, len(seconds)])[:, None], np.isnan(probability)
    seen = size - np.add.reduceat(missing, starts, dtype=int)
    mean = np.add.reduceat(np.nan_to_num(probability), starts) / np.where(seen, seen, np.nan)
    low, high = (extreme.reduceat(probability, starts) for extreme in (np.fmin, np.fmax))
    shares = np.add.reduceat(present, starts, dtype=int) / size
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(aus), 1, figsize=(10, 0.55 * len(aus) + 0.9), sharex=True, layout="constrained", squeeze=False
        )
        for k, (axis, au) in enumerate(zip(axes[:, 0], aus)):
            filled = {"fill": True, "linewidth": 0}
            steps = [
                StepPatch(BOTTOM + (TOP - BOTTOM) * (seen / size)[:, k], edges, baseline=TOP, color=NONE, **filled),
                StepPatch(shares[:, k], edges, color=ACCENT, alpha=0.25, **filled),
                StepPatch(high[:, k], edges, baseline=low[:, k], color=ACCENT, alpha=0.2, **filled),
                StepPatch(mean[:, k], edges, baseline=None, edgecolor=ACCENT, fill=False, linewidth=0.8),
            ]
            for step in steps:
                axis.add_artist(
                    step
                )  # unlike axis.stairs, it does not compute limits, which takes longer than the rest
            axis.set(ylim=(BOTTOM, TOP), yticks=[], xlim=(edges[0], edges[-1]))
            axis.set_ylabel(f"AU {au}", rotation=0, ha="right", va="center")
        set_time(axes[-1, 0], edges[-1] - edges[0])
        save(figure, path)


def set_time(axis, duration):
    """Label the x axis, which is in seconds: as seconds, or from two minutes on as minutes:seconds."""
    axis.set_xlabel("seconds")
    if duration >= CLOCK:
        step = next((step for step in STEPS if duration <= 10 * step), -(-duration // (10 * STEPS[-1])) * STEPS[-1])
        axis.xaxis.set_major_locator(MultipleLocator(step))
        axis.xaxis.set_major_formatter(lambda seconds, _: clock(seconds, duration >= 3600))
        axis.set_xlabel("hours:minutes:seconds" if duration >= 3600 else "minutes:seconds")


def clock(seconds, with_hours):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}" if with_hours else f"{minutes}:{seconds:02d}"


def save(figure, path):
    with atomic(path) as part:
        figure.savefig(part)
    plt.close(figure)


def save_figure(figure, path_without_ending):
    """Write `figure` as vector PDF and as PNG, e.g. "fig1" to fig1.pdf and fig1.png, and close it.

    The same figure gives the same bytes: no dates. Fonts go into the PDF as outlines of TrueType, as publishers ask.
    """
    for ending, metadata in (("pdf", {"CreationDate": None}), ("png", {})):
        with atomic(f"{path_without_ending}.{ending}") as part, plt.rc_context({"pdf.fonttype": 42}):
            figure.savefig(part, dpi=300, metadata=metadata)
    plt.close(figure)
