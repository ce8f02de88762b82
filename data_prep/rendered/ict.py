"""ICT-FaceKit's people: shapes from scans, by the USC Institute for Creative Technologies, under the MIT license.

Read from a checkout of github.com/ICT-VGL/ICT-FaceKit: <checkout>/FaceXModel/generic_neutral_mesh.obj, identity000.obj
to identity099.obj and expressions such as browDown_L.obj, all of one mesh; its README names the ranges of vertices and
the 68 landmarks that are used here. Its resting face is bent into MakeHuman's by these landmarks.
"""

from pathlib import Path

import numpy as np

from data_prep.rendered.geometry import smoothstep, triangles_of
from data_prep.rendered.head import EYE_DISTANCE, EYES, Head, Identity
from data_prep.system.errors import InputError

MODEL = "FaceXModel"
NEUTRAL, IDENTITIES = "generic_neutral_mesh", 100
VERTICES = 26719
SKIN, MOUTH, SOCKETS = (0, 14062), (11248, 13294), (13294, 14062)  # ranges of vertices
TONGUE, TEETH, LASHES = (14062, 17039), (17039, 21451), (25351, 26719)
EYEBALLS = (21451, 22221), (23021, 23791)  # left, right
SPREAD = 0.95  # ours: standard deviation of people's coefficients, of that of the scans
LIPS = (5533,), (5517,)  # vertices of the inner upper and lower lip at the midline: landmarks 62 and 66
# Multi-PIE's 68, numbered from 0
LANDMARKS = np.array([
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493,
    1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542,
    1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461,
    5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
])  # fmt: skip
# where they lie in MakeHuman's resting face: (landmark, its mirror image, x, y)
PLACES = (
    (48, 54, 0.268, 6.612), (49, 53, 0.15, 6.672), (50, 52, 0.075, 6.703), (51, 51, 0, 6.686), (55, 59, 0.17, 6.535),
    (56, 58, 0.08, 6.493), (57, 57, 0, 6.486), (61, 63, 0.09, 6.614), (62, 62, 0, 6.614), (65, 67, 0.09, 6.610),
    (66, 66, 0, 6.610), (60, 64, 0.25, 6.612), (36, 45, 0.465, 7.283), (39, 42, 0.17, 7.275), (37, 44, 0.385, 7.338),
    (38, 43, 0.26, 7.338), (41, 46, 0.385, 7.235), (40, 47, 0.26, 7.235), (17, 26, 0.56, 7.46), (18, 25, 0.46, 7.515),
    (19, 24, 0.36, 7.52), (20, 23, 0.23, 7.50), (21, 22, 0.12, 7.475), (27, 27, 0, 7.30), (30, 30, 0, 6.95),
    (33, 33, 0, 6.845), (31, 35, 0.13, 6.87), (32, 34, 0.07, 6.848), (8, 8, 0, 6.20),
)  # fmt: skip
FIXED = ((0, 7.9), (0.75, 7.28), (0.62, 6.5), (0, 8.3), (0.6, 7.85), (0.5, 5.9))  # what the bending leaves, each side


class Ict:
    """A source of faces (data_prep/rendered/head.py), from the `checkout` of ICT-FaceKit."""

    def __init__(self, checkout):
        self.folder = Path(checkout) / MODEL
        self.kept = np.concatenate([np.arange(*part) for part in ((0, TEETH[1]), LASHES)])
        neutral = read_vertices(self.folder / f"{NEUTRAL}.obj")
        eyes = eyeballs(neutral)
        self.scale = np.float32(EYE_DISTANCE / np.linalg.norm(eyes[0][0] - eyes[1][0]))
        self.neutral = neutral * self.scale
        self.shapes = {}
        self.head = self.make_head(read_quads(self.folder / f"{NEUTRAL}.obj"))

    def shape(self, name):
        """The movement float32 [n, 3] of all vertices by the identity or expression `name`."""
        if name not in self.shapes:
            self.shapes[name] = read_vertices(self.folder / f"{name}.obj") * self.scale - self.neutral
        return self.shapes[name]

    def make_head(self, quads):
        vertices = self.neutral + EYES - sum(center for center, _ in eyeballs(self.neutral)) / 2
        place = np.full(VERTICES, -1)
        place[self.kept] = np.arange(len(self.kept))

        def part(first, stop):
            return triangles_of(place[quads[((quads >= first) & (quads < stop)).all(1)]])

        rest = bend(vertices[self.kept], vertices[LANDMARKS]).astype(np.float32)
        mouth = np.zeros(len(rest), bool)
        mouth[slice(*MOUTH)] = True
        lip = vertices[LIPS[0][0], 2]
        dark = np.where(mouth, smoothstep(0.02, 0.10, lip - vertices[self.kept, 2]), 0)
        turning = np.ones(len(rest))
        turning[: TONGUE[0]] = smoothstep(6.0, 6.75, rest[: TONGUE[0], 1] + 0.4 * rest[: TONGUE[0], 2])
        turning[mouth] = 1
        x, y, z = vertices[self.kept].T
        return Head(
            rest=rest,
            skin=part(*SKIN),
            teeth=part(*TEETH),
            tongue=part(*TONGUE),
            lashes=upper_lashes(part(*LASHES), rest),
            cavity=dark.astype(np.float32),
            follow=turning.astype(np.float32),
            ears=(np.abs(x) > 0.86) & (y > 6.6) & (y < 7.6) & (z < 0.75),
            lips=tuple(np.array(lip) for lip in LIPS),
            lash=0.25,
            seam=(np.array([], int), np.array([], int)),
            corners=tuple(LANDMARKS[[54, 48]]),
        )

    def identity(self, rng):
        """An Identity at random."""
        female = bool(rng.random() < 0.5)
        main = rng.choice(3, p=[0.5, 0.25, 0.25])
        shares = np.full(3, 0.05)
        shares[main] = 0.9
        ancestry = dict(zip(("caucasian", "african", "asian"), shares.tolist()))
        age = float(np.clip(abs(rng.normal(0, 0.3)), 0, 0.75))
        vertices = self.neutral.copy()
        for number, weight in enumerate(rng.normal(0, SPREAD, IDENTITIES)):
            vertices += np.float32(weight) * self.shape(f"identity{number:03d}")
        offset = EYES - sum(center for center, _ in eyeballs(vertices)) / 2
        eyes = tuple((center + offset, radius) for center, radius in eyeballs(vertices))
        return Identity((vertices + offset)[self.kept].astype(np.float32), eyes, ancestry, female, age)

    def unit(self, person, name):
        """The movement float32 [n, 3] of the Head's vertices by the unit `name`, at its full weight."""
        return self.shape(name)[self.kept]


