"""Rates on single pictures and their bootstrap."""

import numpy as np
import pytest

from tools.statistics.bootstrap import drawn_rates, interval_of, rates
from tools.statistics.metrics import two_afc
from tools.statistics.scored import scored


def sample(n=200, seed=0, subject=None):
    """A Scored of one AU whose scores tell a third of the truth, in steps, so that some are ties."""
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.4).astype(int)
    return scored(label, np.round(rng.normal(label, 1.5), 1), np.arange(n) if subject is None else subject)


def test_counting_every_frame_once_gives_the_metrics():
    au = sample()
    found = rates(au, np.ones((1, 200)))
    positive = au.label == 1
    assert found["two_afc"][0] == pytest.approx(two_afc(au.label, au.score))
    assert found["hits"][0] == pytest.approx(au.present[positive].mean())
    assert found["false_alarms"][0] == pytest.approx(au.present[~positive].mean())


def test_counting_a_frame_twice_is_having_it_twice():
    au, weight = sample(30), np.ones((1, 30))
    weight[0, [3, 17]] = 2
    twice = au.rows(np.r_[np.arange(30), 3, 17])
    for name, values in rates(au, weight).items():
        assert values[0] == pytest.approx(rates(twice, np.ones((1, 32)))[name][0])


def test_unknown_labels_count_for_nothing():
    au = sample(40)
    unknown = scored(np.r_[au.label, -1, -1], np.r_[au.score, 99, np.nan], np.arange(42))
    for name, values in rates(unknown, np.ones((1, 42))).items():
        assert values[0] == pytest.approx(rates(au, np.ones((1, 40)))[name][0])


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    truth = rates(sample(100_000, seed=99), np.ones((1, 100_000)))
    held = dict.fromkeys(truth, 0)
    for seed in range(40):
        drawn = drawn_rates(sample(150, seed))
        for name, values in truth.items():
            low, high = interval_of(drawn[name])
            held[name] += low <= values[0] <= high
    assert all(34 <= count <= 40 for count in held.values())


def test_people_with_many_pictures_make_intervals_wider():
    alone, persons = sample(), np.arange(200) // 10
    repeated = alone.rows(persons * 10)._replace(subject=persons)  # each picture of a person is the same one
    width = {name: np.ptp(interval_of(drawn_rates(au)["two_afc"])) for name, au in
             (("alone", alone), ("repeated", repeated))}  # fmt: skip
    assert width["repeated"] > 2 * width["alone"]


def test_there_is_no_interval_for_few_nor_for_what_never_changes():
    few = scored(np.r_[np.ones(4, int), np.zeros(50, int)], np.random.default_rng(0).random(54), np.arange(54))
    assert np.isnan(interval_of(drawn_rates(few)["two_afc"])).all()
    perfect = scored(np.r_[np.ones(20, int), np.zeros(20, int)], np.r_[np.ones(20), -np.ones(20)], np.arange(40))
    assert np.isnan(interval_of(drawn_rates(perfect)["two_afc"])).all()
