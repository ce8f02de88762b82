"""A camera, frame by frame: what is seen is scored, written and shown at once, as nobody can see it again."""

import contextlib
import itertools
import os
import signal
import time
from pathlib import Path

import numpy as np

from data_prep.system.ending import Ending
from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from tools.detection.au_scores import au_scores
from tools.detection.drawing import Painter
from tools.detection.finding import neutral_face, sightings_of
from tools.detection.job import output_paths
from tools.detection.live import LiveView
from tools.detection.names import being_written
from tools.detection.overlay import VideoFile
from tools.detection.peaks import Peaks
from tools.detection.results import columns_of, finish
from tools.detection.sightings import SHORTEST, as_face, stacked
from tools.detection.tables import Frame, TableWriter

ENDED_BY_TERM = "ended by TERM"  # a note
SYNC_SECONDS = 1.0  # ours: what a power cut may cost
OVERLAY_FPS = 25  # ours: of the overlay, in which frames are repeated or left out so that time passes as it did


class Confirmed:
    """Gives the faces of a tracker ids from 0, each from its SHORTEST-th frame on; before, it may be a false alarm."""

    def __init__(self):
        self.counts, self.ids = {}, {}

    def see(self, frame):
        """[(Sighting, its new id)] of those of a frame that are confirmed."""
        kept = []
        for sighting in frame:
            face = sighting.face
            self.counts[face] = self.counts.get(face, 0) + 1
            if self.counts[face] >= SHORTEST:
                kept.append((sighting, self.ids.setdefault(face, len(self.ids))))
        return kept


class LiveScores:
    """Scores the faces of one frame after another with a Bundle.

    mode     "running", "neutral" or "none", of au_scores.MODES
    neutral  float32 [S, S], for "neutral"
    """

    def __init__(self, bundle, mode, neutral=None):
        self.bundle, self.mode, self.neutral = bundle, mode, neutral
        self.sums, self.counts = {}, {}

    def see(self, sightings):
        """Add the Sightings of a frame, confirmed or not, to the running means."""
        for sighting in sightings:
            face = sighting.face
            self.sums[face] = self.sums.get(face, 0) + sighting.crop.astype(np.float64)
            self.counts[face] = self.counts.get(face, 0) + 1

    def score(self, sighting):
        """float64 [C] log-odds of a Sighting that was seen, with the id that it had then."""
        if self.mode != "running":
            return self.au_scores(sighting, self.mode, self.neutral)
        mean = (self.sums[sighting.face] / self.counts[sighting.face]).astype(np.float32)
        return self.au_scores(sighting, "neutral", mean)

    def au_scores(self, sighting, mode, neutral):
        crops, shapes = stacked([sighting])
        return au_scores(self.bundle, crops, mode, neutral, batch=1, shapes=shapes)[0]


class Rows:
    """A table on the disk row by row: whatever happens, at most the rows of the last second are lost."""

    def __init__(self, path, **columns):
        self.file = open(path, "w", newline="", encoding="utf-8")
        self.table, self.synced = TableWriter(self.file, **columns), time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sync()
        self.file.close()

    def write(self, number, frame):
        """Write the rows of a Frame, `number` counted from 0."""
        self.table.write(number, frame)
        self.file.flush()
        if time.monotonic() - self.synced >= SYNC_SECONDS:
            self.sync()

    def sync(self):
        self.file.flush()
        os.fsync(self.file.fileno())
        self.synced = time.monotonic()


class LiveOverlay:
    """The overlay of a camera, an .mp4 at a constant rate, whatever the camera's."""

    def __init__(self, path):
        self.path, self.count = path, 0

    def __enter__(self):
        self.atomic = atomic(self.path)
        self.video = VideoFile(self.atomic.__enter__(), OVERLAY_FPS)
        return self

    def __exit__(self, *_):
        self.video.close()
        self.atomic.__exit__(None, None, None)  # what is there is kept, whatever ended it

    def write(self, seconds, picture):
        while self.count <= seconds * OVERLAY_FPS:
            self.video.write(picture)
            self.count += 1


def record(job, bundle, start):
    """Record the camera of a Job until Ctrl-C, TERM, the end of the view or of the camera; returns its JSON."""
    if job.mean_face == "video":
        raise InputError("--mean-face video: a camera has no end to wait for; use running, neutral or none")
    aus, paths = bundle.aus, output_paths(job)
    scores = LiveScores(bundle, job.mean_face, neutral_face(job, bundle))
    confirmed, peaks, frames, notes = Confirmed(), Peaks(), [], []
    with contextlib.ExitStack() as stack:
        view = stack.enter_context(LiveView(f"camera {job.input.source}")) if job.live else None
        stream = sightings_of(job, bundle)
        first = next(stream, None)
        if first is None:
            raise InputError(f"camera {job.input.source}: gives no picture; is another program using it?")
        names = sorted(path.name for path in paths.values())
        kept = stack.enter_context(being_written(Path(job.out), job.name, job.input.source, names))
        print(f"camera {job.input.source}: recording; Ctrl-C ends it", flush=True)
        with kept_from_errors(notes) as failed, contextlib.ExitStack() as files, Ending() as ending:
            rows = files.enter_context(Rows(paths["csv"], **columns_of(job, bundle)))
            overlay = files.enter_context(LiveOverlay(paths["overlay"])) if "overlay" in paths else None
            painter = Painter(aus, bundle.id, points=job.landmarks)
            for seconds, image, seen in itertools.chain([first], stream):
                scores.see(seen)
                shown = confirmed.see(seen)
                faces = [
                    as_face(sighting, scores.score(sighting), bundle.calibration, bundle.curves)._replace(face=face)
                    for sighting, face in shown
                ]
                frame = Frame(seconds, faces)
                rows.write(len(frames), frame)
                drawn = painter.draw(image, frame) if overlay or view else None
                for face, (sighting, _) in zip(frame.faces, shown):
                    peaks.add(face, sighting.crop)
                # landmarks are in the table: hours of them would fill the memory
                frames.append(Frame(seconds, [face._replace(points=None) for face in frame.faces]))
                if overlay:
                    overlay.write(seconds, drawn)
                if ending.asked or (view and not view.show(drawn)):
                    notes.append(ENDED_BY_TERM if ending.asked == signal.SIGTERM else "ended by the user")
                    break
        facts = finish(job, bundle, paths, frames, peaks, notes, kept=kept, start=start, mark=None)
    if failed:
        raise failed[0]
    return facts


@contextlib.contextmanager
def kept_from_errors(notes):
    """Hold back what goes wrong while a camera is recorded, so that what was seen until then is made complete.

    Yields a list that holds the error afterwards, if there was one. A second Ctrl-C is none.
    """
    failed = []
    try:
        yield failed
    except KeyboardInterrupt:
        notes.append("ended by the user")
    except Exception as error:
        notes.append(f"ended by an error: {error}")
        failed.append(error)
