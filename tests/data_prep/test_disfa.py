"""The DISFA reader on trees in its real layout."""

import numpy as np
import pytest

from data_prep.aus import DISFA_AUS
from data_prep.disfa import read_disfa
from data_prep.errors import InputError


@pytest.fixture
def tree(tmp_path):
    """Two subjects, three coded frames each; the intensity of AU k at frame f is (k + f) % 6. Videos are empty files."""

    def write(left="Videos_LeftCamera", right="Video_RightCamera", separator=","):
        for subject in ("SN001", "SN002"):
            for folder, name in ((left, f"LeftVideo{subject}_comp.avi"), (right, f"RightVideo{subject}_Comp.avi")):
                (tmp_path / folder).mkdir(exist_ok=True)
                (tmp_path / folder / name).touch()
            labels = tmp_path / "ActionUnit_Labels" / subject
            labels.mkdir(parents=True)
            for au in DISFA_AUS:
                rows = "".join(f"{frame}{separator}{(au + frame) % 6}\n" for frame in (1, 2, 3))
                (labels / f"{subject}_au{au}.txt").write_text(rows)
        return tmp_path

    return write


def test_labels_are_present_from_intensity_1_in_the_order_of_the_aus(tree):
    recordings = read_disfa(tree())
    assert [recording.subject for recording in recordings] == ["SN001", "SN002"]
    expected = [[int((au + frame) % 6 >= 1) for au in DISFA_AUS] for frame in (1, 2, 3)]
    assert np.array_equal(recordings[0].label, expected) and recordings[0].frame.tolist() == [1, 2, 3]
    assert recordings[0].source.name == "LeftVideoSN001_comp.avi"


def test_the_threshold_is_an_option(tree):
    label = read_disfa(tree(), present_from=2)[0].label
    assert np.array_equal(label, [[int((au + frame) % 6 >= 2) for au in DISFA_AUS] for frame in (1, 2, 3)])


@pytest.mark.parametrize("left, right", [("Video_LeftCamera", "Videos_RightCamera"), ("videos_leftcamera", "video_rightcamera")])
def test_other_folder_names_separators_and_junk_are_accepted(tree, left, right):
    root = tree(left, right, separator=" ")
    (root / left / "._LeftVideoSN001_comp.avi").touch()
    (root / "ActionUnit_Labels/.DS_Store").touch()
    assert len(read_disfa(root)) == 2
    assert read_disfa(root, camera="right")[0].source.name == "RightVideoSN001_Comp.avi"


@pytest.mark.parametrize("row", ["2;1", "2,6", "2,-1", "two,1", "0,1", "1,1", "2,1,1", "2"])
def test_a_bad_row_is_named_by_file_and_line(tree, row):
    root = tree()
    path = root / "ActionUnit_Labels/SN002/SN002_au12.txt"
    path.write_text(f"1,0\n{row}\n3,0\n")
    with pytest.raises(InputError, match=r"SN002_au12.txt:2: .*correct the row"):
        read_disfa(root)


def test_an_au_file_that_is_missing_short_or_empty_is_named(tree):
    root = tree()
    path = root / "ActionUnit_Labels/SN001/SN001_au9.txt"
    path.write_text("1,0\n2,0\n")
    with pytest.raises(InputError, match="SN001_au9.txt: 2 frames do not match the 3"):
        read_disfa(root)
    path.write_text("\n")
    with pytest.raises(InputError, match="SN001_au9.txt: the label file is empty"):
        read_disfa(root)
    path.unlink()
    with pytest.raises(InputError, match="no label file for AU 9"):
        read_disfa(root)


def test_a_subject_without_labels_or_without_video_is_named(tree):
    root = tree()
    (root / "Videos_LeftCamera/LeftVideoSN002_comp.avi").unlink()
    with pytest.raises(InputError, match="SN002 has no left-camera video"):
        read_disfa(root)


def test_a_wrong_folder_says_what_it_holds(tree, tmp_path):
    root = tree()
    with pytest.raises(InputError, match="no left-camera videos.*it holds: SN001, SN002"):
        read_disfa(root / "ActionUnit_Labels")
    with pytest.raises(InputError, match="no such folder"):
        read_disfa(tmp_path / "nowhere")
