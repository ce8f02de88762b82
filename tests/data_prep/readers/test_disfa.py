"""The DISFA reader on trees in its layout, in those of its copies, and in ones that only look like it."""

import warnings

import numpy as np
import pytest

from data_prep.readers.disfa import mean_face, read_disfa
from data_prep.subjects.aus import DISFA_AUS
from data_prep.system.errors import InputError

PLAIN = "Videos_LeftCamera/LeftVideo{}_comp.avi", "Video_RightCamera/RightVideo{}_Comp.avi"
LABELS = "ActionUnit_Labels/{0}/{0}_au{1}.txt"
AU9 = "ActionUnit_Labels/SN001/SN001_au9.txt"


@pytest.fixture
def tree(tmp_path):
    """Two subjects, three coded frames each; the intensity of AU k at frame f is (k + f) % 6. Videos are no videos."""

    def write(videos=PLAIN, labels=LABELS, row="{},{}\n", frames=(1, 2, 3), root="DISFA"):
        for subject in ("SN001", "SN002"):
            for name in videos:
                put(tmp_path / root / name.format(subject), "video")
            for au in DISFA_AUS:
                rows = [row.format(frame, (au + frame) % 6) for frame in frames]
                put(tmp_path / root / labels.format(subject, au), "".join(rows))
        return tmp_path / root

    return write


