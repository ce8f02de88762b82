"""From one input of `tools.detect` to its files: find the faces, score their AUs, write table, page and overlay."""

import errno
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from data_prep.faces.detectors import DETECTORS
from data_prep.faces.tracker import FaceTracker
from data_prep.system.errors import InputError
from data_prep.system.files import save_json
from tools.detection.au_scores import au_scores
from tools.detection.bundle import load_bundle
from tools.detection.inputs import cut_short_note, find_inputs
from tools.detection.job import fingerprint, finished_facts, output_paths
from tools.detection.names import being_written, identity
from tools.detection.overlay import save_overlay
from tools.detection.page import save_detect_page
from tools.detection.sightings import find_sightings, without_false_alarms
from tools.detection.tables import Face, Frame, save_table
from tools.report.versions import made_by

OTHER_CROPS = "the model was trained on boxes of {}, these are those that {} gives for them"
UNSURE = "a person's own mean face is missing: detections of a single picture are less sure than those of a video"


def detect(job):
    """Do one Job; returns its JSON, {"input", "frames", "faces", "with_face", "seconds", "notes", ...}.

    A job that is done already returns "skipped" too. Whatever goes wrong is this input's trouble alone: then only
    "input" and "error" are returned.
    """
    start, source = time.time(), identity(job.input.source)
    try:
        cv2.setNumThreads(1)  # inputs are processed in parallel
        bundle = load_bundle(job.model)
        mark = fingerprint(job, bundle.id)
        if facts := finished_facts(job, mark):
            return facts | {"input": source, "skipped": True}
        times, sightings, notes = find_faces(job, bundle)
        frames = score_faces(job, bundle, times, sightings)
        facts = describe(job, bundle, frames, notes)
        paths = output_paths(job)
        if not frames:
            paths.pop("overlay", None)
        facts["files"] = sorted(path.name for path in paths.values())
        with being_written(Path(job.out), job.name, job.input.source, facts["files"]) as facts["kept"]:
            crops = [[sighting.crop for sighting in frame] for frame in sightings]
            write_results(paths, job, facts, frames, crops)
            facts |= {"seconds": round(time.time() - start, 2), "fingerprint": mark}
            save_json(paths["json"], facts)
        return facts
    except Exception as error:
        return {"input": source, "error": explain(error, source, job.out)}


def explain(error, source, out):
    """One line on what went wrong with an input, and the remedy."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, cv2.error):  # a decoder that fails on the data
        return f"{source}: OpenCV cannot read it ({error.err}); copy or convert it again"
    if isinstance(error, MemoryError):
        return f"{source}: not enough memory; run fewer --jobs, or make it smaller"
    if isinstance(error, OSError):
        remedy = "; make room and run the same command again" if error.errno in (errno.ENOSPC, errno.EDQUOT) else ""
        return f"{error.filename or out}: {error.strerror or error}{remedy}"
    frame = error.__traceback__
    while frame.tb_next:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"
    return f"{source}: {error!r} at {place}, which is a defect of this project"


def find_faces(job, bundle):
    """(seconds of each frame, [[Sighting]] of each frame, notes on what is wrong with the input)."""
    tracker = FaceTracker(
        DETECTORS[detector_of(job, bundle)].make(),
        most=job.faces,
        min_face=job.min_face,
        continuous=not job.input.is_picture,
    )
    times, sightings, notes = [], [], []
    try:
        for seconds, frame in find_sightings(job.input, tracker, bundle.stage, bundle.face.shape[0], job.landmarks):
            times.append(seconds)
            sightings.append(frame or [])
            if frame is None:
                notes.append(f"frame {len(times)} cannot be read")
    except KeyboardInterrupt:
        if not job.input.is_camera:
            raise
        notes.append("ended by Ctrl-C")  # the way to end a camera
    if not times:
        notes.append("no frame in it can be read")
    elif note := cut_short_note(job.input, len(times)):
        notes.append(note)
    if job.mean_face == "none" or (job.mean_face == "video" and len(times) == 1):
        notes.append(UNSURE)
    if detector_of(job, bundle) != bundle.stage.detector:
        notes.append(OTHER_CROPS.format(bundle.stage.detector, detector_of(job, bundle)))
    return times, sightings if job.input.is_picture else without_false_alarms(sightings), notes


def detector_of(job, bundle):
    """The name of the detector of a Job. Raises InputError if the bundle's crops cannot be made of its faces."""
    own = bundle.stage.detector
    detector = job.detector or own
    if DETECTORS[own].has_landmarks and not DETECTORS[detector].has_landmarks:
        raise InputError(
            f"{job.model}: was trained on faces of {own}, which --detector {detector} cannot give it; leave it out"
        )
    return detector


