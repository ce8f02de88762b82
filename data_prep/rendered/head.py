"""What a source of faces provides: a mesh, people, and what their muscles can do.

Every source's mesh stands in one frame, MakeHuman's: decimeters, x to the person's left, y up, z forward, the middle
between the eyes at EYES. Where a vertex lies there when the face is at rest (`rest`) tells which skin it is: colors,
brows, furrows and the pull of muscles are given as functions of that place, and so serve every source.
"""

from typing import NamedTuple

import numpy as np

EYES = np.array([0, 7.28, 1.24], np.float32)  # the middle between the eyeballs, of every person
EYE_DISTANCE = 0.636  # between their centers in MakeHuman's base mesh
SIDES = ("left", "right")  # the person's


class Head(NamedTuple):
    """The mesh of a source, the same for all its people.

    rest       float32 [n, 3]  place of each vertex in the common resting face
    skin, teeth, tongue, lashes  int32 [m, 3]  triangles
    cavity     float32 [n]     1 inside mouth and nostrils, 0 on the skin
    follow     float32 [n]     how much a vertex turns with the head: 1 on the face, 0 at the shoulders
    ears       bool [n]
    lips       (int [k], int [k])  vertices of upper and lower lip that touch at the midline
    lash       float           how much of their length lashes are drawn dense: the rest thins out
    seam       (int [k], int [k])  pairs of vertices of upper and lower lip that touch, all along them, or none
    corners    (int, int)      vertices of the mouth's left and right corner
    """

    rest: np.ndarray
    skin: np.ndarray
    teeth: np.ndarray
    tongue: np.ndarray
    lashes: np.ndarray
    cavity: np.ndarray
    follow: np.ndarray
    ears: np.ndarray
    lips: tuple
    lash: float
    seam: tuple
    corners: tuple


class Identity(NamedTuple):
    """A person's face at rest.

    vertices   float32 [n, 3]
    eyes       ((center [3], radius), (center, radius)): left and right eyeball
    ancestry   {"caucasian", "african", "asian": share}
    female     bool
    age        0 young to 1 old
    """

    vertices: np.ndarray
    eyes: tuple
    ancestry: dict
    female: bool
    age: float
