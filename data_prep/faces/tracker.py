"""Faces through the pictures of a video: boxes frame by frame, and ids that stay with the person.

Each face is searched for near its last box. The full picture is searched where that fails, every FULL_EVERY frames,
and when the size of the pictures changes. A face that such a search does not see is followed no longer: near a box the
cascade asks for less. At a cut to another scene all faces end, as whoever is at the same place is another person.
"""

import cv2
import numpy as np

from data_prep.faces.cuts import Scene
from data_prep.faces.search import (
    FULL_EVERY,
    MIN_FACE,
    SHORT_SIDE,
    full_search,
    inside,
    load_cascade,
    local_search,
)

SMALL_FACE = 0.1  # ours: smallest face, of the short side; people stand further away in one's own videos
SURE = 8  # ours: windows that agree on a face; on photographs false alarms have 4, faces 16 and more
GRACE = 50  # ours: frames for which a lost face keeps its id, about two seconds
REACH = 0.75  # ours: how far a face may have moved while it was lost, of its last box's width
GROWTH = 1.6  # ours: how much larger or smaller it may have become
SAME = 0.4  # ours: intersection over union above which two boxes are of one face
NESTED = 0.7  # ours: the same, intersection over the smaller one: the cascade takes mouths and chins for small faces


class FaceTracker:
    """Finds faces in one picture after another. A cascade is not thread-safe: one tracker per process.

    most        faces at a time; None for all. Where it is 1, whatever face is found is the same person
    min_face    smallest face, as a share of the picture's short side
    sure        windows of the cascade that must agree on a face (see `full_search`)
    continuous  whether each picture follows the one before; False searches every picture in full
    enlarge     whether a picture smaller than a full search works on is enlarged for it
    """

    def __init__(self, *, most=None, min_face=SMALL_FACE, sure=SURE, continuous=True, enlarge=True):
        self.most, self.min_face, self.sure = most, min_face, sure
        self.continuous, self.enlarge = continuous, enlarge
        self.cascade, self.shape, self.count = load_cascade(), None, 0
        self.last, self.seen = {}, {}  # {face: its last box}, {face: the number of the picture it was in}
        self.scene, self.first = Scene(), 0  # the lowest id of a face of this scene
        self.confirmed = set()  # faces that the last full search has seen, and new ones

    def find(self, picture):
        """{face: box} of `picture` uint8 [H, W]: ids counted from 0, boxes int64 [4] x, y, width, height in pixels."""
        gray, factor = picture, 1
        if self.enlarge and min(picture.shape) < SHORT_SIDE:
            factor = SHORT_SIDE / min(picture.shape)
            gray = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
        if self.continuous and self.most != 1 and self.scene.ends_at(gray):
            self.first = len(self.last)
        known, found, complete = self.known_faces(), {}, False
        if self.continuous and gray.shape == self.shape and self.count % FULL_EVERY and known:
            found, complete = self.follow(gray, known)
        if not complete:
            found = self.search(gray, found, known)
        self.last.update(found)
        self.seen.update(dict.fromkeys(found, self.count))
        self.shape, self.count = gray.shape, self.count + 1
        return {face: inside(box / factor, picture.shape) for face, box in sorted(found.items())}

    def known_faces(self):
        """Ids of the faces that may still be met, those seen last first: for GRACE frames, a single one forever."""
        here = [face for face in self.last if face >= self.first]
        known = [face for face in here if self.most == 1 or self.count - self.seen[face] <= GRACE]
        return sorted(known, key=lambda face: -self.seen[face])

    def is_followed(self, face):
        """Whether a known face is searched for near its last box; where there is to be one face, always."""
        return self.most == 1 or face in self.confirmed

    def follow(self, gray, known):
        """({face: box} of the `known` faces found near their last boxes, whether no other needs to be searched for)."""
        found, enough = {}, len(known) if self.most is None else min(len(known), self.most)
        for face in known:
            if len(found) == enough:
                break
            box = local_search(self.cascade, gray, self.last[face]) if self.is_followed(face) else None
            if box is not None and not any(is_same(box, other) for other in found.values()):
                found[face] = box
        return found, len(found) == enough

    def search(self, gray, found, known):
        """{face: box} of a full search, with what is `found` already; faces that are not `known` get new ids."""
        found, seen = dict(found), set()
        for rough in full_search(self.cascade, gray, min_face=self.min_face, sure=self.sure):
            if self.most is not None and len(found) >= self.most:
                break
            exact = local_search(self.cascade, gray, rough)
            box = rough if exact is None else exact
            same = [face for face, other in found.items() if is_same(box, other)]
            if any(box[2] <= found[face][2] or overlap(box, found[face]) > SAME for face in same):
                seen.update(same)
                continue
            for face in same:  # a part of this face that was taken for one of its own
                del found[face]
            lost = [face for face in known if face not in found and self.may_be(box, self.last[face])]
            new = len(self.last | found)
            face = min(lost, key=lambda face: distance(box, self.last[face]), default=new)
            found[face] = box
            seen.add(face)
        self.confirmed = seen
        return found

    def may_be(self, box, last):
        """Whether the face at `box` may be the one last seen at `last`; where there is to be one face, it is."""
        if self.most == 1:
            return True
        return distance(box, last) <= REACH * last[2] and 1 / GROWTH <= box[2] / last[2] <= GROWTH


def paper_tracker(continuous=True):
    """The paper's way: the largest face of a frame, whatever number of windows agree on it (Sec. V).

    Its boxes are those of the boxes files (data_prep/faces/boxes.py), which an edit of this code makes out of date.
    """
    return FaceTracker(most=1, min_face=MIN_FACE, sure=0, continuous=continuous, enlarge=False)


def is_same(box, other):
    """Whether two boxes are of one face: they have about the same place, or one lies in the other."""
    return overlap(box, other) > SAME or nesting(box, other) > NESTED


def distance(box, other):
    """Pixels between the middles of two boxes [4]."""
    return float(np.hypot(*(box[:2] + box[2:] / 2 - other[:2] - other[2:] / 2)))


def overlap(box, other):
    """Intersection over union of two boxes [4]."""
    shared = intersection(box, other)
    return shared / (np.prod(box[2:]) + np.prod(other[2:]) - shared)


def nesting(box, other):
    """Intersection over the smaller of two boxes [4]: 1 where one lies in the other."""
    return intersection(box, other) / min(np.prod(box[2:]), np.prod(other[2:]))


def intersection(box, other):
    """Pixels that two boxes [4] share."""
    size = np.minimum(box[:2] + box[2:], other[:2] + other[2:]) - np.maximum(box[:2], other[:2])
    return np.prod(np.maximum(size, 0))
