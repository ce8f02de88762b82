"""By how much BP4D's image numbers and frame numbers differ, decided by what a copy holds.

In the full release image 0 is frame 1, offset -1; in the copy for FERA 2015 image n is frame n, offset 0. All tasks of
a copy have the same offset, so that a stray image numbered 0 shifts no task.
"""

import warnings
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

OFFSETS = (0, -1)  # image number minus frame number
MISSING_SHARE = 0.01  # ours: of a task's coded frames, or one frame, may lack their image


class Task(NamedTuple):
    """A task's label file and images.

    name       (subject, task)
    labels     the label file; `frame` int64 [n] and `label` int8 [n, C] are read from it
    folder     of the images; `images` {image number: path}
    intensity  int8 [n, C] of its files of intensities; None where it has none
    """

    name: tuple
    labels: Path
    folder: Path
    frame: np.ndarray
    label: np.ndarray
    images: dict
    intensity: np.ndarray | None = None

    def shown(self, offset):
        """bool [n]: the coded frames that have an image."""
        return np.array([number + offset in self.images for number in self.frame.tolist()])

    def fits(self, offset):
        """Whether all coded frames have an image, but for the few that may lack it."""
        shown = self.shown(offset)
        return shown.any() and np.sum(~shown) <= max(1, MISSING_SHARE * len(shown))


def choose_offsets(tasks):
    """The offset of each of `tasks`, in order; warns of what does not go together. Copies are told by their folder."""
    copies = defaultdict(list)
    for task in tasks:
        copies[task.folder.parent.parent].append(task)
    offsets = {}
    for copy in copies.values():
        own = {task.name: own_offset(task) for task in copy}
        votes = list(own.values())
        missing = {offset: sum(np.sum(~task.shown(offset)) for task in copy) for offset in OFFSETS}
        common = max(OFFSETS, key=lambda offset: (votes.count(offset), -missing[offset]))
        for task in copy:
            offsets[task.name] = agreed_offset(task, own[task.name], common)
    return [offsets[task.name] for task in tasks]


def own_offset(task):
    """-1 if a task's images count from 0 and have its coded frames no worse that way, else 0."""
    better_at_0 = np.sum(task.shown(0)) > np.sum(task.shown(-1))
    return -1 if counts_from_0(task.images) and not better_at_0 else 0


def counts_from_0(images):
    """Whether image 0 begins a series: image 1 is there too, and the two are padded alike."""
    return 0 in images and 1 in images and len(images[0].stem) == len(images[1].stem)


def agreed_offset(task, own, common):
    """The offset of a task that by itself has `own`, in a copy that has `common`: that if it fits. Warns of doubts."""
    if own != common and task.fits(common):
        first = task.images[min(task.images)].name
        warnings.warn(
            f"{task.folder}: by itself, with {first} as its first image, frame offset {own}; read with {common}, as "
            "the other tasks; see whether an image is missing or does not belong there",
            stacklevel=4,
        )
        return common
    if own != common:
        warnings.warn(
            f"{task.folder}: read with frame offset {own}, the other tasks with {common}, with which its coded frames "
            "have no images; compare images and labels with their originals",
            stacklevel=4,
        )
    elif own == 0 and 0 in task.images:
        warnings.warn(
            f"{task.images[0]}: does not begin a series of images that counts from 0, and is not used; read with "
            "frame offset 0",
            stacklevel=4,
        )
    return own
