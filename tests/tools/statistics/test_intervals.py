"""Intervals over subjects rest on the metrics of the very frames that are left when one subject is out."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, roc_auc_score

from tools.statistics.intervals import WITH_INTERVALS, Sample, interval, intervals, left_out, paired, subjects_with_both
from tools.statistics.metrics import score_all


@pytest.fixture
def scored():
    """300 frames of 6 subjects, 2 AUs, tied scores, a few unknown labels: label, score, subject."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, (300, 2))
    score = np.round(label + rng.normal(0, 1, (300, 2)), 1) - 0.45
    label[rng.random((300, 2)) < 0.05] = -1
    return label, score, np.array([f"S{number}" for number in rng.integers(0, 6, 300)])


def test_without_each_subject_the_metrics_are_those_of_the_frames_that_are_left(scored):
    label, score, subject = scored
    values = left_out(label, score, subject)
    for row, name in enumerate([None, "S0", "S1", "S2", "S3", "S4", "S5"]):
        for column in range(2):
            known = (label[:, column] >= 0) & (subject != str(name))
            truth, scores = label[known, column], score[known, column]
            expected = (
                100 * accuracy_score(truth, scores > 0),
                roc_auc_score(truth, scores),
                f1_score(truth, scores > 0),
                100 * balanced_accuracy_score(truth, scores > 0),
            )
            found = [values[metric][row, column] for metric in WITH_INTERVALS]
            assert found == pytest.approx(expected, abs=1e-12, rel=1e-12)


def test_a_score_of_zero_predicts_absence():
    label, score, subject = np.array([[0], [1], [0], [0]]), np.zeros((4, 1)), np.array(["a", "a", "b", "b"])
    values = left_out(label, score, subject)
    assert values["accuracy"][:, 0].tolist() == [75, 100, 50] and values["f1"][[0, 2], 0].tolist() == [0, 0]


def test_an_interval_by_hand():
    """Values .5, and .6 and .4 without each of two subjects: their logits are +-l, and so is the error."""
    low, high = interval(np.array([0.5, 0.6, 0.4]), freedom=1)
    reach = stats.t.ppf(0.975, 1) * np.log(1.5)
    assert (low, high) == pytest.approx((1 / (1 + np.exp(reach)), 1 / (1 + np.exp(-reach))), rel=1e-12)
    assert interval(np.array([50, 60, 40]), 1, 100) == pytest.approx([100 * low, 100 * high], rel=1e-12)


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
    label, score, subject = scored
    found, plain = intervals(label, score, subject, (1, 12)), score_all(label, score, (1, 12))
    for metric in WITH_INTERVALS:
        for ranges, values in ((found["average"], plain["average"]), (found["per_au"]["12"], plain["per_au"]["12"])):
            low, high = ranges[metric]
            assert low < values[metric] < high


def test_where_the_label_is_unknown_any_score_will_do(scored):
    label, score, subject = scored
    expected = intervals(label, score, subject, (1, 12))
    for whatever in (np.nan, 1e9, -1e9):
        assert intervals(label, np.where(label < 0, whatever, score), subject, (1, 12)) == expected


def test_below_five_subjects_with_both_classes_there_is_no_interval(scored):
    label, score, subject = scored
    label[np.isin(subject, ["S4", "S5"]) & (label[:, 1] == 1), 1] = 0  # all six are known, four have a positive
    assert subjects_with_both(label, subject) == [6, 4, 6]
    found, against = intervals(label, score, subject, (1, 12)), paired(label, score, -score, subject, (1, 12))
    for metric in WITH_INTERVALS:
        assert np.isnan(found["per_au"]["12"][metric]).all() and not np.isnan(found["per_au"]["1"][metric]).any()
        assert np.isnan(against["per_au"]["12"][metric]["interval"] + [against["per_au"]["12"][metric]["above"]]).all()
        assert not np.isnan(found["average"][metric]).any()  # over both AUs, of six subjects
    four = np.isin(subject, ["S0", "S1", "S2", "S3"])
    found = intervals(label[four], score[four], subject[four], (1, 12))
    assert np.isnan(found["average"]["accuracy"]).all()


def test_an_au_that_one_subject_alone_shows_has_no_interval_and_leaves_the_average_none(scored):
    label, score, subject = scored
    label[subject != "S2", 1] = 0
    found = intervals(label, score, subject, (1, 12))
    assert np.isnan(found["per_au"]["12"]["two_afc"]).all()
    assert np.isnan(found["average"]["two_afc"]).all()  # without S2 there would be no average of both AUs
    assert not np.isnan(intervals(label, score, subject, (1, 12), averaged=[1])["average"]["two_afc"]).any()


def test_an_au_that_could_not_be_trained_has_no_interval_and_no_part_in_the_average(scored):
    label, score, subject = scored
    score[:, 1] = np.nan
    found = intervals(label, score, subject, (1, 12))
    assert np.isnan(found["per_au"]["12"]["f1"]).all()
    assert found["average"]["two_afc"] == found["per_au"]["1"]["two_afc"]


def test_without_any_au_to_average_there_is_no_interval(scored):
    label, score, subject = scored
    assert np.isnan(intervals(label * 0, score, subject, (1, 12))["average"]["accuracy"]).all()


def test_two_runs_are_compared_without_the_same_subjects(scored):
    label, score, subject = scored
    same = paired(label, score, score, subject, (1, 12))["average"]["two_afc"]
    assert same == {"difference": 0, "interval": [0, 0], "above": 0.5}
    better = paired(label, score + 3 * (label == 1), score, subject, (1, 12))
    assert better["average"]["two_afc"]["above"] > 0.999 and better["per_au"]["1"]["two_afc"]["interval"][0] > 0


def test_a_difference_is_that_of_the_metrics_and_its_interval_is_around_it(scored):
    label, score, subject = scored
    other = np.roll(score, 1, axis=0)
    found = paired(label, score, other, subject, (1, 12))
    first, second = (score_all(label, scores, (1, 12)) for scores in (score, other))
    one, two = (left_out(label, scores, subject) for scores in (score, other))
    for metric in WITH_INTERVALS:
        for entry, values, theirs in (
            (found["per_au"]["12"], first["per_au"]["12"], second["per_au"]["12"]),
            (found["average"], first["average"], second["average"]),
        ):
            assert entry[metric]["difference"] == pytest.approx(values[metric] - theirs[metric], abs=1e-12)
            assert np.mean(entry[metric]["interval"]) == pytest.approx(entry[metric]["difference"], abs=1e-12)
        differences = (one[metric] - two[metric])[1:, 1]
        error = np.sqrt(5 / 6 * np.square(differences - differences.mean()).sum())
        freedom = Sample.of(label, subject).freedom(metric, [1])
        width = np.ptp(found["per_au"]["12"][metric]["interval"])
        assert width == pytest.approx(2 * stats.t.ppf(0.975, freedom) * error, rel=1e-9)


def test_an_au_that_only_one_run_could_train_is_no_difference_of_the_averages(scored):
    label, score, subject = scored
    untrained = np.where([False, True], np.nan, score)
    found = paired(label, score, untrained, subject, (1, 12))
    assert found["average"]["two_afc"] == {"difference": 0, "interval": [0, 0], "above": 0.5}
    assert np.isnan(found["per_au"]["12"]["two_afc"]["above"])
