"""Camera: from a person's vertices to the linear light of every pixel."""

from typing import NamedTuple

import numpy as np

from data_prep.rendered.atlas import DETAIL_BOX
from data_prep.rendered.geometry import rotation
from data_prep.rendered.openness import axes_towards
from data_prep.rendered.raster import fill_depth, normals, rasterize
from data_prep.rendered.shade import SHADOW_MAP, SHADOW_SPAN, SHINE, shade

NECK = np.array([0, 6.75, 0.35], np.float32)  # the head turns about this point
BEFORE = np.array([0, 7.1, 0.5], np.float32)  # middle of the shadow's map


class Camera(NamedTuple):
    """width, height in pixels; focal length in pixels; distance in dm from the head's axis; height of its axis."""

    width: int
    height: int
    focal: float
    distance: float
    look: float = 7.1


def portrait_camera(side, span=2.6, distance=14.0):
    """A Camera whose picture is `side` pixels and shows `span` decimeters at the face."""
    return Camera(side, side, side / span * (distance - 1.1), distance)


class Pose(NamedTuple):
    """Turning of the head in degrees: yaw to the person's left, pitch down, roll to the right; its shift in dm [3]."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    shift: tuple = (0.0, 0.0, 0.0)


def render(person, camera, light, weights, pose=Pose(), gaze=(0, 0)):  # noqa: B008, immutable
    """Linear RGB and coverage float32 [height, width, 4] of a Person at `weights` (movement.weights_of)."""
    parts = person.parts
    turn = rotation(*np.radians([pose.yaw, pose.pitch, pose.roll]))
    points = person.move(weights, gaze)
    turned = (points - NECK) @ (turn.T - np.eye(3, dtype=np.float32)) + np.array(pose.shift, np.float32)
    points = np.ascontiguousarray(points + parts.follow[:, None] * turned, dtype=np.float32)
    normal = normals(points, parts.triangles)
    away = camera.distance - points[:, 2]
    screen = np.stack(
        [
            camera.width / 2 + points[:, 0] / away * camera.focal,
            camera.height / 2 - (points[:, 1] - camera.look) / away * camera.focal,
            1 / away,
        ],
        1,
    ).astype(np.float32)
    _, triangle, corner = rasterize(
        screen, parts.triangles, camera.width, camera.height, parts.hide, parts.cut, parts.uv, person.strands
    )
    axes = axes_towards(light.lamps[0, :3].astype(np.float64))
    place = (axes @ BEFORE).astype(np.float32)
    shadow = np.full((SHADOW_MAP, SHADOW_MAP), -1e9, np.float32)
    if light.shadow > 0:
        seen = points @ axes.T - place
        seen[:, :2] = seen[:, :2] * (SHADOW_MAP / SHADOW_SPAN) + SHADOW_MAP / 2
        fill_depth(seen, parts.triangles, shadow)
    out = np.empty((camera.height, camera.width, 4), np.float32)
    shade(
        triangle, corner, parts.triangles, parts.material, points, normal, parts.uv, person.open_sky, parts.color,
        person.skin, person.hair, person.eye, person.detail(weights), np.array(DETAIL_BOX, np.float32), light.lamps,
        light.sky, light.ground, np.array([0, camera.look, camera.distance], np.float32),
        np.ascontiguousarray(turn[:, 1]), SHINE, shadow, axes, place, np.float32(light.shadow), out,
    )  # fmt: skip
    return out
