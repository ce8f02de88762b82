"""Reading the frames of videos."""

import cv2
import numpy as np
import pytest

from data_prep.pictures.video import frame_count, video_frames
from data_prep.system.errors import InputError
from tests.bundles import video


@pytest.fixture
def short(tmp_path):
    """A video of four frames, 25 a second, each brighter than the one before."""
    return video(tmp_path / "a.avi", (np.full((48, 64, 3), 50 * k, np.uint8) for k in range(4)))


def with_times(monkeypatch, *milliseconds, fps=25.0):
    """Let every video say that its frames have these times, and that it has this rate."""
    real, times = cv2.VideoCapture, iter(milliseconds)

    class Retimed:
        def __init__(self, source):
            self.capture = real(source)

        def get(self, what):
            if what == cv2.CAP_PROP_POS_MSEC:
                return next(times)
            return fps if what == cv2.CAP_PROP_FPS else self.capture.get(what)

        def __getattr__(self, name):
            return getattr(self.capture, name)

    monkeypatch.setattr(cv2, "VideoCapture", Retimed)


def test_frames_come_in_order_with_their_number_and_time(short):
    frames = list(video_frames(short))
    assert [number for number, _, _ in frames] == [1, 2, 3, 4]
    np.testing.assert_allclose([seconds for _, seconds, _ in frames], [0, 0.04, 0.08, 0.12])
    assert [round(image.mean() / 50) for *_, image in frames] == [0, 1, 2, 3]


def test_times_are_those_of_the_frames_where_the_rate_varies(short, monkeypatch):
    with_times(monkeypatch, 0, 40, 140, 150)
    assert [seconds for _, seconds, _ in video_frames(short)] == [0, 0.04, 0.14, 0.15]


def test_times_follow_from_the_rate_where_the_frames_have_none(short, monkeypatch):
    with_times(monkeypatch, 0, 0, 0, 0, fps=10.0)
    assert [seconds for _, seconds, _ in video_frames(short)] == [0, 0.1, 0.2, 0.3]


def test_a_video_without_a_rate_has_25_frames_a_second(short, monkeypatch):
    with_times(monkeypatch, 0, 0, 0, 0, fps=0.0)
    assert [seconds for _, seconds, _ in video_frames(short)] == [0, 0.04, 0.08, 0.12]


def test_what_cannot_be_opened_is_an_error_that_says_what_to_do(tmp_path, capfd):
    (tmp_path / "a.avi").write_text("not a video")
    with pytest.raises(InputError, match="a.avi: OpenCV cannot open this video; copy it again, or convert it"):
        next(video_frames(tmp_path / "a.avi"))
    with pytest.raises(InputError, match="camera 987: cannot be opened; is it connected"):
        next(video_frames(987))


def test_the_number_of_frames_is_the_headers(short, tmp_path):
    assert frame_count(short) == 4
    assert frame_count(tmp_path / "missing.avi") == 0
