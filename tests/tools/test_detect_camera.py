"""A camera, for which a video stands in: rows that last however it ends, what is shown, recordings that are kept."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from data_prep.pictures.video import readable_frames
from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from tests.bundles import video
from tests.processes import wait_until
from tools import detect as command
from tools.detection import camera, inputs
from tools.detection.au_scores import au_scores
from tools.detection.bundle import load_bundle
from tools.detection.sightings import Sighting

# the command with a camera that shows a video, again and again and in its own time
SCRIPT = """
import sys, time
from tools import detect
from tools.detection import inputs

def shown(source, max_pixels=0, real=inputs.video_frames):
    number = 0
    while True:
        for _, _, image in real({video!r}):
            number += 1
            time.sleep(0.02)
            yield number, number / 25, image

inputs.video_frames = shown
detect.main(sys.argv[1:])
"""


@pytest.fixture
def seen_by_camera(tmp_path, face, monkeypatch):
    """Let a camera see these pictures (default: a face in 12 frames), and end."""

    def see(pictures=None):
        path = video(tmp_path / "seen.avi", [face] * 12 if pictures is None else pictures)
        real = inputs.video_frames
        monkeypatch.setattr(inputs, "video_frames", lambda source, max_pixels=0: real(path))

    return see


@pytest.fixture
def record(bundle, tmp_path):
    """Run the command on camera 0; returns the rows of the table called `name`."""

    def run(*options, name="camera0"):
        command.main(["0", "--model", str(bundle), "--out", str(tmp_path / "out"), *options])
        return table(tmp_path / "out" / f"{name}.csv")

    return run


def table(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_a_camera_has_a_row_for_every_frame_and_a_page(record, seen_by_camera, tmp_path):
    seen_by_camera()
    rows = record("--overlay")
    assert [row["frame"] for row in rows] == [str(k + 1) for k in range(12)]
    assert [row["success"] for row in rows] == ["0"] * 2 + ["1"] * 10  # a face is one from its third frame on
    assert rows[0]["timestamp"] == "0.000" and {row["face_id"] for row in rows} == {"0"}
    facts = json.loads((tmp_path / "out/camera0.json").read_text())
    assert facts["frames"] == 12 and facts["mean_face"] == "running" and facts["with_face"] == 10
    assert readable_frames(tmp_path / "out/camera0_overlay.mp4") == 12
    assert (tmp_path / "out/camera0.html").exists() and not list((tmp_path / "out").glob(".*unfinished"))


@pytest.mark.parametrize("mode", ["running", "neutral", "none"])
def test_scores_are_those_of_a_recorded_video(bundle, mode):
    model, rng = load_bundle(bundle), np.random.default_rng(0)
    crops = rng.integers(0, 255, (6, 44, 44)).astype(np.uint8)
    neutral = rng.uniform(0, 255, (44, 44)).astype(np.float32)
    scores, live = camera.LiveScores(model, mode, neutral), []
    for crop in crops:
        sighting = Sighting(3, np.array([1, 2, 3, 4]), crop, 1.0)
        scores.see([sighting, sighting._replace(face=4, crop=crop // 2)])  # somebody else is there too
        live.append(scores.score(sighting))
    assert np.allclose(live, au_scores(model, crops, mode, neutral), rtol=1e-3, atol=1e-3)


def test_a_false_alarm_before_the_face_does_not_get_into_its_mean(record, monkeypatch):
    crops = np.random.default_rng(0).integers(0, 255, (6, 44, 44)).astype(np.uint8)
    other, box, means = np.full((44, 44), 250, np.uint8), np.array([1, 2, 3, 4]), []
    frames = [[Sighting(0, box, other, 1.0)], *([Sighting(1, box, crop, 1.0)] for crop in crops)]
    image = np.zeros((240, 320, 3), np.uint8)

    def kept(bundle, crop, mode, mean, **options):
        means.append(mean)
        return au_scores(bundle, crop, mode, mean, **options)

    monkeypatch.setattr(camera, "sightings_of", lambda *_: ((k / 25, image, frame) for k, frame in enumerate(frames)))
    monkeypatch.setattr(camera, "au_scores", kept)
    rows = record()
    assert [row["success"] for row in rows] == ["0"] * 3 + ["1"] * 4 and rows[3]["face_id"] == "0"
    assert np.allclose(means, [crops[: k + 1].mean(0) for k in range(2, 6)])


def test_every_recording_of_a_camera_is_kept(record, seen_by_camera, tmp_path):
    seen_by_camera()
    record()
    before = (tmp_path / "out/camera0.csv").read_bytes()
    record(name="camera0-2")
    record(name="camera0-3")
    assert (tmp_path / "out/camera0.csv").read_bytes() == before


def test_the_mean_over_the_whole_of_a_camera_is_refused(record, seen_by_camera, capsys):
    seen_by_camera()
    with pytest.raises(SystemExit):
        record("--mean-face", "video")
    assert "a camera has no end to wait for; use running, neutral or none" in capsys.readouterr().err


def test_a_camera_that_gives_nothing_is_one_error_and_leaves_no_files(record, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(inputs, "video_frames", lambda source, max_pixels=0: iter(()))
    with pytest.raises(SystemExit):
        record("--overlay")
    assert "camera 0: gives no picture" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*camera0*"))


class View:
    """A window in which the user presses q at the fifth picture."""

    shown = []

    def __init__(self, title):
        self.title = title

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def show(self, image):
        self.shown.append(image)
        return len(self.shown) < 5


def test_what_is_seen_is_shown_until_the_user_ends_it(record, seen_by_camera, monkeypatch, tmp_path, face):
    monkeypatch.setattr(camera, "LiveView", View)
    seen_by_camera()
    assert len(record("--live")) == 5 == len(View.shown)
    assert (View.shown[4] != face).any()  # with a box and bars
    assert "ended by the user" in json.loads((tmp_path / "out/camera0.json").read_text())["notes"]


def test_a_view_of_files_is_refused(bundle, tmp_path, face, capsys):
    path = video(tmp_path / "a.avi", [face] * 3)
    with pytest.raises(SystemExit):
        command.main([str(path), "--live", "--model", str(bundle), "--out", str(tmp_path / "out")])
    assert "for files there is --overlay" in capsys.readouterr().err


def test_a_view_without_a_display_says_so(record, seen_by_camera, monkeypatch, capsys, tmp_path):
    seen_by_camera()
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(SystemExit):
        record("--live")
    error = capsys.readouterr().err
    assert "--live" in error and ("no display" in error or "needs tkinter" in error)
    assert not list((tmp_path / "out").glob("camera0*"))


@pytest.fixture
def started(bundle, tmp_path, face):
    """The command, running on a camera that never ends; returns the process and its table."""
    script = tmp_path / "camera.py"
    script.write_text(SCRIPT.format(video=str(video(tmp_path / "seen.avi", [face] * 10))))
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, script, "0", "--model", bundle, "--out", out, "--overlay"],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    path = out / "camera0.csv"
    wait_until(lambda: process.poll() is not None or (path.exists() and path.read_text().count("\n") > 8))
    yield process, path
    process.kill()
    process.wait()


@pytest.mark.parametrize("number, note", [(signal.SIGTERM, "ended by TERM"), (signal.SIGINT, "ended by the user")])
def test_term_ends_a_camera_like_ctrl_c(started, number, note):
    process, path = started
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    facts = json.loads(path.with_suffix(".json").read_text())
    assert process.returncode == 0 and "everything is in" in output, output
    assert facts["frames"] == len(table(path)) and facts["notes"] == [note]
    assert readable_frames(path.with_name("camera0_overlay.mp4")) > 0


def test_a_second_ctrl_c_loses_nothing_either(started):
    process, path = started
    process.send_signal(signal.SIGINT)
    time.sleep(0.004)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["frames"] in (len(table(path)), len(table(path)) - 1)  # the last one was being written
    assert readable_frames(path.with_name("camera0_overlay.mp4")) > 0


def test_what_was_seen_before_an_error_is_complete(record, monkeypatch, face, capsys, tmp_path):
    def breaks(source, max_pixels=0):
        for number in range(8):
            yield number + 1, number / 25, face
        raise InputError("camera 0: it was unplugged")

    monkeypatch.setattr(inputs, "video_frames", breaks)
    with pytest.raises(SystemExit):
        record("--overlay")
    assert "camera 0: it was unplugged" in capsys.readouterr().err
    facts = json.loads((tmp_path / "out/camera0.json").read_text())
    assert facts["frames"] == 8 == len(table(tmp_path / "out/camera0.csv"))
    assert readable_frames(tmp_path / "out/camera0_overlay.mp4") == 8


def test_term_ends_a_command_with_several_cameras(bundle, tmp_path, monkeypatch, face):
    seen = []

    def frames(source, max_pixels=0):
        seen.append(source)
        for number in range(6):
            if number == 4:
                os.kill(os.getpid(), signal.SIGTERM)
            yield number + 1, number / 25, face

    monkeypatch.setattr(inputs, "video_frames", frames)
    command.main(["0", "1", "--model", str(bundle), "--out", str(tmp_path / "out")])
    assert seen == [0] and (tmp_path / "out/camera0.json").exists()


def test_what_was_seen_before_a_kill_is_on_the_disk_and_stays_there(started, record, seen_by_camera):
    process, path = started
    process.kill()
    process.wait()
    rows = table(path)
    assert len(rows) >= 8 and [int(row["frame"]) for row in rows] == list(range(1, len(rows) + 1))
    assert not path.with_suffix(".json").exists()  # it is not taken for whole
    before = path.read_bytes()
    seen_by_camera()
    record(name="camera0-2")
    assert path.read_bytes() == before
