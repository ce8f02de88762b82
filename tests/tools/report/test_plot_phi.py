"""The two heat maps of Fig. 4."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from tools.report import plot_phi as module
from tools.report.plot_phi import COLORS, plot_phi
from tools.report.plots import QUIET, plt

TRUTH = np.array([[1, 0.42, -0.07], [0.42, 1, -1], [-0.07, -1, 1]])
UNDEFINED = np.full((3, 3), np.nan)


@pytest.fixture
def plotted(monkeypatch):
    figures = []
    monkeypatch.setattr(module, "save_figure", lambda figure, path: figures.append(figure))

    def plot(truth, prediction, names, likeness=0.871):
        plot_phi("unused", truth, prediction, names, likeness, "title")
        figures[-1].canvas.draw()
        return figures[-1]

    yield plot
    for figure in figures:
        plt.close(figure)


def colors(axis):
    """RGBA [C, C, 4] of a heat map, its first row on top."""
    (mesh,) = axis.collections
    side = int(len(mesh.get_facecolors()) ** 0.5)
    return mesh.get_facecolors().reshape(side, side, 4)


def test_plus_one_is_red_minus_one_blue_and_zero_white():
    (red, _, blue, _), (blue_red, _, blue_blue, _) = COLORS(1.0), COLORS(0.0)
    assert red > 2 * blue and blue_blue > 2 * blue_red
    assert COLORS((0 + 1) / 2) == pytest.approx((1, 1, 1, 1), abs=0.02)


def test_cells_stand_in_the_order_of_the_names_with_their_colors_and_numbers(plotted):
    axis = plotted(TRUTH, TRUTH, [1, 2, "neutral"]).axes[0]
    cells = colors(axis)
    assert cells[0, 0] == pytest.approx(COLORS(1.0)) and cells[1, 2] == pytest.approx(COLORS(0.0))
    assert [label.get_text() for label in axis.get_yticklabels()] == ["1", "2", "neutral"]
    assert axis.yaxis_inverted()
    shown = {text.get_position(): text.get_text() for text in axis.texts}
    assert shown[0.5, 0.5] == "1.00" and shown[1.5, 0.5] == ".42" and shown[2.5, 0.5] == "−.07"
    assert shown[2.5, 1.5] == "−1.00"


def test_a_number_next_to_zero_has_no_sign(plotted):
    axis = plotted([[-0.001]], [[0.0]], ["AU 1"]).axes[0]
    assert [text.get_text() for text in axis.texts] == [".00"]


def test_an_undefined_phi_is_gray_without_a_number_and_the_legend_says_so(plotted):
    figure = plotted(TRUTH, UNDEFINED, [1, 2, 4], likeness=np.nan)
    assert (colors(figure.axes[1]) == to_rgba(QUIET)).all() and not figure.axes[1].texts
    (legend,) = figure.legends
    assert "undefined" in legend.get_texts()[0].get_text()
    assert figure.get_supxlabel() == "correlation of the entries: undefined"


def test_where_every_phi_is_defined_there_is_no_legend_and_the_likeness_is_written(plotted):
    figure = plotted(TRUTH, TRUTH, [1, 2, 4])
    assert not figure.legends and figure.get_supxlabel() == "correlation of the entries: 0.87"


@pytest.mark.parametrize("count, numbers", [(15, 225), (16, 0)])
def test_numbers_are_left_out_where_there_are_more_than_15_labels(plotted, count, numbers):
    figure = plotted(np.eye(count), np.eye(count), list(range(count)))
    assert len(figure.axes[0].texts) == numbers


def test_numbers_are_white_on_dark_and_dark_on_light(plotted):
    white, black = (text.get_color() for text in plotted([[1.0, 0.1], [0.1, 1.0]], np.eye(2), [1, 2]).axes[0].texts[:2])
    assert sum(to_rgba(white)[:3]) == 3 and sum(to_rgba(black)[:3]) < 1


def test_names_that_do_not_fit_the_matrix_are_refused():
    with pytest.raises(ValueError, match=r"shape \(3, 3\)"):
        plot_phi("unused", TRUTH, TRUTH, [1, 2], 1.0, "title")


def test_two_calls_write_the_same_pdf_and_png(tmp_path):
    for name in ("a", "b"):
        plot_phi(tmp_path / name, TRUTH, UNDEFINED, [1, 2, "neutral"], 0.5, "title")
    for ending, start in (("pdf", b"%PDF"), ("png", b"\x89PNG")):
        first, second = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("a", "b"))
        assert first == second and first.startswith(start)
