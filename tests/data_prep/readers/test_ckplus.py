"""The CK+ reader on trees in the layouts of its copies."""

import warnings

import cv2
import numpy as np
import pytest

from data_prep.readers.ckplus import read_ckplus, ungraded_count
from data_prep.readers.recording import pictures
from data_prep.subjects.aus import SHARED_AUS
from data_prep.synthetic.ckplus import write_ckplus
from data_prep.system.errors import InputError

PLAIN = "cohn-kanade-images", "FACS"
ROWS = ((1, 2), (4, 3), (9, 0), (12, 5), (25, 4))  # AU, intensity: weak, enough, ungraded, most, not modeled
NEGATIVE = [0, 0, 1, 0, 0, 0, 1, 0, 0, 0]  # of SHARED_AUS 1 2 4 5 6 9 12 15 17 20


@pytest.fixture
def tree(tmp_path):
    """Write sequence 001 of each subject: images 1 to 3 and a FACS file for 3, if `rows` is not None."""

    def write(
        images=PLAIN[0],
        labels=PLAIN[1],
        subjects=("S005", "S138"),
        sequence="001",
        rows=ROWS,
        frames=(1, 2, 3),
        color=False,
        spelling="{}",
    ):
        for subject in subjects:
            for frame in frames:
                path = tmp_path / "CK+" / images / subject / sequence / f"{subject}_{sequence}_{frame:08d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(path), np.full((4, 6, 3) if color else (4, 6), 80, np.uint8))
            if rows is not None:
                stem = f"{spelling.format(subject)}_{sequence}_{3:08d}"
                text = "".join(f"   {au:.7e}   {intensity:.7e}\n" for au, intensity in rows)
                put(tmp_path / "CK+" / labels / subject / sequence / f"{stem}_facs.txt", text)
        return tmp_path / "CK+"

    return write


