"""The detector of BlazeFace and the face mesh: finds faces of any turn, with 478 landmarks.

BlazeFace proposes, and the mesh decides: it tells a face from what is none far better. From one picture of a video to
the next only the mesh runs, about the last landmarks.
"""

import cv2
import numpy as np

from data_prep.faces.align import box_of
from data_prep.faces.blazeface_windows import BlazeFaceNet
from data_prep.faces.found import Found
from data_prep.faces.geometry import is_same
from data_prep.faces.mesh import ROOM, FaceMesh, square_about
from data_prep.faces.models import SHA256
from data_prep.faces.squares import Square

# ours: log-odds of the mesh: of a face; of one where a face was a moment ago; of one that is well seen, and upright in
# its square. On photographs faces have 20 and more, what is none 5 and less
PRESENT, STAYS, CERTAIN = 8.0, 2.0, 18.0
TURNS = (0, np.pi / 2, -np.pi / 2, np.pi)  # ours: by which a picture is turned until a face is certain
PARAMETERS = f"blazeface {SHA256[:8]} {PRESENT} {STAYS} {CERTAIN} opencv {cv2.__version__}"


class BlazeFace:
    """A detector, as data_prep/faces/detectors.py describes them."""

    parameters = PARAMETERS

    def __init__(self):
        self.net, self.mesh = BlazeFaceNet(), FaceMesh()

    def view(self, gray, image=None):
        """(the picture to search, uint8 [H, W, 3]; pixels of it for each of `gray`)."""
        return (cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR) if image is None else image), 1.0

    def full(self, picture, min_face, thorough):
        """Yield the Found of the whole `picture`, large ones first."""
        smallest, found = min_face * min(picture.shape[:2]), []
        for turn in TURNS if thorough else TURNS[:1]:
            found += self.faces(picture, self.net.candidates(picture, smallest, turn))
            if any(mesh.presence > CERTAIN for mesh in found):
                break
        faces = [self.found(mesh, PRESENT) for mesh in sorted(found, key=lambda mesh: -mesh.presence)]
        yield from sorted(different(face for face in faces if face.box[2] >= smallest), key=lambda face: -face.box[2])

    def faces(self, picture, candidates):
        """[Mesh] of the Candidates that are faces."""
        found = []
        for candidate in candidates:
            middle, side = candidate.box[:2] + candidate.box[2:] / 2, ROOM * candidate.box[2]
            rough = self.mesh.find(picture, Square(middle, side, candidate.turn))
            exact = self.mesh.find(picture, square_about(rough.points))
            if exact.presence >= PRESENT:
                found.append(exact)
        return found

    def near(self, picture, last):
        """The Found about the place of `last`, or None."""
        return self.found(self.mesh.find(picture, square_about(last.points)), STAYS)

    def found(self, mesh, least):
        """The Found of a Mesh with log-odds of `least` or more."""
        if mesh.presence < least:
            return None
        return Found(box_of(mesh.points), confidence(mesh.presence), mesh.points)


def different(faces):
    """The Found without those that are of one face with an earlier one."""
    kept = []
    for face in faces:
        if not any(is_same(face.box, other.box) for other in kept):
            kept.append(face)
    return kept


def confidence(presence):
    """0 to 1, from the mesh's log-odds."""
    return float(1 / (1 + np.exp(-np.clip(presence, -50, 50))))
