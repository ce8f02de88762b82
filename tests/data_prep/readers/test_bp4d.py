"""The BP4D reader on trees in the layouts of its copies."""

import os
import shutil
import warnings

import cv2
import numpy as np
import pytest

from data_prep.readers.bp4d import read_bp4d
from data_prep.readers.bp4d_files import SUBJECTS
from data_prep.readers.bp4d_partitions import FERA_DEV, FERA_TRAIN, offset_of
from data_prep.readers.recording import grades
from data_prep.subjects.aus import SHARED_AUS
from data_prep.system.errors import InputError

FERA = ("BP4D-training", "AUCoding")
NARROW = (1, *(au for au in range(1, 40) if au not in (3, 8, 21, 36, 40)))  # first value meaningless, then AUs


@pytest.fixture
def tree(tmp_path):
    """Write task T1 of F001 and M009: images 10 to 15, rows 11 to 13; AU k at frame f is (k + f) % 2; AU 5 is 9."""
    root = tmp_path / "BP4D"

    def write(
        images=FERA[0],
        labels=FERA[1],
        numbers=range(10, 16),
        rows=(11, 12, 13),
        padding=0,
        header=range(100),
        subjects=("F001", "M009"),
        task="T1",
    ):
        picture = cv2.imencode(".jpg", np.full((4, 3, 3), 128, np.uint8))[1].tobytes()
        for subject in subjects:
            folder = root / images / subject / task
            folder.mkdir(parents=True)
            for number in numbers:
                (folder / f"{number:0{padding}d}.jpg").write_bytes(picture)
            (root / labels).mkdir(parents=True, exist_ok=True)
            cells = [[row, *(9 if au == 5 else (au + row) % 2 for au in list(header)[1:])] for row in rows]
            text = "".join(",".join(map(str, line)) + "\n" for line in [header, *cells])
            (root / labels / f"{subject}_{task}.csv").write_text(text)
        return root

    return write


def expected(rows):
    return [[-1 if au == 5 else (au + row) % 2 for au in SHARED_AUS] for row in rows]


def test_the_partitions_of_fera_are_the_odd_and_the_even_ids():
    assert len(FERA_TRAIN) == 21 and len(FERA_DEV) == 20 and sorted(FERA_TRAIN + FERA_DEV) == sorted(SUBJECTS)
    assert {"F001", "F023", "M017"} <= set(FERA_TRAIN) and {"F002", "F022", "M018"} <= set(FERA_DEV)


@pytest.mark.parametrize(
    "images, labels",
    [
        FERA,
        ("BP4D-training", "AUCoding/AUCoding"),
        ("Sequences(2D+3D)", "AUCoding/AU_OCC"),
        ("Sequences_2D+3D", "AUCoding/AU_OCC"),
        ("Sequences", "AUCoding/AU_OCC"),
        ("2D+3D", "AUCoding/AU_OCC"),
        ("www.cs.binghamton.edu/~gaic/BP4D/Sequences(2D+3D)", "AUCoding"),
    ],
)
def test_every_layout_gives_one_recording_per_task(tree, images, labels):
    first, second = read_bp4d(tree(images, labels))
    assert (first.subject, first.sequence, second.subject) == ("F001", "T1", "M009")
    assert first.au == SHARED_AUS and first.frame.tolist() == [11, 12, 13]
    assert first.label.tolist() == expected((11, 12, 13)) and first.label.dtype == np.int8
    assert [(number, path.name) for number, path in first.images] == [(11, "11.jpg"), (12, "12.jpg"), (13, "13.jpg")]


def test_nine_is_unknown_for_that_au_alone(tree):
    label = read_bp4d(tree())[0].label
    assert (label[:, SHARED_AUS.index(5)] == -1).all() and (np.delete(label, SHARED_AUS.index(5), 1) >= 0).all()


def test_a_narrow_file_is_read_by_its_header_and_its_first_column_is_the_frame(tree):
    recording = read_bp4d(tree(header=NARROW))[0]
    assert len(NARROW) == 36 and recording.frame.tolist() == [11, 12, 13]
    assert recording.label.tolist() == expected((11, 12, 13))


