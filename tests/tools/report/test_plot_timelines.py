"""Timelines of AUs: nothing is drawn where there is no face, and a video of an hour is as readable as a short one."""

import cv2
import numpy as np
import pytest

from tools.report import plots
from tools.report.plots import plot_timelines, plt

AUS = (1, 2, 12)


@pytest.fixture
def plotted(tmp_path, monkeypatch):
    """Plot frames, those in `gap` without a face; (figure, whether blue, and gray, is at bool [AU, pixel] across)."""
    figures, save = [], plots.save

    def keep(figure, path):
        figures.append(figure)
        with monkeypatch.context() as patch:
            patch.setattr(plt, "close", lambda _: None)
            save(figure, path)

    monkeypatch.setattr(plots, "save", keep)

    def plot(count, gap, fps=25, start=0.0):
        rng = np.random.default_rng(0)
        probability = rng.uniform(0, 1, (count, len(AUS)))
        probability[slice(*gap)] = np.nan
        plot_timelines(tmp_path / "a.png", start + np.arange(count) / fps, probability, probability > 0.5, AUS)
        image = cv2.imread(str(tmp_path / "a.png")).astype(int)
        rows = []
        for axis in figures[-1].axes:
            box = axis.get_window_extent()
            top = image.shape[0] - round(box.y1)
            rows.append(image[top + 2 : top + round(box.height) - 4, round(box.x0) + 2 : round(box.x1) - 2])
        blue = np.stack([(row[:, :, 0] > row[:, :, 2] + 20).any(0) for row in rows])
        gray = np.stack([(row == 0xEC).all(2).mean(0) > 0.8 for row in rows])
        return figures[-1], blue, gray

    yield plot
    for figure in figures:
        plt.close(figure)


@pytest.mark.parametrize("count, gap", [(100, (50, 75)), (100, (0, 25)), (12, (11, 12)), (9000, (3000, 6000))])
def test_a_timeline_breaks_where_there_is_no_face(plotted, count, gap):
    _, blue, gray = plotted(count, gap)
    inside = slice(*(round(edge * blue.shape[1] / count) + margin for edge, margin in zip(gap, (4, -4))))
    assert not blue[:, inside].any() and gray[:, inside].mean() > 0.9  # lines of the grid are of another gray
    outside = np.ones(blue.shape[1], bool)
    outside[max(inside.start - 8, 0) : inside.stop + 8] = False
    assert blue[:, outside].mean() > 0.95 and not gray[:, outside].any()


def test_the_axis_spans_the_video_wherever_the_face_is_seen(plotted):
    for gap in ((0, 0), (0, 90), (10, 100)):
        figure, _, _ = plotted(100, gap, start=2.0)
        assert figure.axes[-1].get_xlim() == pytest.approx((2, 6))


@pytest.mark.parametrize(
    "seconds, label, ticks",
    [
        (119, "seconds", ["0", "20", "40"]),
        (140, "minutes:seconds", ["0:00", "0:15", "0:30"]),
        (3600, "hours:minutes:seconds", ["0:00:00", "0:10:00", "0:20:00"]),
        (200_000, "hours:minutes:seconds", ["0:00:00", "6:00:00", "12:00:00"]),
    ],
)
def test_long_videos_have_a_clock(plotted, seconds, label, ticks):
    figure, _, _ = plotted(seconds * 2 + 1, (0, 0), fps=2)
    axis = figure.axes[-1]
    shown = [tick.get_text() for tick in axis.get_xticklabels() if tick.get_text()]
    assert axis.get_xlabel() == label and len(shown) <= 13
    assert shown[shown.index(ticks[0]) :][:3] == ticks


def test_a_short_event_in_an_hour_is_seen(plotted, tmp_path):
    """An AU that is present for half a second of a video of an hour leaves a mark."""
    probability = np.full((90_000, 1), 0.02)
    probability[45_000:45_012] = 1
    for name in ("with", "without"):
        plot_timelines(tmp_path / f"{name}.png", np.arange(90_000) / 25, probability, probability > 0.5, [12])
        probability[:] = 0.02
    pictures = [cv2.imread(str(tmp_path / f"{name}.png")).astype(int) for name in ("with", "without")]
    assert (np.abs(pictures[0] - pictures[1]).max(2) > 20).sum() > 20
