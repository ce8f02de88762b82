"""What goes wrong with data, as the commands tell it: one line and no traceback, or an exclusion that is counted.

Whatever went wrong, the same command completes once it is mended.
"""

import os
import re
import resource
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from data_prep import check_data, prepare_dataset
from data_prep.faces.boxes import NO_FACE, BoxRow
from data_prep.preparation import prepare as preparation
from data_prep.preparation.crops import save_miss
from data_prep.subjects.aus import DISFA_AUS, SHARED_AUS
from data_prep.subjects.subject_file import load_subject, subject_paths
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.system.code import ROOT
from data_prep.system.files import only_writer
from tests.processes import wait_until

FRAMES = (1, 2, 3, 4)  # every AU is present in the first two and absent in the others
DISFA, BP4D, CKPLUS = (("SN001", "SN002", "SN003"), ("F001", "F002", "M001"), ("S005", "S010", "S011"))
VIDEO, LABELS = "Videos_LeftCamera/LeftVideo{}_comp.avi", "ActionUnit_Labels/{0}/{0}_au{1}.txt"
PEOPLE = ("anna", "ben", "Zoë")


def put(path, content=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def write_disfa(root, face):
    for subject in DISFA:
        write_video(root / VIDEO.format(subject), face)
        for au in DISFA_AUS:
            put(root / LABELS.format(subject, au), "".join(f"{frame},{5 * (frame < 3)}\n" for frame in FRAMES))


def write_bp4d(root, face):
    rows = ["0," + ",".join(map(str, range(1, 100))), *(f"{frame}" + f",{int(frame < 3)}" * 99 for frame in FRAMES)]
    for subject in BP4D:
        put(root / f"AUCoding/{subject}_T1.csv", "\n".join(rows) + "\n")
        for frame in FRAMES:
            put(root / f"BP4D-training/{subject}/T1/{frame}.jpg", jpeg(face))


def write_ckplus(root, face):
    for subject in CKPLUS:
        for take, aus in (("001", SHARED_AUS), ("002", (25,))):
            for frame in FRAMES:
                put(root / f"cohn-kanade-images/{subject}/{take}/{subject}_{take}_0000000{frame}.jpg", jpeg(face))
            put(
                root / f"FACS/{subject}/{take}/{subject}_{take}_00000004_facs.txt",
                "".join(f"   {au:.7e}   {5:.7e}\n" for au in aus),
            )


def write_csv(root, face):
    """Pictures in mine.csv, videos in talks.csv."""
    pictures, talks = ["subject,image,AU1,AU12"], ["subject,video,frame,AU1,AU12"]
    for name in PEOPLE:
        write_video(root / f"my videos/{name}.avi", face)
        for frame in FRAMES:
            put(root / f"my pictures/{name} {frame}.jpg", jpeg(face))
            pictures.append(f"{name},my pictures/{name} {frame}.jpg" + f",{int(frame < 3)}" * 2)
            talks.append(f"{name},my videos/{name}.avi,{frame}" + f",{int(frame < 3)}" * 2)
    put(root / "mine.csv", "\n".join(pictures) + "\n")
    put(root / "talks.csv", "\n".join(talks) + "\n")


def jpeg(picture):
    return cv2.imencode(".jpg", picture)[1].tobytes()


def write_video(path, face):
    path.parent.mkdir(parents=True, exist_ok=True)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20, face.shape[1::-1])
    for _ in FRAMES:
        video.write(face)
    video.release()


WRITERS = {"disfa": write_disfa, "bp4d": write_bp4d, "ckplus": write_ckplus, "csv": write_csv}
GIVEN = {"csv": "mine.csv"}  # below the root


@pytest.fixture(scope="module")
def face():
    picture = draw(random_identity(np.random.default_rng(5)), np.zeros(len(DISFA_AUS)))
    return cv2.resize(picture, (320, 240), interpolation=cv2.INTER_AREA)


