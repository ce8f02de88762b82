"""Intervals over subjects rest on the metrics of the very frames that are left when one subject is out."""

import numpy as np
import pytest
from scipy import stats

from tools.statistics.intervals import WITH_INTERVALS, Sample, interval, intervals, left_out, paired, subjects_with_both
from tools.statistics.metrics import score_all
from tools.statistics.scored import scored as scored_frames


@pytest.fixture
def scored():
    """300 frames of 6 subjects, 2 AUs, tied scores, a few unknown labels, stretches of ten frames."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, (300, 2))
    score = np.round(label + rng.normal(0, 1, (300, 2)), 1) - 0.45
    label[rng.random((300, 2)) < 0.05] = -1
    subject = np.array([f"S{number}" for number in np.sort(rng.integers(0, 6, 300))])
    stretch = np.unique(np.char.add(subject, (np.arange(300) // 10).astype(str)), return_inverse=True)[1]
    return scored_frames(label, score, subject, stretch=stretch)


def changed(frames, subjects, column, label):
    """The frames with another label of one AU where `subjects`, a mask, says so."""
    labels = frames.label.copy()
    labels[subjects, column] = label
    return frames._replace(label=labels)


def test_without_each_subject_the_metrics_are_those_of_the_frames_that_are_left(scored):
    values = left_out(scored)
    for row, name in enumerate([None, "S0", "S1", "S2", "S3", "S4", "S5"]):
        expected = score_all(scored.rows(scored.subject != str(name)), (1, 12))["per_au"]
        for column, au in enumerate(("1", "12")):
            found = [values[metric][row, column] for metric in WITH_INTERVALS]
            assert found == pytest.approx([expected[au][metric] for metric in WITH_INTERVALS], abs=1e-12, rel=1e-12)


def test_decisions_may_be_others_than_those_of_a_score_above_zero(scored):
    other = scored._replace(present=scored.score > 0.5)
    assert left_out(other)["accuracy"][0, 1] == score_all(other, (1, 12))["per_au"]["12"]["accuracy"]
    assert left_out(other)["accuracy"][0, 1] != left_out(scored)["accuracy"][0, 1]


def test_an_interval_by_hand():
    """Values .5, and .6 and .4 without each of two subjects: their logits are +-l, and so is the error."""
    low, high = interval(np.array([0.5, 0.6, 0.4]), freedom=1)
    reach = stats.t.ppf(0.975, 1) * np.log(1.5)
    assert (low, high) == pytest.approx((1 / (1 + np.exp(reach)), 1 / (1 + np.exp(-reach))), rel=1e-12)
    assert interval(np.array([50, 60, 40]), 1, 0, 100) == pytest.approx([100 * low, 100 * high], rel=1e-12)
    assert interval(np.array([0, 0.2, -0.2]), 1, -1, 1) == pytest.approx([2 * low - 1, 2 * high - 1], rel=1e-12)


def test_a_subject_without_whom_all_is_right_does_not_make_the_interval_endless():
    low, high = interval(np.array([0.999, 1, 0.9988, 0.9988, 0.9988, 0.9988]), 4)
    assert 0.9 < low < 0.999 < high < 1


def test_where_nothing_differs_without_any_subject_there_is_no_interval():
    assert np.isnan(interval(np.ones(7), 5)).all() and np.isnan(interval(np.zeros(7), 5)).all()


def test_subjects_who_share_positives_unevenly_count_as_fewer():
    even = Sample(np.full((6, 1), 10.0), np.full((6, 1), 90.0))
    uneven = Sample(np.array([[50.0], [2], [2], [2], [2], [2]]), np.full((6, 1), 90.0))
    assert even.freedom("two_afc", [0]) == pytest.approx(5) and even.freedom("accuracy", [0]) == pytest.approx(5)
    assert uneven.freedom("two_afc", [0]) == pytest.approx(60**2 / (50**2 + 5 * 2**2) - 1, abs=0.6)
    assert uneven.freedom("accuracy", [0]) > 4


def test_intervals_hold_the_value_and_the_average(scored):
    found, plain = intervals(scored, (1, 12)), score_all(scored, (1, 12))
    for metric in WITH_INTERVALS:
        for ranges, values in ((found["average"], plain["average"]), (found["per_au"]["12"], plain["per_au"]["12"])):
            low, high = ranges[metric]
            assert low < values[metric] < high


def test_where_the_label_is_unknown_any_score_will_do(scored):
    expected = intervals(scored, (1, 12))
    for whatever in (np.nan, 1e9, -1e9):
        score = np.where(scored.label < 0, whatever, scored.score)
        assert intervals(scored._replace(score=score), (1, 12)) == expected


def test_a_subject_of_whom_an_au_is_not_coded_does_not_count_for_it(scored):
    others = scored.rows(scored.subject != "S5")
    uncoded = changed(scored, scored.subject == "S5", 1, -1)
    expected, found = intervals(others, (1, 12))["per_au"]["12"], intervals(uncoded, (1, 12))["per_au"]["12"]
    for metric in WITH_INTERVALS:
        assert found[metric] == pytest.approx(expected[metric], rel=1e-12)
    better = [frames._replace(score=frames.score + 0.5 * frames.label) for frames in (others, uncoded)]
    expected, found = (paired(first, other, (1, 12)) for first, other in zip(better, (others, uncoded)))
    for metric in WITH_INTERVALS:
        ours, theirs = found["per_au"]["12"][metric], expected["per_au"]["12"][metric]
        assert [*ours.pop("interval"), *ours.values()] == pytest.approx([*theirs.pop("interval"), *theirs.values()])


def test_below_five_subjects_with_both_classes_there_is_no_interval(scored):
    four = changed(scored, np.isin(scored.subject, ["S4", "S5"]) & (scored.label[:, 1] == 1), 1, 0)
    assert subjects_with_both(four) == [6, 4, 6]  # all six are known, four have a positive
    found, against = intervals(four, (1, 12)), paired(four, four._replace(score=-four.score), (1, 12))
    for metric in WITH_INTERVALS:
        assert np.isnan(found["per_au"]["12"][metric]).all() and not np.isnan(found["per_au"]["1"][metric]).any()
        assert np.isnan(against["per_au"]["12"][metric]["interval"] + [against["per_au"]["12"][metric]["above"]]).all()
        assert not np.isnan(found["average"][metric]).any()  # over both AUs, of six subjects
    four = scored.rows(np.isin(scored.subject, ["S0", "S1", "S2", "S3"]))
    assert np.isnan(intervals(four, (1, 12))["average"]["accuracy"]).all()


def test_an_au_that_one_subject_alone_shows_has_no_interval_and_leaves_the_average_none(scored):
    alone = changed(scored, scored.subject != "S2", 1, 0)
    found = intervals(alone, (1, 12))
    assert np.isnan(found["per_au"]["12"]["two_afc"]).all()
    assert np.isnan(found["average"]["two_afc"]).all()  # without S2 there would be no average of both AUs
    assert not np.isnan(intervals(alone, (1, 12), averaged=[1])["average"]["two_afc"]).any()


def test_an_au_that_could_not_be_trained_has_no_interval_and_no_part_in_the_average(scored):
    found = intervals(scored._replace(score=np.where([False, True], np.nan, scored.score)), (1, 12))
    assert np.isnan(found["per_au"]["12"]["f1"]).all()
    assert found["average"]["two_afc"] == found["per_au"]["1"]["two_afc"]


def test_without_any_au_to_average_there_is_no_interval(scored):
    assert np.isnan(intervals(scored._replace(label=scored.label * 0), (1, 12))["average"]["accuracy"]).all()


def test_two_runs_are_compared_without_the_same_subjects(scored):
    same = paired(scored, scored, (1, 12))["average"]["two_afc"]
    assert same == {"difference": 0, "interval": [0, 0], "above": 0.5}
    better = paired(scored._replace(score=scored.score + 3 * (scored.label == 1)), scored, (1, 12))
    assert better["average"]["two_afc"]["above"] > 0.999 and better["per_au"]["1"]["two_afc"]["interval"][0] > 0


def test_a_difference_is_that_of_the_metrics_and_its_interval_is_around_it(scored):
    score = np.roll(scored.score, 1, axis=0)
    other = scored._replace(score=score, present=score > 0)
    found = paired(scored, other, (1, 12))
    first, second = score_all(scored, (1, 12)), score_all(other, (1, 12))
    one, two = left_out(scored), left_out(other)
    for metric in WITH_INTERVALS:
        for entry, values, theirs in (
            (found["per_au"]["12"], first["per_au"]["12"], second["per_au"]["12"]),
            (found["average"], first["average"], second["average"]),
        ):
            assert entry[metric]["difference"] == pytest.approx(values[metric] - theirs[metric], abs=1e-12)
            assert np.mean(entry[metric]["interval"]) == pytest.approx(entry[metric]["difference"], abs=1e-12)
        differences = (one[metric] - two[metric])[1:, 1]
        error = np.sqrt(5 / 6 * np.square(differences - differences.mean()).sum())
        freedom = Sample.of(scored).freedom(metric, [1])
        width = np.ptp(found["per_au"]["12"][metric]["interval"])
        assert width == pytest.approx(2 * stats.t.ppf(0.975, freedom) * error, rel=1e-9)


def test_an_au_that_only_one_run_could_train_is_no_difference_of_the_averages(scored):
    untrained = scored._replace(score=np.where([False, True], np.nan, scored.score))
    found = paired(scored, untrained, (1, 12))
    assert found["average"]["two_afc"] == {"difference": 0, "interval": [0, 0], "above": 0.5}
    assert np.isnan(found["per_au"]["12"]["two_afc"]["above"])