@pytest.fixture(autouse=True)
def no_warning_but_the_expected():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def put(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def expected(frames, present_from=1):
    return [[int((au + frame) % 6 >= present_from) for au in DISFA_AUS] for frame in frames]


def test_labels_are_present_from_intensity_1_in_the_order_of_the_aus(tree):
    first, second = read_disfa(tree())
    assert (first.subject, second.subject, first.sequence, first.au) == ("SN001", "SN002", "", DISFA_AUS)
    assert first.label.tolist() == expected((1, 2, 3)) and first.frame.tolist() == [1, 2, 3]
    assert (first.label.dtype, first.frame.dtype) == (np.int8, np.int64)
    assert first.source.name == "LeftVideoSN001_comp.avi" and first.images is None


def test_intensities_are_kept_whatever_counts_as_present(tree):
    root = tree()
    for present_from in (1, 3):
        recording = read_disfa(root, present_from=present_from)[0]
        assert recording.intensity.tolist() == [[(au + frame) % 6 for au in DISFA_AUS] for frame in (1, 2, 3)]
        assert recording.intensity.dtype == np.int8


def test_the_threshold_is_an_option(tree):
    root = tree()
    assert read_disfa(root, present_from=2)[0].label.tolist() == expected((1, 2, 3), 2)
    assert read_disfa(root, present_from=5)[0].label.tolist() == expected((1, 2, 3), 5)
    for wrong in (0, 6):
        with pytest.raises(InputError, match=f"present from intensity {wrong}: give 1 to 5"):
            read_disfa(root, present_from=wrong)


def test_the_right_camera_is_an_option_and_both_are_two_sequences_of_one_subject(tree):
    root = tree()
    right = read_disfa(root, camera="right")
    assert [(r.subject, r.sequence, r.source.name) for r in right] == [
        ("SN001", "", "RightVideoSN001_Comp.avi"),
        ("SN002", "", "RightVideoSN002_Comp.avi"),
    ]
    both = read_disfa(root, camera="both")
    assert [(r.subject, r.sequence, r.source.name) for r in both[:3]] == [
        ("SN001", "left", "LeftVideoSN001_comp.avi"),
        ("SN001", "right", "RightVideoSN001_Comp.avi"),
        ("SN002", "left", "LeftVideoSN002_comp.avi"),
    ]
    assert np.array_equal(both[0].label, both[1].label) and len(both) == 4
    assert [r.view for r in both[:3]] == ["left", "right", "left"] and {r.view for r in right} == {""}
    assert mean_face(root, both, "both") == {"mean face": "over each camera's frames by themselves"}
    assert mean_face(root, right, "right") == {"mean face": "over all frames of the right camera"}
    with pytest.raises(InputError, match="camera 'top': give left, right, both"):
        read_disfa(root, camera="top")


@pytest.mark.parametrize(
    "videos",
    [
        ("Video_LeftCamera/LeftVideo{}_Comp.avi", "Videos_RightCamera/RightVideo{}_comp.avi"),
        ("videos_leftcamera/leftvideo{}_comp.AVI", "video_rightcamera/rightVideo{}_Comp.Avi"),
        ("Videos_LeftCamera/LeftVideo{}_comp.mp4", "Video_RightCamera/RightVideo{}.mp4"),
        ("LeftCamera/LeftVideo_{}_comp.avi", "RightCamera/Right_Video_{}_comp.avi"),
        ("Videos_LeftCamera/Videos_LeftCamera/LeftVideo{}_comp.avi", "videos/RightVideo{}_comp.avi"),
        ("LeftVideo{}_comp.avi", "RightVideo{}_comp.avi"),
    ],
)
def test_the_spellings_of_the_videos_are_accepted(tree, videos):
    both = read_disfa(tree(videos), camera="both")
    assert [recording.source.name for recording in both[:2]] == [name.split("/")[-1].format("SN001") for name in videos]


@pytest.mark.parametrize(
    "labels",
    [
        "ActionUnit_Labels/ActionUnit_Labels/{0}/{0}_au{1}.txt",
        "labels/{0}_au{1}.txt",
        "actionunit_labels/{0}/{0}_AU{1:02d}.TXT",
        "ActionUnit_Labels/{0}/{0}au{1}.txt",
    ],
)
@pytest.mark.parametrize("row", ["{},{}\n", "{} {}\n", "{}\t{}\r\n", " {} , {} \n\n", "{};{}\n", "{}.0,{}.0\n"])
def test_the_spellings_of_label_files_and_rows_are_accepted(tree, labels, row):
    assert read_disfa(tree(labels=labels, row=row))[1].label.tolist() == expected((1, 2, 3))


def test_junk_and_landmarks_are_skipped_without_a_word(tree):
    root = tree()
    for name in (
        ".DS_Store",
        "Videos_LeftCamera/._LeftVideoSN001_comp.avi",
        "Videos_LeftCamera/Thumbs.db",
        "__MACOSX/Videos_LeftCamera/LeftVideoSN001_comp.avi",
        "__MACOSX/ActionUnit_Labels/SN001/SN001_au1.txt",
        "ActionUnit_Labels/SN001/._SN001_au1.txt",
        "ActionUnit_Labels/.DS_Store",
        "ReadMe.txt",
        "Landmark_Points/SN001/tmp_frame_lm/SN001_0000_lm.mat",
        "ActionUnit_Labels.zip",
    ):
        put(root / name)
    assert len(read_disfa(root)) == 2


def test_links_are_followed_once(tree, tmp_path):
    root = tree()
    (root / "Videos_LeftCamera").rename(tmp_path / "elsewhere")
    (root / "Videos_LeftCamera").symlink_to(tmp_path / "elsewhere")
    (root / "again").symlink_to(root)
    assert len(read_disfa(root)) == 2


def test_frame_numbers_are_carried_over_gaps(tree):
    recording = read_disfa(tree(frames=(2, 5, 40)))[0]
    assert recording.frame.tolist() == [2, 5, 40] and recording.label.tolist() == expected((2, 5, 40))


@pytest.mark.parametrize(
    "row", ["2:1", "2,6", "2,-1", "two,1", "0,1", "1,1", "2,1,1", "2", "2,", "2,1.5", "9999999999,1"]
)
def test_a_bad_row_is_named_by_file_and_line(tree, row):
    root = tree()
    put(root / "ActionUnit_Labels/SN002/SN002_au12.txt", f"1,0\n{row}\n3,0\n")
    with pytest.raises(InputError, match=r"SN002_au12.txt:2: .*correct the row"):
        read_disfa(root)


def test_frames_count_from_1(tree):
    with pytest.raises(InputError, match="SN001_au1.txt:1: '0,1' is not a .* row with ascending frames from 1"):
        read_disfa(tree(frames=(0, 1, 2)))


def test_a_file_short_by_one_row_costs_that_frame_with_a_warning(tree):
    root = tree(frames=(1, 2, 3, 4))
    put(root / AU9, "1,0\n2,5\n4,5\n")
    with pytest.warns(UserWarning, match="SN001_au9.txt: frame 3 is missing; only frames in all files are used"):
        short, full = read_disfa(root)
    wanted = np.array(expected((1, 2, 4)))
    wanted[:, DISFA_AUS.index(9)] = [0, 1, 1]
    assert short.frame.tolist() == [1, 2, 4] and short.label.tolist() == wanted.tolist()
    assert full.frame.tolist() == [1, 2, 3, 4]


def test_a_file_with_one_row_too_many_loses_it_with_a_warning(tree):
    root = tree()
    put(root / AU9, "1,0\n2,0\n3,0\n4,0\n")
    with pytest.warns(UserWarning, match="SN001_au9.txt: frame 4 is in no other file"):
        assert read_disfa(root)[0].frame.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "text, message",
    [
        ("1,0\n", "its 1 frames do not match the 3 of the other files, first at frame 2; copy the file again"),
        ("1,0\n2,0\n3,0\n4,0\n5,0\n", "its 5 frames do not match the 3 .*, first at frame 4"),
        ("2,0\n3,0\n4,0\n", "its 3 frames do not match the 3 .*, first at frame 1"),
        ("\n", "the label file is empty; copy it again"),
    ],
)
def test_a_file_that_is_off_by_more_or_empty_is_named(tree, text, message):
    root = tree()
    put(root / AU9, text)
    with pytest.raises(InputError, match=f"SN001_au9.txt: {message}"):
        read_disfa(root)


