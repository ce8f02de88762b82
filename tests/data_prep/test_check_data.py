"""What the check of raw datasets says, and when it fails."""

import os

import cv2
import numpy as np
import pytest

from data_prep.check_data import check, main
from data_prep.datasets.dataset import Dataset, Expected
from data_prep.datasets.table import BP4D, CKPLUS, DATASETS, DISFA
from data_prep.pictures.cut_short import cut_short
from data_prep.readers.recording import Recording
from data_prep.subjects.aus import DISFA_AUS, SHARED_AUS

HEADER = ",".join(map(str, range(100)))


@pytest.fixture
def bp4d(tmp_path):
    """Write subjects with task T1 of frames 1 and 2: every AU present, then absent; tiny images."""

    def write(subjects=("F001", "F002", "M001"), first="1", second="0", images=(1, 2)):
        for subject in subjects:
            folder = tmp_path / "BP4D/BP4D-training" / subject / "T1"
            folder.mkdir(parents=True)
            for number in images:
                cv2.imwrite(str(folder / f"{number}.jpg"), np.full((8, 6, 3), 90, np.uint8))
            (tmp_path / "BP4D/AUCoding").mkdir(exist_ok=True)
            rows = ["1" + f",{first}" * 99, "2" + f",{second}" * 99]
            (tmp_path / f"BP4D/AUCoding/{subject}_T1.csv").write_text("\n".join([HEADER, *rows]) + "\n")
        return tmp_path / "BP4D"

    return write


@pytest.fixture
def disfa(tmp_path):
    """Write three subjects with videos of `frames` frames and 4 label rows, every AU in the first row."""

    def write(frames=4):
        for subject in ("SN001", "SN002", "SN003"):
            (tmp_path / "DISFA/Videos_LeftCamera").mkdir(parents=True, exist_ok=True)
            path = tmp_path / f"DISFA/Videos_LeftCamera/LeftVideo{subject}_comp.avi"
            video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20, (64, 48))
            for shade in range(frames):
                video.write(np.full((48, 64, 3), shade, np.uint8))
            video.release()
            labels = tmp_path / f"DISFA/ActionUnit_Labels/{subject}"
            labels.mkdir(parents=True)
            for au in DISFA_AUS:
                (labels / f"{subject}_au{au}.txt").write_text("1,3\n2,0\n3,0\n4,0\n")
        return tmp_path / "DISFA"

    return write


@pytest.fixture
def check_command(capsys):
    """Run the command; returns (exit status, what it printed)."""

    def run(*arguments):
        try:
            main(list(map(str, arguments)))
            status = 0
        except SystemExit as end:
            status = end.code
        return status, capsys.readouterr().out

    return run


def test_the_expected_subjects_are_those_of_the_datasets():
    disfa, bp4d, ckplus = (DATASETS[key].expected for key in (DISFA, BP4D, CKPLUS))
    assert [len(disfa.subjects), len(bp4d.subjects), ckplus.subjects] == [27, 41, 123]
    assert tuple(disfa.share) == DISFA_AUS and tuple(bp4d.share) == SHARED_AUS


def test_an_incomplete_dataset_is_ready_and_what_it_lacks_is_a_note(bp4d, check_command):
    status, text = check_command("--bp4d", bp4d())
    assert status == 0 and text.startswith("BP4D at ") and text.rstrip().endswith("ready; see the notes")
    for line in (
        "subjects             3   expected 41",
        "sequences            3   expected 328",
        "coded frames         6   expected 146,847",
        "pictures     6x8 in 3",
        "frame offset 0 in 3 tasks",
        "FERA train           4   from 2 subjects",
        "FERA dev             2   from 1 subjects",
        "   1  Inner brow raiser             3   50.0%         3          0        21.1%",
        "- subjects: 3 of 41",
        "- without: F003, F004, ",
        " and 28 more",
        "- pictures of 6x8, expected 1040x1392",
    ):
        assert line in text
    assert "problems" not in text and "right column" not in text


