"""tools.detect where something goes wrong: nobody's files are replaced, one input's trouble is its alone, and what was
not written whole is not done."""

import csv
import json
import os
import resource
import socket
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_prep.pictures import video as videos
from tests.bundles import photograph, video
from tests.data_prep.pictures.test_images import as_another_user, empty_png
from tools import detect as command
from tools.detection import detection
from tools.detection.tables import Face, Frame, save_table, text_cell


@pytest.fixture
def detect(bundle, capfd, monkeypatch):
    """Run the command without processes of its own; (exit status, what it printed, its errors)."""
    monkeypatch.setattr(command, "run_all", lambda function, tasks, *_: ((task, function(task)) for task in tasks))

    def run(*arguments):
        status = 0
        try:
            command.main([*map(str, arguments), "--model", str(bundle)])
        except SystemExit as stop:
            status = stop.code
        printed = capfd.readouterr()
        return status, printed.out, [line for line in printed.err.splitlines() if line.startswith("error: ")]

    return run


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 128 kB; skips where only root may."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)


def pictures(folder, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        cv2.imwrite(str(folder / name), cv2.resize(photograph(), (256, 256)))
    return [folder / name for name in names]


def inputs(out):
    """{name: input} of the results in `out`."""
    return {path.stem: Path(json.loads(path.read_text())["input"]) for path in out.glob("*.json")}


# ---- nobody's files are replaced --------------------------------------------------------------------------


def test_inputs_of_one_name_in_separate_calls_keep_their_results(detect, face, tmp_path):
    out = tmp_path / "out"
    for folder in "AB":
        (tmp_path / folder).mkdir()
        video(tmp_path / folder / "talk.avi", [face] * 3)
        assert detect(tmp_path / folder / "talk.avi", "--out", out)[0] == 0
    assert sorted(inputs(out).values()) == [tmp_path / folder / "talk.avi" for folder in "AB"]
    for given in (["B/talk.avi", "A/talk.avi"], ["B/talk.avi"], ["A", "B"]):
        _, printed, _ = detect(*(tmp_path / way for way in given), "--out", out)
        assert printed.count("done already") == len(given)
    assert len(list(out.glob("*.csv"))) == 2


def test_a_users_own_table_beside_a_video_stays(detect, face, tmp_path, monkeypatch):
    video(tmp_path / "talk.avi", [face] * 3)
    for name in ("talk.csv", "talk_overlay.mp4"):
        (tmp_path / name).write_text("my own")
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert detect("talk.avi", "--out", ".", "--overlay", "--no-report")[0] == 0
    (name,) = inputs(tmp_path)
    assert name.startswith("talk-") and (tmp_path / f"{name}_overlay.mp4").exists()
    for own in ("talk.csv", "talk_overlay.mp4"):
        assert (tmp_path / own).read_text() == "my own"


def test_three_pictures_of_one_stem_have_three_results_whatever_else_is_asked_for(detect, tmp_path):
    paths, out = pictures(tmp_path / "in", "a.png", "a.jpg", "a_jpg.bmp"), tmp_path / "out"
    detect(*paths, "--out", out)
    assert sorted(inputs(out).values()) == sorted(paths)
    for path in paths:
        assert "done already" in detect(path, "--out", out)[1]


# ---- one input's trouble is its alone ---------------------------------------------------------------------


def test_inputs_in_trouble_are_reported_and_the_others_done(detect, tmp_path, monkeypatch):
    folder, out = tmp_path / "in", tmp_path / "out"
    pictures(folder, "good.png", "gone.png", "memory.png", "odd.png", "fails.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "dead.png").symlink_to("nowhere")
    os.close(os.open(os.fsencode(folder) + b"/t\xe9lk\x1b[31m.png", os.O_CREAT))
    real = detection.find_faces

    def trouble(job, bundle):
        path = job.input.source
        if path.stem == "gone":
            path.unlink()
        if path.stem == "memory":
            raise MemoryError
        if path.stem == "odd":
            raise KeyError("odd")
        if path.stem == "fails":
            raise OSError(5, "Input/output error", str(path))
        return real(job, bundle)

    monkeypatch.setattr(detection, "find_faces", trouble)
    status, _, errors = detect(folder, tmp_path / "not there.png", "--out", out)
    assert status == 1 and list(inputs(out)) == ["good"] and len(errors) == 9
    for told in (
        "not there.png: no such file",
        "gone.png: No such file or directory; was it moved or deleted?",
        "memory.png: not enough memory; run fewer --jobs",
        "odd.png: KeyError('odd') at test_detect_mishaps.py",
        "fails.png: Input/output error",
        "pipe.png: not a regular file",
        "dead.png: No such file or directory",
        r"t\udce9lk\x1b[31m.png: its name is not UTF-8",
        "8 of 9 inputs could not be read",
    ):
        assert sum(told in error for error in errors) == 1, (told, errors)


def test_a_picture_that_nobody_may_read_says_so(bundle, detect, tmp_path, monkeypatch):
    bad, good = pictures(tmp_path / "in", "bad.png", "good.png")
    real = detection.find_faces

    def as_nobody(job, bundle):
        if job.input.source == good:
            return real(job, bundle)
        with as_another_user(bad):
            return real(job, bundle)

    monkeypatch.setattr(detection, "find_faces", as_nobody)
    status, _, errors = detect(bad, good, "--out", tmp_path / "out")
    assert status == 1 and list(inputs(tmp_path / "out")) == ["good"]
    assert "bad.png: Permission denied; allow this user to read it" in errors[0]


def test_a_name_that_is_not_utf_8_crashes_no_worker(bundle, tmp_path, project):
    folder = tmp_path / "in"
    pictures(folder, "good.png")
    os.rename(pictures(folder, "bad.png")[0], os.fsencode(folder) + b"/b\xe9d.png")
    done = project("tools.detect", folder, "--model", bundle, "--out", tmp_path / "out", "--jobs", "1", cwd=tmp_path)
    assert done.returncode == 1 and list(inputs(tmp_path / "out")) == ["good"]
    assert "its name is not UTF-8" in done.stderr and "Was memory short" not in done.stderr


def test_a_picture_of_too_many_pixels_is_refused_and_the_limit_is_an_option(detect, tmp_path):
    (good,) = pictures(tmp_path / "in", "good.png")
    empty_png(tmp_path / "in/bomb.png", 20_000, 20_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _, _, errors = detect(tmp_path / "in", "--out", tmp_path / "out")
    assert "bomb.png: 20000 x 20000 pixels, more than the limit of 100,000,000" in errors[0] and len(errors) == 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB
    _, _, errors = detect(good, "--out", tmp_path / "out", "--max-pixels", "60000")
    assert "good.png: 256 x 256 pixels, more than the limit of 60,000" in errors[0]


def test_a_folder_that_looks_like_an_address_is_a_folder(detect, face, tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http:/127.0.0.1:{server.getsockname()[1]}"
        (tmp_path / address).mkdir(parents=True)
        video(tmp_path / address / "talk.avi", [face] * 3)
        monkeypatch.chdir(tmp_path)
        assert detect(".", "--out", f"{address}/out", "--overlay", "--neutral", f"{address}/talk.avi")[0] == 0
        assert detect(f"{address}/talk.avi", "--out", f"{address}/out", "--overlay", "--no-report")[0] == 0
        assert list(inputs(tmp_path / address / "out").values()) == [tmp_path / address / "talk.avi"]
        with pytest.raises(BlockingIOError):
            server.accept()


# ---- what was not written whole is not done ---------------------------------------------------------------


def noise(count):
    return np.random.default_rng(0).integers(0, 255, (count, 240, 320, 3), np.uint8)


@pytest.mark.parametrize("kind", ["video", "picture"])
def test_an_overlay_for_which_there_is_no_room_is_an_error_until_there_is(detect, small_disk, tmp_path, kind):
    path = tmp_path / "a.png"
    if kind == "video":
        path = video(tmp_path / "a.avi", noise(20))
    else:
        cv2.imwrite(str(path), noise(1)[0])
    (small_disk / "other").write_bytes(bytes(100 * 1024))
    status, printed, errors = detect(path, "--out", small_disk, "--overlay", "--no-report")
    assert status == 1 and "20 frames" not in printed and not inputs(small_disk)
    assert "No space left on device; make room and run the same command again" in errors[0]
    assert sorted(os.listdir(small_disk)) == [".a.unfinished", ".busy", "a.csv", "other"]
    (small_disk / "other").unlink()
    subprocess.run(["mount", "-o", "remount,size=8M", str(small_disk)], check=True)
    assert detect(path, "--out", small_disk, "--overlay", "--no-report")[0] == 0
    overlay = "a_overlay.mp4" if kind == "video" else "a_overlay.png"
    assert sorted(os.listdir(small_disk)) == [".busy", "a.csv", "a.json", overlay]


def test_an_overlay_that_is_longer_than_files_may_be_is_an_error(detect, tmp_path):
    path = video(tmp_path / "a.avi", noise(20))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100 * 1024, hard))
    try:
        status, _, errors = detect(path, "--out", tmp_path / "out", "--overlay", "--no-report")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert status == 1 and not inputs(tmp_path / "out") and not list((tmp_path / "out").glob("*.mp4"))
    assert "of 20 frames could be written; is the size of files limited" in errors[0]


def test_an_overlay_without_a_codec_is_an_error(detect, face, tmp_path, monkeypatch):
    path = video(tmp_path / "a.avi", [face] * 3)
    monkeypatch.setattr(cv2, "VideoWriter_fourcc", lambda *_: 0x30303030)
    status, _, errors = detect(path, "--out", tmp_path / "out", "--overlay", "--no-report")
    assert status == 1 and not inputs(tmp_path / "out")
    assert "OpenCV cannot write an .mp4 of 320 x 240 pixels, 25 frames a second; run without --overlay" in errors[0]


def test_a_video_without_frames_is_done_with_its_overlay_too(detect, tmp_path):
    path = video(tmp_path / "none.avi", [])
    assert detect(path, "--out", tmp_path / "out", "--overlay", "--no-report")[0] == 0
    assert "done already" in detect(path, "--out", tmp_path / "out", "--overlay", "--no-report")[1]


def test_results_that_stood_stay_where_the_input_has_become_unreadable(detect, face, tmp_path):
    path, out = video(tmp_path / "a.avi", [face] * 3), tmp_path / "out"
    detect(path, "--out", out)
    before = (out / "a.csv").read_bytes()
    path.write_text("no video")
    assert detect(path, "--out", out)[0] == 1
    assert (out / "a.csv").read_bytes() == before and list(inputs(out)) == ["a"]


# ---- tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, cell",
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@sum", "'@sum"), ("\t=1", "\\t=1"), ("\r=1", "\\r=1")],
)
def test_text_that_a_spreadsheet_would_run_has_an_apostrophe(tmp_path, text, cell):
    assert text_cell(text) == cell and text_cell("/Zoë/talk-1.avi") == "/Zoë/talk-1.avi"
    frames = [Frame(0.0, [Face(0, np.array([-1, 2, 3, 4]), np.array([-5.0]))])]
    for kind in ("openface", "pyfeat"):
        save_table(tmp_path / "a.csv", frames, aus=[1], model=text, kind=kind, source=text)
        with open(tmp_path / "a.csv", newline="") as file:
            (row,) = csv.DictReader(file)
        assert row["model"] == row.get("input", cell) == cell
        assert row["face_x" if kind == "openface" else "FaceRectX"] == "-1"


def test_readable_frames_are_those_that_can_be_decoded(tmp_path, face):
    path = video(tmp_path / "a.avi", [face] * 9)
    assert videos.readable_frames(path) == 9
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 0 < videos.readable_frames(path) < 9
