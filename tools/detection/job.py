"""One input of `tools.detect` with its settings: the names of its files, and whether they are up to date."""

from pathlib import Path
from typing import NamedTuple

import cv2

from data_prep.system.code import code_digest
from data_prep.system.digests import digest
from data_prep.system.files import load_json
from tools.detection.inputs import Input
from tools.detection.names import OVERLAY, identity

SHOWN = ("frames", "with_face", "faces", "notes")  # what the terminal shows of a JSON
CODE = ("tools.detection.detection",)  # the module whose code, with all that it imports, makes a result


class Job(NamedTuple):
    """One input and the settings of the command: all that its results depend on, but for the files' contents.

    input     an Input
    name      of its files in `out`, see tools/detection/names.py
    model     folder of the bundle
    out       folder for the results; this and all other paths are absolute
    experimental  whether the model's experimental AUs are shown
    mode      one of au_scores.MODES; None for the default of the kind of input
    neutral   path of a picture or video of the person at rest, or None
    faces     at most so many at a time; None for all
    min_face  smallest face, as a share of the picture's short side; None for the default of the kind of input
    detector  of faces, a name of data_prep/faces/detectors.py; None for the one that the bundle was trained with
    landmarks whether the landmarks are written
    overlay   whether to write the video again with boxes and AU bars
    live      whether to show what a camera sees
    report    whether to write the HTML page
    format    of the CSV, one of tables.FORMATS
    device    on which the net runs: "cpu" or a GPU number
    command   the command line, for the JSON
    """

    input: Input
    name: str
    model: str
    out: str
    experimental: bool = False
    mode: str | None = None
    neutral: str | None = None
    faces: int | None = None
    min_face: float | None = None
    detector: str | None = None
    landmarks: bool = False
    overlay: bool = False
    live: bool = False
    report: bool = False
    format: str = "openface"
    device: str = "cpu"
    command: str = ""

    @property
    def mean_face(self):
        """What faces are compared with: one of au_scores.MODES."""
        if self.mode:
            return self.mode
        if self.input.is_picture:
            return "none"
        return "running" if self.input.is_camera else "video"


def output_paths(job):
    """{kind: path} of the files of a Job."""
    out, name = Path(job.out), job.name
    paths = {"csv": out / f"{name}.csv", "json": out / f"{name}.json"}
    if job.report:
        paths["html"] = out / f"{name}.html"
    if job.overlay:
        paths["overlay"] = out / f"{name}{OVERLAY}{'.png' if job.input.is_picture else '.mp4'}"
    return paths


def fingerprint(job, model, detector):
    """A digest of what the results of a Job on files depend on; `model` is its bundle.json, `detector` its name."""
    sources = [job.input.source, *([Path(job.neutral)] if job.neutral else [])]
    files = [path for source in sources for path in (sorted(source.iterdir()) if source.is_dir() else [source])]
    stats = [[str(path.absolute()), path.stat().st_size, path.stat().st_mtime_ns] for path in files]
    aside = dict.fromkeys(("input", "name", "model", "out", "command", "live"))
    settings = job._replace(**aside, mode=job.mean_face, detector=detector)
    return digest(stats, model, settings, job.input.max_pixels, cv2.__version__, code_digest(CODE))


def finished_facts(job, mark):
    """The JSON of a Job whose files are all there, made for the fingerprint `mark`; else None."""
    try:
        facts = load_json(output_paths(job)["json"])
        is_same = (facts["fingerprint"], facts["input"]) == (mark, identity(job.input.source))
        has_files = all((Path(job.out) / name).is_file() for name in facts["files"])
        is_complete = is_same and has_files and set(SHOWN) <= set(facts)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return facts if is_complete else None