def test_synthetic_faces_are_called_so_and_not_compared(bp4d, check_command):
    root = bp4d()
    (root / "synthetic.json").write_text("{}")
    status, text = check_command("--bp4d", root)
    assert status == 0 and text.startswith("synthetic faces in BP4D's layout at ")
    assert "synthetic faces, not BP4D: counts and shares are not compared" in text
    assert "expected" not in text and "rough guide" not in text


def test_what_a_reader_raises_is_a_problem_and_the_other_datasets_are_checked_all_the_same(
    bp4d, tmp_path, check_command
):
    status, text = check_command("--disfa", tmp_path / "nowhere", "--bp4d", bp4d())
    assert status == 1 and "nowhere: no such folder" in text and "NOT READY" in text
    assert text.rstrip().endswith("ready; see the notes") and "subjects             3" in text


def test_what_a_reader_warns_of_is_a_note(bp4d, check_command):
    status, text = check_command("--bp4d", bp4d(images=(1,)))
    assert "F001/T1: 1 of 2 coded frames have no image" in text.split("notes")[1].split("problems")[0]
    assert status == 1 and "AU 1 is present in every coded frame" in text  # the absent ones were left out


@pytest.mark.parametrize("first", ["0", "9"])
def test_an_au_without_positives_is_a_problem(bp4d, check_command, first):
    status, text = check_command("--bp4d", bp4d(first=first))
    assert status == 1 and "AU 12 is absent in every coded frame; there is nothing to learn or to score" in text


def test_an_au_that_is_nowhere_coded_and_subjects_without_any_label_are_problems(bp4d, check_command):
    status, text = check_command("--bp4d", bp4d(first="9", second="9"))
    assert status == 1 and "AU 12 is not coded in any frame" in text
    assert "no AU is coded in any frame of: F001, F002, M001" in text


def test_masked_cells_are_counted_per_au_and_no_share_of_them(bp4d, check_command):
    root = bp4d()
    path = root / "AUCoding/F001_T1.csv"
    path.write_text(path.read_text().replace("\n2,0,0,0,0,", "\n2,9,0,0,0,"))
    assert "   1  Inner brow raiser             3   60.0%         3          1" in check_command("--bp4d", root)[1]


def test_too_few_subjects_are_a_problem(bp4d, check_command):
    status, text = check_command("--bp4d", bp4d(subjects=("F001", "M001")))
    assert status == 1 and "2 of at least 3 subjects" in text


def test_an_image_that_cannot_be_read_is_a_problem_and_those_cut_short_are_noted(bp4d, check_command):
    root = bp4d()
    short = root / "BP4D-training/F002/T1/2.jpg"
    short.write_bytes(short.read_bytes()[:-20])
    (root / "BP4D-training/F001/T1/1.jpg").write_text("no image")
    (root / "BP4D-training/M001/T1/2.jpg").write_bytes(b"")
    status, text = check_command("--bp4d", root)
    assert status == 1 and "F001/T1/1.jpg: cannot be read as an image" in text
    assert f"- images that are empty or cut short: {short}, {root}/BP4D-training/M001/T1/2.jpg\n" in text


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_picture_without_its_end_is_cut_short_and_one_with_something_after_it_is_not(tmp_path, suffix):
    path = tmp_path / f"1{suffix}"
    content = cv2.imencode(suffix, np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8))[1].tobytes()
    for ending, expected in (
        (content, False),
        (content + bytes(10), False),
        (content[:-20], True),
        (content[:9], True),
        (b"", True),
        (b"text", False),
    ):
        path.write_bytes(ending)
        assert cut_short(path) == expected


def test_an_image_that_claims_more_pixels_than_can_be_is_a_problem(bp4d, check_command):
    root = bp4d()
    path = root / "BP4D-training/F001/T1/1.jpg"
    path.write_bytes(b"P5 100000 100000 255\n" + b"0" * 100)
    status, text = check_command("--bp4d", root)
    assert status == 1 and f"{path}: cannot be read as an image; copy it again" in text


def test_names_that_the_terminal_cannot_show_are_escaped(disfa, check_command):
    root = disfa()
    (root / "ActionUnit_Labels").rename(root / os.fsdecode(b"\xe4"))
    status, text = check_command("--disfa", root)
    assert status == 1 and r"DISFA/\udce4/SN001/SN001_au1.txt: a name in this path is not UTF-8; rename it" in text


