"""Light: lamps, one of which casts shadows, and what comes from above and below."""

from typing import NamedTuple

import numpy as np


class Light(NamedTuple):
    """lamps float32 [k, 8]: direction 3, RGB 3, wrap, 1 for the one that casts the shadow (the first).

    sky, ground  RGB of the surroundings; shadow  how dark the shadow is, 0..1
    """

    lamps: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    shadow: float


def lamp(azimuth, elevation, color, wrap, casts=False):
    """A row of Light.lamps; angles in degrees, from the camera's side: azimuth to the right, elevation upward."""
    azimuth, elevation = np.radians([azimuth, elevation])
    flat = np.cos(elevation)
    direction = [flat * np.sin(azimuth), np.sin(elevation), flat * np.cos(azimuth)]
    return [*direction, *(np.ones(3) * color), wrap, float(casts)]


def light(lamps, sky, ground, shadow):
    return Light(np.array(lamps, np.float32), np.array(sky, np.float32), np.array(ground, np.float32), shadow)


def portrait_light():
    """A mild light from the front, for contact sheets and measurements."""
    lamps = [lamp(14, 28, 0.58, 0.4, casts=True), lamp(-38, 8, 0.28, 0.6)]
    return light(lamps, [0.48] * 3, [0.27] * 3, 0.4)


def soft(rng):
    side = rng.uniform(-22, 22)
    color = np.array([1.02, 1, 0.97]) * rng.uniform(0.5, 0.65) + rng.normal(0, 0.02, 3)
    lamps = [lamp(side, rng.uniform(18, 34), color, 0.45, True), lamp(-2 * side - 10, 8, [0.29, 0.30, 0.31], 0.6)]
    return light(lamps, [0.50, 0.50, 0.51], [0.30, 0.28, 0.27], 0.35)


def hard(rng):
    side = rng.choice([-1, 1]) * rng.uniform(25, 55)
    key = np.array([1.0, 1, 0.98]) * rng.uniform(0.85, 1.1)
    fill = np.array([0.95, 1, 1.04]) * rng.uniform(0.14, 0.30)
    lamps = [lamp(side, rng.uniform(25, 48), key, 0.18, True), lamp(-side, 12, fill, 0.4)]
    return light(lamps, [0.30, 0.31, 0.33], [0.17, 0.16, 0.15], 0.65)


def studio(rng):
    level, ratio = rng.uniform(0.5, 0.75), rng.uniform(0.7, 1.3)
    lamps = [
        lamp(rng.uniform(28, 46), rng.uniform(20, 40), level * ratio, 0.3, True),
        lamp(-rng.uniform(28, 46), rng.uniform(15, 35), level / ratio, 0.3),
    ]
    return light(lamps, [0.34] * 3, [0.20] * 3, 0.5)


def anywhere(rng):
    color = rng.normal(1, 0.06, 3) * rng.uniform(0.3, 1.2)
    lamps = [lamp(rng.uniform(-80, 80), rng.uniform(-15, 65), color, rng.uniform(0.1, 0.6), True)]
    for _ in range(rng.integers(1, 3)):
        color = rng.normal(1, 0.06, 3) * rng.uniform(0.05, 0.5)
        lamps.append(lamp(rng.uniform(-100, 100), rng.uniform(-20, 50), color, rng.uniform(0.2, 0.7)))
    level = rng.uniform(0.12, 0.6)
    sky, ground = rng.normal(1, 0.04, (2, 3)) * [[level], [level * rng.uniform(0.3, 1)]]
    return light(lamps, sky, ground, rng.uniform(0.2, 0.8))


def random_light(rng):
    """A Light of one of four kinds."""
    kinds, shares = (soft, hard, studio, anywhere), (0.25, 0.20, 0.10, 0.45)
    return kinds[rng.choice(len(kinds), p=shares)](rng)
