"""The faces seen in the frames of an input, cropped, with ids that stay with the person."""

from collections import Counter
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.faces.search import crop_face
from data_prep.faces.steady import REACH, steady
from tools.detection.inputs import read_frames

SHORTEST = 3  # ours: a face seen in fewer frames of a video is taken for a false alarm


class Sighting(NamedTuple):
    """A face in a frame.

    face  its id, counted from 0
    box   int64 [4] x, y, width, height in pixels
    crop  uint8 [S, S], what is in the box
    """

    face: int
    box: np.ndarray
    crop: np.ndarray


def find_sightings(item, tracker, size):
    """Yield (seconds, [Sighting]) of the frames of an Input; None instead of the list if a frame cannot be read.

    tracker  a new FaceTracker (data_prep/faces/tracker.py)
    size     pixels a side of the crops
    """
    ahead = 0 if item.is_camera else REACH
    for seconds, gray, boxes in steady(tracked(item, tracker), ahead):
        if gray is None:
            yield seconds, None
        else:
            yield seconds, [Sighting(face, box, crop_face(gray, box, size)) for face, box in boxes.items()]


def tracked(item, tracker):
    """Yield (seconds, gray uint8 [H, W] or None for an unreadable frame, {face: box}) of the frames of an Input."""
    for seconds, image in read_frames(item):
        gray = None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        yield seconds, gray, {} if gray is None else tracker.find(gray)


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
