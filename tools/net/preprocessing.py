"""What the Data layer of a net makes of stored pixels before the net sees them: (pixel - mean) * scale, in the middle.

Training leaves it to the engines; whatever else shows a net its images reads it from the net here.
"""

from typing import NamedTuple

import numpy as np

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.fields import fail
from tools.net.mean_file import load_mean
from tools.net.roles import image_layer


class Preprocessing(NamedTuple):
    """The transformation of a Data layer in the TEST phase.

    crop   pixels a side of the middle square that is kept, 0 for all
    mean   of each channel, or one for all of them; none if empty; or an image, [channels][crop][crop] nested
    scale  what the difference is multiplied by
    """

    crop: int = 0
    mean: tuple = ()
    scale: float = 1.0

    def apply(self, pixels):
        """float32 [n, channels, crop, crop] of `pixels` [n, channels, H, W], uint8 or float32, with Caffe's
        arithmetic."""
        pixels = middle(pixels, self.crop)
        mean = np.array(self.mean or (0,), np.float32)
        mean = mean.reshape(-1, 1, 1) if mean.ndim == 1 else mean
        return (pixels.astype(np.float32) - mean) * np.float32(self.scale)

    def facts(self):
        """As JSON keeps it; there is always a mean."""
        return {"crop": self.crop, "mean": list(self.mean) or [0.0], "scale": self.scale}


def preprocessing_of(net):
    """The Preprocessing by which a net (a parsed train_val) tests. Raises InputError for what it cannot describe."""
    layer = image_layer(net, caffe_pb2.TEST)
    p = layer.transform_param
    if p.mirror:
        fail(layer, "mirror: true in TEST would mirror images at random; leave it out")
    mean = middle(load_mean(p.mean_file), p.crop_size).tolist() if p.mean_file else map(short, p.mean_value)
    return Preprocessing(p.crop_size, tuple(mean), short(p.scale))


def middle(images, side):
    """The middle `side` x `side` pixels of images [..., H, W]; all of them if it is 0."""
    if not side:
        return images
    top, left = ((length - side) // 2 for length in images.shape[-2:])
    return images[..., top : top + side, left : left + side]


def short(value):
    """A float32 as the shortest number that gives it again: 0.01, not 0.009999999776482582."""
    return float(str(np.float32(value)))


def check_channels(preprocessing, channels):
    """Raise InputError unless there is a mean for each of `channels`, or one, or none."""
    if len(preprocessing.mean) not in (0, 1, channels):
        raise InputError(f"mean_value is given {len(preprocessing.mean)} times for images of {channels} channels")