def test_missing_label_files_are_named(tree):
    root = tree()
    for au in (9, 26):
        (root / f"ActionUnit_Labels/SN001/SN001_au{au}.txt").unlink()
    with pytest.raises(InputError, match=r"AU 9, 26 \(SN001_au9.txt, SN001_au26.txt\); copy the folder again"):
        read_disfa(root)


def test_an_equal_copy_of_a_label_file_is_fine_and_a_different_one_is_named(tree):
    root = tree()
    put(root / "backup/SN001_au09.txt", (root / AU9).read_text())
    assert len(read_disfa(root)) == 2
    put(root / "backup/SN001_au09.txt", "1,1\n")
    with pytest.raises(InputError, match="SN001_au09.txt: a second copy of .*SN001_au9.txt; move one"):
        read_disfa(root)


@pytest.mark.parametrize("second", ["Videos_LeftCamera/LeftVideoSN001_comp.mp4", "old/leftvideosn001_comp.avi"])
def test_two_videos_of_a_subject_and_camera_are_named(tree, second):
    root = tree()
    put(root / second, "video")
    with pytest.raises(InputError, match="(?i)LeftVideoSN001_comp.*: a second copy of .*LeftVideoSN001_comp.avi; move"):
        read_disfa(root)


def test_every_subject_without_labels_or_without_video_is_named(tree):
    root = tree()
    (root / "Videos_LeftCamera/LeftVideoSN002_comp.avi").unlink()
    put(root / "Videos_LeftCamera/LeftVideoSN003_comp.avi", "video")
    with pytest.raises(InputError, match="SN002 has no left-camera video, SN003 has no label files; add the missing"):
        read_disfa(root)
    (root / "Videos_LeftCamera/LeftVideoSN003_comp.avi").unlink()
    assert len(read_disfa(root, camera="right")) == 2
    with pytest.raises(InputError, match="SN002 has no left-camera video; add"):
        read_disfa(root, camera="both")


def test_an_empty_video_and_one_under_another_name_are_named(tree):
    root = tree()
    put(root / "Videos_LeftCamera/LeftVideoSN002_comp.avi")
    with pytest.raises(InputError, match="LeftVideoSN002_comp.avi: the video file is empty; copy it again"):
        read_disfa(root)
    (root / "Videos_LeftCamera/LeftVideoSN002_comp.avi").rename(root / "Videos_LeftCamera/SN002.avi")
    with (
        pytest.warns(UserWarning, match="SN002.avi: not read; .*name it like LeftVideoSN001_comp.avi"),
        pytest.raises(InputError, match="SN002 has no left-camera video"),
    ):
        read_disfa(root)


