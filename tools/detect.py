"""Detect Action Units in pictures and videos, with the model in models/ready or one that `make bundle` made.

  python -m tools.detect talk.mp4 --out runs/detect
  python -m tools.detect 'videos/*.avi' portraits/ --model runs/bundle --out runs/detect --overlay

Writes for each input NAME.csv (tools/detection/tables.py shows its columns), NAME.json (what it was made with; written
last, so where it is, everything is), NAME.html (a page to read) and, with --overlay, NAME_overlay.mp4 or .png. NAME is
the input's, with a digest where that is taken: no file is replaced but the results of the same input. A rerun skips
what is done; an input that cannot be read is reported, and the others go on.

--mean-face is what a face is compared with, by a model of `make bundle` (paper: Sec. V, the person's mean face):
  video     the mean over all frames of that face in that input (default for videos and --sequence)
  running   the mean over the frames so far (default for cameras)
  neutral   that of --neutral FILE, a picture or video of the person at rest
  none      the average face of the training subjects (default for single pictures, which are their own mean; a video
            of one frame is one)
"""

import argparse
import os
import shlex
import sys
from collections import Counter

from tqdm import tqdm

from data_prep.faces.detectors import DETECTORS
from data_prep.faces.tracker import SMALL_FACE
from data_prep.pictures.images import MAX_PIXELS
from data_prep.pictures.source_file import shown
from data_prep.system.arguments import device, positive
from data_prep.system.ending import term_is_ctrl_c
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import only_writer
from data_prep.system.pool import run_all
from tools.detection.au_scores import MODES
from tools.detection.bundle import READY, load_bundle
from tools.detection.camera import ENDED_BY_TERM
from tools.detection.detection import detect
from tools.detection.finding import SMALL_IN_PICTURE, detector_for
from tools.detection.inputs import find_inputs
from tools.detection.job import Job
from tools.detection.names import name_results
from tools.detection.results import is_general
from tools.detection.tables import FORMATS


def summary(facts):
    """What the terminal shows of an input that is done, but for notes that many inputs may share."""
    state = "done already, " if facts.get("skipped") else ""
    counts = f"{counted(facts['frames'], 'frame')}, {facts['with_face']} with a face, {counted(facts['faces'], 'face')}"
    notes = [f"  note: {note}" for note in facts["notes"] if not is_general(note)]
    return "\n".join(map(shown, [f"{facts['input']}: {state}{counts}", *notes]))


def counted(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


def build_parser():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="pictures, videos, folders, patterns, a camera's number"
    )
    parser.add_argument("--model", default=READY, help="folder of a bundle (default: the one that comes with this)")
    parser.add_argument("--experimental", action="store_true", help="show its experimental AUs, too")
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
        metavar="SHARE",
        help="smallest face, as a share of the picture's short side "
        f"(default {SMALL_IN_PICTURE} in pictures, {SMALL_FACE} in videos)",
    )
    parser.add_argument(
        "--detector", choices=DETECTORS, help="what finds faces (default: what the model was trained with)"
    )
    parser.add_argument("--landmarks", action="store_true", help="write the 478 landmarks, too (detector blazeface)")
    parser.add_argument("--format", choices=FORMATS, default="openface", help="of the CSV (default %(default)s)")
    parser.add_argument("--overlay", action="store_true", help="write the input again with boxes and AU bars")
    parser.add_argument("--live", action="store_true", help="show what a camera sees, with boxes and AU bars")
    parser.add_argument("--no-report", dest="report", action="store_false", help="no HTML page")
    parser.add_argument(
        "--max-pixels",
        type=positive,
        default=MAX_PIXELS,
        metavar="N",
        help="pictures and frames with more pixels are refused (default %(default)s)",
    )
    parser.add_argument(
        "--device",
        type=device,
        default="cpu",
        help="cpu or a GPU number, on which the net runs; faces are always found on the CPU (default %(default)s)",
    )
    parser.add_argument("--jobs", type=positive, help="inputs at a time (default: one per core)")
    return parser


