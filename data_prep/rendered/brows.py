"""Eyebrows, painted on the skin so that they move with it."""

import numpy as np

from data_prep.rendered.geometry import linear, noise, path_distance, smoothstep

HEIGHT = 7.446  # ours: of their inner ends, dm


def paint_brows(face, x, y, look, rng):
    """Paint both brows into `face` float32 [h, w, 4], whose texels show (x, y) of the resting face; in place."""
    inner = rng.normal(HEIGHT, 0.008)
    thick = rng.uniform(0.018, 0.031) * (0.85 if look.female else 1.1)
    arch, rise = rng.uniform(0, 0.024), rng.uniform(-0.006, 0.022)
    head = rng.uniform(0.118, 0.160)
    middle = [
        (head, inner),
        (0.22, inner + 0.007 + 0.3 * rise + 0.4 * arch),
        (0.36, inner + 0.014 + 0.6 * rise + arch),
        (0.47, inner + 0.008 + 0.7 * rise + 0.7 * arch),
        (rng.uniform(0.54, 0.59), inner - 0.028 + 0.5 * rise),
    ]
    distance, along = path_distance(np.abs(x), y, middle)
    width = thick * (1.15 - 0.75 * along**1.5) * (0.55 + 0.45 * smoothstep(0, 0.10, along)) + 0.004
    strands = 0.5 * noise(rng, *x.shape, 110, 60) + 0.35 * noise(rng, *x.shape, 260, 300)
    cover = smoothstep(1.45, 0.55, distance / width + 0.35 * strands) * rng.uniform(0.65, 0.95)
    face[..., :3] = face[..., :3] * (1 - cover[..., None]) + linear(look.brow) * cover[..., None]
    face[..., 3] *= 1 - 0.7 * cover