@pytest.fixture(autouse=True)
def no_warning_but_the_expected():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def put(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def facs_of(root, subject="S005"):
    return root / f"FACS/{subject}/001/{subject}_001_00000003_facs.txt"


@pytest.mark.parametrize(
    "images, labels",
    [
        PLAIN,
        ("extended-cohn-kanade-images/cohn-kanade-images", "FACS_labels/FACS"),
        ("extended-cohn-kanade-images", "FACS_labels"),
        ("Cohn-Kanade-Images", "facs"),
    ],
)
def test_every_layout_gives_one_recording_per_sequence_with_all_its_images(tree, images, labels):
    first, second = read_ckplus(tree(images, labels))
    assert [(first.subject, first.sequence), (second.subject, second.sequence)] == [("S005", "001"), ("S138", "001")]
    assert [(number, path.name) for number, path in first.images] == [
        (frame, f"S005_001_0000000{frame}.png") for frame in (1, 2, 3)
    ]
    assert first.frame.tolist() == [3] and first.label.tolist() == [NEGATIVE] and first.au == SHARED_AUS
    assert (first.frame.dtype, first.label.dtype) == (np.int64, np.int8) and first.source.name == "001"
    assert first.intensity.tolist() == [[2, 0, 3, 0, 0, -1, 5, 0, 0, 0]] and first.intensity.dtype == np.int8


@pytest.mark.parametrize("ungraded, au9", [("negative", 0), ("ignore", -1), ("positive", 1)])
def test_an_ungraded_au_is_read_as_the_option_says_and_the_others_are_present_from_3(tree, ungraded, au9):
    label = read_ckplus(tree(), ungraded=ungraded)[0].label
    wanted = list(NEGATIVE)
    wanted[SHARED_AUS.index(9)] = au9
    assert label.tolist() == [wanted]


def test_ungraded_labels_are_counted_among_the_aus_asked_for(tree):
    root = tree(rows=(*ROWS, (26, 0)))
    assert ungraded_count(root) == 2 and ungraded_count(root, aus=(9, 26)) == 4 and ungraded_count(root, aus=(1,)) == 0


def test_an_unknown_option_is_named(tree):
    with pytest.raises(InputError, match="ungraded 'maybe': give negative, ignore, positive"):
        read_ckplus(tree(), ungraded="maybe")


def test_other_aus_can_be_asked_for(tree):
    recording = read_ckplus(tree(), aus=(25, 12, 26))[0]
    assert recording.au == (25, 12, 26) and recording.label.tolist() == [[1, 1, 0]]


def test_the_first_frame_is_added_as_neutral_on_request(tree):
    root = tree()
    recording = read_ckplus(root, ungraded="positive", neutral_first=True)[0]
    assert recording.frame.tolist() == [1, 3] and recording.label[0].tolist() == [0] * 10 and recording.label[1, 2] == 1
    tree(sequence="002", frames=(3,))
    assert [r.frame.tolist() for r in read_ckplus(root, neutral_first=True)] == [[1, 3], [3], [1, 3], [3]]


def test_frame_numbers_are_carried_over_gaps_and_the_coded_one_need_not_be_the_last(tree):
    recording = read_ckplus(tree(frames=(2, 3, 9)))[0]
    assert [number for number, _ in recording.images] == [2, 3, 9] and recording.frame.tolist() == [3]


@pytest.mark.parametrize("spelling", ["S0{0[1]}{0[2]}{0[3]}", "s{0[1]}{0[2]}{0[3]}"])
def test_the_readmes_s0005_is_s005(tree, spelling):
    assert [(r.subject, len(r.frame)) for r in read_ckplus(tree(spelling=spelling))] == [("S005", 1), ("S138", 1)]


def test_gray_and_color_images_come_out_alike(tree):
    tree(subjects=("S005",))
    for recording in read_ckplus(tree(subjects=("S138",), color=True)):
        assert [image.shape for _, image in pictures(recording)] == [(4, 6, 3)] * 3


def test_junk_empty_sequences_and_other_labels_are_skipped_without_a_word(tree):
    root = tree()
    for name in (
        ".DS_Store",
        "cohn-kanade-images/.DS_Store",
        "cohn-kanade-images/S005/001/._S005_001_00000001.png",
        "__MACOSX/FACS/S005/001/S005_001_00000003_facs.txt",
        "FACS/S005/001/._S005_001_00000003_facs.txt",
        "Landmarks/S005/001/S005_001_00000001_landmarks.txt",
        "ReadMeCohnKanadeDatabase_website.txt",
        "Emotion/S005/001/S005_001_00000003_emotion.txt",
        "cohn-kanade-images/S005/001/Thumbs.db",
    ):
        put(root / name, "junk")
    for name in ("cohn-kanade-images/S005/002", "FACS/S005/002", "cohn-kanade-images/S999"):
        (root / name).mkdir(parents=True)
    assert [(r.subject, r.sequence) for r in read_ckplus(root)] == [("S005", "001"), ("S138", "001")]


def test_an_uncoded_sequence_serves_its_subjects_mean_face_only(tree):
    root = tree()
    tree(subjects=("S005",), sequence="002", rows=None)
    with pytest.warns(UserWarning, match="no FACS file of S005/002; these 1 sequences serve the mean face only"):
        recording = read_ckplus(root, neutral_first=True)[1]
    assert (recording.subject, recording.sequence, len(recording.images)) == ("S005", "002", 3)
    assert (recording.frame.shape, recording.frame.dtype) == ((0,), np.int64)
    assert (recording.label.shape, recording.label.dtype) == ((0, 10), np.int8)


def test_a_subject_without_any_coded_sequence_is_left_out_and_named(tree):
    root = tree()
    tree(subjects=("S999",), rows=None)
    with pytest.warns(UserWarning, match="left out, as none of their sequences is coded: S999"):
        assert [recording.subject for recording in read_ckplus(root)] == ["S005", "S138"]


@pytest.mark.parametrize("row", ["1.20000000e+00 0.0", "   0.0000000e+00   3.0000000e+00", "   8.1e+01   3.0e+00"])
def test_a_row_that_names_no_au_is_skipped_with_a_warning(tree, row):
    root = tree()
    put(facs_of(root), f"   4.0000000e+00   3.0000000e+00\n{row}\n")
    with pytest.warns(UserWarning, match=r"S005_001_00000003_facs.txt:2: .* names no AU; the row is skipped"):
        label = read_ckplus(root)[0].label
    assert label.tolist() == [[0, 0, 1, 0, 0, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize("row", ["4", "4 3 1", "four 3", "4 8", "4 -1", "4 2.5", "4 nan", "4 b"])
def test_a_row_that_is_no_au_with_an_intensity_is_named(tree, row):
    root = tree()
    put(facs_of(root), f"1 3\n\n{row}\n")
    with pytest.raises(InputError, match=r"S005_001_00000003_facs.txt:3: .* is not an AU with an intensity of 0 to 7"):
        read_ckplus(root)


def test_the_higher_intensity_of_an_au_listed_twice_counts(tree):
    root = tree(rows=((4, 5), (4, 0), (9, 0), (9, 3)))
    assert read_ckplus(root)[0].label.tolist() == [[0, 0, 1, 0, 0, 1, 0, 0, 0, 0]] and ungraded_count(root) == 0


def test_a_facs_file_without_rows_leaves_its_sequence_uncoded(tree):
    root = tree()
    tree(subjects=("S005",), sequence="002", rows=())
    with pytest.warns(UserWarning, match="S005_002_00000003_facs.txt: no AU in this file; its sequence"):
        assert [len(recording.frame) for recording in read_ckplus(root)] == [1, 0, 1]


def test_files_without_rows_alone_are_an_error(tree):
    with (
        pytest.warns(UserWarning, match="no AU in this file"),
        pytest.raises(InputError, match="S005_001_00000003_facs.txt: no AU in this FACS file nor in any other"),
    ):
        read_ckplus(tree(rows=()))


def test_one_facs_file_without_its_image_is_not_used_with_a_warning_and_many_are_an_error(tree):
    root = tree(subjects=("S005", "S010", "S138"))
    (root / "cohn-kanade-images/S005/001/S005_001_00000003.png").unlink()
    message = "{} of 3 FACS files have no image of their frame: S005_001_00000003_facs.txt"
    with (
        pytest.warns(UserWarning, match=message.format(1) + "; not used"),
        pytest.warns(UserWarning, match="left out, as none of their sequences is coded: S005"),
    ):
        assert [recording.subject for recording in read_ckplus(root)] == ["S010", "S138"]
    (root / "cohn-kanade-images/S138/001/S138_001_00000003.png").unlink()
    with pytest.raises(InputError, match=message.format(2) + ", S138_001_00000003_facs.txt; copy the images again"):
        read_ckplus(root)


@pytest.mark.parametrize("missing, is_error", [(3, False), (4, True)])
def test_up_to_one_facs_file_in_a_hundred_may_lack_its_image(tree, missing, is_error):
    root = tree(subjects=[f"S{number:03d}" for number in range(300)], frames=(1, 3))
    for number in range(missing):
        (root / f"cohn-kanade-images/S{number:03d}/001/S{number:03d}_001_00000003.png").unlink()
    if is_error:
        with pytest.raises(InputError, match="4 of 300 FACS files have no image of their frame"):
            read_ckplus(root)
    else:
        with pytest.warns(UserWarning, match="3 of 300 FACS .*not used"), pytest.warns(UserWarning, match="left out"):
            assert len(read_ckplus(root)) == 297


def test_a_coded_frame_without_image_leaves_the_other_images_for_the_mean_face(tree):
    root = tree()
    tree(subjects=("S005",), sequence="002", frames=(1, 2))
    with pytest.warns(UserWarning, match="1 of 3 FACS files have no image"):
        first, second = read_ckplus(root)[:2]
    assert [(r.sequence, len(r.images), len(r.frame)) for r in (first, second)] == [("001", 3, 1), ("002", 2, 0)]


def test_an_equal_copy_of_a_facs_file_is_fine_and_a_different_one_is_named(tree):
    root = tree()
    tree(labels="FACS_labels/FACS")
    assert len(read_ckplus(root)) == 2
    put(facs_of(root), "1 3\n")
    with pytest.raises(InputError, match="FACS_labels/FACS/.*_facs.txt: a second copy of .*CK[+]/FACS/.*; move one"):
        read_ckplus(root)


def test_two_copies_of_the_images_are_named(tree):
    tree()
    with pytest.raises(InputError, match="extended-cohn.*S005_001_00000001.png: a second copy of .*; move one"):
        read_ckplus(tree(images="extended-cohn-kanade-images"))


@pytest.mark.parametrize(
    "given", ["cohn-kanade-images", "cohn-kanade-images/S005", "cohn-kanade-images/S005/001", "FACS", "FACS/S005/001"]
)
def test_a_folder_too_low_says_which_one_to_give(tree, given):
    root = tree()
    with pytest.raises(InputError, match=r"no (FACS files|images) .*it holds: .*; give .*/CK\+$"):
        read_ckplus(root / given)


def test_a_folder_too_high_is_read_and_says_which_one_to_give(tree):
    root = tree()
    with pytest.warns(UserWarning, match=r"CK\+ lies in .*/CK\+; give that folder"):
        assert len(read_ckplus(root.parent)) == 2


def test_drawn_faces_further_below_are_not_read_as_the_dataset(tree):
    root = tree()
    put(root / "synthetic.json", "{}")
    with pytest.raises(InputError, match="synthetic faces lie in .*; give that folder"):
        read_ckplus(root.parent)


def test_folders_that_are_missing_empty_or_files_are_named(tmp_path):
    holds = "give the folder that holds cohn-kanade-images and FACS"
    (tmp_path / "empty").mkdir()
    put(tmp_path / "FACS_labels.zip")
    put(tmp_path / "other/notes.txt")
    for name, message in (
        ("nowhere", "no such folder"),
        ("empty", "nothing to read in this folder"),
        ("FACS_labels.zip", "an archive; unpack it and"),
        ("other", "no FACS files .*it holds: notes.txt;"),
    ):
        with pytest.raises(InputError, match=f"{name}: {message}.* {holds}"):
            read_ckplus(tmp_path / name)


@pytest.mark.parametrize("archive", ["cohn-kanade-images.zip", "extended-cohn-kanade-images.zip"])
def test_archives_that_are_not_unpacked_are_named(tree, archive):
    root = tree()
    (root / "cohn-kanade-images").rename(root.parent / "away")
    put(root / archive)
    with pytest.raises(InputError, match=f"no images .*it holds: FACS, {archive}; unpack .*/{archive}$"):
        read_ckplus(root)
    (root / "FACS").rename(root.parent / "away too")
    put(root / "FACS_labels.zip")
    put(root / "Emotion_labels.zip")
    with pytest.raises(InputError, match="no FACS files .*; unpack [^ ]*/FACS_labels.zip$"):
        read_ckplus(root)


def test_emotion_labels_do_not_do(tree):
    root = tree(rows=None)
    put(root / "Emotion/S005/001/S005_001_00000003_emotion.txt", "   3.0000000e+00\n")
    with pytest.raises(InputError, match="no FACS files .*emotion labels do not say which AUs; add the FACS files"):
        read_ckplus(root)


def test_images_sorted_by_emotion_are_not_ck_plus(tree, tmp_path):
    put(tmp_path / "CK+48/anger/S010_004_00000017.png")
    with pytest.raises(InputError, match=r"S010_004_00000017.png: images sorted by emotion are CK\+48"):
        read_ckplus(tmp_path / "CK+48")


@pytest.mark.parametrize("variant", ["plain", "zips"])
def test_a_drawn_tree_is_read(tmp_path, variant):
    write_ckplus(tmp_path / "CK+", subjects=1, seed=0, jobs=1, variant=variant, sequences=2)
    for recording, take in zip(read_ckplus(tmp_path / "CK+"), ("001", "002"), strict=True):
        assert (recording.subject, recording.sequence) == ("S005", take)
        assert recording.frame.tolist() == [len(recording.images)] and recording.label.shape == (1, 10)
