"""Eyeballs: a sphere with a cornea, and the picture of iris and white on it."""

import numpy as np

from data_prep.rendered.geometry import grid_triangles, linear, smoothstep

RINGS, SPOKES = 17, 24
BACK = 112  # degrees from the pupil to where the sphere ends
SIZE = 192  # pixels of a side of the picture
IRIS = 0.425  # radius of the iris, where 1 is a radian from the pupil
WHITE = (206, 200, 195)


def eyeball():
    """Directions float32 [n, 3] of a unit eyeball that looks forward, its triangles, and their uv [n, 2]."""
    angle, around = np.meshgrid(
        np.radians(np.linspace(0, BACK, RINGS)), np.linspace(0, 2 * np.pi, SPOKES, endpoint=False), indexing="ij"
    )
    sphere = np.stack([np.sin(angle) * np.cos(around), np.sin(angle) * np.sin(around), np.cos(angle)], -1)
    cornea = 1 + 0.055 * smoothstep(np.radians(28), np.radians(12), angle)[..., None]
    uv = sphere[..., :2] * (angle / np.maximum(np.sin(angle), 1e-3))[..., None]
    places = (sphere * cornea).reshape(-1, 3).astype(np.float32)
    return places, grid_triangles(RINGS, SPOKES, closed=True), uv.reshape(-1, 2).astype(np.float32)


def paint_eye(look, rng):
    """The picture float32 [SIZE, SIZE, 3] of an eyeball, linear RGB, shaded by the upper lid."""
    y, x = (np.mgrid[0:SIZE, 0:SIZE] + 0.5) / (SIZE / 2) - 1
    radius, around = np.hypot(x, y), np.arctan2(y, x)
    pupil = rng.uniform(0.15, 0.20)
    rays = 1 + 0.25 * np.interp(around, np.linspace(-np.pi, np.pi, 90), rng.standard_normal(90)) * (radius < IRIS)
    white = linear(WHITE) * (1 - 0.25 * smoothstep(0.5, 1.0, radius))[..., None] * np.array([1, 0.97, 0.96])
    iris = linear(look.iris) * np.clip(rays * (1 - 0.5 * smoothstep(0.34, 0.43, radius)), 0.2, 2)[..., None]
    outside = smoothstep(IRIS - 0.02, IRIS + 0.02, radius)[..., None]
    eye = white * outside + iris * (1 - outside)
    eye = eye * smoothstep(pupil - 0.02, pupil + 0.02, radius)[..., None] + 0.002
    shaded = 0.82 - 0.30 * smoothstep(0.0, 0.42, -y) - 0.12 * smoothstep(0.35, 0.6, np.abs(x))
    return np.ascontiguousarray((eye * shaded[..., None]).astype(np.float32))
