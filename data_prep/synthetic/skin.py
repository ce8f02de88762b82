"""The prepared head at rest: relief, light and color of the skin, without eyes and mouth, which each frame draws.

`render` gives three float32 [h, w, 4] pictures (BGR 0-255, alpha 0-255) on the canvas of geometry.py: the head under
the usual light, and what tilting the light to the right and downward adds. Light is linear: a frame's is a sum.
"""

import cv2
import numpy as np

from data_prep.synthetic.geometry import PX, brow_y, canvas, half_width
from data_prep.synthetic.hair import beard, brows, cap, falling

AMBIENT, DIFFUSE = 0.40, 0.68  # ours: soft studio light
TOWARD_LIGHT = (0.12, -0.42, 0.90)  # ours: from above, a little from one side


def bump(x, y, center, size, height):
    """A Gaussian hill, mirrored to both sides where its center is off the axis."""
    hill = sum(
        np.exp(-0.5 * (((x - side * center[0]) / size[0]) ** 2 + ((y - center[1]) / size[1]) ** 2))
        for side in ((1, -1) if center[0] else (1,))
    )
    return height * hill


def relief(identity, x, y):
    """Height of the face toward the camera, float32 [h, w], in half face widths."""
    width = np.maximum(half_width(identity, y[:, :1]), 0.55)
    head = 0.62 * np.sqrt(np.maximum(1.02 - np.minimum(np.abs(x) / width, 1) ** 2.4, 0.0))
    head = head - 0.10 * np.maximum(-y - 0.5, 0) ** 2 - 0.16 * np.clip((y - 0.7) / (identity.chin_y - 0.7), 0, 1.2) ** 5
    nose_y, nose_w, mouth_y, chin_y = identity.nose_y, identity.nose_w, identity.mouth_y, identity.chin_y
    along = np.clip((y - identity.eye_y + 0.2) / (nose_y - 0.02 - identity.eye_y), 0, 1)
    ridge_w = 0.075 + 0.05 * along
    ridge = (0.05 + 0.17 * along**1.5) * np.exp(-0.5 * (x / ridge_w) ** 2)
    ridge *= 1 / (1 + np.exp((y - nose_y + 0.05) / 0.035)) / (1 + np.exp(-(y - identity.eye_y + 0.16) / 0.05))
    eye = (identity.eye_x, identity.eye_y)
    for hill in (
        ((0, nose_y - 0.09), (0.10, 0.085), 0.09),
        ((nose_w * 0.72, nose_y - 0.05), (0.055, 0.06), 0.075),
        (eye, (0.24, 0.14), -0.13),
        ((0.13, eye[1] - 0.02), (0.07, 0.1), -0.04),
        (eye, (0.16, 0.075), 0.055),
        ((0.36, brow_y(identity) + 0.02), (0.30, 0.07), 0.045),
        ((0.54, 0.26), (0.22, 0.18), 0.07),
        ((0.0, mouth_y), (0.34, 0.20), 0.08),
        ((0.0, 0.5 * (nose_y + mouth_y)), (0.035, 0.1), -0.014),
        ((0.0, mouth_y + 0.19), (0.2, 0.05), -0.035),
        ((0.0, chin_y - 0.20), (0.19, 0.12), 0.07),
        ((0.62, mouth_y), (0.16, 0.2), -0.03),
    ):
        ridge = ridge + bump(x, y, *hill)
    return cv2.GaussianBlur((head + ridge).astype(np.float32), (0, 0), 2.2)


def complexion(identity, x, y, rng):
    """Color of the skin before light, float32 [h, w, 3]: blotches, pores, red cheeks and nose, shaded hollows."""
    nose_y, mouth_y, nose_w = identity.nose_y, identity.mouth_y, identity.nose_w
    blotch = cv2.GaussianBlur(rng.normal(0, 1, x.shape).astype(np.float32), (0, 0), 14) * 14
    pores = cv2.GaussianBlur(rng.normal(0, 1, x.shape).astype(np.float32), (0, 0), 0.9)
    tone = 1 + 0.022 * blotch + 0.02 * pores
    tone -= bump(x, y, (identity.eye_x - 0.05, identity.eye_y - 0.07), (0.2, 0.06), 0.12)
    tone -= bump(x, y, (identity.eye_x, identity.eye_y + 0.10), (0.15, 0.04), 0.05 + 0.08 * identity.age)
    tone -= bump(x, y, (0, nose_y + 0.035), (0.15, 0.04), 0.10)  # the nose's cast shadow
    tone -= bump(x, y, (nose_w * 0.42, nose_y + 0.003), (0.034, 0.016), 0.55)  # nostrils
    tone -= bump(x, y, (nose_w * 1.02, nose_y - 0.03), (0.022, 0.05), 0.14)  # the wings' outer crease
    tone -= bump(x, y, (0, mouth_y + 0.17), (0.17, 0.035), 0.10)
    red = bump(x, y, (0.52, 0.24), (0.2, 0.16), 0.05) + bump(x, y, (0, nose_y - 0.1), (0.13, 0.1), 0.05)
    color = tone[..., None] * np.float32(identity.skin)
    return color * (1 - np.stack([red, red, -0.4 * red], -1))


