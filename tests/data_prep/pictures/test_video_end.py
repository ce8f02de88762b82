"""Which videos go on after the last frame that can be read, and what times their frames have."""

import cv2
import numpy as np
import pytest
from PIL import Image

from data_prep.pictures.video import frame_count, video_frames
from data_prep.pictures.video_end import missing_end
from tests.bundles import video
from tests.odd_videos import SIZE, hide_first, mp4, shorten, tables_first, with_times

KINDS = {"mkv": "mp4v", "webm": "VP80", "avi": "MJPG", "flv": "FLV1", "wmv": "WMV2", "mpg": "MPG1", "mov": "MJPG"}


def seconds(path):
    return [seconds for _, seconds, _ in video_frames(path)]


def noise(path, count):
    """Write a video of `count` frames of noise, for files of which every part holds frames."""
    kind = cv2.VideoWriter_fourcc(*KINDS[path.suffix[1:]])
    writer, rng = cv2.VideoWriter(str(path), kind, 25, SIZE), np.random.default_rng(0)
    for _ in range(count):
        writer.write(rng.integers(0, 255, (*SIZE[::-1], 3), np.uint8))
    writer.release()
    return path


def test_a_varying_rate_is_no_missing_end(tmp_path):
    times = [20 * k for k in range(20)] + [400 + 200 * k for k in range(10)]
    path = with_times(tmp_path / "a.mkv", times)
    np.testing.assert_allclose(seconds(path), np.array(times) / 1000)
    assert frame_count(path) > 2000 and missing_end(path, 30) is None


def test_a_late_start_is_no_missing_end_and_times_count_from_the_first_frame(tmp_path):
    path = with_times(tmp_path / "a.mkv", [3200 + 40 * k for k in range(30)])
    np.testing.assert_allclose(seconds(path), np.arange(30) * 0.04)
    assert frame_count(path) > 4000 and missing_end(path, 30) is None


def test_pauses_of_an_avi_count_as_frames_in_its_header_but_are_none(tmp_path):
    path = video(tmp_path / "a.avi", [np.full((48, 64, 3), k, np.uint8) for k in range(20)])
    content, place = bytearray(path.read_bytes()), 0
    for k in range(20):
        place = content.index(b"00dc", place + 4)
        length = int.from_bytes(content[place + 4 : place + 8], "little")
        if 5 <= k < 12:  # a pause is a frame of length 0; the rest is filling
            content[place + 4 : place + 16] = bytes(4) + b"JUNK" + (length - 8).to_bytes(4, "little")
    for k in range(5, 12):
        size = content.rindex(b"idx1") + 8 + 16 * k + 12
        content[size : size + 4] = bytes(4)
    path.write_bytes(content)
    assert (frame_count(path), len(seconds(path))) == (20, 13) and missing_end(path, 13) is None


def test_frames_that_an_edit_list_hides_are_not_missing(tmp_path):
    path = mp4(tmp_path / "a.mp4", 50)
    hide_first(path, 20)
    images = [image.mean() for *_, image in video_frames(path)]
    assert len(images) == 30 and abs(images[0] - 80) < 4 and seconds(path)[0] == 0
    assert frame_count(path) == 50 and missing_end(path, 30) is None and missing_end(path, 25) == 30


@pytest.mark.parametrize("ending", KINDS)
def test_an_intact_video_misses_nothing(tmp_path, ending):
    path = noise(tmp_path / f"a.{ending}", 12)
    assert len(seconds(path)) == 12 and missing_end(path, 12) is None


@pytest.mark.parametrize("ending, expected", [("mkv", 0), ("webm", 0), ("avi", 12), ("flv", 0), ("wmv", 0)])
def test_a_video_that_is_cut_short_does(tmp_path, ending, expected):
    path = noise(tmp_path / f"a.{ending}", 12)
    shorten(path, 0.6)
    count = len(seconds(path))
    assert 0 < count < 12 and missing_end(path, count) == expected


def test_an_mp4_that_is_cut_short_does(tmp_path):
    path = mp4(tmp_path / "a.mp4", 50)
    tables_first(path)
    assert len(seconds(path)) == 50 and missing_end(path, 50) is None
    shorten(path, 0.8)
    count = len(seconds(path))
    assert 0 < count < 50 and missing_end(path, count) == 50


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_copy_for_which_room_was_made_but_which_was_not_filled_is_cut_short(tmp_path, ending):
    if ending == "mkv":
        path = noise(tmp_path / "a.mkv", 12)
    else:
        path = mp4(tmp_path / "a.mp4", 50)
        tables_first(path)
    size = path.stat().st_size
    shorten(path, 0.7)
    path.write_bytes(path.read_bytes().ljust(size, b"\0"))
    count = len(seconds(path))
    assert 0 < count < (12 if ending == "mkv" else 50) and missing_end(path, count) is not None


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif"])
def test_an_animation_is_a_video_with_its_own_times(tmp_path, ending):
    first, *others = (Image.fromarray(np.full((40, 60, 3), shade, np.uint8)) for shade in (10, 110, 210))
    path = tmp_path / f"a.{ending}"
    first.save(path, save_all=True, append_images=others, duration=[100, 250, 50])
    frames = list(video_frames(path))
    assert [number for number, *_ in frames] == [1, 2, 3] and {image.shape for *_, image in frames} == {(40, 60, 3)}
    np.testing.assert_allclose([seconds for _, seconds, _ in frames], [0, 0.1, 0.35])
    assert [round(image.mean() / 10) for *_, image in frames] == [1, 11, 21]
    assert missing_end(path, 3) is None and missing_end(path, 1) == 3


def test_a_camera_without_times_has_those_of_the_clock(monkeypatch):
    class Camera:
        def __init__(self, _source):
            self.left = 3

        def isOpened(self):
            return True

        def get(self, _what):
            return 0.0

        def read(self):
            self.left -= 1
            return self.left >= 0, np.zeros((2, 2, 3), np.uint8)

        def release(self):
            pass

    clock = iter([1000.0, 1000.5, 1002.0])
    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    monkeypatch.setattr("data_prep.pictures.video.time.monotonic", lambda: next(clock))
    assert seconds(0) == [0, 0.5, 2]
