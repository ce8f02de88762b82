"""The faces seen in the frames of an input, cropped, with ids that stay with the person."""

from collections import Counter
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.faces.geometry import inside, whole
from data_prep.faces.pose import head_pose
from data_prep.faces.stage import anchors_of
from data_prep.faces.steady import REACH, steady
from tools.detection.inputs import read_frames
from tools.detection.tables import Face

SHORTEST = 3  # ours: a face seen in fewer frames of a video is taken for a false alarm


class Sighting(NamedTuple):
    """A face in a frame.

    face        its id, counted from 0
    box         int64 [4] x, y, width, height in pixels
    crop        uint8 [S, S], what the net sees of it
    confidence  0 to 1
    pose        float64 [3] pitch, yaw, roll in degrees; None without landmarks
    points      float32 [478, 2] landmarks in pixels; None if there are none, or they are not kept
    shape       float32 [478, 2] shape of the face (data_prep/faces/shape.py); None if the model sees none
    """

    face: int
    box: np.ndarray
    crop: np.ndarray
    confidence: float
    pose: np.ndarray | None = None
    points: np.ndarray | None = None
    shape: np.ndarray | None = None


def find_sightings(item, tracker, stage, size, keep_points=False):
    """Yield (seconds, image, [Sighting]) of the frames of an Input.

    The image is uint8 [H, W, 3] BGR, or None if a frame cannot be read, and then there are no Sightings.

    tracker      a new FaceTracker (data_prep/faces/tracker.py)
    stage        the FaceStage by which faces are cropped
    size         pixels a side of the crops
    keep_points  whether the landmarks are wanted
    """
    frames = tracked(item, tracker)
    if not item.is_picture:
        frames = steady(frames, ahead=0 if item.is_camera else REACH)
    for (seconds, image), gray, found in frames:
        sightings = [as_sighting(face, entry, gray, stage, size, keep_points) for face, entry in found.items()]
        yield seconds, image, sightings


def tracked(item, tracker):
    """Yield ((seconds, image), gray uint8 [H, W], {face: Found}) of an Input; None, None for an unreadable frame."""
    for seconds, image in read_frames(item):
        gray = None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        yield (seconds, image), gray, {} if gray is None else tracker.find(gray, image)


def as_sighting(face, found, gray, stage, size, keep_points):
    """The Sighting of a Found in `gray` uint8 [H, W]."""
    has_points = found.points is not None
    return Sighting(
        face,
        inside(found.box, gray.shape),
        stage.crop(gray, whole(found.box), anchors_of(found), size),
        found.confidence,
        head_pose(found.points, gray.shape) if has_points else None,
        found.points if has_points and keep_points else None,
        stage.shape(found),
    )


def stacked(sightings):
    """(crops uint8 [n, S, S], shapes float32 [n, 478, 2] or None if there are none) of Sightings."""
    shapes = [sighting.shape for sighting in sightings]
    return np.stack([sighting.crop for sighting in sightings]), None if shapes[0] is None else np.stack(shapes)


def as_face(sighting, score, calibration, curves=None):
    """The Face of a Sighting with log-odds `score` [C], by the Calibration and the Curves, if any, of its bundle."""
    return Face(
        face=sighting.face,
        box=sighting.box,
        score=calibration.log_odds(score),
        confidence=sighting.confidence,
        pose=sighting.pose,
        points=sighting.points,
        threshold=calibration.cut,
        intensity=None if curves is None else curves.intensity(score[None])[0],
    )


def without_false_alarms(frames):
    """[[Sighting]] of all frames without the faces seen fewer than SHORTEST times; ids from 0 in order of appearance.

    An input of fewer than SHORTEST frames keeps all its faces.
    """
    counts = Counter(sighting.face for frame in frames for sighting in frame)
    kept = [face for face in sorted(counts) if counts[face] >= SHORTEST or len(frames) < SHORTEST]
    new_id = {face: number for number, face in enumerate(kept)}
    return [
        [sighting._replace(face=new_id[sighting.face]) for sighting in frame if sighting.face in new_id]
        for frame in frames
    ]
