"""The learned features in two dimensions, the frames with an AU in red, those without in blue (paper: Fig. 2 and 3)."""

import numpy as np
from scipy.spatial import cKDTree
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from data_prep.system.errors import InputError
from tools.report.plots import ACCENT, PAPER, QUIET, STYLE, plt, save_figure
from tools.report.tables import number
from tools.statistics.metrics import two_afc

LIMIT = 2000  # points; ours: ten seconds on one core, and more of them would hide one another
PERPLEXITY = 30  # ours: the middle of the 5 to 50 that van der Maaten and Hinton 2008 advise
NEIGHBORS = 10  # ours
SEPARATION = f'separation: 2AFC of the share of "present" among the {NEIGHBORS} nearest points; 0.5 mixed, 1 apart'
PRESENT, ABSENT = PAPER, ACCENT  # paper: Fig. 2 and 3, red and blue
PANEL = 3.1  # inches; ours: two of them fit a page


def embed(feature, seed, limit=LIMIT):
    """Barnes-Hut t-SNE (van der Maaten 2014) of at most `limit` frames, sampled by `seed`.

    feature: float [n, K]. Returns (index int [m], the sampled frames, ascending; xy float [m, 2]).
    Features are standardized, those that never change left out. The perplexity is 30, or a third of the other frames
    where that is less. Fewer than 3 frames, or identical ones, all lie at 0.
    Raises InputError if there is no frame, or a feature is NaN or infinite.
    """
    feature = np.asarray(feature, dtype=float)
    if feature.ndim != 2 or not len(feature):
        raise InputError(f"features of shape {feature.shape} cannot be embedded: frames x features are needed")
    if not np.isfinite(feature).all():
        raise InputError("features hold NaN or infinity, so the net has diverged; train it at a lower base_lr")
    index = np.sort(np.random.default_rng(seed).permutation(len(feature))[:limit])
    standard = standardize(feature[index])
    m, varying = standard.shape
    if m < 3 or not varying:
        return index, np.zeros((m, 2))
    start = "pca" if varying > 1 else "random"
    with threadpool_limits(1):  # with more, the order of sums and then the picture would differ between machines
        tsne = TSNE(perplexity=min(PERPLEXITY, (m - 1) / 3), init=start, random_state=seed)
        return index, tsne.fit_transform(standard).astype(float)


def described(seed, counts):
    """How `embed` made a picture, in words. `counts`: {test set: (frames that it shows, frames that there are)}."""
    frames = "; ".join(f"{shown} of {count} frames of {name}" for name, (shown, count) in counts.items())
    few = min(shown for shown, _ in counts.values())
    lower = f", or a third of the other frames where these are fewer than {3 * PERPLEXITY}"
    return (
        f"t-SNE (Barnes-Hut, perplexity {PERPLEXITY}{lower if few <= 3 * PERPLEXITY else ''}, seed {seed}) of "
        f"standardized features; of each test set at most {LIMIT} frames, drawn by the seed, are embedded and shown: "
        f"{frames}"
    )


def standardize(feature):
    """Mean 0 and variance 1 per column, without the columns that are constant but for rounding."""
    mean, spread = feature.mean(axis=0), feature.std(axis=0)
    varying = spread > 1e-9 * np.abs(feature).max(axis=0)
    return (feature[:, varying] - mean[varying]) / spread[varying]


def separation(xy, label):
    """How far apart the two classes lie in the picture, 0.5 mixed, 1 apart; NaN if one of them is missing.

    xy: float [m, 2]; label: int [m] of 1 and 0. It is the 2AFC of a frame's score, where the score is the share of
    frames with the AU among its 10 nearest others: so 0.5 is chance however rare the AU is.
    """
    others = min(NEIGHBORS, len(xy) - 1)
    if others < 1:
        return np.nan
    # Identical frames coincide; moved a little apart, the nearest of each is itself, and is left out.
    jittered = xy + 1e-6 * (np.ptp(xy) or 1) * np.random.default_rng(0).standard_normal(xy.shape)
    nearest = cKDTree(jittered).query(jittered, others + 1)[1][:, 1:]
    return two_afc(label, label[nearest].mean(axis=1))


def plot_embeddings(path, panels, title):
    """Write path.pdf and path.png: a grid of scatter plots.

    panels: {row name, a test set: {column name, e.g. "AU 12": (xy float [m, 2], label int [m] of 1, 0, -1 unknown)}};
    every row has the columns of the first. Frames with an unknown label are left out.
    """
    columns = list(next(iter(panels.values())))
    with plt.rc_context({**STYLE, "axes.grid": False, "axes.spines.top": True, "axes.spines.right": True}):
        figure, axes = plt.subplots(
            len(panels),
            len(columns),
            squeeze=False,
            layout="constrained",
            figsize=(PANEL * len(columns) + 0.4, (PANEL + 0.35) * len(panels) + 0.8),
        )
        for row, (name, cells) in zip(axes, panels.items()):
            row[0].set_ylabel(name, fontsize=11)
            for axis, column in zip(row, columns):
                plot_panel(axis, *cells[column])
        for axis, column in zip(axes[0], columns):
            axis.set_title(column, fontsize=11)
        figure.suptitle(title, fontsize=11)
        figure.supxlabel(
            SEPARATION.replace("; ", ";\n"),
            fontsize=8,
        )
        save_figure(figure, path)


def plot_panel(axis, xy, label):
    """One scatter plot with its counts and its separation; the rarer class on top. t-SNE's axes have no meaning."""
    xy, label = xy[label >= 0], label[label >= 0]
    counts = {value: int((label == value).sum()) for value in (1, 0)}
    for value, name, color in ((1, "present", PRESENT), (0, "absent", ABSENT)):
        rarer = counts[value] <= counts[1 - value]
        axis.scatter(
            *xy[label == value].T,
            s=9,
            color=color,
            alpha=0.75 if rarer else 0.4,
            linewidth=0,
            zorder=3 if rarer else 2,
            label=f"{name} ({counts[value]:,})",
        )
    apart = separation(xy, label)
    undefined = "one class only" if len(label) else "no known label"
    axis.text(
        0.03,
        0.03,
        undefined if np.isnan(apart) else f"separation {number(apart, 2)}",
        fontsize=9,
        transform=axis.transAxes,
        bbox={"color": "white", "alpha": 0.8, "pad": 1.5},
        zorder=4,
    )
    axis.set(xticks=[], yticks=[], box_aspect=1)
    axis.spines[:].set_color(QUIET)
    axis.margins(0.08)
    legend = axis.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=2,
        fontsize=8,
        handletextpad=0.1,
        columnspacing=1.0,
        borderaxespad=0.3,
        markerscale=2,
    )
    for handle in legend.legend_handles:
        handle.set_alpha(1)
