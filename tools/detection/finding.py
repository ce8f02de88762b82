"""What finds and crops the faces of a Job: the detector of its bundle, or the one that was asked for."""

from pathlib import Path

import numpy as np

from data_prep.faces.detectors import DETECTORS
from data_prep.faces.tracker import SMALL_FACE, FaceTracker
from data_prep.system.errors import InputError
from tools.detection.inputs import Input
from tools.detection.sightings import find_sightings

SMALL_IN_PICTURE = 0.05  # ours: smallest face, as a share of the short side; a picture is searched but once


def detector_for(wanted, bundle):
    """The name of the detector of a Job, or of a command's settings; that of the bundle where these name none.

    Raises InputError if it cannot give what the bundle needs, or the landmarks that are wanted.
    """
    own = bundle.stage.detector
    detector = wanted.detector or own
    if DETECTORS[own].has_landmarks and not DETECTORS[detector].has_landmarks:
        raise InputError(
            f"{wanted.model}: was trained on faces of {own}, which --detector {detector} cannot give it; leave it out"
        )
    if wanted.landmarks and not DETECTORS[detector].has_landmarks:
        raise InputError(f"--landmarks: {detector} finds none; add --detector blazeface")
    return detector


def new_tracker(job, bundle, is_picture, **limits):
    """A FaceTracker of the Job's detector; `limits` are its keywords `most` and `min_face`."""
    detector = DETECTORS[detector_for(job, bundle)]
    made = detector.make_for_pictures() if is_picture else detector.make()
    return FaceTracker(made, continuous=not is_picture, **limits)


def sightings_of(job, bundle):
    """find_sightings of the Job's input."""
    is_picture = job.input.is_picture
    min_face = job.min_face or (SMALL_IN_PICTURE if is_picture else SMALL_FACE)
    most = job.faces or (1 if job.input.is_sequence else None)  # a sequence is of one person, wherever the face jumps
    tracker = new_tracker(job, bundle, is_picture, most=most, min_face=min_face)
    return find_sightings(job.input, tracker, bundle.stage, bundle.face.shape[0], job.landmarks)


def neutral_face(job, bundle):
    """float32 [S, S]: the mean of the largest face in --neutral; None if the Job has none.

    Raises InputError if no face is found there.
    """
    if job.mean_face != "neutral":
        return None
    item = Input(Path(job.neutral), job.input.max_pixels)
    tracker = new_tracker(job, bundle, item.is_picture, most=1)
    frames = find_sightings(item, tracker, bundle.stage, bundle.face.shape[0])
    crops = [sighting.crop for *_, frame in frames for sighting in frame]
    if not crops:
        raise InputError(f"{job.neutral}: no face found in it; give a frontal picture of the person at rest")
    return np.mean(crops, axis=0, dtype=np.float64).astype(np.float32)
