"""One person, ready to be rendered: mesh, colors, muscles, furrows. Building one takes about a third of a second."""

import cv2
import numpy as np

from data_prep.rendered.atlas import DETAIL, longitude_of, uv_of
from data_prep.rendered.eyes import eyeball, paint_eye
from data_prep.rendered.furrows import AGED, side_masks
from data_prep.rendered.geometry import linear, rotation, smoothstep
from data_prep.rendered.glasses import glasses
from data_prep.rendered.hair import cap, curtain, hairline_of, paint_hair
from data_prep.rendered.look import random_look
from data_prep.rendered.movement import ROW, Muscles
from data_prep.rendered.openness import open_sky
from data_prep.rendered.parts import Parts
from data_prep.rendered.raster import normals
from data_prep.rendered.shade import EYE, HAIR, PLAIN, SKIN
from data_prep.rendered.skin import paint_skin
from data_prep.rendered.teeth import tooth_colors

CAVITY, TONGUE = (92, 34, 32), (176, 92, 88)
LASH_EDGE = 0.08  # ours: against the length of strands, dm; the smaller, the more ragged
SCANNED_TEETH = (214, 206, 190)


class Person:
    """A random person of a Source. `parts` is the mesh; `move` deforms it.

    skin, hair, eye       pictures that data_prep/rendered/shade.py reads
    strands               where hair is cut
    """

    def __init__(self, source, rng):
        shapes = source.shapes
        self.source, self.head = source, shapes.head
        self.identity = shapes.identity(rng)
        self.look = random_look(self.identity, rng)
        self.muscles = Muscles(source, self.identity, rng)
        self.identity.vertices[:] += self.muscles.resting
        hairline = hairline_of(self.look, rng)
        self.skin = paint_skin(source.atlas, self.look, hairline, rng)
        self.hair, self.strands = paint_hair(self.look, rng)
        self.eye = paint_eye(self.look, rng)
        self.resting = resting_folds(source.furrows, self.look, rng)
        self.parts = self.assemble(hairline, rng)
        self.open_sky = self.shaded(open_sky(self.parts), rng)

    def assemble(self, hairline, rng):
        """The Parts of the whole mesh."""
        head, identity, look = self.head, self.identity, self.look
        parts = Parts(
            identity.vertices, uv_of(longitude_of(head.rest), head.rest[:, 1]), head.follow, self.vertex_colors(rng)
        )
        parts.add_triangles(head.skin, SKIN)
        parts.add_triangles(head.teeth, PLAIN)
        parts.add_triangles(head.tongue, PLAIN)
        parts.add_triangles(head.lashes, PLAIN)
        self.cut_lashes(parts)
        ball, triangles, uv = eyeball()
        self.ball = ball
        self.balls = [
            parts.add(center + ball * np.float32(radius), triangles, EYE, uv=uv) for center, radius in identity.eyes
        ]
        normal = normals(identity.vertices, head.skin)
        self.cap_base, triangles, thickness, cut = cap(head, hairline, look, rng)
        self.cap_offset = normal[self.cap_base] * thickness[:, None]
        self.cap = parts.add(
            identity.vertices[self.cap_base] + self.cap_offset, triangles, HAIR,
            uv=parts.uv[0][self.cap_base], follow=head.follow[self.cap_base], cut=cut,
        )  # fmt: skip
        if look.long:
            places, triangles, uv, follow = curtain(identity.vertices, head.skin, look.volume)
            parts.add(places, triangles, HAIR, uv=uv, follow=follow)
        if look.glasses:
            places, triangles, color = glasses(identity.eyes, rng)
            parts.add(places, triangles, PLAIN, color=color)
        return parts.join()

    def vertex_colors(self, rng):
        """float32 [n, 4]: color of the Head's vertices, and how much it covers the atlas."""
        head = self.head
        color = np.zeros((len(head.rest), 4), np.float32)
        color[:, :3], color[:, 3] = linear(CAVITY) * 0.8, head.cavity
        arches = getattr(self.source.shapes, "arches", None)
        teeth = np.unique(head.teeth)
        color[teeth, :3] = tooth_colors(arches.shade, rng) if arches else linear(SCANNED_TEETH) * rng.uniform(0.8, 1.1)
        color[np.unique(head.tongue), :3] = linear(TONGUE)
        color[np.unique(head.lashes), :3] = linear(np.clip(self.look.brow * 0.5, 4, 60))
        return color

    def cut_lashes(self, parts):
        """Let lashes thin out towards their tips."""
        lashes = np.unique(self.head.lashes)
        places = self.identity.vertices[lashes]
        distance = np.minimum(
            *(np.linalg.norm(places - center, axis=1) - radius for center, radius in self.identity.eyes)
        )
        low, high = np.percentile(distance, [5, 95])
        parts.cut[0][lashes] = LASH_EDGE * (self.head.lash - np.clip((distance - low) / (high - low + 1e-6), 0, 1))
        parts.uv[0][lashes] = np.stack([places[:, 0] * 0.15 % 1, np.full(len(lashes), 0.5)], 1)

    def shaded(self, openness, rng):
        """Openness of every vertex, corrected where a resting face hides what an open mouth shows."""
        head = self.head
        openness = openness.copy()
        inner = np.unique(head.tongue)
        openness[inner] = rng.uniform(0.2, 0.4)
        teeth = np.unique(head.teeth)
        front = self.identity.vertices[teeth, 2]
        openness[teeth] = rng.uniform(0.6, 1.0) * (0.35 + 0.65 * smoothstep(-0.34, -0.02, front - front.max()))
        openness[: len(head.rest)][head.cavity > 0.5] = 0.14
        openness[np.unique(head.lashes)] = 0.3
        for start in self.balls:
            ball = slice(start, start + len(self.ball))
            openness[ball] = np.clip(0.22 + 0.9 * openness[ball], 0, 0.9)
        return np.clip(openness, 0.05, 1).astype(np.float32)

    def move(self, weights, gaze=(0, 0)):
        """Vertices float32 [N, 3] at `weights` of movement.NAMES, eyes turned by `gaze` (yaw, pitch) radians."""
        points = self.parts.points.copy()
        count = len(self.head.rest)
        points[:count] += self.muscles.move(weights)
        turned = self.ball @ rotation(*gaze, 0).T
        for start, (center, radius) in zip(self.balls, self.identity.eyes):
            points[start : start + len(turned)] = center + turned * np.float32(radius)
        points[self.cap : self.cap + len(self.cap_base)] = points[self.cap_base] + self.cap_offset
        return points

    def detail(self, weights):
        """The map of furrows float32 [DETAIL, DETAIL, 3] at `weights`."""
        detail = self.resting.copy()
        for au, (rows, columns, folds) in self.source.furrows.items():
            left, right = self.look.creases * weights[ROW[au]]
            if max(left, right) > 0.02:
                masks = side_masks()
                share = left * masks["left"][:, columns] + right * masks["right"][:, columns]
                detail[rows, columns] += share * folds
        return detail


def resting_folds(folds, look, rng):
    """Pores, and the furrows of age, float32 [DETAIL, DETAIL, 3]."""
    pores = cv2.GaussianBlur(rng.standard_normal((DETAIL, DETAIL)).astype(np.float32), (0, 0), 1.2)
    detail = np.dstack([np.gradient(pores, axis=1), np.gradient(pores, axis=0), 0 * pores]) * 0.13
    for au, depth in AGED.items():
        rows, columns, fold = folds[au]
        detail[rows, columns] += fold * (2.2 * depth * look.age * rng.uniform(0.3, 1))
    return detail.astype(np.float32)