def test_other_aus_can_be_asked_for(tree):
    recording = read_bp4d(tree(), aus=(7, 23))[0]
    assert recording.au == (7, 23) and recording.label[:, 0].tolist() == [(7 + row) % 2 for row in (11, 12, 13)]


@pytest.mark.parametrize("padding", [0, 2, 3, 4])
def test_padding_does_not_matter_and_frame_1_is_image_0_where_there_is_one(tree, padding):
    recording = read_bp4d(tree(numbers=range(6), rows=(4, 5, 6), padding=padding))[0]
    assert [(number, int(path.stem)) for number, path in recording.images] == [(4, 3), (5, 4), (6, 5)]
    assert offset_of(recording) == -1 and recording.label.tolist() == expected((4, 5, 6))


def test_the_offset_can_be_forced(tree):
    tree(numbers=range(6), rows=(1, 2), subjects=("F001",))
    root = tree(numbers=range(1, 6), rows=(1, 2), subjects=("F002",))
    assert [offset_of(recording) for recording in read_bp4d(root, frame_offset="0")] == [0, 0]
    with pytest.warns(
        UserWarning, match=r"F002/T1: 1 of 2 coded frames have no image, first frame 1 \(frame offset -1\)"
    ):
        recording = read_bp4d(root, frame_offset=-1)[1]
    assert recording.images[0][0] == 2 and recording.images[0][1].name == "1.jpg"
    with pytest.raises(InputError, match="frame offset 1: give auto, 0 or -1"):
        read_bp4d(root, frame_offset=1)


@pytest.mark.parametrize("numbers", [range(10, 16), range(1, 16)])
@pytest.mark.parametrize("name", ["0.jpg", "0000.jpg"])
def test_a_stray_image_0_shifts_no_task_and_is_named(tree, numbers, name):
    root = tree(numbers=numbers)
    plain = [recording.images for recording in read_bp4d(root)]
    shutil.copy(root / "BP4D-training/F001/T1/10.jpg", root / f"BP4D-training/F001/T1/{name}")
    with pytest.warns(UserWarning, match=f"F001/T1.*{name}.* (read with 0|frame offset 0)") as caught:
        assert [recording.images for recording in read_bp4d(root)] == plain
    assert len(caught) == 1


@pytest.mark.parametrize(
    "numbers, rows, stray", [(range(1, 6), (2, 3), "0000.jpg"), ([0, 1, *range(11, 16)], (11, 12), None)]
)
def test_a_single_task_is_read_with_the_offset_that_its_images_speak_for(tree, numbers, rows, stray):
    root = tree(numbers=numbers, rows=rows, subjects=("F001",))
    if stray:
        shutil.copy(root / "BP4D-training/F001/T1/1.jpg", root / "BP4D-training/F001/T1" / stray)
    with pytest.warns(UserWarning, match="F001/T1/0+.jpg: does not begin a series .* with frame offset 0"):
        (recording,) = read_bp4d(root)
    assert offset_of(recording) == 0 and recording.frame.tolist() == list(rows)


def test_all_tasks_of_a_copy_have_one_offset_and_those_that_differ_are_named(tree):
    tree(numbers=range(6), rows=(2, 3), subjects=("F001", "M009"))
    root = tree(numbers=range(1, 6), rows=(2, 3), subjects=("F002",))  # has lost its image 0
    with pytest.warns(
        UserWarning, match="F002/T1: by itself, with 1.jpg as its first image, .* 0; read with -1"
    ) as warned:
        recordings = read_bp4d(root)
    assert [offset_of(recording) for recording in recordings] == [-1, -1, -1] and len(warned) == 1
    assert recordings[1].images[0][1].name == "1.jpg" and recordings[1].frame.tolist() == [2, 3]


