"""Multi-label balancing on label sets whose answers one can count."""

import time

import numpy as np
import pytest

from data_prep.subjects import balance as module
from data_prep.subjects.balance import GROWTH, MOST_COPIES, SHRINKAGE, STRATEGIES, balance, positive_shares, shared_out


def rng(seed=0):
    return np.random.default_rng(seed)


def rare(positives=(60, 20, 4), frames=200):
    """int8 [frames, C]: AU k is present in the first positives[k] frames, so rare AUs come with frequent ones."""
    return (np.arange(frames)[:, None] < np.array(positives)).astype(np.int8)


def distance(label):
    return np.abs(positive_shares(label) - 0.5).mean()


def test_shares_count_coded_frames_only():
    label = np.array([[1, -1, 0], [0, -1, -1], [1, -1, 0], [0, -1, -1]], np.int8)
    np.testing.assert_array_equal(positive_shares(label), [0.5, np.nan, 0])


def test_none_takes_every_frame_once_in_order():
    assert balance(rare(), "none", rng()).tolist() == list(range(200))


def test_an_unknown_strategy_is_named_with_the_choices():
    with pytest.raises(ValueError, match="no balancing strategy 'smote'; choose one of none, lp-ros"):
        balance(rare(), "smote", rng())


def test_lp_ros_clones_the_rare_labelsets_up_to_the_mean():
    label = np.array([[0, 0]] * 6 + [[1, 0]] * 2 + [[1, 1]], np.int8)  # 9 frames, 3 labelsets, 3 on average
    times = np.bincount(balance(label, "lp-ros", rng()), minlength=9)
    assert times[:6].tolist() == [1] * 6 and sorted(times[6:8]) == [1, 2] and times[8] == 3


def test_lp_rus_leaves_out_frames_of_the_frequent_labelsets_only():
    label = np.array([[0, 0]] * 6 + [[1, 0]] * 2 + [[1, 1]], np.int8)  # a quarter of 9 frames is 2
    times = np.bincount(balance(label, "lp-rus", rng()), minlength=9)
    assert times[:6].sum() == 4 and times[6:].tolist() == [1, 1, 1]


def test_lp_counts_an_unknown_label_as_a_labelset_of_its_own():
    label = np.array([[0]] * 5 + [[-1]], np.int8)  # two labelsets, 3 frames on average
    assert np.bincount(balance(label, "lp-ros", rng()))[5] == 3


def test_what_a_labelset_cannot_take_goes_to_the_others():
    assert shared_out(np.array([10, 0, 1, 10]), 13).tolist() == [6, 0, 1, 6]
    assert shared_out(np.array([2.5, 1]), 100).tolist() == [2, 1]
    assert shared_out(np.array([0, 0]), 5).tolist() == [0, 0]


def test_ml_ros_clones_the_minority_au_until_it_is_none():
    label = np.array([[1, 0]] * 8 + [[0, 1]] * 2, np.int8)  # IRLbl 1 and 4, mean 2.5: enough at 8 / 4 = 2
    chosen = balance(label, "ml-ros", rng())
    assert chosen[:8].tolist() == list(range(8)) and len(chosen) == 12 and set(chosen[8:]) == {8, 9}


def test_ml_rus_keeps_every_frame_of_a_minority_au():
    label = np.array([[1, 0]] * 8 + [[0, 1]] * 2, np.int8)
    chosen = balance(label, "ml-rus", rng())
    assert len(chosen) == 8 and {8, 9} <= set(chosen)


def test_greedy_reaches_one_half_where_cloning_can():
    label = np.array([[0]] * 6 + [[1]] * 2, np.int8)
    chosen = balance(label, "greedy", rng())
    assert positive_shares(label[chosen]) == [0.5] and set(chosen) >= {6, 7}


def test_greedy_leaves_out_what_is_present_too_often():
    label = np.array([[1]] * 8 + [[0]] * 2, np.int8)
    assert positive_shares(label[balance(label, "greedy", rng())]) == [0.5]


def test_greedy_copies_no_frame_beyond_the_limit_and_loses_no_labelset():
    label = rare((1,), 100)
    times = np.bincount(balance(label, "greedy", rng()), minlength=100)
    assert times[0] == MOST_COPIES and 75 - MOST_COPIES <= times[1:].sum() < 99


def test_greedy_comes_nearest_to_one_half():
    left = {strategy: distance(rare()[balance(rare(), strategy, rng())]) for strategy in STRATEGIES}
    assert left["greedy"] == min(left.values()) < 0.6 * left["none"]
    assert left["lp-ros"] < left["none"] and left["ml-ros"] < left["none"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    "label",
    [
        rare(),
        rare((0, 20)),
        rare((200, 3)),
        rare((0, 0)),
        rare((200, 200)),
        rare((5,)),
        rare((1, 1), 1),
        rare((0,), 1),
        rare((2, 1), 2),
        np.full((4, 2), -1, np.int8),
        rng(3).integers(-1, 2, (300, 12)).astype(np.int8),
    ],
    ids=[
        "rare",
        "never present",
        "always present",
        "all neutral",
        "all present",
        "one AU",
        "one frame",
        "one neutral frame",
        "two frames",
        "nothing coded",
        "unknowns",
    ],
)
def test_every_strategy_stays_within_its_bounds_and_repeats_itself(label, strategy):
    before, chosen = label.copy(), balance(label, strategy, rng())
    n = len(label)
    assert chosen.dtype == np.int64 and (np.diff(chosen) >= 0).all() and chosen[0] >= 0 and chosen[-1] < n
    assert max(n - int(SHRINKAGE * n), 1) <= len(chosen) <= n + int(GROWTH * n)
    assert np.array_equal(chosen, balance(label, strategy, rng())) and np.array_equal(label, before)


@pytest.mark.parametrize("strategy", ["lp-ros", "lp-rus", "ml-ros", "ml-rus"])
def test_another_seed_draws_other_frames(strategy):
    assert not np.array_equal(balance(rare(), strategy, rng(0)), balance(rare(), strategy, rng(1)))


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("label", [rare((0, 0)), rare((200, 200)), np.full((4, 2), -1, np.int8)])
def test_nothing_to_balance_leaves_every_frame_once(strategy, label):
    assert balance(label, strategy, rng()).tolist() == list(range(len(label)))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_hundred_thousand_frames_take_seconds(strategy):
    hidden = rng().normal(size=(100_000, 12)) + rng(1).normal(size=(100_000, 1))
    label = (hidden > np.linspace(0.5, 3, 12)).astype(np.int8)
    start = time.perf_counter()
    balance(label, strategy, rng())
    assert time.perf_counter() - start < 10


def test_cloning_ends_at_the_allowed_growth(monkeypatch):
    label = np.array([[1, 0]] * 8 + [[0, 1]] * 2, np.int8)  # two clones, were they allowed
    monkeypatch.setattr(module, "GROWTH", 0.1)
    assert len(balance(label, "ml-ros", rng())) == 11
