"""Detect Action Units in pictures and films with a model that `make bundle` made.

  python -m tools.detect talk.mp4 --model runs/bundle --out runs/detect
  python -m tools.detect 'films/*.avi' portraits/ --model runs/bundle --out runs/detect --overlay

Leaves for each input NAME.csv (tools/detect_tables.py shows its columns), NAME.json (what it was made by; written last, so
its presence means that all is whole), NAME.html (a page to look at) and, with --overlay, NAME_overlay.mp4 or .png. A
rerun skips what is done; an input that cannot be read is reported, and the others go on.

--mean-face says what a face is compared with (paper: Sec. V, the person's mean face):
  video     the mean over all frames of that face in that input (default for films and --sequence)
  running   the mean over the frames so far (default for cameras)
  neutral   that of --neutral FILE, a picture or film of the person at rest
  none      the average face of the training subjects (default for single pictures, whose own mean they are themselves)
"""

import argparse
import json
import shlex
import sys
import time
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from tqdm import tqdm

from data_prep import faces
from data_prep.arguments import positive
from data_prep.errors import InputError, one_clear_error
from data_prep.files import only_writer, whole
from data_prep.pool import run_all
from tools.au_scores import MODES, au_scores
from tools.bundle import load_bundle
from tools.detect_page import save_detect_page
from tools.detect_tables import FORMATS, Face, Frame, save_table
from tools.inputs import Input, expected_frames, find_inputs, frames
from tools.overlay import save_overlay
from tools.task import digest
from tools.tracks import SMALL_FACE, FaceTracker, renumbered

UNSURE = "a person's own mean face is missing: detections of a single picture are less sure than those of a film"


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
        found["overlay"] = out / f"{name}_overlay{'.png' if job.one.is_picture else '.mp4'}"
    return found


def fingerprint(job, bundle):
    """A digest of what the results depend on; None for a camera, which is never the same again."""
    if isinstance(job.one.source, int):
        return None
    files = [job.one.source, *([Path(job.neutral)] if job.neutral else [])]
    files = [inner for path in files for inner in ([path] if path.is_file() else sorted(path.iterdir()))]
    stats = [[str(path.absolute()), path.stat().st_size, path.stat().st_mtime_ns] for path in files]
    return digest(stats, bundle.id, job.mean_face, job.faces, job.min_face, job.overlay, job.report, job.format,
                  faces.PARAMETERS)


def is_done(job, mark):
    try:
        facts = json.loads(paths(job)["json"].read_text())
        return mark is not None and facts["fingerprint"] == mark and all(path.is_file() for path in paths(job).values())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def detect(job):
    """All of one Job; returns {"input", "frames", "faces", "with_face", "seconds", "notes", "error", "skipped"}.

    An InputError becomes "error": the other inputs go on.
    """
    started, source = time.time(), str(job.one.source)
    try:
        cv2.setNumThreads(1)  # inputs beside each other are the parallelism
        bundle = load_bundle(job.model)
        mark = fingerprint(job, bundle)
        if is_done(job, mark):
            return json.loads(paths(job)["json"].read_text()) | {"input": source, "skipped": True}
        paths(job)["json"].unlink(missing_ok=True)
        found, crops, notes = look(job, bundle)
        facts = write(job, bundle, found, crops, notes)
        facts |= {"seconds": round(time.time() - started, 2), "fingerprint": mark}
        with whole(paths(job)["json"]) as part:
            part.write_text(json.dumps(facts, indent=1) + "\n")
        return facts
    except InputError as error:
        return {"input": source, "error": str(error)}


def look(job, bundle):
    """([Frame] of the input, [their crops uint8 [S, S] per Face], notes)."""
    size, notes = bundle.face.shape[0], []
    tracker, sightings, crops, times = FaceTracker(job.faces, job.min_face), [], [], []
    try:
        for seconds, image in frames(job.one):
            gray = None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
            seen = [] if gray is None else tracker.find(gray)
            times.append(seconds)
            sightings.append(seen)
            crops.append({one.face: faces.crop_face(gray, one.box, size) for one in seen})
            if image is None:
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
    return scored(job, bundle, times, sightings, crops, notes)


def scored(job, bundle, times, sightings, crops, notes):
    """Scores of each face over its frames; the same as `look` returns."""
    kept = renumbered(sightings) if not job.one.is_picture else sightings
    boxes = [[crop[old.face] for old in before if any(old.box is new.box for new in after)]
             for before, after, crop in zip(sightings, kept, crops)]
    number = {face for frame in kept for face in (one.face for one in frame)}
    neutral = neutral_face(job, bundle) if job.mean_face == "neutral" else None
    scores = {}
    for face in sorted(number):
        places = [(k, j) for k, frame in enumerate(kept) for j, one in enumerate(frame) if one.face == face]
        values = au_scores(bundle, np.stack([boxes[k][j] for k, j in places]), job.mean_face, neutral)
        scores.update({(k, face): value for (k, _), value in zip(places, values)})
    found = [Frame(seconds, [Face(one.face, one.box, scores[k, one.face]) for one in frame])
             for k, (seconds, frame) in enumerate(zip(times, kept))]
    if job.mean_face == "none" or (job.mean_face == "video" and len(times) == 1):
        notes.append(UNSURE)
    return found, boxes, notes


