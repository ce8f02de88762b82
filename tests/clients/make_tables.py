"""Tables for tests/clients/read_tables.py, in both formats: of a video that is detected, and of made-up landmarks.

  python -m tests.clients.make_tables FOLDER

FOLDER/talk.avi shows a face, but not in frames 5 to 7; its tables are FORMAT/talk.csv in FOLDER. Those of two faces
that turn, and of which frame 3 shows none, are FORMAT/landmarks.csv.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from tests.bundles import photograph, random_bundle, video
from tools.detect import main
from tools.detection.points68 import POINTS_68
from tools.detection.tables import FORMATS, Face, Frame, save_table


def talk(folder):
    """The path of a video of 12 frames."""
    face = cv2.resize(photograph()[20:260, 60:380], (320, 240))
    pictures = [np.roll(face, (k % 7, k % 5), (0, 1)) for k in range(12)]
    pictures[4:7] = [np.zeros_like(face)] * 3
    return video(folder / "talk.avi", pictures)


def turning_face(number, k):
    """A Face whose points are a ring, but for the 68 of OpenFace's layout: of these point p is at 10 + p, 20 + p."""
    angles = np.linspace(0, 2 * np.pi, 478)
    points = np.stack([60 + 40 * np.cos(angles), 70 + 50 * np.sin(angles)], 1).astype(np.float32)
    points[list(POINTS_68)] = np.arange(68)[:, None] + (10, 20)
    box, score = np.array([20 + 100 * number, 20, 80, 100]), np.array([3.0, -3.0])
    return Face(
        number, box, score, confidence=0.95 - 0.4 * number, pose=np.array([10.0, 20.0, 30.0]) * k, points=points
    )


def make(folder):
    """Write all tables."""
    folder.mkdir(parents=True, exist_ok=True)
    path, bundle = talk(folder), random_bundle(folder)
    frames = [Frame(k / 25, [] if k == 2 else [turning_face(0, k), turning_face(1, k)]) for k in range(5)]
    for kind in FORMATS:
        out = folder / kind
        main([str(path), "--model", str(bundle), "--out", str(out), "--format", kind, "--no-report"])
        columns = {"aus": (1, 12), "model": "made-up", "kind": kind, "source": str(path)}
        save_table(out / "landmarks.csv", frames, **columns, landmarks=True, has_pose=True)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
