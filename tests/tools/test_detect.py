"""tools.detect on pictures and videos: rows, ids, mean faces, pages, and what cannot be read."""

import csv
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.bundles import photograph, random_bundle, video
from tests.chromium import check_page, needs_chromium
from tools.detect import main
from tools.detection.au_scores import mean_faces
from tools.detection.bundle import load_bundle
from tools.detection.inputs import find_inputs, read_frames


def moving(face, count):
    return [np.roll(face, (k % 7, k % 5), (0, 1)) for k in range(count)]


def detect(bundle, out, *arguments):
    """Run the command; (exit status, {name: rows of its CSV})."""
    try:
        main([*map(str, arguments), "--model", str(bundle), "--out", str(out), "--jobs", "1"])
        status = 0
    except SystemExit as stop:
        status = stop.code
    return status, {path.stem: rows_of(path) for path in sorted(out.glob("*.csv"))}


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_a_video_has_a_row_for_each_frame_in_the_columns_that_analyses_read(bundle, face, tmp_path):
    pictures = moving(face, 12)
    pictures[5] = np.zeros_like(face)
    status, tables = detect(bundle, tmp_path / "out", video(tmp_path / "talk.avi", pictures))
    rows = tables["talk"]
    assert status == 0 and [row["frame"] for row in rows] == [str(k) for k in range(1, 13)]
    assert list(rows[0])[:9] == [
        "frame",
        "face_id",
        "timestamp",
        "confidence",
        "success",
        "face_x",
        "face_y",
        "face_w",
        "face_h",
    ]
    assert list(rows[0])[9:] == ["AU01_c", "AU12_c", "AU01_p", "AU12_p", "model"]
    assert [row["success"] for row in rows] == ["1"] * 5 + ["0"] + ["1"] * 6
    assert rows[5]["AU12_c"] == rows[5]["AU12_p"] == rows[5]["face_x"] == rows[5]["confidence"] == "0"
    assert rows[1]["timestamp"] == "0.040" and rows[0]["AU01_c"] in ("0.00", "1.00")
    for row in rows[:5]:
        assert (float(row["AU12_p"]) > 0.5) == (row["AU12_c"] == "1.00")
    facts = json.loads((tmp_path / "out/talk.json").read_text())
    assert (facts["frames"], facts["with_face"], facts["faces"], facts["mean_face"]) == (12, 11, 1, "video")
    assert facts["model"] == rows[0]["model"] == load_bundle(bundle).id and "--model" in facts["command"]


