"""One input of `tools.detect`, from its frames to its files."""

import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.faces import search as faces
from data_prep.system.digests import digest
from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from tools.detection.au_scores import au_scores
from tools.detection.bundle import load_bundle
from tools.detection.inputs import OVERLAY, Input, expected_frames, find_inputs, frames
from tools.detection.overlay import save_overlay
from tools.detection.page import save_detect_page
from tools.detection.tables import Face, Frame, save_table
from tools.detection.tracks import FaceTracker, renumbered

UNSURE = "a person's own mean face is missing: detections of a single picture are less sure than those of a video"


class Job(NamedTuple):
    """One input and how it is to be treated; what its results depend on, but for the files' contents."""

    one: Input
    model: str  # folder of the bundle
    out: str
    mode: str | None
    neutral: str | None
    faces: int | None
    min_face: float
    overlay: bool
    report: bool
    format: str
    command: str

    @property
    def mean_face(self):
        if self.mode:
            return self.mode
        return "none" if self.one.is_picture else "running" if isinstance(self.one.source, int) else "video"


def paths(job):
    """{kind: path} of the files of a Job."""
    out, name = Path(job.out), job.one.name
    found = {"csv": out / f"{name}.csv", "json": out / f"{name}.json"}
    if job.report:
        found["html"] = out / f"{name}.html"
    if job.overlay:
        found["overlay"] = out / f"{name}{OVERLAY}{'.png' if job.one.is_picture else '.mp4'}"
    return found


def fingerprint(job, bundle):
    """A digest of what the results depend on; None for a camera, which is never the same again."""
    if isinstance(job.one.source, int):
        return None
    files = [job.one.source, *([Path(job.neutral)] if job.neutral else [])]
    files = [inner for path in files for inner in ([path] if path.is_file() else sorted(path.iterdir()))]
    stats = [[str(path.absolute()), path.stat().st_size, path.stat().st_mtime_ns] for path in files]
    return digest(
        stats, bundle.id, job.mean_face, job.faces, job.min_face, job.overlay, job.report, job.format, faces.PARAMETERS
    )


def finished(job, mark):
    """The JSON of a Job whose files are all there and up to date, else None."""
    try:
        facts = json.loads(paths(job)["json"].read_text())
        same = mark is not None and facts["fingerprint"] == mark and all(path.is_file() for path in paths(job).values())
        return facts if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def detect(job):
    """All of one Job; returns {"input", "frames", "faces", "with_face", "seconds", "notes", "error", "skipped"}.

    What is wrong with the input becomes "error": the others go on.
    """
    started, source = time.time(), str(job.one.source)
    try:
        cv2.setNumThreads(1)  # inputs beside each other are the parallelism
        bundle = load_bundle(job.model)
        mark = fingerprint(job, bundle)
        if facts := finished(job, mark):
            return facts | {"input": source, "skipped": True}
        paths(job)["json"].unlink(missing_ok=True)
        found, crops, notes = look(job, bundle)
        facts = write(job, bundle, found, crops, notes)
        facts |= {"seconds": round(time.time() - started, 2), "fingerprint": mark}
        with atomic(paths(job)["json"]) as part:
            part.write_text(json.dumps(facts, indent=1) + "\n")
        return facts
    except InputError as error:
        return {"input": source, "error": str(error)}
    except cv2.error as error:  # a decoder that stumbles over its data
        return {"input": source, "error": f"{source}: OpenCV cannot read it ({error.err})"}


def look(job, bundle):
    """([Frame] of the input, [[crop uint8 [S, S]] of its Faces], notes)."""
    tracker, sightings, times, notes = FaceTracker(bundle.face.shape[0], job.faces, job.min_face), [], [], []
    try:
        for seconds, seen in seen_faces(job.one, tracker):
            times.append(seconds)
            sightings.append(seen or [])
            if seen is None:
                notes.append(f"frame {len(times)} cannot be read")
    except KeyboardInterrupt:
        if not isinstance(job.one.source, int):
            raise
        notes.append("ended by Ctrl-C")  # the way to end a camera
    expected = expected_frames(job.one)
    if not times:
        notes.append("no frame in it can be read")
    elif expected - len(times) > 1:
        notes.append(f"ends after frame {len(times)} of {expected}: it is cut short, or says more than it holds")
    if job.mean_face == "none" or (job.mean_face == "video" and len(times) == 1):
        notes.append(UNSURE)
    kept = sightings if job.one.is_picture else renumbered(sightings)
    scores = scores_of(kept, job, bundle)
    found = [
        Frame(seconds, [Face(one.face, one.box, scores[k, one.face]) for one in frame])
        for k, (seconds, frame) in enumerate(zip(times, kept))
    ]
    return found, [[one.crop for one in frame] for frame in kept], notes


def seen_faces(one, tracker):
    """Yield (seconds, Sightings) of the frames of an Input; None instead of those of a frame that cannot be read."""
    for seconds, image in frames(one):
        yield seconds, None if image is None else tracker.find(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))


def scores_of(sightings, job, bundle):
    """{(frame, face): log-odds float64 [C]} of [[Sighting]]: each face is compared with a mean face of its own."""
    neutral = neutral_face(job, bundle) if job.mean_face == "neutral" else None
    scores = {}
    for face in {one.face for frame in sightings for one in frame}:
        seen = {number: one.crop for number, frame in enumerate(sightings) for one in frame if one.face == face}
        values = au_scores(bundle, np.stack(list(seen.values())), job.mean_face, neutral)
        scores.update(((number, face), value) for number, value in zip(seen, values))
    return scores


def neutral_face(job, bundle):
    """float32 [S, S]: the mean of the largest face in --neutral. Raises InputError where there is none."""
    (one,) = find_inputs([job.neutral], sequence=True)
    tracker = FaceTracker(bundle.face.shape[0], most=1)
    crops = [face.crop for _, seen in seen_faces(one, tracker) for face in seen or []]
    if not crops:
        raise InputError(f"{job.neutral}: no face found in it; give a frontal picture of the person at rest")
    return np.mean(crops, axis=0, dtype=np.float64).astype(np.float32)


def write(job, bundle, found, crops, notes):
    """Write all but the JSON; returns what it holds."""
    where, aus = paths(job), bundle.facts["aus"]
    save_table(where["csv"], found, aus, bundle.id, job.format, str(job.one.source))
    with_face = sum(bool(frame.faces) for frame in found)
    facts = {
        "input": str(job.one.source),
        "frames": len(found),
        "with_face": with_face,
        "faces": len({face.face for frame in found for face in frame.faces}),
        "notes": notes,
        "model": bundle.id,
        "trained_on": bundle.facts["data"],
        "synthetic": bundle.synthetic,
        "aus": aus,
        "thresholds": bundle.facts["thresholds"],
        "mean_face": job.mean_face,
        "neutral": job.neutral,
        "format": job.format,
        "versions": {"opencv": cv2.__version__, "numpy": np.__version__, "python": sys.version.split()[0]},
        "command": job.command,
    }
    if job.overlay and found:
        save_overlay(where["overlay"], job.one, found, aus, bundle.id)
    if job.report:
        save_detect_page(where["html"], facts, found, crops)
    return facts
