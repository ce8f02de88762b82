"""What the Data layer of a net makes of stored pixels before the net sees them: (pixel - mean) * scale, in the middle.

Training leaves it to the engines; whatever else shows a net its images reads it from the net here.
"""

from typing import NamedTuple

import numpy as np

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.fields import fail
from tools.net.roles import image_layer


class Preprocessing(NamedTuple):
    """The transformation of a Data layer in the TEST phase.

    crop   pixels a side of the middle square that is kept, 0 for all
    mean   of each channel, or one for all of them; none if empty
    scale  what the difference is multiplied by
    """

    crop: int = 0
    mean: tuple = ()
    scale: float = 1.0

    def apply(self, pixels):
        """float32 [n, channels, crop, crop] of `pixels` [n, channels, H, W], uint8 or float32, with Caffe's
        arithmetic."""
        if self.crop:
            top, left = ((side - self.crop) // 2 for side in pixels.shape[2:])
            pixels = pixels[:, :, top : top + self.crop, left : left + self.crop]
        mean = np.array(self.mean or (0,), np.float32).reshape(-1, 1, 1)
        return (pixels.astype(np.float32) - mean) * np.float32(self.scale)

    def facts(self):
        """As JSON keeps it."""
        return {"crop": self.crop, "mean": list(self.mean), "scale": self.scale}


def preprocessing_of(net):
    """The Preprocessing by which a net (a parsed train_val) tests. Raises InputError for what it cannot describe."""
    layer = image_layer(net, caffe_pb2.TEST)
    p = layer.transform_param
    if p.mean_file:
        fail(layer, "mean_file is not supported here: give mean_value, or subtract it when the images are written")
    if p.mirror:
        fail(layer, "mirror: true in TEST would mirror images at random; leave it out")
    return Preprocessing(p.crop_size, tuple(map(short, p.mean_value)), short(p.scale))


def short(value):
    """A float32 as the shortest number that gives it again: 0.01, not 0.009999999776482582."""
    return float(str(np.float32(value)))


def check_channels(preprocessing, channels):
    """Raise InputError unless there is a mean for each of `channels`, or one, or none."""
    if len(preprocessing.mean) not in (0, 1, channels):
        raise InputError(f"mean_value is given {len(preprocessing.mean)} times for images of {channels} channels")
