"""tools.detect on pictures of all kinds and names, on videos of one frame, and on folders with other files in them."""

import csv
import json

import cv2
import numpy as np
import pi_heif
import pillow_heif
import pytest
from PIL import Image

from data_prep.system.errors import InputError
from tests.bundles import video
from tests.odd_videos import shorten, with_times
from tools import detect as command
from tools.detection.inputs import find_inputs, read_frames

pillow_heif.register_heif_opener()  # which writes, too
pi_heif.register_heif_opener()  # reads, as the project does
UNSURE = "detections of a single picture are less sure"


@pytest.fixture
def detect(bundle, tmp_path, capfd, monkeypatch):
    """Run the command without processes of its own; ({name: JSON}, {name: rows of its CSV}, what it printed)."""
    monkeypatch.setattr(command, "run_all", lambda function, tasks, *_: ((task, function(task)) for task in tasks))

    def run(*arguments, out="out"):
        command.main([*map(str, arguments), "--model", str(bundle), "--out", str(tmp_path / out), "--no-report"])
        facts = {path.stem: json.loads(path.read_text()) for path in (tmp_path / out).glob("*.json")}
        return facts, {name: rows_of(tmp_path / out / f"{name}.csv") for name in facts}, capfd.readouterr().out

    return run


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def save(path, image, *others, kind=None, **options):
    """Write BGR pictures by Pillow; returns the path."""
    first, *rest = (Image.fromarray(picture[:, :, ::-1]) for picture in (image, *others))
    first.save(path, kind, **options, **({"save_all": True, "append_images": rest} if rest else {}))
    return path


def test_a_picture_of_any_kind_and_name_is_compared_with_the_average_face(detect, face, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for ending in ("heic", "avif", "gif", "jp2", "webp", "png"):
        save(folder / f"{ending}.{ending}", face)
    for name, kind in (("without", "JPEG"), ("wrong.mp4", "PNG"), ("odd.dat", "HEIF"), ("motion.jpg", "JPEG")):
        save(folder / name, face, kind=kind)
    with open(folder / "motion.jpg", "ab") as file:
        file.write(b"MotionPhoto_Data" + bytes(1000))
    video(folder / "one.avi", [face])
    facts, rows, printed = detect(folder, "--overlay")
    assert set(facts) == {*("heic", "avif", "gif", "jp2", "webp", "png", "without", "wrong", "odd", "motion", "one")}
    assert (
        {fact["mean_face"] for fact in facts.values()} == {"none"}
        and f"note on {len(facts)} inputs: " in printed
        and printed.count(UNSURE) == 1
    )
    assert "cut short" not in printed and "left out" not in printed
    values = np.array([[float(table[0]["AU01_p"]), float(table[0]["AU12_p"])] for table in rows.values()])
    assert all(len(table) == 1 and table[0]["success"] == "1" for table in rows.values())
    assert (tmp_path / "out/one_overlay.png").exists() and not list((tmp_path / "out").glob("*.mp4"))
    plain = values[list(rows).index("png")]
    assert np.abs(values - plain).max() < 0.2  # the same face but for what compression does


def test_an_animation_is_a_video(detect, face, tmp_path):
    moved = [np.roll(face, 2 * k, 1) for k in range(4)]
    for ending in ("gif", "webp"):
        save(tmp_path / f"{ending}.{ending}", *moved, duration=200)
    facts, rows, _ = detect(tmp_path / "gif.gif", tmp_path / "webp.webp", "--overlay")
    for name in ("gif", "webp"):
        assert (facts[name]["frames"], facts[name]["mean_face"], facts[name]["notes"]) == (4, "video", [])
        assert [row["timestamp"] for row in rows[name]] == ["0.000", "0.200", "0.400", "0.600"]
        assert {row["face_id"] for row in rows[name]} == {"0"} and (tmp_path / f"out/{name}_overlay.mp4").exists()


def test_a_sequence_of_one_picture_is_a_picture(detect, face, tmp_path):
    (tmp_path / "take").mkdir()
    save(tmp_path / "take/0001", face, kind="PNG")
    (tmp_path / "take/notes.txt").write_text("said")
    facts, _, printed = detect(tmp_path / "take", "--sequence")
    assert facts["take"]["mean_face"] == "none" and UNSURE in printed
    assert "take: 1 file(s) left out, hidden, overlays, or no pictures or videos: notes.txt" in printed


def test_an_intact_video_is_not_called_cut_short_and_its_times_begin_at_0(detect, tmp_path):
    facts, rows, _ = detect(with_times(tmp_path / "late.mkv", [3200 + 40 * k for k in range(20)]))
    assert facts["late"]["notes"] == [] and [row["timestamp"] for row in rows["late"]][:2] == ["0.000", "0.040"]


def test_a_video_that_is_cut_short_is_noted_where_its_header_does_not_count(detect, face, tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "a.mkv"), cv2.VideoWriter_fourcc(*"MJPG"), 25, (320, 240))
    for k in range(12):
        writer.write(np.roll(face, k, 1))
    writer.release()
    shorten(tmp_path / "a.mkv", 0.6)
    facts, _, _ = detect(tmp_path / "a.mkv")
    count = facts["a"]["frames"]
    assert 3 < count < 12 and facts["a"]["notes"] == [f"ends after frame {count}: the file is cut short"]


