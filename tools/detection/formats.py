"""The columns of the tables of `tools.detect`, in OpenFace's and in Py-Feat's names, units and signs."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tools.detection.points68 import POINTS_68

POINTS = 478  # of a face
UNKNOWN = ""  # of a face that was found, a value that was not


class Format(NamedTuple):
    """The columns of a table, in their order.

    frame_names   columns that have a value in every row
    frame_cells   their cells of the frame `number` (from 0), its `seconds` and a Face, or None
    face_columns  [(names, function of a Face that returns their cells, or None where the face has none)]
    no_face       the cell of all face_columns in a frame without a face
    constants     {name: text that is the same in all rows}
    """

    frame_names: list
    frame_cells: Callable
    face_columns: list
    no_face: str
    constants: dict

    @property
    def header(self):
        return [*self.frame_names, *(name for names, _ in self.face_columns for name in names), *self.constants]

    def row(self, number, seconds, face):
        """The cells of a Face, or None, of a frame."""
        return [*self.frame_cells(number, seconds, face), *self.face_cells(face), *self.constants.values()]

    def face_cells(self, face):
        for names, cells_of in self.face_columns:
            cells = [self.no_face] * len(names) if face is None else cells_of(face)
            yield from [UNKNOWN] * len(names) if cells is None else cells


def openface(*, aus, model, source, landmarks=False, has_pose=False, has_intensity=False):
    """The Format of OpenFace 2.2, which does not name the source. The keywords are those of tables.TableWriter."""
    columns = [
        (["confidence", "success"], lambda face: [f"{face.confidence:.2f}", 1]),
        (["face_x", "face_y", "face_w", "face_h"], lambda face: face.box),
    ]
    if has_pose:
        columns.append((["pose_Rx", "pose_Ry", "pose_Rz"], lambda face: decimals(openface_pose(face.pose), 3)))
    if has_intensity:
        columns.append(([f"AU{au:02d}_r" for au in aus], lambda face: decimals(face.intensity, 2)))
    columns += [
        ([f"AU{au:02d}_c" for au in aus], lambda face: decimals(face.present, 2)),
        ([f"AU{au:02d}_p" for au in aus], lambda face: decimals(face.probability, 4)),
        *(landmark_columns() if landmarks else []),
    ]
    return Format(
        ["frame", "face_id", "timestamp"],
        lambda number, seconds, face: [number + 1, face.face if face else 0, f"{seconds:.3f}"],
        columns,
        "0",
        {"model": model},
    )


def pyfeat(*, aus, model, source, landmarks=False, has_pose=False, has_intensity=False):
    """The Format of Py-Feat 2, whose `poses` wants its six columns in every table, and which knows no intensities."""
    columns = [
        (["Identity"], lambda face: [f"Person_{face.face}"]),
        (["FaceRectX", "FaceRectY", "FaceRectWidth", "FaceRectHeight"], lambda face: face.box),
        (["FaceScore"], lambda face: [f"{face.confidence:.4f}"]),
        (["Pitch", "Roll", "Yaw"], lambda face: decimals(pyfeat_pose(face.pose), 4)),
        (["X", "Y", "Z"], lambda face: None),
        ([f"AU{au:02d}" for au in aus], lambda face: decimals(face.probability, 4)),
        *(landmark_columns() if landmarks else []),
    ]
    return Format(
        ["frame", "approx_time", "timestamp"],
        lambda number, seconds, face: [number, minutes(seconds), f"{seconds:.3f}"],
        columns,
        "",
        {"input": source, "model": model},
    )


def landmark_columns():
    """The 68 points of OpenFace's and Py-Feat's columns, and all points in Py-Feat's columns for them; in pixels."""
    return [
        (point_names("", len(POINTS_68)), lambda face: point_cells(face.points, POINTS_68)),
        (point_names("mesh_", POINTS), lambda face: point_cells(face.points, slice(None))),
    ]


def point_names(prefix, count):
    return [f"{prefix}{axis}_{point}" for axis in "xy" for point in range(count)]


def point_cells(points, chosen):
    """The cells of float32 [478, 2], or None: of the `chosen` points all x, then all y."""
    return None if points is None else decimals(points[chosen, :].T.ravel(), 2)


def openface_pose(pose):
    """[3] pose_Rx, pose_Ry, pose_Rz in radians, or None, of a Face's pose.

    OpenFace's camera has x to the right, y down, z away from it, and R = Rx Ry Rz: positive are the head down, turned
    to the person's right, and tilted to the person's left shoulder.
    """
    return None if pose is None else np.radians(pose) * (-1, 1, -1)


def pyfeat_pose(pose):
    """[3] Pitch, Roll, Yaw in radians, or None, of a Face's pose: Py-Feat's signs are ours."""
    return None if pose is None else np.radians(pose)[[0, 2, 1]]


def decimals(values, count):
    """Numbers as text, never as -0; None stays None."""
    return None if values is None else [f"{value:z.{count}f}" for value in np.asarray(values, float).tolist()]


def minutes(seconds):
    """Minutes and whole seconds, as Py-Feat's approx_time."""
    return f"{int(seconds // 60):02d}:{int(seconds % 60):02d}"
