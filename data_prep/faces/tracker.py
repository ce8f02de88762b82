"""Faces through the pictures of a video: boxes frame by frame, and ids that stay with the person.

Each face is searched for near its last box. The full picture is searched where that fails, every FULL_EVERY frames,
and when the size of the pictures changes. A face that such a search does not see is followed no longer: near a box the
cascade asks for less. At a cut to another scene all faces end, as whoever is at the same place is another person.
"""

import itertools

from data_prep.faces.cuts import Scene
from data_prep.faces.detectors import DETECTORS, HAAR
from data_prep.faces.geometry import SAME, distance, is_same, overlap
from data_prep.faces.search import FULL_EVERY, MIN_FACE

SMALL_FACE = 0.1  # ours: smallest face, of the short side; people stand further away in one's own videos
GRACE = 50  # ours: frames for which a lost face keeps its id, about two seconds
REACH = 0.75  # ours: how far a face may have moved while it was lost, of its last box's width
GROWTH = 1.6  # ours: how much larger or smaller it may have become


class FaceTracker:
    """Finds faces in one picture after another. Not thread-safe: one tracker per process.

    detector    a detector (data_prep/faces/detectors.py)
    most        faces at a time; None for all. Where it is 1, whatever face is found is the same person
    min_face    smallest face, as a share of the picture's short side
    continuous  whether each picture follows the one before; False searches every picture in full
    """

    def __init__(self, detector, *, most=None, min_face=SMALL_FACE, continuous=True):
        self.detector, self.most, self.min_face, self.continuous = detector, most, min_face, continuous
        self.shape, self.count, self.ids = None, 0, itertools.count()
        self.last, self.seen = {}, {}  # {face: its last Found}, {face: the number of the picture it was in}
        self.scene, self.first = Scene(), 0  # the lowest id of a face of this scene
        self.confirmed = set()  # faces that the last thorough search has seen, and new ones

    def find(self, gray, image=None):
        """{face: Found} of `gray` uint8 [H, W], ids counted from 0. Boxes may lie partly outside of the picture.

        image  the same in color, uint8 [H, W, 3] BGR, for detectors that see colors
        """
        if self.continuous and self.most != 1 and self.scene.ends_at(gray):
            self.first = max(self.last, default=-1) + 1
        picture, factor = self.detector.view(gray, image)
        known, found, complete = self.known_faces(), {}, False
        is_same_size = self.continuous and picture.shape == self.shape
        is_full = not (is_same_size and self.count % FULL_EVERY)
        if not is_full and known:
            found, complete = self.follow(picture, known)
        if not complete:
            found = self.search(picture, found, known, thorough=is_full)
        if self.most == 1 and not found and is_same_size and known:  # near its place, a detector asks for less
            found, _ = self.follow(picture, known)
        self.last.update(found)
        self.seen.update(dict.fromkeys(found, self.count))
        self.shape, self.count = picture.shape, self.count + 1
        return {face: entry.scaled(1 / factor) for face, entry in sorted(found.items())}

    def known_faces(self):
        """Ids of the faces that may still be met, those seen last first: for GRACE frames, a single one forever."""
        here = [face for face in self.last if face >= self.first]
        known = [face for face in here if self.most == 1 or self.count - self.seen[face] <= GRACE]
        return sorted(known, key=lambda face: -self.seen[face])

    def is_followed(self, face):
        """Whether a known face is searched for near its last box; where there is to be one face, always."""
        return self.most == 1 or face in self.confirmed

    def follow(self, picture, known):
        """({face: Found} of the `known` faces near their last boxes, whether no other needs to be searched for)."""
        found, enough = {}, len(known) if self.most is None else min(len(known), self.most)
        for face in known:
            if len(found) == enough:
                break
            entry = self.detector.near(picture, self.last[face]) if self.is_followed(face) else None
            if entry is not None and not any(is_same(entry.box, other.box) for other in found.values()):
                found[face] = entry
        return found, len(found) == enough

    def search(self, picture, found, known, thorough):
        """{face: Found} of a full search, with what is `found` already; faces that are not `known` get new ids."""
        found, seen = dict(found), set()
        for entry in self.detector.full(picture, self.min_face, thorough):
            if self.most is not None and len(found) >= self.most:
                break
            box = entry.box
            same = [face for face, other in found.items() if is_same(box, other.box)]
            if any(box[2] <= found[face].box[2] or overlap(box, found[face].box) > SAME for face in same):
                seen.update(same)
                continue
            for face in same:  # a part of this face that was taken for one of its own
                del found[face]
            lost = [face for face in known if face not in found and self.may_be(box, self.last[face].box)]
            nearest = min(lost, key=lambda face: distance(box, self.last[face].box), default=None)
            face = next(self.ids) if nearest is None else nearest
            found[face] = entry
            seen.add(face)
        self.confirmed = seen if thorough else self.confirmed | seen
        return found

    def may_be(self, box, last):
        """Whether the face at `box` may be the one last seen at `last`; where there is to be one face, it is."""
        if self.most == 1:
            return True
        return distance(box, last) <= REACH * last[2] and 1 / GROWTH <= box[2] / last[2] <= GROWTH


def dataset_tracker(detector=HAAR, continuous=True):
    """Finds the face of a dataset's frames: the largest one (paper: Sec. V), always as the same person.

    Its boxes are those of the boxes files (data_prep/faces/boxes.py), which an edit of this code makes out of date.
    """
    return FaceTracker(DETECTORS[detector].make_for_data(), most=1, min_face=MIN_FACE, continuous=continuous)