def lit(color, height):
    """`color` [h, w, 3] under the usual light, and what light from the right and from below adds: three [h, w, 3]."""
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=PX / 8)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=PX / 8)
    normal = np.stack([-slope_x, -slope_y, np.ones_like(height)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    facing = np.maximum(normal @ np.float32(TOWARD_LIGHT), 0.05)[..., None]
    shine = np.maximum(normal @ np.float32((0.07, -0.30, 0.95)), 0)[..., None] ** 40 * 20
    usual = color * (AMBIENT + DIFFUSE * facing) + shine
    return usual, DIFFUSE * color * normal[..., 0:1], DIFFUSE * color * normal[..., 1:2]


def over(below, above):
    """Lay float [h, w, 4] `above` (BGR, alpha 0-1) on `below` in place."""
    alpha = above[..., 3:]
    below[..., :3] += alpha * (above[..., :3] - below[..., :3])
    below[..., 3:] += alpha * (1 - below[..., 3:])


def layer(color, mask):
    """A layer float32 [h, w, 4] of `color` [h, w, 3] (or one BGR) where bool `mask` [h, w] is True, edges softened."""
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.3)
    return np.dstack([np.broadcast_to(np.float32(color), mask.shape + (3,)), alpha])


def render(identity):
    """Paint the head at rest.

    Returns (usual, right, down), each float32 [h, w, 4], and where the skin shows, [h, w, 1] in 0..1.
    """
    rng = np.random.default_rng(identity.texture)
    x, y = canvas()
    height = relief(identity, x, y)
    color = complexion(identity, x, y, rng)
    for painted in (beard(identity, x, y, rng), brows(identity)):
        color += painted[..., 3:] * (painted[..., :3] - color)
    usual, right, down = lit(color, height)
    head = layer(usual, np.abs(x) < half_width(identity, y))
    picture = np.zeros_like(head)
    over(picture, falling(identity, x, y, rng))
    over(picture, neck(identity, x, y))
    over(picture, ears(identity, x, y))
    over(picture, head)
    front = cap(identity, x, y, rng)
    over(picture, front)
    skin = (head[..., 3] * (1 - front[..., 3]))[..., None]
    picture[..., :3] /= np.maximum(picture[..., 3:], 0.02)  # back from colors weighted by coverage
    picture[..., 3] = np.clip(1.06 * picture[..., 3] - 0.03, 0, 1) * 255  # cut off the faint tails of the blur
    nothing = np.zeros_like(skin)
    return picture, np.dstack([right * skin, nothing]), np.dstack([down * skin, nothing]), skin


def neck(identity, x, y):
    """The neck, darker under the jaw, ending in the shirt's collar."""
    tone = 0.80 - 0.24 * (x / 0.65) ** 2 - 0.32 * np.exp(-(((y - identity.chin_y) / 0.28) ** 2)) * (np.abs(x) < 2)
    width = 0.60 + 0.12 * np.maximum(y - 1.3, 0) + 0.06 * (identity.jaw - 0.7)
    collar = 1.86 - 0.12 * np.abs(x)
    return layer(tone[..., None] * np.float32(identity.skin), (np.abs(x) < width) & (y > 0.6) & (y < collar))


def ears(identity, x, y):
    """Both ears, partly behind the head."""
    side = np.abs(x) - (half_width(identity, y[:, :1]) + 0.02)
    inside = (side / 0.10) ** 2 + ((y - 0.12) / 0.27) ** 2
    tone = 0.86 - 0.25 * np.exp(-(((side - 0.035) / 0.03) ** 2) - ((y - 0.10) / 0.15) ** 2)
    return layer(tone[..., None] * np.float32(identity.skin), inside < 1)
