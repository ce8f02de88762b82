"""What every dataset reader returns: one coded sequence of one subject, a video or a folder of images."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_prep.pictures.images import read_image
from data_prep.pictures.video import video_frames
from data_prep.subjects.aus import UNKNOWN


class Recording(NamedTuple):
    """A sequence of pictures and its coded frames.

    subject     name of the subject file it belongs to
    sequence    name within the subject, e.g. a camera, a task, a take; "" if a subject has only one
    source      path of the video (its first frame has number 1), or of the folder of images
    images      ((frame number, path), ...) in order; None for a video
    frame       int64 [n] numbers of the coded frames, ascending
    label       int8 [n, C] 1 present, 0 absent, -1 unknown
    au          AU numbers of the columns
    continuous  whether one picture follows the other in time, so that faces move little between them
    intensity   int8 [n, C] 0 absent, 1 to 5 FACS's grades a to e, -1 unknown; None where the dataset has no grades
    view        where the camera stands: the frames of a view have a mean face of their own
    """

    subject: str
    sequence: str
    source: Path
    images: tuple | None
    frame: np.ndarray
    label: np.ndarray
    au: tuple
    continuous: bool = True
    intensity: np.ndarray | None = None
    view: str = ""


def grades(recording):
    """The intensities int8 [n, C] of a recording, UNKNOWN throughout where its dataset has none."""
    return np.full_like(recording.label, UNKNOWN) if recording.intensity is None else recording.intensity


def files(recording):
    """The paths of a recording's pictures, or of its video."""
    return [recording.source] if recording.images is None else [path for _, path in recording.images]


def length(recording):
    """Number of frames to expect; a video is assumed to end with its labels."""
    return len(recording.images) if recording.images is not None else int(recording.frame[-1])


def pictures(recording):
    """Yield (frame number, uint8 [H, W, 3] BGR) in order; None instead of an image file that cannot be read."""
    if recording.images is None:
        for number, _, image in video_frames(recording.source):
            yield number, image
    else:
        for number, path in recording.images:
            yield number, read_image(path)