@pytest.fixture
def complete(tmp_path, face):
    """Write a complete dataset, over what is there; returns its root, in a folder whose name has a space."""

    def write(dataset):
        root = tmp_path / "my data" / dataset
        shutil.rmtree(root, ignore_errors=True)
        WRITERS[dataset](root, face)
        return root

    return write


@pytest.fixture
def run_command(capfd):
    """Run a command; returns (exit status, stdout, [line of stderr that is no progress bar])."""

    def run(command, *arguments):
        try:
            command.main(list(map(str, arguments)))
            status = 0
        except SystemExit as end:
            status = end.code
        out, err = capfd.readouterr()
        return status, out, [line for line in re.split("[\r\n]", err) if line and "find faces" not in line]

    return run


def matches(message, text):
    return re.search(message, text, re.MULTILINE)


def empty(root):
    shutil.rmtree(root)
    root.mkdir()


def give(below):
    return lambda root: root / below


def drop(*patterns):
    def harm(root):
        for path in [path for pattern in patterns for path in root.glob(pattern)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return harm


def pack(pattern):
    """Folders that are still in their archives."""

    def harm(root):
        for folder in list(root.glob(pattern)):
            shutil.make_archive(str(folder), "zip", folder)
            shutil.rmtree(folder)

    return harm


def edit(name, old, new):
    """The first `old` of a text file becomes `new`; everything from there on goes where `new` is None."""

    def harm(root):
        text = (root / name).read_text()
        assert old in text
        put(root / name, text.split(old)[0] if new is None else text.replace(old, new, 1))

    return harm


AU9 = LABELS.format("SN002", 9)
BP4D_ROW = "AUCoding/F001_T1.csv"
FACS_ROW = "FACS/S005/001/S005_001_00000004_facs.txt"
MISHAPS = {
    "disfa": (
        (empty, "disfa: nothing to read in this folder; give the folder that holds ActionUnit_Labels and the video"),
        (give("ActionUnit_Labels"), "no left-camera videos .*it holds: SN001, SN002, SN003; give .*my data/disfa$"),
        (give("Videos_LeftCamera"), "no label files .*; give .*my data/disfa$"),
        (pack("ActionUnit_Labels"), "no label files .*; unpack .*/ActionUnit_Labels.zip$"),
        (pack("Videos_LeftCamera"), "no left-camera videos .*; unpack .*/Videos_LeftCamera.zip$"),
        (drop("ActionUnit_Labels/SN002"), "disfa: subject SN002 has no label files; add the missing files or move"),
        (drop(VIDEO.format("SN002")), "disfa: subject SN002 has no left-camera video; add the missing files or move"),
        (edit(AU9, "2,5", None), "SN002_au9.txt: its 1 frames do not match the 4 .*copy the file"),
        (edit(AU9, "2,5", "2,"), "SN002_au9.txt:2: '2,' is not a .* correct the row or copy the file"),
        (lambda root: put(root / VIDEO.format("SN002")), "LeftVideoSN002_comp.avi: the video file is empty; copy it"),
    ),
    "bp4d": (
        (empty, "bp4d: no label files .*it holds: nothing; give the folder that holds both AUCoding and the images$"),
        (give("AUCoding"), "no images .*it holds: F001_T1.csv, .*; give .*my data/bp4d$"),
        (give("BP4D-training/F001"), "no label files .*it holds: T1; give .*my data/bp4d$"),
        (pack("AUCoding"), "no label files .*; unpack .*/AUCoding.zip$"),
        (pack("BP4D-training"), "no images .*; unpack .*/BP4D-training.zip$"),
        (pack("BP4D-training/*"), "no images .*; unpack .*/F001.zip, .*/F002.zip, .*/M001.zip$"),
        (
            drop("AUCoding/F002*"),
            "no label file of F002, though .*F002/T1 is here; add it, or move the other half away",
        ),
        (drop("BP4D-training/F002"), "no images of F002, though .*F002_T1.csv is here; add it"),
        (
            drop("BP4D-training/F002/T1/[34].jpg"),
            "F002/T1: 2 of 4 coded frames have no image, first frame 3 .*copy the",
        ),
        (edit(BP4D_ROW, "3,0,0", "3,0"), "F001_T1.csv:4: 99 cells under a header of 100; copy the file again"),
        (edit(BP4D_ROW, "0,1,2", None), "F001_T1.csv: no coded frames; the file is empty, copy it again"),
    ),
    "ckplus": (
        (empty, "ckplus: nothing to read in this folder; give the folder that holds cohn-kanade-images and FACS"),
        (give("FACS"), "no images .*it holds: S005, S010, S011; give .*my data/ckplus$"),
        (give("cohn-kanade-images/S005"), "no FACS files .*it holds: 001, 002; give .*my data/ckplus$"),
        (pack("FACS"), "no FACS files .*; unpack .*/FACS.zip$"),
        (pack("cohn-kanade-images"), "no images .*; unpack .*/cohn-kanade-images.zip$"),
        (drop("FACS/*"), "no FACS files .*it holds: FACS, cohn-kanade-images; give the folder that holds"),
        (drop("cohn-kanade-images/S005"), "2 of 6 FACS files have no image of their frame: .*copy the images again"),
        (
            edit(FACS_ROW, "1.0000000e+00   ", "1.0000000e+00"),
            "facs.txt:1: .* is not an AU with an intensity .*correct",
        ),
    ),
    "csv": (
        (lambda root: put(root / "mine.csv"), "mine.csv: no rows below the header; a row per coded picture is needed"),
        (give("."), "csv: no such file; give the CSV with a row per coded picture"),
        (give("my pictures/anna 1.jpg"), "anna 1.jpg: not a CSV in UTF-8 .*; export it as one"),
        (edit("mine.csv", "subject,", "person,"), "mine.csv:1: no column `subject`; it has: person, image, AU1, AU12"),
        (edit("mine.csv", ",AU12", ",AU1"), "mine.csv:1: column 'AU1' repeats 'AU1'; keep one of the two"),
        (
            edit("mine.csv", "anna 2.jpg,1,1", "anna 2.jpg,1,0.7"),
            "mine.csv:3: AU 12 is '0.7'; give 1 for present and 0 for",
        ),
        (edit("mine.csv", "anna 2.jpg,1,1", "anna 2.jpg,1"), "mine.csv:3: 3 cells under a header of 4"),
        (drop("my pictures/ben 2.jpg"), "mine.csv:7: image is 'my pictures/ben 2.jpg'; no such file .*relative to the"),
    ),
}


@pytest.mark.parametrize(
    "dataset, harm, message", [(dataset, *row) for dataset, rows in MISHAPS.items() for row in rows]
)
def test_bad_data_is_one_line_in_both_commands_and_mended_it_is_ready(
    complete, run_command, tmp_path, dataset, harm, message
):
    root = complete(dataset)
    given = harm(root) or root / GIVEN.get(dataset, "")
    status, out, err = run_command(prepare_dataset, dataset, given, "--out", tmp_path / "data")
    assert status == 1 and not out and len(err) == 1 and matches(f"^error: .*{message}", err[0])
    assert not (tmp_path / "data").exists()
    status, out, err = run_command(check_data, f"--{dataset}", given)
    assert status == 1 and not err and matches(message, out)
    status, out, _ = run_command(check_data, f"--{dataset}", complete(dataset) / GIVEN.get(dataset, ""))
    assert status == 0 and out.rstrip().split("\n")[-1].startswith("ready")


def damage(name, keep=0.5):
    """A file of which the end is missing."""

    def harm(root):
        content = (root / name).read_bytes()
        (root / name).write_bytes(content[: int(keep * len(content))])

    return harm


def shorten_all(root):
    for au in DISFA_AUS:
        edit(LABELS.format("SN002", au), "3,0", None)(root)


def spoil(name):
    return lambda root: put(root / name, "no picture")


def without_second_row(root):
    edit(BP4D_ROW, "\n2," + ",".join("1" * 99), "")(root)


JPEG = "cohn-kanade-images/S005/001/S005_001_00000002.jpg"
EXCLUSIONS = (  # dataset, harm, note of the check, warning when preparing, what is printed, labeled frames
    (
        "disfa",
        edit(AU9, "4,0\n", ""),
        "au9.txt: frame 4 is missing",
        "au9.txt: frame 4 is missing",
        "12 faces in 12",
        11,
    ),
    (
        "disfa",
        shorten_all,
        "SN002_comp.avi: its header says 4 frames, the labels go to frame 2 only; the frames after it",
        r"2 frames of 1 videos have no labels .*: LeftVideoSN002_comp.avi \(2\); if all of a video was coded",
        "12 faces in 12",
        10,
    ),
    ("disfa", lambda root: root.parent, "DISFA lies in .*/disfa; give that folder", "DISFA lies in", "12 faces", 12),
    ("bp4d", lambda root: root.parent, "BP4D lies in .*/bp4d; give that folder", "BP4D lies in", "12 faces in 12", 12),
    (
        "bp4d",
        without_second_row,
        "F001_T1.csv: 1 frames between .* no row",
        "F001_T1.csv: 1 frames",
        "11 faces in 11",
        11,
    ),
    (
        "bp4d",
        drop("BP4D-training/F001/T1/4.jpg"),
        "F001/T1: 1 of 4 coded frames have no image, first frame 4 .*left out",
        "F001/T1: 1 of 4 coded frames",
        "11 faces in 11 frames",
        11,
    ),
    ("bp4d", spoil("BP4D-training/F001/T1/3.jpg"), None, None, "11 faces in 12 frames, 0 missed, 1 unreadable", 11),
    (
        "ckplus",
        lambda root: root.parent,
        r"CK\+ lies in .*/ckplus; give that folder",
        r"CK\+ lies",
        "24 faces in 24",
        6,
    ),
    ("ckplus", drop("FACS/S005/001"), "no FACS file of S005/001; these 1", "no FACS file of S005/001", "24 faces", 5),
    ("ckplus", spoil(JPEG), None, None, "23 faces in 24 frames, 0 missed, 1 unreadable", 6),
    ("csv", spoil("my pictures/ben 3.jpg"), None, None, "11 faces in 12 frames, 0 missed, 1 unreadable", 11),
)


@pytest.mark.parametrize("exclusion", EXCLUSIONS)
def test_what_is_left_out_is_counted_and_reported(complete, run_command, tmp_path, exclusion):
    dataset, harm, noted, warned, printed, labeled = exclusion
    root = complete(dataset)
    given = harm(root) or root / GIVEN.get(dataset, "")
    _, out, _ = run_command(check_data, f"--{dataset}", given)
    assert noted is None or matches(noted, out.split("  notes\n")[1].split("  problems\n")[0])
    status, out, err = run_command(prepare_dataset, dataset, given, "--out", tmp_path / "data", "--jobs", "1")
    assert status == 0 and matches(printed, out)
    assert all(line.startswith("warning: ") for line in err)
    assert warned is None or any(matches(warned, line) for line in err)
    assert sum(load_subject(path).labelled.sum() for path in subject_paths(tmp_path / "data")) == labeled


def without_face(*names):
    """Blank pictures of people, one of which cannot be read."""

    def harm(root):
        for name in names:
            for frame in FRAMES:
                put(root / f"my pictures/{name} {frame}.jpg", jpeg(np.full((240, 320, 3), 90, np.uint8)))
            put(root / f"my pictures/{name} 1.jpg", "no picture")

    return harm


def test_a_subject_without_any_face_is_named_left_out_and_counted(complete, run_command, tmp_path):
    root, out = complete("csv"), tmp_path / "data"
    given = ("csv", root / "mine.csv", "--out", out, "--jobs", "1")
    assert run_command(prepare_dataset, *given)[0] == 0
    without_face("ben")(root)
    line = r"warning: .*mine.csv: left out, as no face was found in any of their frames: ben \(4 frames, 1 unreadable\)"
    for _ in range(2):
        status, printed, err = run_command(prepare_dataset, *given)
        assert status == 0 and matches("2 subjects, 8 faces in 8 frames", printed)
        assert len(err) == 1 and matches(f"^{line}; see whether", err[0])
        assert [path.stem for path in subject_paths(out)] == ["Zoë", "anna"]  # the file of before is gone
    report = (out / "detection.md").read_text()
    assert "Left out, as no face was found in any of their frames: ben.\n" in report
    assert "| ben | 4 | 0 | 3 | 1 | 100.00 |" in report and (out / "detection.jpg").is_file()
    shutil.rmtree(root)
    complete("csv")
    status, printed, err = run_command(prepare_dataset, *given)
    assert status == 0 and not err and matches("3 subjects, 12 faces in 12 frames", printed)
    assert not (out / "detection.jpg").exists()


def test_where_no_subject_has_a_face_nothing_is_prepared(complete, run_command, tmp_path):
    root = complete("csv")
    without_face(*PEOPLE)(root)
    status, printed, err = run_command(prepare_dataset, "csv", root / "mine.csv", "--out", tmp_path / "data")
    assert status == 1 and not printed and len(err) == 1
    assert matches(r"^error: .*mine.csv: no face found in any frame of Zoë \(4 frames, 1 unreadable\), anna", err[0])


def test_labels_may_end_before_the_video_does_by_a_frame(complete, run_command, tmp_path):
    root = complete("disfa")
    for au in DISFA_AUS:
        edit(LABELS.format("SN002", au), "4,0\n", "")(root)
    status, _, err = run_command(prepare_dataset, "disfa", root, "--out", tmp_path / "data", "--jobs", "1")
    assert status == 0 and not err


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 512 kB, with further options; skips where only root may."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options):
        try:
            subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size=512k,{options}", "tmpfs", str(folder)],
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("only root may mount a small disk")
        return folder

    yield mount
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fails_then_completes(run_command, given, out, message, mend):
    """The command ends in one line, and once `mend()` was called completes in what it left there."""
    status, printed, err = run_command(prepare_dataset, *given, "--out", out, "--jobs", "1")
    assert status == 1 and not printed and len(err) == 1 and matches(f"^error: .*{message}", err[0])
    for left in out.glob("*.npz") if out.is_dir() else ():
        assert len(load_subject(left).image) == len(FRAMES)  # done before, and complete
    mend()
    status, printed, _ = run_command(prepare_dataset, *given, "--out", out, "--jobs", "1")
    assert status == 0 and matches("3 subjects, 12 faces in 12 frames", printed) and len(subject_paths(out)) == 3
    assert not [path for path in out.rglob("*") if "part" in path.name]


@pytest.mark.parametrize(
    "dataset, name, video", [("disfa", "", VIDEO.format("SN002")), ("csv", "talks.csv", "my videos/ben.avi")]
)
@pytest.mark.parametrize(
    "keep, message",
    [
        (0.6, r"ends after frame \d, its labels go on to frame 4; .* copy it again"),
        (0.001, "OpenCV cannot open this video; copy it again"),
    ],
)
def test_a_video_that_stops_half_way(complete, run_command, tmp_path, dataset, name, video, keep, message):
    root = complete(dataset)
    damage(video, keep)(root)
    status, out, _ = run_command(check_data, f"--{dataset}", root / name)
    assert status == 1 and matches(f"{video}: (OpenCV cannot open|its header|the file is shorter)", out)
    fails_then_completes(
        run_command, (dataset, root / name), tmp_path / "data", f"{video}: {message}", lambda: complete(dataset)
    )


def test_a_file_where_the_output_should_be(complete, run_command, tmp_path):
    put(tmp_path / "data")
    fails_then_completes(
        run_command,
        ("bp4d", complete("bp4d")),
        tmp_path / "data/bp4d",
        "data/bp4d: cannot write here .*; free the path or choose another",
        (tmp_path / "data").unlink,
    )


def test_a_disk_that_is_read_only(complete, run_command, small_disk):
    disk = small_disk("ro")
    fails_then_completes(
        run_command,
        ("bp4d", complete("bp4d")),
        disk / "bp4d",
        r"disk/bp4d: cannot write here \(Read-only file system\); free the path or choose another",
        lambda: subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True),
    )


