"""Events: runs of frames, and which are found."""

import numpy as np
import pytest

from tools.statistics.events import event_counts, event_f1, stretches
from tools.statistics.metrics import score_au
from tools.statistics.scored import scored


def bits(text):
    """ "11.0" as labels: "." is unknown."""
    return np.array([{"1": 1, "0": 0, ".": -1}[letter] for letter in text])


def counts(label, present, stretch=None):
    label = bits(label)
    stretch = np.zeros(len(label), int) if stretch is None else np.array(stretch)
    return event_counts(label, bits(present) == 1, stretch, np.zeros(len(label), int), 1)[:, 0].tolist()


@pytest.mark.parametrize(
    "label, present, found",
    [
        ("0000", "0000", [0, 0, 0, 0]),
        ("0110", "0110", [1, 1, 1, 1]),
        ("0110", "0010", [1, 1, 1, 1]),  # half of it
        ("0111", "0100", [1, 0, 1, 1]),  # a third: not found, but what is predicted is right
        ("0110", "1111", [1, 1, 1, 1]),  # half of the prediction is right
        ("0010", "1111", [1, 1, 1, 0]),
        ("1101", "1011", [2, 2, 2, 2]),
        ("1111", "1010", [1, 1, 2, 2]),  # one event, found in two pieces
        ("0000", "0110", [0, 0, 1, 0]),
        ("0110", "0000", [1, 0, 0, 0]),
    ],
)
def test_an_event_is_found_by_half_of_its_frames(label, present, found):
    assert counts(label, present) == found


def test_a_frame_that_is_not_coded_or_another_stretch_ends_an_event():
    assert counts("11.11", "11111") == [2, 2, 2, 2]
    assert counts("1111", "1111", [0, 0, 1, 1]) == [2, 2, 2, 2]
    assert counts("1111", "1111", [0, 1, 2, 3]) == [4, 4, 4, 4]


def test_f1_of_events():
    assert event_f1(4, 2, 3, 3) == pytest.approx(2 * 0.5 * 1 / 1.5)
    assert np.isnan(event_f1(0, 0, 0, 0))
    assert [float(event_f1(*found)) for found in ((2, 0, 0, 0), (0, 0, 3, 0), (2, 0, 3, 0))] == [0, 0, 0]
    assert event_f1([1, 0], [1, 0], [1, 0], [1, 0]).tolist()[0] == 1


def test_events_are_counted_for_each_subject():
    label, subject = bits("110011"), np.array([0, 0, 0, 1, 1, 1])
    found = event_counts(label, label == 1, np.array([0, 0, 0, 1, 1, 1]), subject, 3)
    assert found.tolist() == [[1, 1, 0]] * 4


def test_a_brute_force_of_runs_agrees():
    rng = np.random.default_rng(0)
    for _ in range(50):
        label, present = rng.integers(-1, 2, 40), rng.random(40) < 0.5
        stretch = np.cumsum(rng.random(40) < 0.1)
        runs = {True: [], False: []}
        for truth in (True, False):
            current, before = [], None
            for frame in range(40):
                known = label[frame] >= 0
                on = known and (label[frame] == 1 if truth else present[frame])
                joins = before is not None and stretch[frame] == stretch[before] and label[before] >= 0
                if current and (not on or not joins):
                    runs[truth].append(current)
                    current = []
                if on:
                    current.append(frame)
                before = frame
            if current:
                runs[truth].append(current)
        expected = []
        for truth in (True, False):
            expected.append(len(runs[truth]))
            shares = [np.mean([present[f] if truth else label[f] == 1 for f in run]) for run in runs[truth]]
            expected.append(sum(share >= 0.5 for share in shares))
        found = event_counts(label, present, stretch, np.zeros(40, int), 1)[:, 0]
        assert found.tolist() == expected


def test_frames_follow_each_other_in_steps_of_their_recording():
    subject = np.array(["a"] * 6 + ["b"] * 3)
    sequence = np.array(["x", "x", "x", "y", "y", "y", "x", "x", "x"])
    frame = np.array([3, 1, 2, 10, 20, 40, 5, 6, 8])
    stretch, order = stretches(subject, sequence, frame)
    assert order.tolist() == [1, 2, 0, 3, 4, 5, 6, 7, 8]
    assert stretch.tolist() == [0, 0, 0, 1, 1, 2, 3, 3, 4]


def test_pictures_have_no_events():
    (au,) = scored(np.array([[1], [0]]), np.array([[1.0], [-1]])).columns()
    assert np.isnan(score_au(au)["event_f1"])
    stretch, _ = stretches(np.array(["a", "a"]), np.array(["x", "y"]), np.array([1, 1]))
    assert len(set(stretch)) == 2
    (video,) = scored(np.array([[1], [0]]), np.array([[1.0], [-1]]), stretch=np.array([0, 0])).columns()
    assert score_au(video)["event_f1"] == 1 and score_au(video)["events"] == 1
