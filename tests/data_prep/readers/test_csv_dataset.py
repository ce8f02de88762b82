"""Datasets described by one CSV file."""

import os

import cv2
import numpy as np
import pytest

from data_prep.readers.csv_dataset import read_csv_dataset
from data_prep.readers.recording import pictures
from data_prep.system.errors import InputError


@pytest.fixture
def table(tmp_path):
    """Write faces.csv beside a/1.png, a/2.png, b/1.png and the empty files x/talk.avi, x/rest.avi, y/talk.avi."""
    for name in ("a/1.png", "a/2.png", "b/1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.full((4, 4), int(name[2]), np.uint8))
    for name in ("x/talk.avi", "x/rest.avi", "y/talk.avi"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    def write(*lines, encoding="utf-8"):
        path = tmp_path / "faces.csv"
        path.write_bytes("\n".join(lines).encode(encoding) + b"\n")
        return path

    return write


def test_images_are_numbered_in_the_order_of_their_rows(table):
    path = table("subject,image,AU12,AU01", "anna,a/2.png,1,0", "ben,b/1.png,0,1", "anna,a/1.png,,1")
    anna, ben = read_csv_dataset(path)
    assert (anna.subject, anna.sequence, anna.au) == ("anna", "", (1, 12))
    assert anna.frame.tolist() == [1, 2] and anna.label.tolist() == [[0, 1], [1, -1]] and anna.label.dtype == np.int8
    assert [(number, int(picture[0, 0, 0])) for number, picture in pictures(anna)] == [(1, 2), (2, 1)]
    assert (ben.subject, ben.label.tolist()) == ("ben", [[1, 0]])


def test_sequences_part_the_images_of_a_subject(table):
    path = table("subject,sequence,image,AU1", "anna,smile,a/1.png,1", "anna,frown,a/2.png,0")
    frown, smile = read_csv_dataset(path)
    assert (frown.sequence, frown.frame.tolist(), frown.label.tolist()) == ("frown", [1], [[0]])
    assert (smile.sequence, smile.frame.tolist(), smile.label.tolist()) == ("smile", [1], [[1]])


@pytest.mark.parametrize("names", ["AU1,AU12", "AU01,AU12", "1,12", "au1,Au012", "AU_01, AU12 "])
def test_an_au_is_named_in_several_ways(table, names):
    assert read_csv_dataset(table(f"subject,image,{names}", "anna,a/1.png,1,0"))[0].au == (1, 12)


def test_aus_can_be_chosen(table):
    path = table("subject,image,AU1,AU2,AU12", "anna,a/1.png,1,,0")
    assert read_csv_dataset(path, aus=(12, 1))[0].label.tolist() == [[0, 1]]
    with pytest.raises(InputError, match="faces.csv:1: no column for AU 4; it has: subject, image"):
        read_csv_dataset(path, aus=(1, 4))


@pytest.mark.parametrize("separator, encoding", [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-8")])
def test_what_spreadsheets_export_is_read(table, separator, encoding):
    lines = ["subject,image,AU1,AU2", '"anna","a/1.png",1.0,', "", ",,,", "anna,a/2.png,0.0,1.0"]
    (recording,) = read_csv_dataset(table(*(line.replace(",", separator) for line in lines), encoding=encoding))
    assert recording.label.tolist() == [[1, -1], [0, 1]]


def test_videos_carry_their_frame_numbers_in_order(table):
    path = table("subject,video,frame,AU1", "x,x/talk.avi,9,1", "x,x/talk.avi,3,0", "y,y/talk.avi,1,")
    x, y = read_csv_dataset(path)
    assert (x.sequence, x.source, x.images) == ("", path.parent / "x/talk.avi", None)
    assert x.frame.tolist() == [3, 9] and x.label.tolist() == [[0], [1]] and y.label.tolist() == [[-1]]


def test_several_videos_of_a_subject_are_sequences(table):
    rows = ["x,x/talk.avi,1,1", "x,x/rest.avi,1,0"]
    recordings = read_csv_dataset(table("subject,video,frame,AU1", *rows))
    assert [(r.sequence, r.source.name) for r in recordings] == [("rest", "rest.avi"), ("talk", "talk.avi")]
    recordings = read_csv_dataset(table("subject,video,frame,AU1,sequence", rows[0] + ",first", rows[1] + ",second"))
    assert [(r.sequence, r.source.name) for r in recordings] == [("first", "talk.avi"), ("second", "rest.avi")]
    with pytest.raises(InputError, match="faces.csv:3: video 'rest.avi' is the second one in sequence 'one' of x"):
        read_csv_dataset(table("subject,video,frame,AU1,sequence", rows[0] + ",one", rows[1] + ",one"))
    with pytest.raises(InputError, match="two videos of x are called 'talk'; add a column `sequence`"):
        read_csv_dataset(table("subject,video,frame,AU1", rows[0], "x,y/talk.avi,1,0"))


def test_other_columns_are_left_aside_with_a_warning(table):
    with pytest.warns(UserWarning, match="faces.csv:1: not read, as they name no AU: 'age', 'AU06_r'"):
        (recording,) = read_csv_dataset(table("subject,image,age,AU06_r,AU1", "anna,a/1.png,44,0.31,1"))
    assert recording.au == (1,)


def test_intensities_are_kept_and_an_au_is_present_from_the_lowest_or_from_another(table):
    path = table("subject,image,AU1,AU4,AU12", "a,a/1.png,0,,A", "a,a/2.png,2.0,E,b", "b,b/1.png,5,1,")
    one, other = read_csv_dataset(path)
    assert one.label.tolist() == [[0, -1, 1], [1, 1, 1]] and one.intensity.tolist() == [[0, -1, 1], [2, 5, 2]]
    assert other.label.tolist() == [[1, 1, -1]] and other.intensity.tolist() == [[5, 1, -1]]
    assert one.label.dtype == one.intensity.dtype == np.int8
    one, other = read_csv_dataset(path, present_from=2)
    assert one.label.tolist() == [[0, -1, 0], [1, 1, 1]] and other.label.tolist() == [[1, 0, -1]]
    with pytest.raises(InputError, match="present from intensity 6: give 1 to 5"):
        read_csv_dataset(path, present_from=6)


def test_presence_has_no_intensity_and_both_may_stand_side_by_side(table):
    (recording,) = read_csv_dataset(table("subject,image,AU1", "a,a/1.png,1", "a,a/2.png,0"))
    assert recording.label.tolist() == [[1], [0]] and recording.intensity.tolist() == [[-1], [-1]]
    header = "subject,image,AU1,AU01_intensity,AU2 Intensity"
    (recording,) = read_csv_dataset(table(header, "a,a/1.png,0,1,1", "a,a/2.png,,,0"))
    assert recording.au == (1, 2) and recording.label.tolist() == [[0, 1], [-1, 0]]
    assert recording.intensity.tolist() == [[1, 1], [-1, 0]]


def test_a_column_that_may_mean_presence_or_intensities_is_named(table):
    path = table("subject,image,AU1,AU12", "a,a/1.png,1,3")
    assert read_csv_dataset(path)[0].intensity.tolist() == [[-1, 3]]
    with pytest.raises(InputError, match="column of AU 1 has only 0 and 1, .* name the column AU1_intensity"):
        read_csv_dataset(path, present_from=2)
    path = table("subject,image,AU1_intensity,AU12", "a,a/1.png,1,3")
    assert read_csv_dataset(path, present_from=2)[0].label.tolist() == [[0, 1]]
    with pytest.raises(InputError, match="the column of AU 1 holds values above 1, as intensities, and there is one"):
        read_csv_dataset(table("subject,image,AU1,AU1_intensity", "a,a/1.png,2,2"))


@pytest.mark.parametrize(
    "header, message",
    [
        ("name,image,AU1", "no column `subject`; it has: name, image, AU1"),
        ("subject,file,AU1", "one of the columns `image` and `video` is needed; it has: subject, file, AU1"),
        ("subject,image,video,frame,AU1", "one of the columns `image` and `video`"),
        ("subject,video,AU1", "`video` and `frame` go together"),
        ("subject,image,frame,AU1", "images need no `frame`"),
        ("subject,image,smile", "no column of an AU such as AU1 or AU01"),
        ("subject,image,AU1,1", "column '1' repeats 'AU1'"),
        ("subject,image,Subject,AU1", "column 'Subject' repeats 'subject'"),
    ],
)
def test_a_wrong_header_is_named_by_column(table, header, message):
    with pytest.raises(InputError, match="faces.csv:1: .*" + message):
        read_csv_dataset(table(header, ",".join("1" * (header.count(",") + 1))))


@pytest.mark.parametrize(
    "row, message",
    [
        (
            "anna,a/2.png,6,0",
            "AU 1 is '6'; give 1 for present and 0 for absent, or an intensity .* A to E, and nothing",
        ),
        ("anna,a/2.png,0,F", "AU 12 is 'F'"),
        ("anna,a/2.png,0,x", "AU 12 is 'x'"),
        ("anna,a/2.png,0.5,0", "AU 1 is '0.5'"),
        ("anna,a/2.png,0,-1", "AU 12 is '-1'"),
        ("anna,a/9.png,0,0", r"image is 'a/9.png'; no such file \(.*a/9.png\); paths are relative to the CSV"),
        (
            r"anna,a\2.png,0,0",
            r"image is .*; no such file .*; paths are relative to the CSV, separated by / and not by \\",
        ),
        ("anna,b/../a/1.png,0,0", "the same picture as line 2"),
        ("anna,link.png,0,0", "the same picture as line 2"),
        ("anna,a/2.png\0,0,0", r"'a/2.png\\x00' contains a line break or another control character; remove it"),
        ("anna,a,0,0", "image is 'a'; no such file"),
        ("anna,,0,0", "image is ''; no such file"),
        (",a/2.png,0,0", "subject is ''; give a name"),
        ("a" * 101 + ",a/2.png,0,0", "subject is 'aaa.*'; give a name that a file can have, of up to 100 bytes"),
        ("an/na,a/2.png,0,0", "subject is 'an/na'; give a name that a file can have"),
        ("anna,a/1.png,0,0", "the same picture as line 2"),
        ("ben,./a/1.png,0,0", "the same picture as line 2"),
        ("anna,a/2.png,0", "3 cells under a header of 4; quote cells that contain ','"),
    ],
)
def test_a_wrong_row_is_named_by_line_and_column(table, tmp_path, row, message):
    (tmp_path / "link.png").symlink_to("a/1.png")
    with pytest.raises(InputError, match="faces.csv:3: " + message):
        read_csv_dataset(table("subject,image,AU1,AU12", "anna,a/1.png,0,0", row))


@pytest.mark.parametrize("frame", ["0", "-1", "1.5", "", "first", "9" * 10, "9" * 5000])
def test_a_wrong_frame_is_named(table, frame):
    with pytest.raises(InputError, match=f"faces.csv:2: frame is '{frame}'; give a frame number from 1"):
        read_csv_dataset(table("subject,video,frame,AU1", f"x,x/talk.avi,{frame},1"))


def test_a_file_that_is_missing_empty_or_no_text_is_named(table, tmp_path):
    with pytest.raises(InputError, match="nowhere.csv: no such file"):
        read_csv_dataset(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="faces.csv: no rows below the header"):
        read_csv_dataset(table("subject,image,AU1"))
    with pytest.raises(InputError, match="faces.csv: no rows below the header"):
        read_csv_dataset(table(""))
    (tmp_path / "faces.xlsx").write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(InputError, match="faces.xlsx: not a CSV in UTF-8 .*export it as one"):
        read_csv_dataset(tmp_path / "faces.xlsx")


@pytest.mark.parametrize("cell", ['"first\ntake"', "first\vtake"])
def test_a_cell_with_a_line_break_is_named(table, cell):
    with pytest.raises(InputError, match=r"faces.csv:[23]: 'first\\(n|x0b)take' contains a line break or another"):
        read_csv_dataset(table("subject,sequence,image,AU1", f"anna,{cell},a/1.png,0"))


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_marks_and_names_of_all_systems_are_read(table, tmp_path, monkeypatch, end):
    (tmp_path / "my pictures").mkdir()
    cv2.imwrite(str(tmp_path / "my pictures/Zo\u00eb 1.png"), np.full((4, 4), 7, np.uint8))
    path = table("subject,image,AU1", "Zo\u00eb,my pictures/Zo\u00eb 1.png,1")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", end.encode()))
    monkeypatch.chdir(tmp_path)
    (recording,) = read_csv_dataset("faces.csv")
    assert recording.subject == "Zo\u00eb" and next(pictures(recording))[1][0, 0, 0] == 7


def test_a_folder_whose_name_is_no_utf_8_is_named_as_opencv_dies_of_it(table, tmp_path):
    folder = tmp_path / os.fsdecode(b"Universit\xe4t")
    folder.mkdir()
    table("subject,image,AU1", "anna,a/1.png,1").rename(folder / "faces.csv")
    with pytest.raises(InputError, match="faces.csv: a name in this path is not UTF-8; rename it"):
        read_csv_dataset(folder / "faces.csv")


def test_one_person_under_two_names_is_an_error(table):
    with pytest.raises(InputError, match="faces.csv:3: subject 'Anna', but 'anna' above differs by case or accent"):
        read_csv_dataset(table("subject,image,AU1", "anna,a/1.png,0", "Anna,a/2.png,0"))
    with pytest.raises(
        InputError, match="faces.csv:3: subject 'Zoe\u0308', but 'Zo\u00eb' above differs by case or acc"
    ):
        read_csv_dataset(table("subject,image,AU1", "Zo\u00eb,a/1.png,0", "Zoe\u0308,a/2.png,0"))
    for first, second in (("001", "1"), ("S1", "s01"), ("10", "0010")):
        with pytest.raises(InputError, match=f"faces.csv:3: subject '{second}', but '{first}' above differs by zeros"):
            read_csv_dataset(table("subject,image,AU1", f"{first},a/1.png,0", f"{second},a/2.png,0"))
    assert len(read_csv_dataset(table("subject,image,AU1", "1,a/1.png,0", "10,a/2.png,0", "100,b/1.png,0"))) == 3
    with pytest.raises(InputError, match="faces.csv:3: subject 'y', but 'x' above has the same video"):
        read_csv_dataset(table("subject,video,frame,AU1", "x,x/talk.avi,1,0", "y,x/talk.avi,2,0"))