@pytest.mark.parametrize("pages", range(0, 24, 3))
def test_a_disk_that_is_full(complete, run_command, small_disk, tmp_path, monkeypatch, pages):
    """Whatever is written when the disk is full: a face's crop, boxes, a picture without a face, a record, a report."""
    monkeypatch.setattr(preparation, "run_all", lambda function, tasks, *_: ((task, function(task)) for task in tasks))
    disk, root = small_disk("rw"), complete("csv")
    for name in PEOPLE:
        put(root / f"my pictures/{name} 4.jpg", jpeg(np.full((240, 320, 3), 90, np.uint8)))
    given = ("csv", root / "mine.csv", "--jobs", "1")
    assert run_command(prepare_dataset, *given, "--out", tmp_path / "elsewhere")[0] == 0
    (disk / "other").write_bytes(b"x" * (512 * 1024 - pages * 4096))
    status, printed, err = run_command(prepare_dataset, *given, "--out", disk / "csv")
    assert status == 1 and not printed and len(err) == 1
    assert matches("^error: .*disk/csv: No space left on device; make room and run the same", err[0])
    (disk / "other").unlink()
    assert run_command(prepare_dataset, *given, "--out", disk / "csv")[0] == 0
    assert contents(disk / "csv") == contents(tmp_path / "elsewhere")


