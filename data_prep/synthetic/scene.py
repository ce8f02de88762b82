"""Where a face is seen: the camera, its light, the head's pose and the still backdrop behind the head."""

import functools
from typing import NamedTuple

import cv2
import numpy as np


class Camera(NamedTuple):
    """What stays the same through a recording. `face_px`: width of the face at scale 1, in pixels."""

    width: int = 1024
    height: int = 768
    face_px: float = 350.0
    noise: float = 2.0  # standard deviation, gray levels
    blur: float = 0.5  # standard deviation, pixels; 0 for none
    backdrop: tuple = (96, 88, 84)


class Light(NamedTuple):
    """`level` 1 is normal; `x`, `y` tilt the light toward the image's right and down (about -0.5 to 0.5)."""

    level: float = 1.0
    x: float = 0.0
    y: float = 0.0


class Pose(NamedTuple):
    """Head and eyes: `x`, `y` in half face widths, `roll` degrees, `yaw` radians, `blink` 0 to 1, gaze -1 to 1."""

    x: float = 0.0
    y: float = 0.0
    roll: float = 0.0
    scale: float = 1.0
    yaw: float = 0.0
    blink: float = 0.0
    gaze_x: float = 0.0
    gaze_y: float = 0.0


def depth(x, y):
    """How far toward the camera the head stands out at `x`, `y` [...], in half face widths."""
    head = 0.55 * np.maximum(1 - (x / 1.15) ** 2, -0.3)
    return head + 0.22 * np.exp(-((x / 0.2) ** 2) - ((y - 0.35) / 0.3) ** 2)


def frame_matrix(pose, camera):
    """The similarity from face units to pixels, float [2, 3]."""
    scale = pose.scale * camera.face_px / 2
    angle = np.deg2rad(pose.roll)
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    center = np.array([camera.width / 2, camera.height * 0.47])
    center += camera.face_px / 2 * np.array([pose.x, pose.y])
    return np.array([[c, -s, center[0]], [s, c, center[1]]])


def place(points, pose, camera):
    """Face points [n, 2] -> pixels [n, 2]: a turn about the vertical axis, then the similarity."""
    x, y = points[:, 0], points[:, 1]
    turned = np.stack([x * np.cos(pose.yaw) + np.sin(pose.yaw) * depth(x, y), y], 1)
    matrix = frame_matrix(pose, camera)
    return turned @ matrix[:, :2].T + matrix[:, 2]


@functools.lru_cache(maxsize=2)
def backdrop(identity, camera):
    """The wall and the subject's shoulders in three grains of noise: [uint8 [height, width, 3]] * 3."""
    y, x = np.mgrid[0 : camera.height, 0 : camera.width].astype(np.float32)
    fall = 1.1 - 0.25 * np.hypot(x / camera.width - 0.45, y / camera.height - 0.35)
    picture = fall[..., None] * np.float32(camera.backdrop)
    unit = camera.face_px / 2
    cx, top = camera.width / 2, camera.height * 0.47 + 1.62 * unit
    along = np.linspace(-1, 1, 81)
    edge = top + unit * (0.75 * np.abs(along) ** 1.5 + 0.25 * np.abs(along) ** 8)
    outline = np.stack([cx + 2.15 * unit * along, edge], 1)
    outline = np.concatenate([outline, [[cx + 2.5 * unit, camera.height + 9], [cx - 2.5 * unit, camera.height + 9]]])
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.int32(outline * 16)], 255, cv2.LINE_AA, 4)
    shade = (
        0.95 - 0.35 * np.abs((x - cx) / (2.2 * unit)) ** 2 + 0.08 * np.sin((x - cx) / unit * 5) * (y - top) / (2 * unit)
    )
    alpha = cv2.GaussianBlur(mask, (0, 0), 1.2)[..., None] / np.float32(255)
    picture += alpha * (shade[..., None] * np.float32(identity.shirt) - picture)
    picture = cv2.convertScaleAbs(picture)
    grains = []
    for at in (0, 23, 47):
        brighter, darker = (tile[at : at + camera.height, at : at + camera.width] for tile in noise_tiles(camera))
        grains.append(cv2.subtract(cv2.add(picture, brighter), darker))
    return grains


@functools.lru_cache(maxsize=2)
def noise_tiles(camera):
    """Sensor noise, cut out at a random offset: what to add, what to subtract, uint8 [height + 64, width + 64, 3]."""
    rng = np.random.default_rng(0)
    shape = (camera.height + 64, camera.width + 64)
    gray = rng.standard_normal(shape + (1,), np.float32) + 0.5 * rng.standard_normal(shape + (3,), np.float32)
    noise = np.rint(camera.noise * gray)
    return noise.clip(0, 255).astype(np.uint8), (-noise).clip(0, 255).astype(np.uint8)
