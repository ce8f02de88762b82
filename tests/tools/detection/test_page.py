"""The page of a video: one section per face on one time axis, however many faces there are."""

import numpy as np
import pytest

from tools.detection import page as module
from tools.detection.page import save_detect_page
from tools.detection.peaks import peaks_of
from tools.detection.tables import Face, Frame

FACTS = {
    "input": "/talk.mp4", "frames": 0, "with_face": 0, "notes": [], "model": "m", "trained_on": "test data",
    "synthetic": False, "aus": [1, 12], "mean_face": "video", "command": "", "made_by": {}, "versions": {},
    "face_stage": {"detector": "haar"},
}  # fmt: skip
BOX = np.array([10, 10, 50, 50])


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Save the page of frames, given as lists of ids; (its text, [arguments of its timelines])."""
    drawn, plot = [], module.plot_timelines

    def kept(*arguments):
        drawn.append(arguments)
        return plot(*arguments)

    monkeypatch.setattr(module, "plot_timelines", kept)
    monkeypatch.setattr(module, "made_by_text", str)

    def save(ids):
        frames = [
            Frame(k / 25, [Face(number, BOX, np.array([3.0, -3.0])) for number in numbers])
            for k, numbers in enumerate(ids)
        ]
        crops = [[np.full((44, 44), 99, np.uint8) for _ in numbers] for numbers in ids]
        save_detect_page(tmp_path / "a.html", FACTS | {"frames": len(frames)}, frames, peaks_of(frames, crops))
        return (tmp_path / "a.html").read_text(), drawn

    return save


def test_faces_share_one_time_axis_and_break_where_they_are_not_seen(saved):
    text, drawn = saved([[0], [0, 1], [], [1]])
    (_, first_seconds, first, first_present, _), (_, second_seconds, second, _, _) = drawn
    assert first_seconds.tolist() == second_seconds.tolist() == [0, 0.04, 0.08, 0.12]
    assert np.isnan(first[:, 0]).tolist() == [False, False, True, True] and first[0, 0] > 0.9
    assert np.isnan(second[:, 1]).tolist() == [True, False, True, False] and second[1, 1] < 0.1
    assert first_present[:, 0].tolist() == [True, True, False, False]
    assert "gray where this face is not seen" in text and "3 to 3" in text


def test_a_face_of_a_single_frame_of_a_video_has_a_timeline_and_a_picture_none(saved):
    assert len(saved([[0], [], []])[1]) == 1
    assert len(saved([[0]])[1]) == 1  # no more than before


def test_of_many_faces_those_seen_longest_have_timelines_and_the_others_a_row(saved, monkeypatch):
    monkeypatch.setattr(module, "MOST_FACES", 2)
    text, drawn = saved([[0, 1], [2, 1], [2], [3]])
    assert len(drawn) == 2 and all(f'">Face {number}</h2>' in text for number in (1, 2))
    assert "2 faces that are seen in fewer frames" in text and '">Face 3</h2>' not in text
