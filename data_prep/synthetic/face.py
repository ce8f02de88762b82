"""Draw a synthetic face showing Action Units at given intensities.

The head at rest is painted once per subject; a frame sums in light and wrinkles, moves the skin by a smooth
field, sets the head on the backdrop in its pose, and paints eyes and mouth over it.
"""

import functools
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.eyes import draw_eye, draw_glasses, glasses_lines, lids
from data_prep.synthetic.geometry import HIGH, LEFT, PX, STEP, TOP, WIDE, canvas, motion
from data_prep.synthetic.mouth import Lips, draw_mouth, lips, teeth_edge
from data_prep.synthetic.scene import Camera, Light, Pose, backdrop, depth, frame_matrix, noise_tiles, place
from data_prep.synthetic.skin import render
from data_prep.synthetic.wrinkles import patches, skin_shading

MAX_INTENSITY = 5.0
AT_REST, EVEN_LIGHT, VIDEO_CAMERA = Pose(), Light(), Camera()
RESPONSE = np.float32(0.8)  # ours: below 1, so that traces (intensity 1) can be seen


class Head(NamedTuple):
    """A subject's prepared pictures: see skin.render; `field` [12, h, w, 2] is the coarse skin motion per AU."""

    usual: np.ndarray
    right: np.ndarray
    down: np.ndarray
    patches: list
    field: np.ndarray
    at_eyes: np.ndarray


@functools.lru_cache(maxsize=2)
def prepare(identity):
    """Paint all that does not change from frame to frame."""
    usual, right, down, skin = render(identity)
    aged = 1 + identity.age * skin_shading(identity, 0, *canvas())
    usual[..., :3] *= aged[..., None]
    field = motion(identity, *canvas(STEP))
    eyes = np.array([identity.eye_x, -identity.eye_x]), np.full(2, identity.eye_y)
    return Head(usual, right, down, patches(identity, usual * skin), field, motion(identity, *eyes))


def shown(identity, intensity):
    """What the subject shows of `intensity` [12] in 0..5: strengths [12] of about 0..1, by the subject's gains."""
    return np.float32(identity.gain) * (np.asarray(intensity, np.float32) / MAX_INTENSITY) ** RESPONSE


def lit_head(head, strength, light):
    """The head at rest position, lit and wrinkled: uint8 [h, w, 4], BGR and alpha."""
    picture = cv2.addWeighted(head.usual, 1, head.right, light.x, 0)
    for patch, amount in zip(head.patches, strength):
        if amount > 0:
            part = picture[patch.rows, patch.columns]
            cv2.scaleAdd(patch.added, float(amount**1.25), part, dst=part)
    return cv2.addWeighted(picture, 1, head.down, light.y, 0, dtype=cv2.CV_8U)


