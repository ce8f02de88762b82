"""A person seen from the front under a mild light: for contact sheets and for measurements."""

import numpy as np

from data_prep.rendered.camera import portrait_camera, render
from data_prep.rendered.light import portrait_light
from data_prep.rendered.movement import weights_of
from data_prep.rendered.recipes import AUS
from data_prep.rendered.sensor import Sensor, develop

WALL = 0.18  # linear gray of the background


def levels_of(shown):
    """Intensities float [len(AUS), 2] of `shown` {AU: intensity, or (left, right)}."""
    levels = np.zeros((len(AUS), 2))
    for au, level in shown.items():
        levels[AUS.index(au)] = level
    return levels


def portrait(person, shown, side=256, span=2.6):
    """uint8 [side, side, 3] BGR of a Person who shows {AU: intensity}; `span` decimeters from edge to edge."""
    picture = render(person, portrait_camera(side, span), portrait_light(), weights_of(levels_of(shown)))
    return develop(picture, np.full((side, side, 3), WALL, np.float32), Sensor())
