"""One sitting of a person: a light, a background, a camera and its sensor, and how the head is held."""

from typing import NamedTuple

import numpy as np

from data_prep.rendered.acting import random_levels, random_unlabeled
from data_prep.rendered.camera import Camera, Pose, render
from data_prep.rendered.light import Light, random_light
from data_prep.rendered.movement import NAMES, weights_of
from data_prep.rendered.recipes import AUS
from data_prep.rendered.sensor import Sensor, develop, exposure_for, random_background

SIDE = 224  # ours: pixels of a picture
TURNS = np.array([25, 20, 15.0])  # ours: most that a head turns: yaw, pitch, roll in degrees
CONTACT = 0.6  # ours: share of the head's turn that the eyes undo, as people look towards the camera
GAZE = 22  # ours: most that eyes turn, degrees
DRIFT = 0.02  # ours: what faces always move, in weights


class Session(NamedTuple):
    """held: the head's usual yaw, pitch and roll in degrees; restless: standard deviations about it."""

    camera: Camera
    light: Light
    background: np.ndarray
    sensor: Sensor
    held: np.ndarray
    restless: np.ndarray


def random_session(person, rng):
    """A Session, exposed for the Person's resting face."""
    distance = rng.uniform(6.5, 18)
    camera = Camera(SIDE, SIDE, rng.uniform(68, 84) * (distance - 1.1), distance)
    light, background = random_light(rng), random_background(rng, SIDE)
    resting = render(person, camera, light, np.zeros((len(NAMES), 2), np.float32))
    sensor = Sensor(
        exposure=exposure_for(resting, rng.uniform(0.22, 0.38)) * rng.uniform(0.8, 1.25),
        gamma=rng.uniform(1.8, 2.4),
        cast=tuple(rng.normal(1, 0.05, 3)),
        blur=rng.uniform(0.5, 1.1),
        noise=rng.uniform(1, 4),
        contrast=rng.uniform(-0.1, 0.35),
    )
    held = rng.normal(0, [8, 6, 4])
    return Session(camera, light, background, sensor, held, np.array([6, 4.5, 2.5]) * rng.uniform(0.4, 1.5))


def random_picture(person, session, rng):
    """A picture uint8 [SIDE, SIDE, 3] BGR and the intensities float [len(AUS), 2] that it shows, left and right."""
    levels = random_levels(rng)
    weights = weights_of(levels, random_unlabeled(rng))
    drift = np.maximum(rng.normal(0, DRIFT, len(AUS)), 0)
    drift[[AUS.index(au) for au in (25, 26, 28, 43)]] = 0
    weights[: len(AUS)] += drift[:, None]
    yaw, pitch, roll = np.clip(session.held + rng.normal(0, 1, 3) * session.restless, -TURNS, TURNS)
    pose = Pose(yaw, pitch, roll, tuple(rng.normal(0, [0.05, 0.04, 0.05])))
    gaze = np.radians(np.clip(-CONTACT * np.array([yaw, pitch]) + rng.normal(0, [6, 4]), -GAZE, GAZE))
    light = session.light
    if rng.random() < 0.3:
        lamps = light.lamps.copy()
        lamps[:, 3:6] *= rng.uniform(0.7, 1.3, (len(lamps), 1)).astype(np.float32)
        light = light._replace(lamps=lamps)
    seen = render(person, session.camera, light, weights, pose, gaze)
    return develop(seen, session.background, session.sensor, rng), levels