def test_pictures_of_every_kind_have_a_row_and_damaged_ones_a_message(bundle, tmp_path, capfd):
    folder, image = tmp_path / "in", photograph()
    folder.mkdir()
    save = {
        "plain": image,
        "grey": cv2.cvtColor(image, cv2.COLOR_BGR2GRAY),
        "alpha": np.dstack([image, image[:, :, 0]]),
        "deep": cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.uint16) * 257,
        "huge": cv2.resize(image, None, fx=6, fy=6),
        "tiny": image[:10, :10],
        "turned": np.rot90(image).copy(),
        "pixel": image[:1, :1],
    }
    for name, picture in save.items():
        cv2.imwrite(str(folder / f"{name}.png"), picture)
    turned = Image.fromarray(np.rot90(image[:, :, ::-1]).copy())
    exif = turned.getexif()
    exif[0x112] = 6  # turn it back by a quarter
    turned.save(folder / "exif.jpg", exif=exif)
    complete = (folder / "exif.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(complete[: len(complete) // 2])
    (folder / "text.png").write_text("no picture")
    (folder / "empty.jpg").write_bytes(b"")
    status, tables = detect(bundle, tmp_path / "out", folder)
    printed = capfd.readouterr()
    assert status == 1 and "3 of 12 inputs could not be read" in printed.err
    for name in ("cut.jpg", "text.png", "empty.jpg"):
        assert f"{name}: not a picture that can be read" in printed.err
    assert sorted(tables) == sorted([*save, "exif"]) and all(len(rows) == 1 for rows in tables.values())
    found = {name for name, rows in tables.items() if rows[0]["success"] == "1"}
    assert found >= {"plain", "grey", "alpha", "deep", "huge", "exif"}
    for name in ("grey", "alpha", "deep", "exif"):
        assert abs(int(tables[name][0]["face_x"]) - 172) < 15 and abs(int(tables[name][0]["face_y"]) - 62) < 15
    assert "detections of a single picture are less sure" in printed.out


def test_two_people_have_a_row_each_in_every_frame(bundle, tmp_path):
    image = photograph()
    both = np.hstack([image, cv2.resize(cv2.flip(image, 1), (410, 512))])
    _, tables = detect(bundle, tmp_path / "out", video(tmp_path / "both.avi", [np.roll(both, k, 1) for k in range(6)]))
    assert [(row["frame"], row["face_id"]) for row in tables["both"]] == [
        (str(k), i) for k in range(1, 7) for i in "01"
    ]
    _, tables = detect(bundle, tmp_path / "one", tmp_path / "both.avi", "--faces", "1", "--no-report")
    assert [row["face_id"] for row in tables["both"]] == ["0"] * 6 and not (tmp_path / "one/both.html").exists()


def test_a_video_that_is_cut_short_has_the_rows_it_can_have_and_an_empty_one_a_header(bundle, face, tmp_path, capfd):
    path = video(tmp_path / "cut.avi", moving(face, 40))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    video(tmp_path / "none.avi", [])
    status, tables = detect(bundle, tmp_path / "out", path, tmp_path / "none.avi")
    readable = len(list(read_frames(find_inputs([path])[0])))
    printed = capfd.readouterr().out
    assert status == 0 and len(tables["cut"]) == readable and 0 < readable < 40
    assert f"ends after frame {readable} of 40" in printed and "no frame in it can be read" in printed
    assert tables["none"] == [] and (tmp_path / "out/none.csv").read_text().startswith("frame,face_id")


@pytest.mark.parametrize("extra, is_noted", [(1, False), (2, True)])
def test_a_header_may_count_one_frame_too_many(bundle, face, tmp_path, capfd, extra, is_noted):
    path = video(tmp_path / "a.avi", moving(face, 6))
    content = bytearray(path.read_bytes())
    for count in (content.index(b"avih") + 8 + 16, content.index(b"strh") + 8 + 32):  # where AVI keeps it
        assert content[count] == 6
        content[count] += extra
    path.write_bytes(content)
    assert len(detect(bundle, tmp_path / "out", path)[1]["a"]) == 6
    assert (f"ends after frame 6 of {6 + extra}" in capfd.readouterr().out) == is_noted


def test_the_running_mean_face_knows_the_frames_so_far_only(bundle, face, tmp_path):
    path = video(tmp_path / "a.avi", moving(face, 9))
    _, tables = detect(bundle, tmp_path / "nine", path, "--mean-face", "running")
    _, fewer = detect(bundle, tmp_path / "six", video(tmp_path / "a.avi", moving(face, 6)), "--mean-face", "running")
    # boxes are steadied by the three frames that follow
    assert [row["AU12_p"] for row in tables["a"][:3]] == [row["AU12_p"] for row in fewer["a"][:3]]
    assert json.loads((tmp_path / "six/a.json").read_text())["mean_face"] == "running"


@pytest.mark.parametrize(
    "options, message",
    [
        (["--neutral", "rest.png", "--mean-face", "video"], "--neutral and --mean-face video contradict"),
        (["--min-face", "0"], "--min-face 0.0: give a share"),
        (["--min-face", "1.5"], "--min-face 1.5: give a share"),
    ],
)
def test_options_that_cannot_be_meant_are_errors(bundle, face, tmp_path, capfd, options, message):
    assert detect(bundle, tmp_path / "out", video(tmp_path / "a.avi", moving(face, 1)), *options)[0] == 1
    assert message in capfd.readouterr().err and not (tmp_path / "out").exists()


def test_a_rerun_skips_what_is_done_and_redoes_what_changed(bundle, face, tmp_path, capfd):
    path, out = video(tmp_path / "a.avi", moving(face, 4)), tmp_path / "out"
    detect(bundle, out, path)
    first = (out / "a.csv").stat().st_mtime_ns
    detect(bundle, out, path)
    assert "done already" in capfd.readouterr().out and (out / "a.csv").stat().st_mtime_ns == first
    for change in (["--faces", "1"], ["--mean-face", "none"]):
        detect(bundle, out, path, *change)
        assert "done already" not in capfd.readouterr().out
    video(path, moving(face, 6))
    assert len(detect(bundle, out, path)[1]["a"]) == 6


def test_mean_faces_are_what_their_names_say(bundle):
    crops = np.stack([np.full((44, 44), value, np.uint8) for value in (10, 20, 60)])
    loaded = load_bundle(bundle)
    assert (mean_faces(crops, "video", loaded) == 30).all()
    assert mean_faces(crops, "running", loaded)[:, 0, 0].tolist() == [10, 15, 30]
    assert (mean_faces(crops, "none", loaded) == loaded.face).all()
    assert (mean_faces(crops, "neutral", loaded, np.full((44, 44), 7)) == 7).all()


def test_a_neutral_face_comes_from_a_file_and_must_be_there(bundle, face, tmp_path, capfd):
    path = video(tmp_path / "a.avi", moving(face, 4))
    cv2.imwrite(str(tmp_path / "rest.png"), face)
    cv2.imwrite(str(tmp_path / "black.png"), np.zeros_like(face))
    _, tables = detect(bundle, tmp_path / "out", path, "--neutral", tmp_path / "rest.png")
    assert (
        tables["a"][0]["success"] == "1" and json.loads((tmp_path / "out/a.json").read_text())["mean_face"] == "neutral"
    )
    status, _ = detect(bundle, tmp_path / "out2", path, "--neutral", tmp_path / "black.png")
    assert status == 1 and "black.png: no face found in it" in capfd.readouterr().err
    assert detect(bundle, tmp_path / "out3", path, "--mean-face", "neutral")[0] == 1
    assert "needs --neutral FILE" in capfd.readouterr().err


def test_the_other_format_is_py_feats(bundle, face, tmp_path):
    _, tables = detect(bundle, tmp_path / "out", video(tmp_path / "a.avi", moving(face, 3)), "--format", "pyfeat")
    assert list(tables["a"][0])[:5] == ["frame", "approx_time", "timestamp", "Identity", "FaceRectX"]
    assert {"FaceScore", "AU01", "AU12", "input"} < set(tables["a"][0])
    assert [row["frame"] for row in tables["a"]] == ["0", "1", "2"] and tables["a"][0]["input"].endswith("a.avi")


def test_an_overlay_has_every_frame_and_a_box(bundle, face, tmp_path):
    path = video(tmp_path / "a.avi", moving(face, 10))
    _, tables = detect(bundle, tmp_path / "out", path, "--overlay")
    pictures = [image for _, image in read_frames(find_inputs([tmp_path / "out/a_overlay.mp4"])[0])]
    row = tables["a"][0]
    assert len(pictures) == 10 and pictures[0].shape == face.shape
    edge = pictures[0][int(row["face_y"]), int(row["face_x"]) + 10].astype(int)
    assert edge[1] > edge[0] + 40 and edge[1] > edge[2] + 40  # green


def test_a_folder_that_is_also_the_output_holds_the_same_inputs_the_next_time(bundle, face, tmp_path):
    video(tmp_path / "a.avi", moving(face, 3))
    for _ in range(2):
        assert list(detect(bundle, tmp_path, tmp_path, "--overlay", "--no-report")[1]) == ["a"]
    assert (tmp_path / "a_overlay.mp4").exists()


def test_a_folder_can_be_one_video(bundle, face, tmp_path):
    (tmp_path / "take").mkdir()
    for number, picture in enumerate(moving(face, 5)):
        cv2.imwrite(str(tmp_path / f"take/{number:03d}.png"), picture)
    _, tables = detect(bundle, tmp_path / "out", tmp_path / "take", "--sequence")
    assert list(tables) == ["take"] and len(tables["take"]) == 5


@pytest.mark.parametrize(
    "given, message", [("missing.avi", "no such file"), ("empty", "no picture and no video in it")]
)
def test_an_input_that_is_not_there_is_an_error(bundle, tmp_path, capfd, given, message):
    (tmp_path / "empty").mkdir()
    assert detect(bundle, tmp_path / "out", tmp_path / given)[0] == 1
    assert message in capfd.readouterr().err


def test_a_model_of_drawn_faces_says_so_everywhere(face, tmp_path, capfd):
    bundle = random_bundle(tmp_path, synthetic=True)
    _, tables = detect(bundle, tmp_path / "out", video(tmp_path / "a.avi", moving(face, 3)))
    assert all(row["model"].startswith("synthetic-") for row in tables["a"])
    assert json.loads((tmp_path / "out/a.json").read_text())["synthetic"]
    assert "means nothing" in (tmp_path / "out/a.html").read_text() and "means nothing" in capfd.readouterr().out


@needs_chromium
def test_the_page_is_faultless_on_desktop_and_phone(bundle, face, tmp_path):
    pictures = moving(face, 12)
    pictures[5] = np.zeros_like(face)
    detect(bundle, tmp_path / "out", video(tmp_path / "a.avi", pictures))
    facts = check_page(tmp_path / "out/a.html")
    assert not facts["console"] and not facts["requests"] and facts["overflow"] == 0
    assert len(facts["images"]) == 2 and all(image["width"] for image in facts["images"])
    assert "6 to 6" in (tmp_path / "out/a.html").read_text()