def test_a_task_that_the_offset_of_its_copy_does_not_fit_keeps_its_own(tree):
    tree(numbers=range(6), rows=(1, 2, 3), subjects=("F001",))
    root = tree(numbers=range(11, 16), rows=(14, 15), subjects=("M009", "F002"))
    (root / "BP4D-training/F001/T1/3.jpg").unlink()
    (root / "BP4D-training/F001/T1/2.jpg").rename(root / "BP4D-training/F001/T1/9.jpg")
    with (
        pytest.warns(UserWarning, match="F001/T1: 1 of 3 coded frames have no image"),
        pytest.warns(UserWarning, match="F001/T1: read with frame offset -1, the other tasks with 0"),
    ):
        assert [offset_of(recording) for recording in read_bp4d(root)] == [-1, 0, 0]


def test_two_copies_below_one_folder_have_their_own_offsets(tree):
    tree(subjects=("F001", "F002", "F003"))
    root = tree(images="Sequences(2D+3D)", numbers=range(6), rows=(2, 3), subjects=("M001",), padding=4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [offset_of(recording) for recording in read_bp4d(root)] == [0, 0, 0, -1]


def test_images_outside_the_coded_frames_are_an_option(tree):
    recording = read_bp4d(tree(), all_images=True)[0]
    assert [number for number, _ in recording.images] == list(range(10, 16)) and recording.frame.tolist() == [
        11,
        12,
        13,
    ]


def test_thermal_images_models_and_junk_are_not_read_and_intensities_are_no_labels(tree):
    root = tree(labels="AUCoding/AU_OCC")
    for name in (
        "AUCoding/AU_INT/AU06/F001_T1_AU06.csv",
        "AUCoding/AU_INT/F001_T1.csv",
        "AU Intensity Codes3.0/F001_T1.csv",
        "AU Intensity Codes3.0/AU06/F001_T1_AU06.csv",
        "Thermal/F001/T1/0000.jpg",
        "3D/F001/T1/0000.jpg",
        "3DFeatures/F001/T1/0000.bnd",
        "__MACOSX/F001/T1/11.jpg",
        "BP4D-training/F001/T1/._11.jpg",
        "BP4D-training/F001/T1/11.obj",
        "BP4D-training/F001/.DS_Store",
        "AUCoding/AU_OCC/._F001_T1.csv",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("11,5\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        recordings = read_bp4d(root)
    assert [recording.label.tolist() for recording in recordings] == [expected((11, 12, 13))] * 2


@pytest.mark.parametrize("folder", ["AUCoding/AU_INT/AU06", "AU Intensity Codes3.0/AU06", "any/folder"])
def test_intensities_are_kept_by_frame_where_there_are_any(tree, folder):
    root = tree(labels="AUCoding/AU_OCC")
    (root / folder).mkdir(parents=True)
    (root / folder / "F001_T1_AU06.csv").write_text("10,4\n11,5\n\n13,9\n")
    (root / folder / "F001_T1_AU10.csv").write_text("11,1\n")  # not among the AUs that are asked for
    first, second = read_bp4d(root)
    others = np.delete(first.intensity, SHARED_AUS.index(6), 1)
    assert first.intensity[:, SHARED_AUS.index(6)].tolist() == [5, -1, -1] and (others == -1).all()
    assert first.intensity.dtype == np.int8 and first.label.tolist() == expected((11, 12, 13))
    assert second.intensity is None and (grades(second) == -1).all() and grades(second).shape == second.label.shape


@pytest.mark.parametrize("row", ["11,6", "11,x", "frame,intensity", "11", "11,1,1"])
def test_a_wrong_row_of_intensities_is_named(tree, row):
    root = tree(labels="AUCoding/AU_OCC")
    (root / "AUCoding/AU_INT/AU06").mkdir(parents=True)
    (root / "AUCoding/AU_INT/AU06/F001_T1_AU06.csv").write_text(f"11,0\n{row}\n")
    with pytest.raises(InputError, match=f"F001_T1_AU06.csv:2: '{row}' is not a frame with .*move it away: it is not"):
        read_bp4d(root)


@pytest.mark.parametrize(
    "labels, name",
    [("AUCoding/AU_INT", "F001_T1.csv"), ("AU Intensity Codes3.0", "F001_T1.csv"), ("labels/AU06", "F001_T1_AU06.csv")],
)
def test_intensities_alone_are_no_labels(tree, labels, name):
    root = tree(labels=labels)
    for path in (root / labels).iterdir():
        path.rename(path.with_name(path.name.replace("F001_T1.csv", name).replace("M009_T1.csv", f"2{name}")))
    with pytest.raises(InputError, match=f"no label files .*; [^;]*/{labels} holds intensities; this reader takes occ"):
        read_bp4d(root)


def test_thermal_images_alone_are_no_images(tree):
    root = tree(images="Thermal")
    with pytest.raises(InputError, match="no images .*it holds: AUCoding, Thermal; .*/Thermal holds thermal images"):
        read_bp4d(root)


def test_a_gap_in_the_coded_frames_is_told(tree):
    root = tree(rows=(11, 12, 15), subjects=("F001",))
    with pytest.warns(UserWarning, match="F001_T1.csv: 2 frames between the first and the last coded one have no row"):
        assert read_bp4d(root)[0].frame.tolist() == [11, 12, 15]


def test_links_are_followed_once(tree):
    root = tree()
    (root / "again").symlink_to(root)
    assert len(read_bp4d(root)) == 2


def test_drawn_faces_further_below_are_not_read_as_the_dataset(tree):
    root = tree()
    (root / "synthetic.json").write_text("{}")
    assert len(read_bp4d(root)) == 2
    with pytest.raises(InputError, match=f"synthetic faces lie in {root}; give that folder"):
        read_bp4d(root.parent)


@pytest.mark.parametrize("labels", ["\xe4".encode("latin-1"), b"\xff"])
def test_a_name_that_is_no_utf_8_is_named_as_opencv_dies_of_it(tree, labels):
    root = tree(images=os.fsdecode(labels))
    with pytest.raises(InputError, match="F001/T1: a name in this path is not UTF-8; rename it"):
        read_bp4d(root)


@pytest.mark.parametrize("written", ["\ufeff{}", "{}\n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_label_files_of_other_systems_are_read(tree, written, end):
    root = tree(images="my images/BP4D-training", labels="Zoë/AUCoding")
    path = root / "Zoë/AUCoding/F001_T1.csv"
    path.write_bytes(written.format(path.read_text()).replace("\n", end).encode())
    assert read_bp4d(root)[0].label.tolist() == expected((11, 12, 13))


def test_a_second_equal_label_file_is_fine_and_a_different_one_is_named(tree):
    root = tree(labels="AUCoding/AU_OCC")
    text = (root / "AUCoding/AU_OCC/F001_T1.csv").read_text()
    (root / "AUCoding/F001_T1.csv").write_text(text)
    assert len(read_bp4d(root)) == 2
    (root / "AUCoding/F001_T1.csv").write_text(text.replace("\n11,", "\n10,"))
    with pytest.raises(InputError, match="F001_T1.csv: a second copy of .*F001_T1.csv; move one"):
        read_bp4d(root)


def test_two_copies_of_the_images_are_named(tree):
    root = tree()
    (root / "Sequences/F001/T1").mkdir(parents=True)
    (root / "Sequences/F001/T1/0011.jpg").touch()
    with pytest.raises(InputError, match="Sequences/F001/T1: a second copy of .*BP4D-training/F001/T1"):
        read_bp4d(root)


def test_wrong_folders_say_what_they_hold(tree, tmp_path):
    root = tree()
    with pytest.raises(InputError, match="no such folder"):
        read_bp4d(tmp_path / "nowhere")
    for below, message in (
        ("BP4D-training", "no label files .*it holds: F001, M009"),
        ("BP4D-training/F001", "no label files .*it holds: T1"),
        ("BP4D-training/F001/T1", "no label files .*it holds: 10.jpg"),
        ("AUCoding", "no images .*it holds: F001_T1.csv, M009_T1.csv"),
    ):
        with pytest.raises(InputError, match=f"{message}.*; give {root}$"):
            read_bp4d(root / below)
    with pytest.warns(UserWarning, match=f"BP4D lies in {root}; give that folder"):
        assert len(read_bp4d(root.parent)) == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="it holds: nothing; give the folder that holds both AUCoding and the images$"):
        read_bp4d(tmp_path / "empty")


def test_images_still_in_their_archives_are_named(tree):
    root = tree()
    for path in (root / "BP4D-training").rglob("*.jpg"):
        path.unlink()
    for subject in ("F001", "M009"):
        (root / f"BP4D-training/{subject}/T1").rmdir()
        (root / f"BP4D-training/{subject}").rmdir()
        (root / f"BP4D-training/{subject}.zip").touch()
    with pytest.raises(InputError, match="no images .*unpack .*F001.zip, .*M009.zip$"):
        read_bp4d(root)
    (root / "BP4D-training/M009/T1").mkdir(parents=True)
    (root / "BP4D-training/M009/T1/11.jpg").touch()
    with pytest.raises(InputError, match="no images of F001, .*; unpack .*F001.zip"):
        read_bp4d(root)
    (root / "AUCoding").rename(root / "rest")
    for path in (root / "rest").iterdir():
        path.unlink()
    (root / "AUCoding.zip").touch()
    with pytest.raises(InputError, match="no label files .*; unpack [^ ]*/AUCoding.zip$"):
        read_bp4d(root)
    with pytest.raises(InputError, match="AUCoding.zip: an archive; unpack it and give the folder that holds both"):
        read_bp4d(root / "AUCoding.zip")


def test_a_subject_or_task_with_one_half_only_is_named(tree):
    root = tree()
    tree(subjects=("F001",), task="T2")
    (root / "AUCoding/F001_T2.csv").rename(root / "F001_T2.txt")
    with pytest.raises(InputError, match="no label file of F001/T2, though .*BP4D-training/F001/T2 is here; add it"):
        read_bp4d(root)
    (root / "F001_T2.txt").rename(root / "AUCoding/F001_T2.csv")
    (root / "AUCoding/M009_T1.csv").unlink()
    with pytest.raises(InputError, match="no label file of M009, though"):
        read_bp4d(root)
    (root / "AUCoding/M002_T1.csv").write_text("0,1\n")
    (root / "BP4D-training/M009/T1").rename(root / "BP4D-training/M009/rest")
    with pytest.raises(InputError, match="no images of M002, though .*M002_T1.csv is here; add it"):
        read_bp4d(root)


def test_an_empty_task_folder_is_named(tree):
    root = tree()
    for path in (root / "BP4D-training/F001/T1").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="no images of F001, .*BP4D-training/F001/T1 holds no jpg, copy its images"):
        read_bp4d(root)


@pytest.mark.parametrize(
    "subject, task, message",
    [
        ("F047", "T1", r"F047 is not a subject of BP4D \(F001-F023, M001-M018\)"),
        ("M058", "T1", "M058 is not a subject of BP4D .*"),
        ("F001", "T10", r"T10 is not a task of BP4D \(T1-T8\)"),
    ],
)
def test_bp4d_plus_is_another_dataset(tree, subject, task, message):
    with pytest.raises(
        InputError, match=rf"{message}; BP4D\+, which has F001-F082, .* is another dataset; give BP4D's own"
    ):
        read_bp4d(tree(subjects=(subject,), task=task))


def test_one_coded_frame_without_image_is_left_out_with_a_warning_and_many_are_an_error(tree):
    root = tree(rows=(13, 14, 15, 16), subjects=("F001",))
    with pytest.warns(UserWarning, match="1 of 4 coded frames have no image, first frame 16 .*left out"):
        recording = read_bp4d(root)[0]
    assert recording.frame.tolist() == [13, 14, 15] and len(recording.label) == len(recording.images) == 3
    (root / "BP4D-training/F001/T1/14.jpg").unlink()
    with pytest.raises(
        InputError, match="F001/T1: 2 of 4 coded frames have no image, first frame 14 .*copy the images"
    ):
        read_bp4d(root)


def test_a_single_coded_frame_needs_its_image(tree):
    with pytest.raises(
        InputError, match="F001/T1: 1 of 1 coded frames have no image, first frame 16 .*copy the images"
    ):
        read_bp4d(tree(rows=(16,)))


@pytest.mark.parametrize(
    "name, message",
    [
        ("20130612123456789012.jpg", "not named by its frame number"),
        ("face.jpg", "not named by its frame number such as 2440.jpg"),
        ("0011.jpg", "the same frame as 0011.jpg|the same frame as 11.jpg"),
    ],
)
def test_image_names_that_are_no_frame_or_twice_the_same_are_named(tree, name, message):
    root = tree()
    (root / "BP4D-training/F001/T1" / name).touch()
    with pytest.raises(InputError, match=message):
        read_bp4d(root)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "F001_T1.csv: no coded frames; the file is empty"),
        ("0,1,2,4,5,6,9,12,15,17,20\n", "no coded frames; the file ends after its header"),
        ("0,1,2,4,5,6,9,12,15,17\n11,0,0,0,0,0,0,0,0,0\n", "none of its 10 columns is AU 20"),
        ("0,1,2,4,5,6,9,12,15,17,20\n11,0,0,0,0,0,0,0,0,0,0\n12,0,3,0,0,0,0,0,0,0,0\n", "csv:3: AU 2 is '3'"),
        ("0,1,2,4,5,6,9,12,15,17,20\n11,0,0,0,0,0,0,0,0,0.5,0\n", "csv:2: AU 17 is '0.5'; occurrence is 0, 1, or 9"),
        ("0,1,2,4,5,6,9,12,15,17,20\n11,0,0,0,0,0,0,0,0,0,\n", "csv:2: AU 20 is ''"),
        ("0,1,2,4,5,6,9,12,15,17,20\n99999999999999999999,0,0,0,0,0,0,0,0,0,0\n", "csv:2: '9999.*of up to nine digits"),
        ("0;1;2;4;5;6;9;12;15;17;20\n11;0;0;0;0;0;0;0;0;0;0\n", "csv:1: .* is not a header of distinct AU numbers"),
        ("0,1,2,4,5,6,9,12,15,17,20\nx,0,0,0,0,0,0,0,0,0,0\n", "csv:2: 'x' in the first column"),
        (
            "0,1,2,4,5,6,9,12,15,17,20\n11,0,0,0,0,0,0,0,0,0,0\n11,0,0,0,0,0,0,0,0,0,0\n",
            "csv:3: '11' in the first column",
        ),
        ("0,1,2,4,5,6,9,12,15,17,20\n11,0,0,0,0\n", "csv:2: 5 cells under a header of 11"),
        ("11,0,0,0,0,0,0,0,0,0,0\n12,0,0,0,0,0,0,0,0,0,0\n", "csv:1: .* is not a header of distinct AU numbers"),
        ("frame,AU1,AU2\n11,0,0\n", "csv:1: .* is not a header of distinct AU numbers"),
        ("2440,5\n2441,5\n", "none of its 2 columns is AU 1; it is not an occurrence file"),
    ],
)
def test_a_label_file_that_is_none_is_named_by_line_and_au(tree, text, message):
    root = tree()
    (root / "AUCoding/F001_T1.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_bp4d(root)


@pytest.mark.parametrize("missing, is_error", [(0, False), (4, False), (5, True), (40, True)])
def test_up_to_one_image_in_a_hundred_may_be_missing(tree, missing, is_error):
    root = tree(numbers=range(1, 401 - missing), rows=range(1, 401), subjects=("F001",))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if is_error:
            with pytest.raises(InputError, match=f"F001/T1: {missing} of 400 coded frames have no image"):
                read_bp4d(root)
        else:
            assert read_bp4d(root)[0].frame.tolist() == list(range(1, 401 - missing))
    assert len(caught) == (1 if missing == 4 else 0)
