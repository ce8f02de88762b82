"""From linear light to the picture a camera stores: background, exposure, tone, blur, noise."""

from typing import NamedTuple

import cv2
import numpy as np

from data_prep.rendered.geometry import linear, noise


class Sensor(NamedTuple):
    """exposure; gamma; cast RGB [3]; blur in pixels; noise in levels; contrast, 0: plain."""

    exposure: float = 1.0
    gamma: float = 2.2
    cast: tuple = (1.0, 1.0, 1.0)
    blur: float = 0.6
    noise: float = 0.0
    contrast: float = 0.0


def exposure_for(picture, target, firmness=0.55):
    """Exposure that brings the face in `picture` [h, w, 4] near the level `target`; dark skin stays darker."""
    height, width = picture.shape[:2]
    level = picture[height // 3 : 2 * height // 3, int(width * 0.4) : int(width * 0.6), :3].mean()
    return float((target / max(level, 1e-3)) ** firmness)


def develop(picture, background, sensor, rng=None):
    """uint8 [h, w, 3] BGR of `picture` float32 [h, w, 4] over `background` [h, w, 3], linear RGB both."""
    cover = picture[..., 3:]
    image = (picture[..., :3] * cover * sensor.exposure + background * (1 - cover)) * np.array(sensor.cast, np.float32)
    image = cv2.GaussianBlur(image.astype(np.float32), (0, 0), sensor.blur)
    image = np.clip(image / (1 + 0.12 * image), 0, 1.2) ** np.float32(1 / sensor.gamma)
    image += np.float32(sensor.contrast) * (image - 0.5) * (1 - np.abs(2 * image - 1).clip(0, 1))
    image *= 255
    if sensor.noise:
        image += np.float32(sensor.noise) * rng.standard_normal(image.shape, np.float32)
    return np.ascontiguousarray(np.clip(image[..., ::-1], 0, 255).astype(np.uint8))


def random_background(rng, side):
    """float32 [side, side, 3]: a wall, or blurred things of any color."""
    color = rng.integers(5, 250, 3)
    if rng.random() < 0.6:
        color = np.clip(rng.integers(5, 250) + rng.integers(-15, 15, 3), 2, 254)
    variation = rng.uniform(0.1, 0.5)
    y, x = np.linspace(-1, 1, side)[:, None, None], np.linspace(-1, 1, side)[None, :, None]
    wall = linear(color) * (1 + variation * (rng.normal() * y + rng.normal() * x))
    wall = (wall * (1 + 0.5 * variation * noise(rng, side, side, 4, 5)[..., None])).astype(np.float32)
    if rng.random() < 0.6:
        for _ in range(rng.integers(1, 9)):
            corners = rng.integers(-40, side + 40, (rng.integers(3, 6), 2)).astype(np.int32)
            thing = np.zeros((side, side), np.uint8)
            cv2.fillPoly(thing, [corners], 255)
            wall[thing > 0] = 0.3 * wall[thing > 0] + 0.7 * linear(rng.integers(0, 255, 3))
        wall = cv2.GaussianBlur(wall, (0, 0), rng.uniform(0.5, 6))
    return np.clip(wall, 0.002, 1)