def test_what_is_left_out_of_a_folder_is_said_in_one_line(face, tmp_path):
    for name in ("a.png", ".hidden.png", "a_overlay.png", "clip.m4a", "raw.nef"):
        cv2.imwrite(str(tmp_path / "part.png"), face)
        (tmp_path / "part.png").rename(tmp_path / name)
    (tmp_path / "b.txt").write_text("text")
    (tmp_path / "deep").mkdir()
    save(tmp_path / "deep/b", face, kind="JPEG")
    (tmp_path / "broken.jpg").write_text("text")  # meant to be read: what is wrong with it is its own error
    lines = []
    found = find_inputs([tmp_path], tell=lines.append)
    assert [item.source.name for item in found] == ["a.png", "broken.jpg", "b"]
    assert lines == [
        f"{tmp_path}: 5 file(s) left out, hidden, overlays, or no pictures or videos: .hidden.png, a_overlay.png, "
        "b.txt and 2 more"
    ]
    assert len(list(read_frames(found[2]))) == 1 and all(item.is_picture for item in found)


def test_a_file_that_changes_is_looked_at_again(face, tmp_path):
    path = video(tmp_path / "a.avi", [face])
    (item,) = find_inputs([path])
    assert item.is_picture
    video(path, [face] * 3)
    assert not item.is_picture
    path.unlink()
    assert not item.is_picture


def test_pictures_of_a_sequence_are_in_the_order_of_their_numbers(tmp_path, face):
    for number in (1, 2, 9, 10, 11, 100):
        save(tmp_path / f"img{number}.png", face[:, : 320 - number])
    (item,) = find_inputs([tmp_path], sequence=True)
    assert [320 - image.shape[1] for _, image in read_frames(item)] == [1, 2, 9, 10, 11, 100]


def test_a_sequence_is_of_one_person_wherever_the_face_jumps(detect, tmp_path, face):
    folder = tmp_path / "jumps"
    folder.mkdir()
    for number, place in enumerate((0, 600, 300, 900)):
        picture = np.full((240, 1220, 3), 128, np.uint8)
        picture[:, place : place + 320] = face
        save(folder / f"{number}.png", picture)
    facts, _, _ = detect(folder, "--sequence")
    assert facts["jumps"]["with_face"] == 4 and facts["jumps"]["faces"] == 1


def test_an_empty_name_is_an_error_and_no_folder(tmp_path):
    with pytest.raises(InputError, match="an input without a name"):
        find_inputs([""])