def score_faces(job, bundle, times, sightings):
    """[Frame] of the input: each person's faces are compared with a mean face of their own."""
    neutral = neutral_face(job, bundle) if job.mean_face == "neutral" else None
    scores = {}
    for face in {sighting.face for frame in sightings for sighting in frame}:
        crops = {
            number: sighting.crop
            for number, frame in enumerate(sightings)
            for sighting in frame
            if sighting.face == face
        }
        values = au_scores(bundle, np.stack(list(crops.values())), job.mean_face, neutral)
        scores.update(((number, face), value) for number, value in zip(crops, values))
    return [
        Frame(seconds, [as_face(sighting, scores[number, sighting.face]) for sighting in frame])
        for number, (seconds, frame) in enumerate(zip(times, sightings))
    ]


def as_face(sighting, score):
    """The Face of a Sighting with these log-odds."""
    return Face(sighting.face, sighting.box, score, sighting.confidence, sighting.pose, sighting.points)


def neutral_face(job, bundle):
    """float32 [S, S]: the mean of the largest face in --neutral. Raises InputError if no face is found there."""
    (item,) = find_inputs([job.neutral], sequence=True, max_pixels=job.input.max_pixels)
    tracker = FaceTracker(DETECTORS[detector_of(job, bundle)].make(), most=1)
    frames = find_sightings(item, tracker, bundle.stage, bundle.face.shape[0])
    crops = [sighting.crop for _, frame in frames for sighting in frame or []]
    if not crops:
        raise InputError(f"{job.neutral}: no face found in it; give a frontal picture of the person at rest")
    return np.mean(crops, axis=0, dtype=np.float64).astype(np.float32)


def describe(job, bundle, frames, notes):
    """What the JSON holds, but for "files", "kept", "seconds" and "fingerprint"."""
    return {
        "input": identity(job.input.source),
        "frames": len(frames),
        "with_face": sum(bool(frame.faces) for frame in frames),
        "faces": len({face.face for frame in frames for face in frame.faces}),
        "notes": notes,
        "model": bundle.id,
        "trained_on": bundle.facts["data"],
        "synthetic": bundle.synthetic,
        "aus": bundle.facts["aus"],
        "thresholds": bundle.facts["thresholds"],
        "faces_by": bundle.stage.facts() | {"detector": detector_of(job, bundle)},
        "mean_face": job.mean_face,
        "neutral": job.neutral,
        "format": job.format,
        "made_by": made_by(),
        "versions": {"opencv": cv2.__version__, "numpy": np.__version__, "python": sys.version.split()[0]},
        "command": job.command,
    }


def write_results(paths, job, facts, frames, crops):
    """Write the table, the overlay and the page to those `paths`. `crops`: uint8 [S, S] of each Face of each Frame."""
    aus, model = facts["aus"], facts["model"]
    save_table(paths["csv"], frames, aus=aus, model=model, kind=job.format, source=facts["input"])
    if "overlay" in paths:
        save_overlay(paths["overlay"], job.input, frames, aus=aus, model=model)
    if "html" in paths:
        save_detect_page(paths["html"], facts, frames, crops)
