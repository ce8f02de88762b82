"""Crops changed at random, as other cameras, lights and crops of the same faces would: more to learn from.

Ours, all sizes below: turn, scale, brightness curve, a smooth light field, blur, noise, and now and then something in
front of the face. Shifts and mirroring are Caffe's (crop_size and mirror of the Data layer).
"""

import cv2
import numpy as np

TURN, SCALE = 4, 0.06  # standard deviations: degrees, share
GAMMA, LIGHT = 0.3, 0.25  # standard deviations of the logarithms of gamma, and of the light at the field's corners
CONTRAST, NOISE, BLUR = 0.2, 4, 0.8  # standard deviations: logarithm, gray levels; pixels at most
HIDDEN = 0.07  # chance that a rectangle hides a part of the face
CORNERS = 3  # values a side of the light field


def augmented(image, times, rng):
    """uint8 [times * n, S, S]: `image` uint8 [n, S, S] changed at random, `times` over, by a random generator."""
    return np.stack([changed(crop, rng) for _ in range(times) for crop in image])


def changed(crop, rng):
    """uint8 [S, S]: one crop changed at random."""
    size = crop.shape[0]
    middle = (size - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), rng.normal(0, TURN), float(np.exp(rng.normal(0, SCALE))))
    crop = cv2.warpAffine(crop, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    light = np.exp(rng.normal(0, LIGHT, (CORNERS, CORNERS))).astype(np.float32)
    value = (crop.astype(np.float32) / 255) ** np.float32(np.exp(rng.normal(0, GAMMA)))
    value = 255 * value * cv2.resize(light, (size, size), interpolation=cv2.INTER_CUBIC)
    value = (value - value.mean()) * np.float32(np.exp(rng.normal(0, CONTRAST))) + value.mean()
    if rng.random() < 0.5:
        value = cv2.GaussianBlur(value, (0, 0), rng.uniform(0.1, BLUR))
    if rng.random() < HIDDEN:
        hide(value, rng)
    value += rng.normal(0, NOISE * rng.random(), value.shape)
    return np.clip(value, 0, 255).astype(np.uint8)


def hide(value, rng):
    """Put a rectangle of one gray level over a part of `value` float32 [S, S], in place."""
    height, width = rng.integers(value.shape[0] // 8, value.shape[0] // 2, 2)
    top, left = rng.integers(0, value.shape[0] - height), rng.integers(0, value.shape[0] - width)
    value[top : top + height, left : left + width] = rng.uniform(0, 255)
