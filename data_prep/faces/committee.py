"""Three of OpenCV's cascades that decide together on the faces of a single picture.

Each takes other things for faces, so what all of them see is a face though few windows of each agree on it, and what
one alone sees must convince it far more. One of them knows heads that are turned to the side. They take several times
as long as one, so they are for pictures alone.
"""

import cv2
import numpy as np

from data_prep.faces.found import Found
from data_prep.faces.geometry import is_same
from data_prep.faces.search import CASCADE, LONGEST, SCALE_FACTOR, WINDOW, load_cascade, local_search

# ours: log-odds of a face are the sum of WEIGHT x log(1 + windows that agree) over the cascades, less PRIOR: a logistic
# regression on 260 photographs with 578 faces, rounded
WEIGHTS = {
    "haarcascade_frontalface_default.xml": 1.0,
    "haarcascade_frontalface_alt.xml": 1.5,
    "haarcascade_profileface.xml": 1.5,
}
# knows only faces that look to one side: the mirrored picture has the others
ONE_SIDED = {"haarcascade_profileface.xml"}
PRIOR = 4.2
SURE = 0.4  # ours: probability of a face; of what is taken 1 in 20 is none, and one more face costs one more of these
# ours: where no upright face is found, the picture is turned by so many degrees, either way. Then most of what is found
# is none, so such a face must be larger and surer, and is one alone: of 25 photographs 6 have one, and none a false one
TILT, TILTED_FACE, TILTED_SURE = 30, 0.1, 0.6
SIDE = 480  # ours: pixels to which the picture's short side is scaled; more where the smallest face needs more


class Committee:
    """A detector, as data_prep/faces/detectors.py describes them, for pictures that do not follow each other.

    Cascades are not thread-safe: one committee per process.
    """

    def __init__(self):
        self.cascades = {name: load_cascade(name) for name in WEIGHTS}

    def view(self, gray, image=None):
        """(the picture to search, pixels of it for each of `gray`)."""
        return gray, 1.0

    def full(self, gray, min_face, thorough):
        """Yield the Found of `gray` uint8 [H, W], large ones first; tilted heads only where it is to be `thorough`."""
        if min(gray.shape) < WINDOW:
            return
        short = min(gray.shape)
        factor = min(max(SIDE, WINDOW / min_face) / short, max(SIDE / short, 1), LONGEST / max(gray.shape))
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        if factor * short < WINDOW:
            return
        scaled = cv2.resize(gray, None, fx=factor, fy=factor, interpolation=way)
        smallest = int(min_face * min(scaled.shape))
        found = [face for face in self.candidates(scaled, smallest) if face[1] >= SURE]
        if not found and thorough:
            found = self.tilted(scaled, max(smallest, int(TILTED_FACE * min(scaled.shape))))
        for rough, probability in sorted(found, key=lambda face: -face[0][2]):
            exact = local_search(self.cascades[CASCADE], gray, rough / factor)
            yield Found(rough / factor if exact is None else exact[0], probability)

    def tilted(self, gray, smallest):
        """[(box, probability)] of the surest face of the picture turned by TILT either way: an upright box about it."""
        found, (height, width) = [], gray.shape
        for turn in (TILT, -TILT):
            move = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1)
            turned = cv2.warpAffine(gray, move, (width, height), borderMode=cv2.BORDER_REPLICATE)
            back = cv2.invertAffineTransform(move)
            for box, probability in self.candidates(turned, smallest):
                if probability >= TILTED_SURE:
                    half = box[2:] / 2
                    found.append((np.concatenate([back @ (*(box[:2] + half), 1) - half, box[2:]]), probability))
        return sorted(found, key=lambda face: -face[1])[:1]

    def candidates(self, gray, smallest):
        """[(box, probability)] of all that two windows of a cascade agree on, with the box of the surest cascade."""
        votes = [
            (weight * np.log1p(windows), name, box)
            for name, weight in WEIGHTS.items()
            for box, windows in self.votes(name, gray, smallest)
        ]
        groups = []  # [(box, {cascade: its share of the log-odds})]
        for vote, name, box in sorted(votes, key=lambda entry: -entry[0]):
            shares = next((shares for other, shares in groups if is_same(box, other)), None)
            if shares is None:
                groups.append((box, {name: vote}))
            else:
                shares.setdefault(name, vote)
        return [(box, float(1 / (1 + np.exp(PRIOR - sum(shares.values()))))) for box, shares in groups]

    def votes(self, name, gray, smallest):
        """Yield (box float64 [4], windows that agree on it) of one cascade."""
        for is_mirrored in (False, True) if name in ONE_SIDED else (False,):
            seen = cv2.flip(gray, 1) if is_mirrored else gray
            for box, windows in zip(
                *self.cascades[name].detectMultiScale2(seen, SCALE_FACTOR, 1, minSize=(smallest,) * 2)
            ):
                x, y, width, height = map(float, box)
                yield np.array([gray.shape[1] - x - width if is_mirrored else x, y, width, height]), int(windows)
