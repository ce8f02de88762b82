"""How labels go together, as they are and as predicted: two heat maps of phi coefficients (paper: Fig. 4)."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch

from tools.report.plots import ACCENT, INK, PAPER, QUIET, STYLE, plt, save_figure
from tools.report.tables import number

COLORS = LinearSegmentedColormap.from_list(  # paper: Fig. 4, blue is -1, red +1; ours: white is 0, the ends are dark
    "phi", ["#0b2f73", ACCENT, "white", PAPER, "#7a1220"]
).with_extremes(bad=QUIET)
CELL, FONT = 0.34, 6.5  # inches, points; ours: "-.12" fits its cell
MOST_NUMBERS = 15  # ours: labels up to which every cell carries its number


def plot_phi(path, truth, prediction, names, likeness, title):
    """Write path.pdf and path.png: the phi matrices `truth` and `prediction` float [C, C] in -1..1 side by side.

    `names` are the C labels, `likeness` their tools.statistics.phi.likeness, NaN if undefined. A NaN in a
    matrix is gray. Raises ValueError if the matrices and the names differ in number.
    """
    side = CELL * max(9, min(len(names), 20))
    with plt.rc_context({**STYLE, "axes.grid": False}):
        figure, axes = plt.subplots(1, 2, figsize=(2 * side + 2.3, side + 1.4), layout="constrained")
        for axis, kind, matrix in zip(axes, ("(a) ground truth", "(b) predicted"), (truth, prediction)):
            mesh = plot_matrix(axis, np.asarray(matrix, float), names, tick_size=min(8, 60 * side / len(names)))
            axis.set_title(kind, fontsize=10)
        bar = figure.colorbar(mesh, ax=axes, ticks=[-1, -0.5, 0, 0.5, 1], label="phi coefficient", aspect=30, pad=0.02)
        bar.outline.set_visible(False)
        if np.isnan(truth).any() or np.isnan(prediction).any():
            figure.legend(
                handles=[Patch(color=QUIET, label="undefined: a label never changes")],
                loc="outside lower right",
                fontsize=8,
            )
        alike = "undefined" if np.isnan(likeness) else number(likeness, 2)
        figure.supxlabel(f"correlation of the entries: {alike}", fontsize=10)
        figure.suptitle(title, fontsize=11)
        save_figure(figure, path)


def plot_matrix(axis, matrix, names, tick_size):
    """One heat map, first row on top, numbers in the cells if these are few. Returns its mesh, for the color bar."""
    if matrix.shape != (len(names), len(names)):
        raise ValueError(f"phi matrix of shape {matrix.shape}, expected one row and one column for each of {names}")
    places = np.arange(len(names)) + 0.5
    mesh = axis.pcolormesh(
        np.ma.masked_invalid(matrix), cmap=COLORS, vmin=-1, vmax=1, edgecolors="white", linewidth=0.4
    )
    upright = max(len(str(name)) for name in names) > 3
    axis.set_xticks(places, names, rotation=90 if upright else 0, fontsize=tick_size)
    axis.set_yticks(places, names, fontsize=tick_size)
    axis.set(aspect="equal")
    axis.invert_yaxis()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    if len(names) <= MOST_NUMBERS:
        for (row, column), phi in np.ndenumerate(matrix):
            if not np.isnan(phi):
                axis.text(
                    column + 0.5,
                    row + 0.5,
                    two_decimals(phi),
                    ha="center",
                    va="center",
                    fontsize=FONT,
                    color="white" if luminance(COLORS((phi + 1) / 2)) < 0.45 else INK,
                )
    return mesh


def two_decimals(phi):
    """.42, -.07, 1.00: without the leading zero, which every cell would repeat."""
    return number(phi, 2).replace("0.", ".").replace("-", "\N{MINUS SIGN}")


def luminance(color):
    """Relative luminance of `color` RGBA in 0..1 (ITU-R BT.709), without gamma."""
    return float(np.dot(color[:3], (0.2126, 0.7152, 0.0722)))