def test_rows_missing_in_the_middle_of_all_label_files_are_noted(disfa, check_command):
    root = disfa()
    for au in DISFA_AUS:
        (root / f"ActionUnit_Labels/SN002/SN002_au{au}.txt").write_text("1,3\n4,0\n")
    status, text = check_command("--disfa", root)
    assert status == 0 and "- frames without labels before the last coded one: 2 in LeftVideoSN002_comp.avi\n" in text


@pytest.mark.parametrize(
    "frames, status, words",
    [
        (3, 0, ""),
        (4, 0, ""),
        (5, 0, ""),
        (2, 1, "header says 2 frames, the labels go to frame 4; copy the video again"),
        (6, 0, "header says 6 frames, the labels go to frame 4 only"),
    ],
)
def test_a_videos_length_by_its_header_is_held_against_the_labels(disfa, check_command, frames, status, words):
    code, text = check_command("--disfa", disfa(frames))
    assert code == status and words in text and ("header" in text) == bool(words)
    assert "pictures     64x48, 20 fps in 3" in text and "expected 130,814" in text


def test_a_video_that_is_cut_short_or_none_is_a_problem(disfa, check_command):
    root = disfa()
    first, second = (root / f"Videos_LeftCamera/LeftVideo{subject}_comp.avi" for subject in ("SN001", "SN002"))
    first.write_bytes(first.read_bytes()[:-300])
    second.write_text("no video")
    status, text = check_command("--disfa", root)
    assert status == 1 and "LeftVideoSN001_comp.avi: the file is shorter than its header says" in text
    assert "LeftVideoSN002_comp.avi: OpenCV cannot open this video" in text


def test_a_share_far_from_the_rough_guide_is_noted_when_the_dataset_is_complete(tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.zeros((4, 4), np.uint8))
    images = tuple((number, tmp_path / "1.png") for number in range(10))
    label = np.zeros((10, 2), np.int8)
    label[:4, 0] = label[:2, 1] = 1
    recordings = [Recording(name, "", tmp_path, images, np.arange(10), label, (1, 2)) for name in "abc"]
    expected = Expected(subjects=3, sequences=3, frames=30, sizes=("4x4",), share={1: 10.0, 2: 21.0})
    finding = check(Dataset("x", "X", lambda root: recordings, expected=expected), tmp_path, {})
    assert finding.notes == ["AU 1: 40.0% positive, the rough guide is 10.0%; is it the right column?"]
    assert not finding.problems


def test_ungraded_labels_of_ckplus_are_counted(tmp_path, check_command):
    rows = ["1 3", "12 4\n17 0"]
    for name in ("S005", "S010", "S011"):
        for k, text in enumerate(rows, start=1):
            stem = f"{name}/00{k}/{name}_00{k}_00000007"
            for folder in ("images", "FACS"):
                (tmp_path / folder / name / f"00{k}").mkdir(parents=True)
            cv2.imwrite(str(tmp_path / "images" / f"{stem}.png"), np.zeros((490, 640), np.uint8))
            (tmp_path / "FACS" / f"{stem}_facs.txt").write_text(text)
    _, text = check_command("--ckplus", tmp_path)
    assert "ungraded             3   AUs coded without an intensity" in text
    assert "sequences            6   expected 593" in text and "pictures     640x490 in 6" in text


def test_a_csv_of_ones_own_is_checked(tmp_path, check_command):
    rows = ["subject,image,AU12,smile"]
    for name in ("anna", "ben", "eve"):
        for number in (0, 1):
            cv2.imwrite(str(tmp_path / f"{name}{number}.png"), np.zeros((4, 4), np.uint8))
            rows.append(f"{name},{name}{number}.png,{number},7")
    (tmp_path / "mine.csv").write_text("\n".join(rows) + "\n")
    status, text = check_command("--csv", tmp_path / "mine.csv")
    assert status == 0 and text.startswith("mine at ") and "  12  Lip corner puller             3   50.0%" in text
    assert "not read, as they name no AU: 'smile'" in text and "expected" not in text


def test_one_dataset_must_be_named(check_command):
    assert check_command()[0] == 2
