"""Intervals over subjects are those of the metrics on the very frames of each resample."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, roc_auc_score

from tools.statistics.bootstrap import WITH_INTERVALS, intervals, paired, resampled, resamples
from tools.statistics.metrics import score_all


@pytest.fixture
def scored():
    """300 frames of 6 subjects, 2 AUs, tied scores, a few unknown labels: label, score, subject."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, (300, 2))
    score = np.round(label + rng.normal(0, 1, (300, 2)), 1) - 0.45
    label[rng.random((300, 2)) < 0.05] = -1
    return label, score, np.array([f"S{number}" for number in rng.integers(0, 6, 300)])


def test_each_resample_has_the_metrics_of_its_frames(scored):
    label, score, subject = scored
    weights = resamples(6, seed=3, count=20)
    values = resampled(label, score, subject, weights)
    for number, times in enumerate(weights):
        rows = np.concatenate([np.flatnonzero(subject == f"S{one}") for one, n in enumerate(times) for _ in range(n)])
        for column in range(2):
            known = rows[label[rows, column] >= 0]
            truth, scores = label[known, column], score[known, column]
            expected = (
                100 * accuracy_score(truth, scores > 0),
                roc_auc_score(truth, scores),
                f1_score(truth, scores > 0),
                100 * balanced_accuracy_score(truth, scores > 0),
            )
            found = [values[metric][number, column] for metric in WITH_INTERVALS]
            assert found == pytest.approx(expected, abs=1e-12, rel=1e-12)


def test_a_score_of_zero_predicts_absence_in_every_resample():
    label, score, subject = np.array([[0], [1], [0], [0]]), np.zeros((4, 1)), np.array(["a", "a", "b", "b"])
    values = resampled(label, score, subject, np.array([[1, 1], [2, 0], [0, 2]]))
    assert values["accuracy"][:, 0].tolist() == [75, 50, 100] and values["f1"][:2, 0].tolist() == [0, 0]


def test_a_resample_takes_as_many_subjects_as_there_are_and_follows_from_the_seed():
    weights = resamples(5, seed=1)
    assert weights.shape == (1000, 5) and (weights.sum(axis=1) == 5).all() and weights.std() > 0
    assert (weights == resamples(5, seed=1)).all() and (weights != resamples(5, seed=2)).any()


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


def test_one_subject_gives_no_interval(scored):
    label, score, subject = scored
    one = np.full_like(subject, "S0")
    found, against = intervals(label, score, one, (1, 12)), paired(label, score, -score, one, (1, 12))
    for metric in WITH_INTERVALS:
        assert np.isnan(found["per_au"]["1"][metric] + found["average"][metric]).all()
        assert np.isnan(against["average"][metric]["interval"] + [against["average"][metric]["above"]]).all()
    assert against["average"]["two_afc"]["difference"] > 0


def test_an_au_whose_labels_are_known_in_one_subject_has_no_interval_of_its_own(scored):
    label, score, subject = scored
    label[subject != "S2", 1] = -1
    found = intervals(label, score, subject, (1, 12))
    assert np.isnan(found["per_au"]["12"]["accuracy"]).all() and not np.isnan(found["average"]["accuracy"]).any()


def test_an_au_that_one_subject_shows_is_scored_in_the_resamples_that_have_it(scored):
    label, score, subject = scored
    label[subject != "S2", 1] = 0
    weights = resamples(6, seed=5)
    sampled = weights[:, 2] > 0
    found, values = intervals(label, score, subject, (1, 12), seed=5), resampled(label, score, subject, weights)
    assert (~np.isnan(values["two_afc"][:, 1]) == sampled).all() and 0 < sampled.sum() < 1000
    assert found["left_out"]["per_au"]["12"] == {
        "accuracy": 0,
        "two_afc": (~sampled).sum(),
        "f1": 0,
        "skew_normalized_accuracy": (~sampled).sum(),
    }
    assert found["left_out"]["average"]["two_afc"] == 0  # AU 1 stands in
    assert found["per_au"]["12"]["two_afc"] == np.percentile(values["two_afc"][sampled, 1], [2.5, 97.5]).tolist()


def test_resamples_without_a_positive_are_left_out():
    label, score = np.array([[1], [0], [0], [0]]), np.array([[1.0], [0], [2], [-1]])
    low, high = intervals(label, score, np.array(["a", "a", "b", "b"]), (5,))["per_au"]["5"]["two_afc"]
    assert (low, high) == (pytest.approx(2 / 3), 1)  # "b" alone has no positive, "a" alone wins all pairs
    nothing = intervals(label * 0, score, np.array(["a", "a", "b", "b"]), (5,))
    assert np.isnan(nothing["per_au"]["5"]["two_afc"]).all() and np.isnan(nothing["average"]["two_afc"]).all()
    assert nothing["left_out"]["average"]["two_afc"] == 1000


def test_an_au_that_could_not_be_trained_has_no_interval_and_no_part_in_the_average(scored):
    label, score, subject = scored
    score[:, 1] = np.nan
    found = intervals(label, score, subject, (1, 12))
    assert np.isnan(found["per_au"]["12"]["f1"]).all()
    assert found["average"]["two_afc"] == found["per_au"]["1"]["two_afc"]


def test_two_runs_are_compared_on_the_same_resamples(scored):
    label, score, subject = scored
    same = paired(label, score, score, subject, (1, 12))["average"]["two_afc"]
    assert same == {"difference": 0, "interval": [0, 0], "above": 0, "left_out": 0}
    better = paired(label, score + 3 * (label == 1), score, subject, (1, 12))
    assert better["average"]["two_afc"]["above"] == 1 and better["per_au"]["1"]["two_afc"]["interval"][0] > 0


def test_a_difference_is_that_of_the_metrics_and_its_interval_that_of_each_resample(scored):
    label, score, subject = scored
    other, weights = np.roll(score, 1, axis=0), resamples(6, seed=4)
    found = paired(label, score, other, subject, (1, 12), seed=4)
    first, second = (score_all(label, scores, (1, 12)) for scores in (score, other))
    one, two = (resampled(label, scores, subject, weights) for scores in (score, other))
    for metric in WITH_INTERVALS:
        for entry, values, theirs in (
            (found["per_au"]["12"], first["per_au"]["12"], second["per_au"]["12"]),
            (found["average"], first["average"], second["average"]),
        ):
            assert entry[metric]["difference"] == pytest.approx(values[metric] - theirs[metric], abs=1e-12)
        differences = one[metric][:, 1] - two[metric][:, 1]
        assert found["per_au"]["12"][metric]["interval"] == np.percentile(differences, [2.5, 97.5]).tolist()
        assert found["per_au"]["12"][metric]["above"] == np.mean(differences > 0)


def test_an_au_that_only_one_run_could_train_is_no_difference_of_the_averages(scored):
    label, score, subject = scored
    untrained = np.where([False, True], np.nan, score)
    found = paired(label, score, untrained, subject, (1, 12))
    assert found["average"]["two_afc"] == {"difference": 0, "interval": [0, 0], "above": 0, "left_out": 0}
    assert np.isnan(found["per_au"]["12"]["two_afc"]["above"]) and found["per_au"]["12"]["two_afc"]["left_out"] == 1000
