"""The tables of detection: columns, units, signs, and what stands where there is no face."""

import csv
import io

import numpy as np
import pytest

from tools.detection.formats import openface_pose
from tools.detection.points68 import POINTS_68
from tools.detection.tables import Face, Frame, TableWriter, save_table

AUS = (1, 12)
BOX = np.array([5, -6, 70, 80])
SCORE = np.array([-5.0, np.log(3)])
POSE = np.array([10.0, 20.0, 30.0])  # up, to the person's right, to the right shoulder
POINTS = np.stack([np.arange(478), np.arange(478) + 0.126], 1).astype(np.float32)


def text_of(frames, kind, **options):
    file = io.StringIO()
    table = TableWriter(file, aus=AUS, model="m", kind=kind, source="/in/a.avi", **options)
    for number, frame in enumerate(frames):
        table.write(number, frame)
    return file.getvalue()


def rows_of(frames, kind, **options):
    return list(csv.DictReader(io.StringIO(text_of(frames, kind, **options))))


def row_of(face, kind, **options):
    (row,) = rows_of([Frame(0.0, [face])], kind, **options)
    return row


def test_an_openface_table_counts_frames_from_1_and_has_what_its_users_filter_by():
    frames = [Frame(0.0, [Face(0, BOX, SCORE, 0.876)]), Frame(0.0333, [Face(0, BOX, SCORE), Face(1, BOX, SCORE, 0.5)])]
    assert text_of(frames, "openface").splitlines() == [
        "frame,face_id,timestamp,confidence,success,face_x,face_y,face_w,face_h,AU01_c,AU12_c,AU01_p,AU12_p,model",
        "1,0,0.000,0.88,1,5,-6,70,80,0.00,1.00,0.0067,0.7500,m",
        "2,0,0.033,1.00,1,5,-6,70,80,0.00,1.00,0.0067,0.7500,m",
        "2,1,0.033,0.50,1,5,-6,70,80,0.00,1.00,0.0067,0.7500,m",
    ]


def test_a_pyfeat_table_counts_frames_from_0_and_names_people():
    frames = [Frame(0.0, []), Frame(75.25, [Face(3, BOX, SCORE, 0.876, POSE)])]
    assert text_of(frames, "pyfeat", has_pose=True).splitlines() == [
        "frame,approx_time,timestamp,Identity,FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,"
        "Pitch,Roll,Yaw,X,Y,Z,AU01,AU12,input,model",
        "0,00:00,0.000,,,,,,,,,,,,,,,/in/a.avi,m",
        "1,01:15,75.250,Person_3,5,-6,70,80,0.8760,0.1745,0.5236,0.3491,,,,0.0067,0.7500,/in/a.avi,m",
    ]


def test_a_frame_without_a_face_is_0_for_openface_and_empty_for_pyfeat():
    options = {"landmarks": True, "has_pose": True}
    (row,) = rows_of([Frame(0.04, [])], "openface", **options)
    assert (row.pop("frame"), row.pop("timestamp"), row.pop("model")) == ("1", "0.040", "m")
    assert set(row.values()) == {"0"} and {"pose_Rx", "AU12_c", "AU12_p", "mesh_y_477"} < set(row)
    (row,) = rows_of([Frame(0.04, [])], "pyfeat", **options)
    filled = {"frame": "0", "approx_time": "00:00", "timestamp": "0.040", "input": "/in/a.avi", "model": "m"}
    assert {name: cell for name, cell in row.items() if cell} == filled


def test_openface_poses_are_radians_and_only_there_with_landmarks():
    row = row_of(Face(0, BOX, SCORE, 1.0, POSE), "openface", has_pose=True)
    assert [row[f"pose_R{axis}"] for axis in "xyz"] == ["-0.175", "0.349", "-0.524"]
    assert [row_of(Face(0, BOX, SCORE, 1.0, np.zeros(3)), "openface", has_pose=True)["pose_Rx"]] == ["0.000"]
    assert not [name for name in row_of(Face(0, BOX, SCORE), "openface") if name.startswith("pose_")]


@pytest.mark.parametrize(
    "pose, nose, top",
    [
        ((30, 0, 0), (0, -0.5), (0, -0.87)),  # up: the tip of the nose goes up in the picture
        ((0, 30, 0), (-0.5, 0), (0, -1)),  # the person's right is the left of the picture
        (
            (0, 0, 30),
            (0, 0),
            (-0.5, -0.87),
        ),  # there goes the top of a head tilted to the right shoulder
    ],
)
def test_openface_poses_turn_a_head_as_openface_turns_it(pose, nose, top):
    a, b, c = openface_pose(np.array(pose, float))
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    turn = (x @ y @ z)[:2]  # as seen by a camera with x to the right, y down, z away
    np.testing.assert_allclose(turn @ (0, 0, -1), nose, atol=0.01)
    np.testing.assert_allclose(turn @ (0, -1, 0), top, atol=0.01)


@pytest.mark.parametrize("kind", ["openface", "pyfeat"])
def test_landmarks_are_the_68_points_of_the_readers_and_all_of_ours(kind):
    face = Face(0, BOX, SCORE, 1.0, POSE, POINTS)
    row = row_of(face, kind, landmarks=True, has_pose=True)
    plain = row_of(face, kind, has_pose=True)
    added = [name for name in row if name not in plain]
    assert added == [
        *(f"{axis}_{k}" for axis in "xy" for k in range(68)),
        *(f"mesh_{axis}_{k}" for axis in "xy" for k in range(478)),
    ]
    assert [row[f"mesh_x_{k}"] for k in (0, 477)] == ["0.00", "477.00"] and row["mesh_y_477"] == "477.13"
    assert [float(row[f"x_{k}"]) for k in range(68)] == list(POINTS_68) and row["y_8"] == "152.13"
    assert len(set(POINTS_68)) == 68
    assert plain == {name: row[name] for name in plain}


@pytest.mark.parametrize("kind", ["openface", "pyfeat"])
def test_what_is_not_known_of_a_face_is_empty(kind):
    row = row_of(Face(0, BOX, SCORE), kind, landmarks=True, has_pose=True)
    assert {row["x_0"], row["mesh_y_477"], row["pose_Rx" if kind == "openface" else "Pitch"]} == {""}


def test_rows_can_be_read_while_the_table_is_being_written(tmp_path):
    columns = {"aus": AUS, "model": "m", "kind": "openface", "source": "camera"}
    with open(tmp_path / "live.csv", "w", newline="") as file:
        table = TableWriter(file, **columns)
        for number in range(3):
            table.write(number, Frame(number / 25, [Face(0, BOX, SCORE)]))
            file.flush()
            assert len((tmp_path / "live.csv").read_text().splitlines()) == number + 2
    save_table(tmp_path / "whole.csv", [Frame(k / 25, [Face(0, BOX, SCORE)]) for k in range(3)], **columns)
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "live.csv").read_bytes()