def neutral_face(job, bundle):
    """float32 [S, S]: the mean of the largest face in --neutral. Raises InputError where there is none."""
    (one,) = find_inputs([job.neutral], sequence=True)
    tracker, crops = FaceTracker(most=1), []
    for _, image in frames(one):
        gray = None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        crops += [faces.crop_face(gray, seen.box, bundle.face.shape[0]) for seen in (tracker.find(gray) if image is not None
                                                                                     else [])]
    if not crops:
        raise InputError(f"{job.neutral}: no face found in it; give a frontal picture of the person at rest")
    return np.mean(crops, axis=0, dtype=np.float64).astype(np.float32)


def write(job, bundle, found, crops, notes):
    """Write all but the JSON; returns what it holds."""
    where, aus = paths(job), bundle.facts["aus"]
    save_table(where["csv"], found, aus, bundle.id, job.format, str(job.one.source))
    with_face = sum(bool(frame.faces) for frame in found)
    facts = {"input": str(job.one.source), "frames": len(found), "with_face": with_face,
             "faces": len({face.face for frame in found for face in frame.faces}), "notes": notes, "model": bundle.id,
             "trained_on": bundle.facts["data"], "synthetic": bundle.synthetic, "aus": aus,
             "thresholds": bundle.facts["thresholds"], "mean_face": job.mean_face, "neutral": job.neutral,
             "format": job.format, "versions": {"opencv": cv2.__version__, "numpy": np.__version__,
                                                "python": sys.version.split()[0]}, "command": job.command}
    if job.overlay and found:
        save_overlay(where["overlay"], job.one, found, aus, bundle.id)
    if job.report:
        save_detect_page(where["html"], facts, found, crops)
    return facts


def line(facts):
    """What the terminal shows of an input."""
    if "error" in facts:
        return f"error: {facts['error']}"
    lines = [f"{facts['input']}: " + ("done already, " if facts.get("skipped") else "") +
             f"{facts['frames']} frames, {facts['with_face']} with a face, {facts['faces']} face(s)"]
    return "\n".join([*lines, *(f"  note: {note}" for note in facts["notes"])])


def build_parser():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="pictures, films, folders, patterns, a camera's number")
    parser.add_argument("--model", required=True, help="folder of a bundle")
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument("--mean-face", choices=MODES, dest="mode", help="see above")
    parser.add_argument("--neutral", metavar="FILE", help="picture or film of the person at rest; implies --mean-face neutral")
    parser.add_argument("--sequence", action="store_true", help="the pictures of a folder are one film of one person")
    parser.add_argument("--faces", type=positive, help="follow at most so many at a time (default: all)")
    parser.add_argument("--min-face", type=float, default=SMALL_FACE, metavar="SHARE",
                        help="smallest face, of the picture's short side (default %(default)s)")
    parser.add_argument("--format", choices=FORMATS, default="openface", help="of the CSV (default %(default)s)")
    parser.add_argument("--overlay", action="store_true", help="write the film again with boxes and AU bars")
    parser.add_argument("--no-report", dest="report", action="store_false", help="no HTML page")
    parser.add_argument("--jobs", type=positive, help="inputs at a time (default: one per core)")
    return parser


@one_clear_error
def main(argv=None):
    settings = build_parser().parse_args(argv)
    if (settings.mode == "neutral") != bool(settings.neutral) and settings.mode not in (None, "neutral"):
        raise InputError(f"--neutral and --mean-face {settings.mode} contradict each other; give one of them")
    if settings.mode == "neutral" and not settings.neutral:
        raise InputError("--mean-face neutral needs --neutral FILE, a picture or film of the person at rest")
    if not 0 < settings.min_face <= 1:
        raise InputError(f"--min-face {settings.min_face}: give a share above 0 and up to 1")
    bundle = load_bundle(settings.model)
    if bundle.synthetic:
        print(f"model {bundle.id}: trained on {bundle.facts['data']}; what it detects in people means nothing")
    command = shlex.join(["python", "-m", "tools.detect", *(sys.argv[1:] if argv is None else argv)])
    jobs = [Job(one, settings.model, settings.out, "neutral" if settings.neutral else settings.mode, settings.neutral,
                settings.faces, settings.min_face, settings.overlay, settings.report, settings.format, command)
            for one in find_inputs(settings.inputs, settings.sequence)]
    failed = 0
    with only_writer(settings.out):
        cameras = [job for job in jobs if isinstance(job.one.source, int)]
        for job in cameras:
            print(f"camera {job.one.source}: looking; end it with Ctrl-C", flush=True)
            failed += said(detect(job))
        others = [job for job in jobs if job not in cameras]
        with tqdm(total=len(others), unit="input", disable=len(others) < 2) as bar:
            for _, facts in run_all(detect, others, settings.jobs, lambda job: str(job.one.source)):
                failed += said(facts)
                bar.update()
    if failed:
        raise InputError(f"{failed} of {len(jobs)} inputs could not be read, see above; the results of the others are in "
                         f"{settings.out}")
    print(f"everything is in {settings.out}")


def said(facts):
    """Print the line of an input; returns whether it failed."""
    tqdm.write(line(facts), file=sys.stderr if "error" in facts else sys.stdout)
    return "error" in facts


if __name__ == "__main__":
    main()
