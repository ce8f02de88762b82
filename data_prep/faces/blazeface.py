"""The detector of BlazeFace and the face mesh: finds faces of any turn, with 478 landmarks.

BlazeFace proposes, and the mesh decides: it tells a face from what is none far better. From one picture of a video to
the next only the mesh runs, about the last landmarks.
"""

import cv2
import numpy as np

from data_prep.faces.align import box_of
from data_prep.faces.blazeface_windows import BlazeFaceNet, windows
from data_prep.faces.found import Found
from data_prep.faces.geometry import distinct
from data_prep.faces.mesh import ROOM, FaceMesh, square_about
from data_prep.faces.models import SHA256
from data_prep.faces.squares import Square

# ours: a face's score is the mesh's log-odds and so many times BlazeFace's, fitted on 260 photographs with 578 faces
WEIGHT = 5
USUAL = 10  # ours: the second part where BlazeFace is not asked, as for a face that is followed
# ours: least scores of a face; of one in a turned picture, where nothing looks like a face more often; of one where a
# face was a moment ago; and of one that is certain, so that no turned picture is searched
LEAST, TURNED, STAYS, CERTAIN = 13, 18, 11, 26
SLOPE, EVEN = 0.45, 11.5  # ours: confidence as a logistic function of the score, fitted likewise; it is 0.5 at EVEN
TURNS = (0, np.pi / 2, -np.pi / 2, np.pi)  # ours: by which a picture is turned until a face is certain
MOST_WINDOWS = 2000  # ours: of a picture that is searched turned, too; these take three seconds a turn
PARAMETERS = f"blazeface {SHA256[:8]} {WEIGHT} {USUAL} {LEAST} {TURNED} {STAYS} {CERTAIN} opencv {cv2.__version__}"


class BlazeFace:
    """A detector, as data_prep/faces/detectors.py describes them."""

    def __init__(self):
        self.net, self.mesh = BlazeFaceNet(), FaceMesh()

    def view(self, gray, image=None):
        """(the picture to search, uint8 [H, W, 3]; pixels of it for each of `gray`)."""
        return (cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR) if image is None else image), 1.0

    def full(self, picture, min_face, thorough):
        """Yield the Found of the whole `picture`, large ones first."""
        smallest, scored = min_face * min(picture.shape[:2]), []
        squares = windows(picture.shape, smallest)
        for turn in TURNS if thorough and len(squares) <= MOST_WINDOWS else TURNS[:1]:
            least = TURNED if turn else LEAST
            candidates = self.net.candidates(picture, squares, turn)
            meshes = [self.scored(picture, candidate) for candidate in candidates]
            scored += [(score, mesh) for score, mesh in meshes if score >= least]
            if any(score > CERTAIN for score, _ in scored):
                break
        faces = [as_found(mesh, score) for score, mesh in sorted(scored, key=lambda entry: -entry[0])]
        yield from sorted(distinct(face for face in faces if face.box[2] >= smallest), key=lambda face: -face.box[2])

    def scored(self, picture, candidate):
        """(score, Mesh) of a Candidate: the mesh is found twice, the second time well in the middle of its square."""
        middle, side = candidate.box[:2] + candidate.box[2:] / 2, ROOM * candidate.box[2]
        rough = self.mesh.find(picture, Square(middle, side, candidate.turn))
        exact = self.mesh.find(picture, square_about(rough.points))
        return exact.presence + WEIGHT * candidate.score, exact

    def near(self, picture, last):
        """The Found about the place of `last`, or None."""
        mesh = self.mesh.find(picture, square_about(last.points))
        score = mesh.presence + USUAL
        return as_found(mesh, score) if score >= STAYS else None


def as_found(mesh, score):
    return Found(box_of(mesh.points), float(1 / (1 + np.exp(-SLOPE * (score - EVEN)))), mesh.points)