def source_map(head, strength, pose, camera, corner, size):
    """Where each pixel of a frame rectangle comes from in the prepared head: float32 [h, w, 2], in its pixels.

    `corner` and `size` (x, y) give the rectangle. Computed every STEP pixels and interpolated.
    """
    columns, rows = (np.arange(-STEP, n + 2 * STEP, STEP, dtype=np.float32) + (STEP - 1) / 2 for n in size)
    matrix = np.linalg.inv(np.vstack([frame_matrix(pose, camera), (0, 0, 1)]))[:2].astype(np.float32)
    x, y = np.meshgrid(columns + np.float32(corner[0]), rows + np.float32(corner[1]))
    u = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]
    v = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]
    u = (u - np.sin(pose.yaw) * depth(u, v)) / np.cos(pose.yaw)
    field = np.tensordot(strength, head.field, 1).astype(np.float32)
    node_x, node_y = ((u - LEFT) * PX / STEP).astype(np.float32), ((v - TOP) * PX / STEP).astype(np.float32)
    moved = cv2.remap(field, node_x, node_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    coarse = np.dstack([(u - moved[..., 0] - LEFT) * PX, (v - moved[..., 1] - TOP) * PX]).astype(np.float32)
    fine = cv2.resize(coarse, None, fx=STEP, fy=STEP, interpolation=cv2.INTER_LINEAR)
    return fine[STEP : STEP + size[1], STEP : STEP + size[0]]


def extent(pose, camera):
    """The frame rectangle the head can cover: corner (x, y) and size (x, y), clipped to the frame."""
    window = np.array([(LEFT, TOP), (LEFT + WIDE, TOP), (LEFT, TOP + HIGH), (LEFT + WIDE, TOP + HIGH)])
    matrix = frame_matrix(pose, camera)
    pixels = window @ matrix[:, :2].T + matrix[:, 2]
    limit = np.array([camera.width, camera.height])
    low = np.clip(np.floor(pixels.min(0)), 0, limit - 8).astype(int)
    high = np.clip(np.ceil(pixels.max(0)), low + 8, limit).astype(int)
    return low, high - low


def blend(warped, region):
    """Lay `warped` uint8 [h, w, 4] on `region` uint8 [h, w, 3] of a frame; only the head's rim is transparent."""
    color, alpha = cv2.cvtColor(warped, cv2.COLOR_BGRA2BGR), cv2.extractChannel(warped, 3)
    rim = cv2.findNonZero(cv2.inRange(alpha, 1, 254))
    if rim is not None:
        at = rim[:, 0, 1], rim[:, 0, 0]
        behind, cover = region[at].astype(np.float32), alpha[at][:, None] * np.float32(1 / 255)
        color[at] = behind + cover * (color[at] - behind) + 0.5
    cv2.copyTo(color, alpha, region)


def draw_features(frame, head, identity, strength, pose, light, camera):
    """Paint eyes, mouth and glasses into `frame`."""
    amount = dict(zip(DISFA_AUS, strength.tolist()))
    unit = pose.scale * camera.face_px / 2
    moved = np.tensordot(strength, head.at_eyes, 1)
    for k, side in enumerate((1, -1)):
        tone = np.float32(0.92 + 0.35 * side * light.x - 0.2 * light.y)
        curves = lids(identity, side, amount, pose.blink, moved[k])
        gaze = (0.045 * pose.gaze_x, -0.008 + 0.018 * pose.gaze_y)
        center = np.array([[side * identity.eye_x + gaze[0], identity.eye_y + gaze[1]]]) + 0.3 * moved[k]
        placed = [place(curve, pose, camera) for curve in curves]
        draw_eye(frame, placed, place(center, pose, camera)[0], unit, identity, tone)
    edges = lips(identity, amount)
    teeth = teeth_edge(edges)
    tone = np.float32(0.95 - 0.2 * light.y)
    placed = Lips(*(place(curve, pose, camera) for curve in edges))
    draw_mouth(frame, placed, place(teeth, pose, camera), unit, identity, tone)
    draw_glasses(frame, [place(line, pose, camera) for line in glasses_lines(identity)], unit, 1.0)


def draw(identity, intensity, pose=AT_REST, light=EVEN_LIGHT, camera=VIDEO_CAMERA, rng=None):
    """Draw one frame: uint8 BGR [height, width, 3].

    `intensity` [12] 0..5 in the order of DISFA_AUS. `rng` gives the sensor noise; with None the face has none.
    """
    head, strength = prepare(identity), shown(identity, intensity)
    grain = 0 if rng is None else int(rng.integers(3))
    frame = backdrop(identity, camera)[grain].copy()
    corner, size = extent(pose, camera)
    region = frame[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]]
    where = source_map(head, strength, pose, camera, corner, size)
    warped = cv2.remap(lit_head(head, strength, light), where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    blend(warped, region)
    draw_features(frame, head, identity, strength, pose, light, camera)
    if camera.blur > 0:
        cv2.GaussianBlur(region, (3, 3), camera.blur, dst=region)
    if light.level != 1:
        cv2.convertScaleAbs(frame, frame, light.level, 0)
    if rng is not None:
        dy, dx = rng.integers(64, size=2)
        brighter, darker = (tile[dy : dy + size[1], dx : dx + size[0]] for tile in noise_tiles(camera))
        cv2.subtract(cv2.add(region, brighter, dst=region), darker, dst=region)
    return frame