def check(settings):
    """Raise InputError for options that contradict each other or are out of range."""
    if settings.neutral and settings.mode not in (None, "neutral"):
        raise InputError(f"--neutral and --mean-face {settings.mode} contradict each other; give one of them")
    if settings.mode == "neutral" and not settings.neutral:
        raise InputError("--mean-face neutral needs --neutral FILE, a picture or video of the person at rest")
    if settings.neutral and not os.path.exists(settings.neutral):
        raise InputError(f"--neutral {shown(settings.neutral)}: no such file; give a picture or video of the person")
    if not os.fsencode(settings.out).decode("utf-8", "ignore") == settings.out:
        raise InputError(f"--out {shown(settings.out)}: its name is not UTF-8, which OpenCV needs; choose another")
    if settings.min_face is not None and not 0 < settings.min_face <= 1:
        raise InputError(f"--min-face {settings.min_face}: give a share above 0 and up to 1")


def say(line):
    print(shown(line))


def find_all(settings):
    """(Inputs, errors as text) of the arguments of the command line: what is wrong with one is its trouble alone."""
    items, errors = {}, []
    for argument in settings.inputs:
        try:
            items |= dict.fromkeys(find_inputs([argument], settings.sequence, settings.max_pixels, say))
        except InputError as error:
            errors.append(str(error))
        except OSError as error:
            errors.append(f"{argument}: {error.strerror}")
    return list(items), errors


def absolute(path):
    return os.path.join(os.getcwd(), path)


def make_job(item, name, settings, command):
    """The Job of an Input. All its paths are absolute: OpenCV takes relative ones such as http:/host/ for addresses."""
    return Job(
        input=item,
        name=name,
        model=absolute(settings.model),
        experimental=settings.experimental,
        out=absolute(settings.out),
        mode="neutral" if settings.neutral else settings.mode,
        neutral=absolute(settings.neutral) if settings.neutral else None,
        faces=settings.faces,
        min_face=settings.min_face,
        detector=settings.detector,
        landmarks=settings.landmarks,
        overlay=settings.overlay,
        live=settings.live,
        report=settings.report,
        format=settings.format,
        device=settings.device,
        command=command,
    )


def results(jobs, most):
    """Yield the JSON, or the error, of each Job as they end, at most so many at a time: cameras first, one by one."""
    for job in jobs:
        if job.input.is_camera:
            facts = detect(job)
            yield facts
            if ENDED_BY_TERM in facts.get("notes", ()):  # it ends all of the command, Ctrl-C only this camera
                return
    files = [job for job in jobs if not job.input.is_camera]
    with tqdm(total=len(files), unit="input", disable=len(files) < 2) as bar:
        for _, facts in run_all(detect, files, most, lambda job: shown(job.input.source)):
            yield facts
            bar.update()


@one_clear_error
def main(argv=None):
    settings = build_parser().parse_args(argv)
    check(settings)
    bundle = load_bundle(settings.model, settings.device)
    if bundle.synthetic:
        print(f"model {bundle.id}: trained on {bundle.facts['data']}; what it detects in people means nothing")
    if not bundle.sees_mean_face:
        if settings.mode or settings.neutral:
            raise InputError(
                f"{settings.model}: compares no face with a mean face; leave out --mean-face and --neutral"
            )
        settings.mode = "none"
    detector_for(settings, bundle)
    items, errors = find_all(settings)
    if settings.live and not any(item.is_camera for item in items):
        raise InputError("--live shows what a camera sees, and no camera is given; for files there is --overlay")
    if not items:
        raise InputError("; ".join(map(shown, errors)))
    command = shlex.join(["python", "-m", "tools.detect", *(sys.argv[1:] if argv is None else argv)])
    with only_writer(settings.out, among_others=True), term_is_ctrl_c():
        names = name_results([item.source for item in items], settings.out)
        errors += [str(name) for name in names if isinstance(name, InputError)]
        named = [(item, name) for item, name in zip(items, names) if isinstance(name, str)]
        for error in errors:
            report({"error": error})
        failed, notes = len(errors), Counter()
        for facts in results([make_job(item, name, settings, command) for item, name in named], settings.jobs):
            failed += not report(facts)
            notes.update(filter(is_general, facts.get("notes", ())))
    for note, count in notes.items():
        print(f"note on {counted(count, 'input')}: {note}")
    if failed:
        others = f"; the results of the others are in {settings.out}" if failed < len(errors) + len(named) else ""
        raise InputError(f"{failed} of {len(errors) + len(named)} inputs could not be read, see above{others}")
    print(f"everything is in {settings.out}")


def report(facts):
    """Print what became of an input; returns whether all went well."""
    if "error" in facts:
        tqdm.write(f"error: {shown(facts['error'])}", file=sys.stderr)
        return False
    tqdm.write(summary(facts), file=sys.stdout)
    return True


if __name__ == "__main__":
    main()
