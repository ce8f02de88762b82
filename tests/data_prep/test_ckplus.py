"""The CK+ reader on trees in its layouts."""

import numpy as np
import pytest

from data_prep.ckplus import read_ckplus
from data_prep.errors import InputError

ROWS = "   1.0000000e+00   3.0000000e+00\n   4.0000000e+00   2.0000000e+00\n   1.2000000e+01   0.0000000e+00\n"


@pytest.fixture
def tree(tmp_path):
    """S005 with two sequences of three images, the second without a label file."""

    def write(images="cohn-kanade-images", facs="FACS", rows=ROWS, subject="S005"):
        for sequence in ("001", "002"):
            folder = tmp_path / images / subject / sequence
            folder.mkdir(parents=True)
            for frame in (1, 2, 3):
                (folder / f"{subject}_{sequence}_{frame:08d}.png").touch()
        labels = tmp_path / facs / subject / "001"
        labels.mkdir(parents=True)
        (tmp_path / facs / subject / "002").mkdir()
        (labels / f"{subject}_001_00000003_facs.txt").write_text(rows)
        return tmp_path

    return write


def test_the_coded_frame_is_the_one_the_label_file_names_and_all_images_are_kept(tree):
    first, second = read_ckplus(tree())
    assert (first.subject, first.sequence, first.frame.tolist()) == ("S005", "001", [3])
    assert [number for number, _ in first.images] == [1, 2, 3] == [number for number, _ in second.images]
    assert second.frame.shape == (0,) and second.label.shape == (0, 10)


@pytest.mark.parametrize("ungraded, label", [("negative", 0), ("ignore", -1), ("positive", 1)])
def test_present_is_intensity_3_or_more_and_ungraded_is_an_option(tree, ungraded, label):
    recording = read_ckplus(tree(), aus=(1, 2, 4, 12), ungraded=ungraded)[0]
    assert recording.label.tolist() == [[1, 0, 0, label]]


def test_the_neutral_first_frame_is_an_option(tree):
    first, second = read_ckplus(tree(), neutral_first=True)
    assert first.frame.tolist() == [1, 3] and not first.label[0].any() and first.label[1].any()
    assert second.frame.tolist() == [1] and not second.label.any()


@pytest.mark.parametrize("images, facs, subject", [("extended-cohn-kanade-images", "FACS_labels/FACS", "S005"),
                                                   ("extended-cohn-kanade-images/cohn-kanade-images", "FACS", "S999"),
                                                   ("cohn-kanade-images", "FACS", "S0005")])
def test_other_folder_names_and_junk_are_accepted(tree, images, facs, subject):
    root = tree(images, facs, subject=subject)
    for junk in ("__MACOSX/S005_001_00000003_facs.txt", f"{images}/{subject}/001/._{subject}_001_00000001.png",
                 f"{images}/{subject}/.DS_Store"):
        (root / junk).parent.mkdir(exist_ok=True)
        (root / junk).touch()
    assert [len(recording.images) for recording in read_ckplus(root)] == [3, 3]


def test_a_row_whose_au_is_no_au_is_left_out_with_a_warning(tree):
    with pytest.warns(UserWarning, match=r"facs.txt:2: 1.2 is no AU"):
        recording = read_ckplus(tree(rows="   1.0e+00   5.0e+00\n1.20000000e+00 0.0\n"))[0]
    assert recording.label.tolist() == [[1] + [0] * 9]


@pytest.mark.parametrize("row", ["1.0", "1.0 7.0", "one 2.0", "1.0 2.5", "1.0 2.0 3.0"])
def test_a_bad_row_is_named_by_file_and_line(tree, row):
    with pytest.raises(InputError, match=r"_facs.txt:1: .*copy the file again"):
        read_ckplus(tree(rows=row))


def test_a_label_file_without_its_image_or_given_twice_is_named(tree):
    root = tree()
    labels = root / "FACS/S005/001"
    (labels / "S005_001_00000009_facs.txt").write_text(ROWS)
    with pytest.raises(InputError, match="a second label file"):
        read_ckplus(root)
    (labels / "S005_001_00000003_facs.txt").unlink()
    with pytest.raises(InputError, match="00000009_facs.txt: codes a frame whose image is not here"):
        read_ckplus(root)


def test_a_zip_not_unpacked_a_wrong_folder_and_an_empty_one_are_named(tree, tmp_path):
    root = tree()
    with pytest.raises(InputError, match="no label files.*it holds: S005; give the folder"):
        read_ckplus(root / "cohn-kanade-images")
    (root / "FACS").rename(root / "elsewhere")
    (root / "elsewhere/S005/001/S005_001_00000003_facs.txt").unlink()
    (root / "FACS_labels.zip").touch()
    with pytest.raises(InputError, match="no label files.*unpack FACS_labels.zip"):
        read_ckplus(root)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="it holds: nothing"):
        read_ckplus(tmp_path / "empty")
    with pytest.raises(InputError, match="no such folder"):
        read_ckplus(tmp_path / "nowhere")


def test_an_unknown_option_is_named(tree):
    with pytest.raises(InputError, match="'maybe': give negative, ignore, positive"):
        read_ckplus(tree(), ungraded="maybe")


def test_labels_of_a_drawn_tree_are_read(tmp_path):
    from data_prep.synthetic.ckplus import write_ckplus
    write_ckplus(tmp_path / "CK+", 1, 0, 1, sequences=2)
    recordings = read_ckplus(tmp_path / "CK+")
    assert len(recordings) == 2 and all(len(recording.frame) == 1 for recording in recordings)
    assert np.concatenate([recording.label for recording in recordings]).any()
