"""From one input of `tools.detect` to its files: find the faces, score their AUs, write table, page and overlay."""

import errno
import time
from pathlib import Path

import cv2

from data_prep.system.errors import InputError
from tools.detection.au_scores import au_scores
from tools.detection.bundle import load_bundle
from tools.detection.camera import record
from tools.detection.drawing import Painter
from tools.detection.finding import detector_for, neutral_face, sightings_of
from tools.detection.inputs import cut_short_note
from tools.detection.job import fingerprint, finished_facts, output_paths
from tools.detection.names import being_written, identity
from tools.detection.overlay import save_overlay
from tools.detection.peaks import peaks_of
from tools.detection.results import columns_of, finish
from tools.detection.sightings import as_face, stacked, without_false_alarms
from tools.detection.tables import Frame, save_table


def detect(job):
    """Do one Job; returns its JSON, {"input", "frames", "faces", "with_face", "seconds", "notes", ...}.

    A job that is done already returns "skipped" too. Whatever goes wrong is this input's trouble alone: then only
    "input" and "error" are returned.
    """
    start, source = time.time(), identity(job.input.source)
    try:
        cv2.setNumThreads(1)  # inputs are processed in parallel
        bundle = load_bundle(job.model, job.device)
        bundle = bundle if job.experimental else bundle.usable()
        if job.input.is_camera:
            return record(job, bundle, start)
        mark = fingerprint(job, bundle.facts, detector_for(job, bundle))
        if facts := finished_facts(job, mark):
            return facts | {"input": source, "skipped": True}
        times, sightings, notes = find_faces(job, bundle)
        frames, paths = score_faces(job, bundle, times, sightings), output_paths(job)
        if not frames:
            paths.pop("overlay", None)
        names = sorted(path.name for path in paths.values())
        with being_written(Path(job.out), job.name, job.input.source, names) as kept:
            save_table(paths["csv"], frames, **columns_of(job, bundle))
            if "overlay" in paths:
                painter = Painter(bundle.aus, bundle.id, points=job.landmarks)
                save_overlay(paths["overlay"], job.input, frames, painter)
            peaks = peaks_of(frames, [[sighting.crop for sighting in frame] for frame in sightings])
            return finish(job, bundle, paths, frames, peaks, notes, kept=kept, start=start, mark=mark)
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
    times, sightings, notes = [], [], []
    for seconds, image, frame in sightings_of(job, bundle):
        times.append(seconds)
        sightings.append(frame)
        if image is None:
            notes.append(f"frame {len(times)} cannot be read")
    if not times:
        notes.append("no frame in it can be read")
    elif note := cut_short_note(job.input, len(times)):
        notes.append(note)
    return times, sightings if job.input.is_picture else without_false_alarms(sightings), notes


def score_faces(job, bundle, times, sightings):
    """[Frame] of the input: each person's faces are compared with a mean face of their own."""
    neutral, scores = neutral_face(job, bundle), {}
    for face in {sighting.face for frame in sightings for sighting in frame}:
        own = {
            number: sighting for number, frame in enumerate(sightings) for sighting in frame if sighting.face == face
        }
        crops, shapes = stacked(list(own.values()))
        values = au_scores(bundle, crops, job.mean_face, neutral, shapes=shapes)
        scores.update(((number, face), value) for number, value in zip(own, values))

    def face_in(number, sighting):
        return as_face(sighting, scores[number, sighting.face], bundle.calibration, bundle.curves)

    return [
        Frame(seconds, [face_in(number, sighting) for sighting in frame])
        for number, (seconds, frame) in enumerate(zip(times, sightings))
    ]
