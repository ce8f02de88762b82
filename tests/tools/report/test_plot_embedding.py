"""t-SNE of features and the scatter plots of Fig. 2 and 3."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from data_prep.system.errors import InputError
from tools.report import plot_embedding as module
from tools.report.plot_embedding import ABSENT, PRESENT, embed, plot_embeddings, separation
from tools.report.plots import plt

RNG = np.random.default_rng(0)
TWO_CLUMPS = RNG.normal(size=(60, 4)) + 20 * (np.arange(60) < 20)[:, None]
LABEL = (np.arange(60) < 20).astype(np.int8)


@pytest.fixture
def plotted(monkeypatch):
    figures = []
    monkeypatch.setattr(module, "save_figure", lambda figure, path: figures.append(figure))

    def plot(panels):
        plot_embeddings("unused", panels, "title")
        return figures[-1]

    yield plot
    for figure in figures:
        plt.close(figure)


def legend(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def test_clumps_of_features_are_apart_in_the_picture_and_every_frame_is_in_it():
    index, xy = embed(TWO_CLUMPS, seed=0)
    assert index.tolist() == list(range(60)) and xy.shape == (60, 2) and xy.dtype == float
    assert separation(xy, LABEL) == 1


def test_at_most_limit_frames_are_embedded_each_once_and_the_seed_decides_which():
    (first, xy), (again, same), (other, _) = (embed(TWO_CLUMPS, seed, limit=15) for seed in (1, 1, 2))
    assert len(set(first)) == 15 and (np.diff(first) > 0).all() and xy.shape == (15, 2)
    assert (first == again).all() and (xy == same).all() and (first != other).any()


def test_the_caption_tells_perplexity_seed_and_how_many_frames_are_shown():
    text = module.described(7, {"DISFA": (2000, 3600), "BP4D": (800, 800)})
    assert "perplexity 30, seed 7)" in text and "at most 2000 frames" in text
    assert text.endswith("2000 of 3600 frames of DISFA; 800 of 800 frames of BP4D")
    assert "a third of the other frames" in module.described(7, {"DISFA": (60, 60)})


def test_features_count_alike_whatever_their_scale():
    scaled = TWO_CLUMPS * [1e-6, 1, 1e6, 1]
    assert separation(embed(scaled, seed=0)[1], LABEL) == 1


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_handful_of_frames_has_finite_places(n):
    _index, xy = embed(TWO_CLUMPS[:n], seed=0)
    assert xy.shape == (n, 2) and np.isfinite(xy).all()


def test_features_that_never_change_are_left_out():
    constant = np.full((60, 1), 0.1)
    _index, xy = embed(np.hstack([constant, TWO_CLUMPS]), seed=0)
    assert (xy == embed(TWO_CLUMPS, seed=0)[1]).all()


def test_one_feature_is_enough():
    assert separation(embed(TWO_CLUMPS[:, :1], seed=0)[1], LABEL) == 1


def test_frames_that_are_all_alike_are_one_point():
    assert not embed(np.full((40, 3), 0.1), seed=0)[1].any()


@pytest.mark.parametrize(
    "feature, why",
    [
        (np.zeros((0, 3)), "shape"),
        (np.zeros(5), "shape"),
        (np.full((9, 2), np.nan), "NaN"),
        (np.full((9, 2), np.inf), "NaN"),
    ],
)
def test_features_that_cannot_be_embedded_are_refused(feature, why):
    with pytest.raises(InputError, match=why):
        embed(feature, seed=0)


def test_mixed_classes_are_separated_by_chance_however_rare_one_is():
    xy = RNG.normal(size=(2000, 2))
    for share in (0.5, 0.05):
        assert separation(xy, (RNG.random(2000) < share).astype(int)) == pytest.approx(0.5, abs=0.08)


def test_frames_at_one_place_are_separated_by_chance_too():
    label = (np.arange(1000) < 300).astype(int)
    assert separation(np.zeros((1000, 2)), label) == pytest.approx(0.5, abs=0.08)


def test_a_frame_does_not_speak_for_itself_when_another_lies_at_its_place():
    xy = np.repeat(RNG.normal(size=(2000, 2)), 2, axis=0)
    assert separation(xy, (RNG.random(4000) < 0.5).astype(int)) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("label", [[], [1], [0, 0, 0], [1, 1, 1]])
def test_one_class_alone_has_no_separation(label):
    assert np.isnan(separation(np.zeros((len(label), 2)), np.array(label, int)))


def test_present_is_red_absent_blue_unknown_left_out_and_the_rarer_on_top(plotted):
    xy = np.array([[0, 0], [1, 0], [2, 0], [3, 0]], float)
    axes = plotted({"test set": {"AU 12": (xy, np.array([1, 0, 0, -1])), "AU 15": (xy, np.array([1, 1, 0, 0]))}}).axes
    present, absent = axes[0].collections
    assert present.get_offsets().tolist() == [[0, 0]] and absent.get_offsets().tolist() == [[1, 0], [2, 0]]
    assert present.get_facecolor()[0][:3] == pytest.approx(to_rgba(PRESENT)[:3])
    assert absent.get_facecolor()[0][:3] == pytest.approx(to_rgba(ABSENT)[:3])
    assert to_rgba(PRESENT)[0] > 2 * to_rgba(PRESENT)[2] and to_rgba(ABSENT)[2] > 2 * to_rgba(ABSENT)[0]
    assert present.get_zorder() > absent.get_zorder()
    assert legend(axes[0]) == ["present (1)", "absent (2)"] and legend(axes[1]) == ["present (2)", "absent (2)"]


def test_the_frequent_class_lies_below_when_it_is_the_present_one(plotted):
    (axis,) = plotted({"test set": {"AU 12": (np.eye(3)[:, :2], np.array([1, 1, 0]))}}).axes
    present, absent = axis.collections
    assert absent.get_zorder() > present.get_zorder()


def test_rows_are_test_sets_columns_are_aus_and_axes_have_no_ticks(plotted):
    cell = (TWO_CLUMPS[:, :2], LABEL)
    figure = plotted({"(a) first": {"AU 12": cell, "AU 15": cell}, "(b) second": {"AU 12": cell, "AU 15": cell}})
    assert [axis.get_title() for axis in figure.axes] == ["AU 12", "AU 15", "", ""]
    assert [axis.get_ylabel() for axis in figure.axes] == ["(a) first", "", "(b) second", ""]
    assert all(len(axis.get_xticks()) == len(axis.get_yticks()) == 0 for axis in figure.axes)
    assert all(axis.texts[0].get_text() == "separation 1.00" for axis in figure.axes)


@pytest.mark.parametrize("label, says", [(np.zeros(60), "one class only"), (np.full(60, -1), "no known label")])
def test_a_panel_without_positives_or_labels_says_so(plotted, label, says):
    (axis,) = plotted({"test set": {"AU 12": (TWO_CLUMPS[:, :2], label)}}).axes
    assert axis.texts[0].get_text() == says and legend(axis)[0] == "present (0)"


def test_two_calls_write_the_same_pdf_and_png(tmp_path):
    for name in ("a", "b"):
        plot_embeddings(tmp_path / name, {"test set": {"AU 12": (TWO_CLUMPS[:, :2], LABEL)}}, "title")
    for ending, start in (("pdf", b"%PDF"), ("png", b"\x89PNG")):
        first, second = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("a", "b"))
        assert first == second and first.startswith(start)
