"""Bars of 2AFC per AU: low ones are seen, and undefined ones are not taken for them."""

import pytest

from tools.report import plots
from tools.report.plots import plot_aus


@pytest.fixture
def plotted(monkeypatch, tmp_path):
    """plot_aus as a function that returns the axes of its figure."""
    figures = []
    monkeypatch.setattr(plots, "save", lambda figure, path: figures.append(figure))

    def plot(bars, **more):
        plot_aus(tmp_path / "aus.png", (1, 12, 20), bars, "title", **more)
        return figures.pop().axes[0]

    yield plot
    plots.plt.close("all")


def test_a_low_bar_is_in_sight_and_an_undefined_one_is_called_so(plotted):
    axis = plotted({"CNN + QDA": [0.12, 0.9, None], "PCA + LDA": [0.5, float("nan"), 0.8]})
    assert axis.get_ylim() == (0, 1)
    assert [bar.get_height() for bar in axis.containers[0]][:2] == [0.12, 0.9]
    words = [text.get_position()[0] for text in axis.texts if text.get_text() == "undefined"]
    missing = axis.containers[0][2], axis.containers[1][1]
    assert words == pytest.approx([bar.get_x() + bar.get_width() / 2 for bar in missing])


def test_intervals_and_marks_may_be_undefined_too(plotted):
    ends = [[0.1, 0.2], [None, None], [0.7, 0.9]]
    axis = plotted(
        {"CNN + QDA": [0.15, 0.9, 0.8]}, marks={"the paper": [0.7, None, 0.6]}, intervals={"CNN + QDA": ends}
    )
    assert not [text for text in axis.texts if text.get_text() == "undefined"]
