"""The picture of a random search."""

import cv2
import matplotlib
import numpy as np
import pytest

from data_prep.system.errors import InputError
from tests.conftest import NET, SOLVER
from tools.net.prototxt import load_net, load_solver
from tools.report.plot_search import plot_search, side_by_side
from tools.report.plots import PAPER, QUIET, plt
from tools.search.study import Search, ask_trials, open_study, tell


@pytest.fixture
def search():
    return Search(load_net(NET), load_solver(SOLVER), crop=56)


def pixels_of(path, color):
    """How many pixels of a PNG have exactly this color."""
    blue_green_red = [round(255 * part) for part in matplotlib.colors.to_rgb(color)][::-1]
    return int((cv2.imread(str(path)) == blue_green_red).all(axis=2).sum())


def search_study(run, search, losses):
    """A study whose feasible trials have `losses`, in order."""
    study = open_study(run, search)
    feasible = [trial.number for trial in ask_trials(study, search, 30) if trial.reason is None]
    for number, loss in zip(feasible, losses):
        tell(study, number, loss, {})
    return study


def test_a_png_and_a_pdf_are_written_and_equal_studies_give_equal_files(tmp_path, search):
    study = search_study(tmp_path, search, [1.0, 2.0, 1.5])
    for folder in ("a", "b"):
        plot_search(tmp_path / folder / "search", study, "A search")
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["search.pdf", "search.png"]
    assert (tmp_path / "a/search.pdf").read_bytes().startswith(b"%PDF")
    assert cv2.imread(str(tmp_path / "a/search.png")).shape[1] == 2000
    for ending in ("pdf", "png"):
        assert (tmp_path / f"a/search.{ending}").read_bytes() == (tmp_path / f"b/search.{ending}").read_bytes()


def test_the_best_is_ringed_and_infeasible_samples_are_gray_ticks(tmp_path, search):
    plot_search(tmp_path / "some", search_study(tmp_path / "a", search, [1.0, 2.0]), "")
    large = search._replace(crop=83)
    plot_search(tmp_path / "none", search_study(tmp_path / "b", large, [1.0, 2.0]), "")
    assert pixels_of(tmp_path / "some.png", PAPER) > 100 and pixels_of(tmp_path / "none.png", PAPER) > 100
    assert pixels_of(tmp_path / "some.png", QUIET) > pixels_of(tmp_path / "none.png", QUIET) + 100


def test_one_finished_trial_is_enough_and_none_is_an_error(tmp_path, search):
    with pytest.raises(InputError, match="no trial"):
        plot_search(tmp_path / "search", search_study(tmp_path / "a", search, []), "")
    plot_search(tmp_path / "search", search_study(tmp_path / "b", search, [0.0]), "")
    assert (tmp_path / "search.png").exists()


def test_a_trial_that_diverged_stands_at_the_top_and_flattens_nothing(tmp_path, search, monkeypatch):
    figures = []
    with monkeypatch.context() as patched:
        patched.setattr(plt, "close", figures.append)
        plot_search(tmp_path / "search", search_study(tmp_path, search, [1.0, 1.2, 1.1, 1.3, 87.3, np.nan]), "")
    low, high = figures[0].axes[0].get_ylim()
    assert 0.9 < low < 1.0 and 1.3 < high < 1.5
    legend = [text.get_text() for text in figures[0].legends[0].get_texts()]
    assert {"trained (4)", "trained, loss far above (1)", "no finite loss (1)", "best: trial 0, 1.000"} < set(legend)
    plt.close(figures[0])


def test_trials_of_one_integer_stand_side_by_side_and_a_single_one_on_it():
    assert side_by_side(np.array([2.0, 3.0, 3.0, 3.0])) == pytest.approx([2, 3 - 0.28, 3, 3 + 0.28])
