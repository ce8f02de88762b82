"""Write a small stand-in for data of your own: synthetic people in videos, and the CSV that describes them.

No real person is shown. On disk:

    ROOT/synthetic.json        what the tree was made with
    ROOT/people.csv            a row per frame; AU12 and AU25 have intensities, the others presence; not all is coded:
                                   subject,video,frame,AU1,AU2,AU4,AU5,AU6,AU9,AU12,AU15,AU17,AU20,AU25,AU26
                                   P01,videos/P01.avi,1,0,0,1,0,0,0,C,0,0,0,A,0
    ROOT/labels/P01.csv        the rows of one subject
    ROOT/videos/P01.avi        MJPG, 640x480, 20 fps
"""

import csv
from pathlib import Path

import numpy as np

from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.acting import act, coded, lights, poses
from data_prep.synthetic.disfa import write_video
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.synthetic.scene import Camera
from data_prep.synthetic.tree import Layout, arguments, write_tree
from data_prep.system.arguments import positive
from data_prep.system.errors import one_clear_error
from data_prep.system.files import atomic

STREAM = 4  # ours: random stream, so that no subject looks like one of the other trees'
SUBJECTS = tuple(f"P{number:02d}" for number in range(1, 41))
CAMERA = Camera(640, 480, 230.0)
PEOPLE = "people.csv"
HEADER = ["subject", "video", "frame", *(f"AU{au}" for au in DISFA_AUS)]
GRADED, LETTERS = (12, 25), "0ABCDE"
NOT_CODED = ("P03", 9)


def paths(root, subject, variant):
    """Every file of `subject`, its video last."""
    return [root / "labels" / f"{subject}.csv", root / "videos" / f"{subject}.avi"]


def rows(subject, video, intensity):
    """The cells of one subject's frames; `intensity` int [n, 12]."""
    for frame, grades in enumerate(intensity.tolist(), start=1):
        yield [subject, video, frame, *(cell(subject, au, grade) for au, grade in zip(DISFA_AUS, grades))]


def cell(subject, au, grade):
    """What stands in the CSV for an AU that is shown with a `grade` of 0 to 5."""
    if (subject, au) == NOT_CODED:
        return ""
    return LETTERS[grade] if au in GRADED else int(grade >= 1)


def write_rows(path, lines):
    with atomic(path) as part, open(part, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *lines])


def write_subject(root, subject, settings):
    """Draw one subject; all of it follows from its id and from `settings` frames and seed."""
    frames = settings["frames"]
    rng = np.random.default_rng([settings["seed"], SUBJECTS.index(subject), STREAM])
    identity, intensity = random_identity(rng), act(frames, rng)
    labels, video = paths(root, subject, "")
    write_rows(labels, rows(subject, video.relative_to(root).as_posix(), coded(intensity)))
    states = zip(intensity, poses(frames, rng), lights(frames, rng))
    write_video(video, (draw(identity, *state, CAMERA, rng) for state in states), CAMERA, frames)


LAYOUT = Layout(name="a CSV of your own", subjects=SUBJECTS, variants=("plain",), paths=paths, draw=write_subject)


def write_people(root, subjects, frames, seed, jobs=None, variant=None):
    """Write the first `subjects` with `frames` frames each under `root`, in `jobs` processes, and their CSV."""
    root, lines = Path(root), []
    write_tree(root, LAYOUT, subjects, variant, jobs, frames=frames, seed=seed)
    for subject in SUBJECTS[:subjects]:
        with open(paths(root, subject, "")[0], newline="") as file:
            lines += list(csv.reader(file))[1:]
    write_rows(root / PEOPLE, lines)


@one_clear_error
def main(argv=None):
    parser = arguments(__doc__, LAYOUT, subjects=8)
    parser.add_argument("--frames", type=positive, default=240, help="frames per subject (default %(default)s)")
    args = parser.parse_args(argv)
    write_people(args.out, args.subjects, args.frames, args.seed, args.jobs, args.variant)


if __name__ == "__main__":
    main()
