"""Faces seen in the frames of an input."""

from pathlib import Path

import cv2
import numpy as np

from data_prep.faces.haar import Haar
from data_prep.faces.stage import PAPER
from data_prep.faces.tracker import FaceTracker
from tests.bundles import photograph
from tools.detection import sightings
from tools.detection.inputs import Input
from tools.detection.sightings import Sighting, find_sightings, without_false_alarms

BOX = np.array([1, 2, 3, 3])


def frames(*ids):
    """[[Sighting]] of faces with the ids of each frame."""
    return [[Sighting(face, BOX, None, 1.0) for face in frame] for frame in ids]


def ids(sightings):
    return [[sighting.face for sighting in frame] for frame in sightings]


def test_what_is_seen_once_in_a_video_is_no_face():
    assert ids(without_false_alarms(frames([0], [3, 5], [3], [3]))) == [[], [0], [0], [0]]


def test_a_face_that_is_seen_three_times_is_one():
    assert ids(without_false_alarms(frames([0, 1], [0, 1], [1], [0]))) == [[0, 1], [0, 1], [1], [0]]
    assert ids(without_false_alarms(frames([0, 1], [0, 1], [], [0]))) == [[0], [0], [], [0]]


def test_a_video_of_two_frames_keeps_its_faces():
    assert ids(without_false_alarms(frames([0], [2]))) == [[0], [1]]


def test_the_crops_of_a_sequence_are_what_the_boxes_show(tmp_path):
    picture = photograph()
    cv2.imwrite(str(tmp_path / "0.png"), picture)
    (tmp_path / "1.png").write_text("not a picture")
    seen = find_sightings(Input(tmp_path), FaceTracker(Haar()), PAPER, 44)
    (start, _, (sighting,)), (second, image, nobody) = seen
    x, y, width, height = sighting.box
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[y : y + height, x : x + width]
    assert (sighting.crop == cv2.resize(gray, (44, 44), interpolation=cv2.INTER_AREA)).all()
    assert (start, second, image, nobody) == (0, 0.04, None, [])


def test_a_video_is_steady_and_a_camera_does_not_wait_for_its_next_frame(monkeypatch):
    pictures, read = [np.roll(photograph(), 4 * (number % 2), axis=1) for number in range(12)], []

    def read_frames(item):
        for number, picture in enumerate(pictures):
            read.append(number)
            yield number / 25, picture

    monkeypatch.setattr(sightings, "read_frames", read_frames)
    frames = [sighting for *_, (sighting,) in find_sightings(Input(Path("a.mp4")), FaceTracker(Haar()), PAPER, 44)]
    left = [sighting.box[0] for sighting in frames]
    assert np.ptp(left[3:-3]) <= 2
    read.clear()
    for number, (seconds, *_) in enumerate(find_sightings(Input(0), FaceTracker(Haar()), PAPER, 44)):
        assert (seconds, len(read)) == (number / 25, number + 1)