def test_a_picture_of_a_miss_that_cannot_be_written_whole_is_not_kept(small_disk):
    disk = small_disk("rw")
    (disk / "other").write_bytes(b"x" * (511 * 1024))
    picture = np.random.default_rng(1).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    with pytest.raises(OSError, match="No space left on device"):
        save_miss(disk, BoxRow("", 1, None, NO_FACE), "anna", picture)
    assert not list((disk / "misses/anna").iterdir())


def test_a_limit_on_the_size_of_files(complete, run_command, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    root, restore = complete("bp4d"), lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 1024, hard))  # between a subject's crops and its file
    try:
        fails_then_completes(run_command, ("bp4d", root), tmp_path / "data", "data: File too large; make room", restore)
    finally:
        restore()


def test_runs_at_the_same_time_wait_for_each_other_and_for_rests_of_one_that_was_killed(complete, tmp_path):
    root, out = complete("bp4d"), tmp_path / "data"
    command = [sys.executable, "-m", "data_prep.prepare_dataset", "bp4d", str(root), "--out", "data", "--jobs", "1"]
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    with only_writer(out):
        for rest in (".F001.part.npz", ".F001.crops.part", "boxes/.F001.part.csv"):
            put(out / rest, "half")
        runs = [
            subprocess.Popen(
                command, cwd=tmp_path, env=dict(os.environ, PYTHONPATH=str(ROOT)), stdout=log.open("w"), stderr=-2
            )
            for log in logs
        ]
        wait_until(lambda: all("waiting for it to end" in log.read_text() for log in logs))
    assert [run.wait(60) for run in runs] == [0, 0]
    for log in logs:
        assert log.read_text().count("data: another run is writing here; waiting for it to end\n") == 1
        assert matches("3 subjects, 12 faces in 12 frames", log.read_text())
    assert len(subject_paths(out)) == 3 and not [path for path in out.rglob("*") if "part" in path.name]
    assert sum("find faces" in log.read_text() for log in logs) == 1  # the second finds all done
