"""Person and dataset normalization of face crops (paper: Sec. V), and its one-byte form.

d = pixel - mean face of the subject over all frames - mean of that over the training frames
byte = d / 2 + 128, rounded and clipped; Caffe's Data layer turns it back into d / 255
"""

import numpy as np


def subject_difference(image, view=None):
    """`image` uint8 [n, S, S] minus its mean over n: float32 [n, S, S] in -255..255.

    paper: the mean face over all frames stands for the subject's neutral face. It uses the unlabelled frames of a
    test subject too, as the paper does. ours: with several views, str [n], it is the mean over the frames of each.
    """
    if view is None:
        return image - mean_face(image)
    difference = np.empty(image.shape, np.float32)
    for rows in (view == name for name in np.unique(view)):
        difference[rows] = image[rows] - mean_face(image[rows])
    return difference


def mean_face(image):
    """float32 [S, S]: the mean of the crops `image` uint8 [n, S, S]."""
    return image.mean(axis=0, dtype=np.float64).astype(np.float32)


def to_scale(difference, train_mean):
    """float32 differences [n, S, S] minus `train_mean` [S, S], as float32 d / 2 + 128."""
    return (difference - train_mean) / 2 + 128


def to_bytes(difference, train_mean):
    """The same in one byte per pixel, uint8: rounded to 2 gray levels (`make quantization` measures its cost)."""
    return np.clip(np.rint(to_scale(difference, train_mean)), 0, 255).astype(np.uint8)


def from_scale(data):
    """What the Data layer makes of either: float32 d / 255, about -1..1."""
    return (data.astype(np.float32) - 128) * np.float32(2 / 255)


def center_crop(image, size):
    """The middle `size` x `size` of images [n, S, S], as Caffe's TEST phase cuts it."""
    offset = (image.shape[1] - size) // 2
    return image[:, offset : offset + size, offset : offset + size]
