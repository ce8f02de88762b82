"""Detect Action Units in pictures and videos with a model that `make bundle` made.

  python -m tools.detect talk.mp4 --model runs/bundle --out runs/detect
  python -m tools.detect 'videos/*.avi' portraits/ --model runs/bundle --out runs/detect --overlay

Writes for each input NAME.csv (tools/detection/tables.py shows its columns), NAME.json (what it was made with; written
last, so where it is, everything is), NAME.html (a page to read) and, with --overlay, NAME_overlay.mp4 or .png. A
rerun skips what is done; an input that cannot be read is reported, and the others go on.

--mean-face is what a face is compared with (paper: Sec. V, the person's mean face):
  video     the mean over all frames of that face in that input (default for videos and --sequence)
  running   the mean over the frames so far (default for cameras)
  neutral   that of --neutral FILE, a picture or video of the person at rest
  none      the average face of the training subjects (default for single pictures, which are their own mean)
"""

import argparse
import shlex
import sys

from tqdm import tqdm

from data_prep.faces.tracker import SMALL_FACE
from data_prep.system.arguments import positive
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import only_writer
from data_prep.system.pool import run_all
from tools.detection.au_scores import MODES
from tools.detection.bundle import load_bundle
from tools.detection.detection import detect
from tools.detection.inputs import find_inputs
from tools.detection.job import Job
from tools.detection.tables import FORMATS


def summary(facts):
    """What the terminal shows of an input that is done."""
    state = "done already, " if facts.get("skipped") else ""
    counts = f"{facts['frames']} frames, {facts['with_face']} with a face, {facts['faces']} face(s)"
    return "\n".join([f"{facts['input']}: {state}{counts}", *(f"  note: {note}" for note in facts["notes"])])


def build_parser():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="pictures, videos, folders, patterns, a camera's number"
    )
    parser.add_argument("--model", required=True, help="folder of a bundle")
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument("--mean-face", choices=MODES, dest="mode", help="see above")
    parser.add_argument(
        "--neutral", metavar="FILE", help="picture or video of the person at rest; implies --mean-face neutral"
    )
    parser.add_argument("--sequence", action="store_true", help="the pictures of a folder are one video of one person")
    parser.add_argument("--faces", type=positive, help="most faces to follow at a time (default: all)")
    parser.add_argument(
        "--min-face",
        type=float,
        default=SMALL_FACE,
        metavar="SHARE",
        help="smallest face, as a share of the picture's short side (default %(default)s)",
    )
    parser.add_argument("--format", choices=FORMATS, default="openface", help="of the CSV (default %(default)s)")
    parser.add_argument("--overlay", action="store_true", help="write the video again with boxes and AU bars")
    parser.add_argument("--no-report", dest="report", action="store_false", help="no HTML page")
    parser.add_argument("--jobs", type=positive, help="inputs at a time (default: one per core)")
    return parser


def check(settings):
    """Raise InputError for options that contradict each other or are out of range."""
    if settings.neutral and settings.mode not in (None, "neutral"):
        raise InputError(f"--neutral and --mean-face {settings.mode} contradict each other; give one of them")
    if settings.mode == "neutral" and not settings.neutral:
        raise InputError("--mean-face neutral needs --neutral FILE, a picture or video of the person at rest")
    if not 0 < settings.min_face <= 1:
        raise InputError(f"--min-face {settings.min_face}: give a share above 0 and up to 1")


def make_jobs(settings, command):
    """A Job for each input of the command line."""
    return [
        Job(
            input=item,
            model=settings.model,
            out=settings.out,
            mode="neutral" if settings.neutral else settings.mode,
            neutral=settings.neutral,
            faces=settings.faces,
            min_face=settings.min_face,
            overlay=settings.overlay,
            report=settings.report,
            format=settings.format,
            command=command,
        )
        for item in find_inputs(settings.inputs, settings.sequence)
    ]


@one_clear_error
def main(argv=None):
    settings = build_parser().parse_args(argv)
    check(settings)
    bundle = load_bundle(settings.model)
    if bundle.synthetic:
        print(f"model {bundle.id}: trained on {bundle.facts['data']}; what it detects in people means nothing")
    jobs = make_jobs(settings, shlex.join(["python", "-m", "tools.detect", *(sys.argv[1:] if argv is None else argv)]))
    failed = 0
    with only_writer(settings.out, among_others=True):
        for job in jobs:
            if job.input.is_camera:
                print(f"camera {job.input.source}: recording; end it with Ctrl-C", flush=True)
                failed += not report(detect(job))
        files = [job for job in jobs if not job.input.is_camera]
        with tqdm(total=len(files), unit="input", disable=len(files) < 2) as bar:
            for _, facts in run_all(detect, files, settings.jobs, lambda job: str(job.input.source)):
                failed += not report(facts)
                bar.update()
    if failed:
        raise InputError(
            f"{failed} of {len(jobs)} inputs could not be read, see above; the results of the others are in "
            f"{settings.out}"
        )
    print(f"everything is in {settings.out}")


def report(facts):
    """Print what became of an input; returns whether it could be read."""
    is_read = "error" not in facts
    tqdm.write(summary(facts) if is_read else f"error: {facts['error']}", file=sys.stdout if is_read else sys.stderr)
    return is_read


if __name__ == "__main__":
    main()
