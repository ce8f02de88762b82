"""What ends a Job: its page, and its JSON, which is written last."""

import sys
import time
from importlib.metadata import version

import cv2
import numpy as np

from data_prep.faces.detectors import DETECTORS
from data_prep.system.files import save_json
from tools.detection.bundle_checks import CLASSIFIER
from tools.detection.finding import detector_for
from tools.detection.names import identity
from tools.detection.page import save_detect_page
from tools.detection.tables import probability
from tools.report.versions import made_by

OTHER_CROPS = "the model was trained on faces of {}; these were found by {}, and cropped as {} would have done"
UNSURE = "a person's own mean face is missing: detections of a single picture are less sure than those of a video"
PACKAGES = ("onnxruntime", "pillow", "pi-heif")  # what runs the net, and what reads pictures that OpenCV does not


def columns_of(job, bundle):
    """The keywords of tables.TableWriter for a Job."""
    return {
        "aus": bundle.aus,
        "model": bundle.id,
        "kind": job.format,
        "source": identity(job.input.source),
        "landmarks": job.landmarks,
        "has_pose": DETECTORS[detector_for(job, bundle)].has_landmarks,
        "has_intensity": bundle.curves is not None,
    }


def finish(job, bundle, paths, frames, peaks, notes, *, kept, start, mark):
    """Write page and JSON of a Job's Frames, Peaks and notes; returns the JSON.

    paths  {kind: path} of its files
    kept   names of further files that its result had before
    start  when it began, by time.time()
    mark   its fingerprint
    """
    facts = describe(job, bundle, frames, [*notes, *general_notes(job, bundle, frames)])
    facts |= {"files": sorted(path.name for path in paths.values()), "kept": kept}
    if "html" in paths:
        save_detect_page(paths["html"], facts, frames, peaks)
    facts |= {"seconds": round(time.time() - start, 2), "fingerprint": mark}
    save_json(paths["json"], facts)
    return facts


def is_general(note):
    """Whether a note is on the way in which many inputs were done, and not on one of them."""
    return note == UNSURE or note.startswith(OTHER_CROPS[: OTHER_CROPS.index("{")])


def general_notes(job, bundle, frames):
    """What a reader must know of the way in which a Job was done."""
    notes, (own, detector) = [], (bundle.stage.detector, detector_for(job, bundle))
    if bundle.sees_mean_face and (job.mean_face == "none" or (job.mean_face == "video" and len(frames) == 1)):
        notes.append(UNSURE)
    if detector != own:
        notes.append(OTHER_CROPS.format(own, detector, own))
    return notes


def present_above(bundle):
    """{AU: the probability above which a bundle calls it present}"""
    return {str(au): round(float(value), 4) for au, value in zip(bundle.aus, probability(bundle.calibration.cut))}


def describe(job, bundle, frames, notes):
    """What the JSON holds, but for "files", "kept", "seconds" and "fingerprint"."""
    versions = {"opencv": cv2.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
    return {
        "input": identity(job.input.source),
        "frames": len(frames),
        "with_face": sum(bool(frame.faces) for frame in frames),
        "faces": len({face.face for frame in frames for face in frame.faces}),
        "notes": notes,
        "model": bundle.id,
        "trained_on": bundle.facts["data"],
        "synthetic": bundle.synthetic,
        "classifier": bundle.facts.get(CLASSIFIER, "qda"),
        "aus": list(bundle.aus),
        "experimental": [au for au in bundle.aus if not bundle.is_usable(au)],
        "thresholds": present_above(bundle),
        "face_stage": bundle.stage.facts() | {"found_by": detector_for(job, bundle)},
        "mean_face": job.mean_face,
        "neutral": job.neutral,
        "format": job.format,
        "made_by": made_by(),
        "versions": versions | {package: version(package) for package in PACKAGES},
        "command": job.command,
    }
