"""Hair on the prepared head: on the skull, falling behind it, brows and beard; float32 [h, w, 4], BGR and alpha 0-1."""

import cv2
import numpy as np

from data_prep.synthetic.geometry import HIGH, LEFT, PX, TOP, WIDE, brow_y, half_width

# how far hair lifts off the skull, as a share of its width
PADDING = {"short": 0.09, "crop": 0.035, "fringe": 0.10, "long": 0.11, "bob": 0.12, "receding": 0.035, "bald": 0.0}


def strands(x, y, rng):
    """Light and dark strands running down from the crown, float32 [h, w], about 0.6 to 1.3."""
    noise = cv2.GaussianBlur(rng.normal(0, 1, (256, 512)).astype(np.float32), (0, 0), sigmaX=0.9, sigmaY=30)
    noise /= noise.std()
    angle = np.arctan2(x, y + 1.9) / np.pi * 1100 + 256
    radius = np.hypot(x, y + 1.9) * 60
    where = np.dstack([angle, radius]).astype(np.float32)
    streak = cv2.remap(noise, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    sheen = 0.35 * np.exp(-(((np.hypot(x, 0.8 * (y + 0.4)) - 0.85) / 0.16) ** 2))
    return 0.80 + 0.11 * streak + sheen - 0.22 * np.abs(x)


def rounded(inside, radius):
    """The bool mask [h, w] with its corners rounded off at about `radius` pixels."""
    return cv2.GaussianBlur(inside.astype(np.float32), (0, 0), radius) > 0.5


def hairline(identity, x):
    """The lower edge of the hair on the forehead and temples, y at `x` [...]."""
    a, top = np.abs(x), identity.hairline
    if identity.style == "fringe":
        return -0.63 + 0.10 * np.sin(5 * x + identity.texture % 7) * 0.5 + 1.6 * np.maximum(a - 0.78, 0)
    if identity.style == "long":
        return top + 0.95 * np.maximum(a - 0.02, 0) ** 1.5 + 1.5 * np.maximum(a - 0.86, 0)
    if identity.style == "bob":
        return top + 0.22 + 0.5 * np.maximum(x + 0.45, 0) ** 1.4 * 0.6 + 7 * np.maximum(a - 0.84, 0)
    if identity.style == "receding":
        return top - 0.10 - 0.22 * np.exp(-(((a - 0.45) / 0.2) ** 2)) + 3.2 * np.maximum(a - 0.72, 0)
    return top + 0.6 * np.maximum(a - 0.3, 0) ** 2 + 5.0 * np.maximum(a - 0.7, 0) ** 1.4


def cap(identity, x, y, rng):
    """The hair in front of the head."""
    pad = PADDING[identity.style]
    lifted = (y + 0.2) / (1 + 1.0 * pad) - 0.2
    wide = half_width(identity, lifted) * (1 + pad)
    edge = hairline(identity, x)
    ragged = cv2.GaussianBlur(rng.normal(0, 1, (1, x.shape[1])).astype(np.float32), (0, 0), 2.0) * 0.05
    inside = (np.abs(x) < wide) & (y < edge + ragged) & (y < 0.16) & (identity.style != "bald")
    if identity.style in ("long", "bob"):
        end = 1.45 if identity.style == "long" else 0.80
        curtain = 0.93 + 0.06 * np.sin(2.2 * y + 0.4)
        reach = 1.13 + 0.04 * np.sin(2.5 * y)
        beside = (np.abs(x) > curtain) & (np.abs(x) < reach)
        inside |= beside & (y > -0.4) & (y < end - 0.5 * np.abs(np.abs(x) - 1))
    inside = rounded(inside, 6)
    soft = 2.6 if identity.style in ("crop", "receding") else 1.5
    alpha = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), soft)
    if identity.style in ("crop", "receding"):
        alpha *= 0.9
    return np.dstack([strands(x, y, rng)[..., None] * np.float32(identity.hair), alpha]).astype(np.float32)


def falling(identity, x, y, rng):
    """The hair behind the head and neck."""
    length = {"long": 1.62, "bob": 0.95}.get(identity.style, -9)
    inside = (np.abs(x) < 1.12 + 0.06 * np.sin(2.5 * y)) & (y > -1.0) & (y < length - 0.25 * np.abs(x) ** 3)
    alpha = cv2.GaussianBlur(rounded(inside, 9).astype(np.float32), (0, 0), 2.5)
    return np.dstack([0.7 * strands(x, y, rng)[..., None] * np.float32(identity.hair), alpha]).astype(np.float32)


def brows(identity):
    """Both brows, hair by hair."""
    rng = np.random.default_rng(identity.texture + 1)
    mask = np.zeros((round(HIGH * PX), round(WIDE * PX)), np.uint8)
    middle, thick = brow_y(identity), identity.brow_thick
    for side in (1, -1):
        for t in rng.uniform(0, 1, 420):
            x = 0.155 + 0.50 * t
            y = middle - identity.brow_arch * np.sin(np.pi * (0.15 + 0.75 * t)) + 0.03 + 0.05 * t**3
            y += thick * (1 - 0.65 * t) * rng.uniform(-0.5, 0.5)
            run = np.array([0.055, -0.03 + 0.05 * t]) * rng.uniform(0.7, 1.1)
            ends = np.array([[side * x, y], [side * (x + run[0]), y + run[1]]])
            ends = np.int32((ends - (LEFT, TOP)) * PX * 16)
            cv2.line(mask, ends[0].tolist(), ends[1].tolist(), 255, 1, cv2.LINE_AA, 4)
    alpha = cv2.GaussianBlur(mask, (0, 0), 1.0).astype(np.float32) / 255 * identity.brow_dark
    color = np.minimum(np.float32(identity.hair) * 0.8, np.float32(identity.skin) * 0.45)
    return np.dstack([np.broadcast_to(color, mask.shape + (3,)), alpha])


def beard(identity, x, y, rng):
    """Stubble, a full beard or a goatee with moustache; all-transparent for none."""
    mouth, nose = identity.mouth_y, identity.nose_y
    grain = cv2.GaussianBlur(rng.normal(0, 1, x.shape).astype(np.float32), (0, 0), sigmaX=0.8, sigmaY=2.0) * 2.5
    cheek_line = 0.22 + (mouth - 0.05 - 0.22) * np.clip((0.88 - np.abs(x)) / 0.45, 0, 1) ** 0.7
    jaw = 1 / (1 + np.exp(-(y - cheek_line - 0.12) / 0.05))
    lip = np.exp(-(((y - 0.5 * (nose + 0.06 + mouth)) / 0.085) ** 2)) * (1 / (1 + np.exp((np.abs(x) - 0.34) / 0.05)))
    around = np.exp(-((np.hypot(x / 0.42, (y - mouth - 0.15) / 0.42)) ** 6))
    area = {
        "none": 0 * jaw,
        "stubble": np.maximum(jaw, lip) * 0.30,
        "full": np.maximum(jaw, lip) * 0.85,
        "goatee": around * 0.75,
    }
    bare = 1 - 0.8 * np.exp(-(((x / 0.2) ** 2 + ((y - mouth - 0.165) / 0.05) ** 2) ** 2))
    alpha = np.clip(area[identity.beard] * bare * (1 + 0.35 * grain), 0, 0.92)
    color = np.minimum(np.float32(identity.hair), np.float32(identity.skin) * 0.6) * (1 + 0.25 * grain[..., None])
    return np.dstack([color, alpha]).astype(np.float32)