def upper_lashes(lashes, rest):
    """The triangles of `lashes` above the eyes' middle."""
    return lashes[(rest[lashes][:, :, 1] > EYES[1] + 0.005).all(1)]


def eyeballs(vertices):
    """((center, radius), (center, radius)) of the left and the right eyeball."""
    balls = [vertices[slice(*part)] for part in EYEBALLS]
    return tuple(((ball.max(0) + ball.min(0)) / 2, float(np.ptp(ball[:, 0]) / 2)) for ball in balls)


def read_vertices(path):
    """float32 [VERTICES, 3] of an OBJ file. Raises InputError if it is not one of the model's."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror}; ICT= must name a checkout of github.com/ICT-VGL/ICT-FaceKit"
        ) from None
    lines = text[text.find(b"\nv ") : text.rfind(b"\nv ")].count(b"\nv ") + 1  # they follow each other
    end = text.find(b"\n", text.rfind(b"\nv ") + 1)
    values = np.fromstring(text[text.find(b"\nv ") : end].replace(b"\nv ", b" "), np.float64, sep=" ")
    if lines != VERTICES or len(values) != 3 * VERTICES:
        raise InputError(f"{path}: {lines} vertices instead of {VERTICES}; update the checkout of ICT-FaceKit")
    return values.reshape(-1, 3).astype(np.float32)


def read_quads(path):
    """int [m, 4]: the faces of an OBJ file; a triangle repeats its last vertex."""
    faces = []
    for line in path.read_text().splitlines():
        if line.startswith("f "):
            corners = [int(cell.split("/")[0]) - 1 for cell in line.split()[1:]]
            faces.append((corners + corners[-1:])[:4])
    return np.array(faces)


def bend(vertices, landmarks):
    """`vertices` [n, 3] bent so that `landmarks` [68, 3] lie where they do in MakeHuman's resting face, float64."""
    sources, targets = [], []
    for number, mirror, x, y in PLACES:
        for index in {number, mirror}:
            source = landmarks[index]
            sources.append(source[:2])
            targets.append((np.sign(source[0]) * x, y))
    for x, y in FIXED:
        for sign in (1, -1) if x else (1,):
            sources.append((sign * x, y))
            targets.append((sign * x, y))
    rest = vertices.astype(np.float64)
    rest[:, :2] = thin_plate(np.array(sources, float), np.array(targets, float), rest[:, :2])
    return rest


def thin_plate(sources, targets, points, smooth=1e-4):
    """`points` [n, 2] moved by the thin-plate spline that brings `sources` [k, 2] near `targets`."""

    def kernel(to):
        squared = ((to[:, None] - sources[None]) ** 2).sum(2)
        return 0.5 * squared * np.log(squared + 1e-12)

    k = len(sources)
    affine = np.hstack([np.ones((k, 1)), sources])
    system = np.block([[kernel(sources) + smooth * np.eye(k), affine], [affine.T, np.zeros((3, 3))]])
    weights = np.linalg.solve(system, np.vstack([targets, np.zeros((3, 2))]))
    return kernel(points) @ weights[:k] + np.hstack([np.ones((len(points), 1)), points]) @ weights[k:]
