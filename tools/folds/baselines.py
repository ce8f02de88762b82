"""What the baselines see of the crops that the net sees: their pixels, and histograms of oriented gradients (HOG)."""

import functools

import numpy as np
from skimage.feature import hog

from data_prep.subjects.aus import UNKNOWN
from data_prep.subjects.frames import columns_of
from data_prep.subjects.normalize import center_crop, to_bytes
from data_prep.subjects.subject_file import load_subject
from tools.net.preprocessing import preprocessing_of

GRID = 8  # ours: cells of a HOG, a side of the crop
HOG = {"orientations": 8, "cells_per_block": (2, 2)}  # ours
MOST = 800  # ours: frames of a subject that train on HOG, evenly among all: those of a video repeat each other


def pixels(net, training, *tested):
    """What the net sees of each frame, float32 [n, K] for each Frames: the same bytes, the same center crop."""
    preprocessing = preprocessing_of(net)
    for frames in (training, *tested):
        seen = preprocessing.apply(to_bytes(frames.difference, training.mean)[:, None])
        yield seen.reshape(len(seen), -1)


def hogs(task, net, names, most=None):
    """(HOG float32 [n, K], label int8 [n, C]) of the labelled frames of subjects, in order, at `most` so many of each.

    A person's mean HOG is subtracted, as their mean face is for the net: over all frames, of each view.
    """
    size = preprocessing_of(net).crop
    parts = [hog_of(*task.subjects[name], size, most) for name in names]
    labels = [columns_of(label, au, task.aus) for _, label, au in parts]
    keep = [(label != UNKNOWN).any(axis=1) for label in labels]
    return tuple(
        np.concatenate([values[rows] for values, rows in zip(column, keep)])
        for column in ([feature for feature, _, _ in parts], labels)
    )


def hog_of(path, digest, size, most):
    """(HOG [n, K] less its mean, label [n, C], AU numbers) of a subject's frames."""
    return (compute_hog if most is None else remember_hog)(path, digest, size, most)


def compute_hog(path, _, size, most):
    subject = load_subject(path)
    rows = slice(None, None, 1 if most is None else -(-len(subject.image) // most))
    crops, view = center_crop(subject.image[rows], size or subject.image.shape[1]), subject.view[rows]
    cell = max(crops.shape[1] // GRID, 1)
    feature = np.array([hog(crop, pixels_per_cell=(cell, cell), **HOG) for crop in crops], np.float32)
    for name in np.unique(view):
        feature[view == name] -= feature[view == name].mean(axis=0)
    return feature, subject.label[rows], subject.au


remember_hog = functools.lru_cache(maxsize=64)(compute_hog)  # a worker needs those that train for many folds
