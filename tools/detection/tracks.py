"""Faces through a video: boxes frame by frame, and ids that stay with the person.

Each face is searched for near its last box; in the whole picture where one fails, and once a second, as the preparation
does (data_prep/faces/search.py): the one face of a video has the very boxes it has there. A face that is lost keeps its id
for GRACE frames: one found again about where it was, at about its size, is the same.
"""

from typing import NamedTuple

import cv2
import numpy as np

from data_prep.faces.search import FULL_EVERY, SHORT_SIDE, crop_face, every_face, inside, load_cascade, local_search

SMALL_FACE = 0.1  # ours: people stand further away in videos of one's own than in the datasets
GRACE = 50  # ours: frames, about two seconds
REACH = 0.75  # ours: of the last box's width, how far a face may have gone while it was lost
GROWTH = 1.6  # ours: how much larger or smaller it may have become
SAME = 0.4  # ours: intersection over union from which two boxes are one face
SHORTEST = 3  # ours: sightings below which a face in a video is taken for none, a false alarm


class Sighting(NamedTuple):
    """A face in a frame: its id, counted from 0, its box int64 [4] x, y, width, height in pixels, and what is in it, uint8
    [S, S]."""

    face: int
    box: np.ndarray
    crop: np.ndarray


class FaceTracker:
    """Finds faces in one picture of a video after another, at most `most`. One per process, as a cascade is.

    size      pixels a side of the crops
    min_face  share of the picture's short side from which on a face is looked for
    """

    def __init__(self, size, most=None, min_face=SMALL_FACE):
        self.cascade, self.size, self.most, self.min_face = load_cascade(), size, most, min_face
        self.last, self.seen, self.shape, self.count = {}, {}, None, 0  # {face: its last box}, {face: frame of it}

    def find(self, gray):
        """The Sightings in `gray` uint8 [H, W], by face. A picture smaller than a search needs is enlarged for it."""
        factor, picture = max(SHORT_SIDE / min(gray.shape), 1), gray
        if factor > 1:
            gray = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        alive = [face for face in self.last if self.most == 1 or self.count - self.seen[face] <= GRACE]
        found, search_all = {}, gray.shape != self.shape or self.count % FULL_EVERY == 0 or not alive
        for face in alive if not search_all else ():
            box = local_search(self.cascade, gray, self.last[face])
            if box is None or any(overlap(box, other) > SAME for other in found.values()):
                search_all = True
            else:
                found[face] = box
        if search_all:
            found = self.search(gray, found, alive)
        self.last.update(found)
        self.seen.update(dict.fromkeys(found, self.count))
        self.shape, self.count = gray.shape, self.count + 1
        boxes = {face: inside(box / factor, picture.shape) for face, box in sorted(found.items())}
        return [Sighting(face, box, crop_face(picture, box, self.size)) for face, box in boxes.items()]

    def search(self, gray, found, alive):
        """{face: box} of all faces in the whole picture, with those `found` already; new ones get new ids."""
        found = dict(found) if self.count % FULL_EVERY else {}
        for rough in every_face(self.cascade, gray, self.min_face):
            exact = local_search(self.cascade, gray, rough)
            box = rough if exact is None else exact
            if any(overlap(box, other) > SAME for other in found.values()):
                continue
            lost = [face for face in alive if face not in found and self.may_be(box, self.last[face])]
            if lost:
                found[min(lost, key=lambda face: distance(box, self.last[face]))] = box
            elif self.most is None or len(found) < self.most:
                found[len(self.last)] = box
                self.last[len(self.last)] = box
        return found

    def may_be(self, box, last):
        """Whether the face at `box` may be the one last seen at `last`; where there is to be one face, it is."""
        return self.most == 1 or (distance(box, last) <= REACH * last[2] and 1 / GROWTH <= box[2] / last[2] <= GROWTH)


def distance(one, other):
    """Pixels between the middles of two boxes [4]."""
    return float(np.hypot(*(one[:2] + one[2:] / 2 - other[:2] - other[2:] / 2)))


def overlap(one, other):
    """Intersection over union of two boxes [4]."""
    size = np.minimum(one[:2] + one[2:], other[:2] + other[2:]) - np.maximum(one[:2], other[:2])
    shared = np.prod(np.maximum(size, 0))
    return shared / (np.prod(one[2:]) + np.prod(other[2:]) - shared)


def renumbered(sightings):
    """[[Sighting]] of all frames without faces of fewer than SHORTEST sightings, ids from 0 in order of appearance."""
    counts = {}
    for sighting in (one for frame in sightings for one in frame):
        counts[sighting.face] = counts.get(sighting.face, 0) + 1
    kept = [face for face in sorted(counts) if counts[face] >= SHORTEST or len(sightings) < SHORTEST]
    number = {face: k for k, face in enumerate(kept)}
    return [[one._replace(face=number[one.face]) for one in frame if one.face in number] for frame in sightings]