@pytest.mark.parametrize("given", ["ActionUnit_Labels", "ActionUnit_Labels/SN001", "Videos_LeftCamera"])
def test_a_folder_too_low_says_which_one_to_give(tree, given):
    root = tree()
    with pytest.raises(InputError, match=f"no (left-camera videos|label files) .*it holds: .*; give {root}$"):
        read_disfa(root / given)


def test_a_folder_too_high_is_read_and_says_which_one_to_give(tree):
    root = tree()
    with pytest.warns(UserWarning, match=f"DISFA lies in {root}; give that folder"):
        assert len(read_disfa(root.parent)) == 2


def test_a_folder_that_holds_two_copies_names_both(tree, tmp_path):
    tree(root="DISFA")
    tree(root="copy")
    with pytest.raises(InputError, match="a second copy of .*; move one of the two out of the folder you give"):
        read_disfa(tmp_path)


def test_drawn_faces_further_below_are_not_read_as_the_dataset(tree):
    root = tree()
    put(root / "synthetic.json", "{}")
    assert len(read_disfa(root)) == 2
    with pytest.raises(InputError, match=f"synthetic faces lie in {root}; give that folder"):
        read_disfa(root.parent)


def test_folders_that_are_missing_empty_or_files_are_named(tmp_path):
    holds = "give the folder that holds ActionUnit_Labels and the video folders"
    (tmp_path / "empty/SN001").mkdir(parents=True)
    put(tmp_path / "DISFA.zip")
    put(tmp_path / "file.avi")
    put(tmp_path / "other/notes.txt")
    for name, message in (
        ("nowhere", "no such folder"),
        ("empty", "nothing to read in this folder"),
        ("DISFA.zip", "an archive; unpack it and"),
        ("file.avi", "a file;"),
        ("other", "no label files .*it holds: notes.txt;"),
    ):
        with pytest.raises(InputError, match=f"{name}: {message}.* {holds}"):
            read_disfa(tmp_path / name)


def test_archives_that_are_not_unpacked_are_named(tree, tmp_path):
    names = ["ActionUnit_Labels.zip", "Landmark_Points.zip", "Video_RightCamera.zip", "Videos_LeftCamera.zip"]
    for name in names:
        put(tmp_path / "packed" / name)
    with pytest.raises(InputError, match=r"no label files .*it holds: ActionUnit.*; unpack \S*/ActionUnit_Labels.zip$"):
        read_disfa(tmp_path / "packed")
    (tmp_path / "packed/ActionUnit_Labels.zip").unlink()
    tree(videos=(), root="packed")
    for camera, message in (
        ("left", "left-camera .*; unpack [^ ]*/Videos_LeftCamera.zip$"),
        ("right", "right-camera .*; unpack [^ ]*/Video_RightCamera.zip$"),
        ("both", "left- or right-camera .*; unpack .*Right.*, .*Left.*.zip$"),
    ):
        with pytest.raises(InputError, match=f"no {message}"):
            read_disfa(tmp_path / "packed", camera=camera)
    put(tmp_path / "whole/DISFA.zip")
    with pytest.raises(InputError, match="; unpack .*DISFA.zip$"):
        read_disfa(tmp_path / "whole")


@pytest.mark.parametrize("given", ["", "Labels", "Labels/SN001/A1_AU1_TrailNo_1"])
def test_disfa_plus_is_another_dataset(tmp_path, given):
    put(tmp_path / "Labels/SN001/A1_AU1_TrailNo_1/AU1.txt", "000.jpg 0\n001.jpg 3\n")
    with pytest.raises(InputError, match=r"labels of DISFA\+, which is another dataset; this reader takes DISFA"):
        read_disfa(tmp_path / given)


def test_images_that_others_extracted_are_no_videos(tree):
    root = tree(videos=())
    put(root / "img/SN001/0.png")
    with pytest.raises(InputError, match="no left-camera videos .*img/SN001/0.png is a frame that someone else"):
        read_disfa(root)
