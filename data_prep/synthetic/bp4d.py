"""Write a small stand-in for BP4D: synthetic faces in eight expressive tasks, in the layout of the real dataset.

No real person is shown and no number measured on it says anything about BP4D. On disk, as in the copy for FERA 2015:

    ROOT/synthetic.json                        what the tree was made with
    ROOT/BP4D-training/F001/T1/2440.jpg        JPEG, 1040x1392, color; F women, M men; tasks T1 to T8
    ROOT/AUCoding/F001_T1.csv                  first column the frame, column k AU k; 1 present, 0 absent, 9 not coded:
                                                   0,1,2,3,4,5,6,7,8,9,10,11,12,...,99
                                                   2443,0,0,9,0,0,1,0,9,0,0,0,1,...,9
                                                   2444,0,0,9,0,0,1,0,9,0,0,0,1,...,9

A task has images before and after its coded frames. AUs 25 and 26 are shown but not coded, and occasionally another AU
is not coded in any frame of a task. Variant `full` is the full release: Sequences(2D+3D)/F001/T1/0000.jpg, numbered
from 0 and padded, is frame 1 of AUCoding/AU_OCC/F001_T1.csv. Variant `narrow` is that with columns headed 1,1,2,4,...
"""

from typing import NamedTuple

import cv2
import numpy as np

from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.acting import coded, lights, poses
from data_prep.synthetic.color import ColorStyle, develop
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity, with_dark_hair
from data_prep.synthetic.scene import Camera
from data_prep.synthetic.tasks import TASKS, act_task
from data_prep.synthetic.tree import Layout, arguments, write_image, write_tree
from data_prep.system.arguments import positive
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import ANY, atomic

STREAM = 2  # ours: random stream, so that no subject looks like one of DISFA's or CK+'s
WOMEN, MEN = ([f"{sex}{n:03d}" for n in range(1, last + 1)] for sex, last in (("F", 23), ("M", 18)))
SUBJECTS = (*(name for pair in zip(WOMEN, MEN) for name in pair), *WOMEN[len(MEN) :])  # BP4D's 41, in pairs
THREE_DIGITS = MEN[8:]  # the full release pads the others' image names to four
JPEG_QUALITY = 85  # ours: small files

FACS = (1, 2, 4, 5, 6, 7, *range(9, 21), *range(22, 31), 32, 33, 34, 35, 37, 38, 39)  # ours: 34 AUs, as the paper says
NOT_CODED, NEVER_CODED = 9, (25, 26)  # BP4D's
UNCODED_SHARE = 0.03  # ours: of the AUs in a task

CAMERA = Camera(1040, 1392, 560.0, noise=0.55, blur=0.6, backdrop=(58, 66, 44))
STYLE = ColorStyle(contrast=1.08, pivot=95, gains=(0.80, 0.97, 1.12))
SIDE_LIGHT = (-0.42, 0.02)  # ours: a warm lamp at the image's left
LIVELY = (0.12, 0.05, 3.2, 0.04, 0.09)  # ours: units as acting.SEATED


class Spelling(NamedTuple):
    """Folders of images and labels, whether images count from 0, and the AU columns."""

    images: str
    labels: str
    from_zero: bool
    columns: tuple


VARIANTS = {
    "fera": Spelling("BP4D-training", "AUCoding", False, tuple(range(1, 100))),
    "full": Spelling("Sequences(2D+3D)", "AUCoding/AU_OCC", True, tuple(range(1, 100))),
    "narrow": Spelling("Sequences(2D+3D)", "AUCoding/AU_OCC", True, FACS),
}


def label_path(root, subject, task, variant):
    """Where the labels of `subject` (str) in `task` (1-8) lie."""
    return root / VARIANTS[variant].labels / f"{subject}_T{task}.csv"


def paths(root, subject, variant):
    """Every path of `subject`, its folder of images last."""
    return [*(label_path(root, subject, task, variant) for task in TASKS), root / VARIANTS[variant].images / subject]


def image_name(subject, number, from_zero):
    """File name of image `number`: padded in the full release."""
    return f"{number:0{(3 if subject in THREE_DIGITS else 4) if from_zero else 1}d}.jpg"


def write_labels(path, frames, present, uncoded, columns):
    """Write one task's CSV: `frames` [n], `present` [n, 12] 0 or 1 as DISFA_AUS, `uncoded` and `columns` AU numbers."""
    table = np.full((len(frames), len(columns)), NOT_CODED)
    for k, au in enumerate(columns):
        if au in FACS and au not in (*NEVER_CODED, *uncoded):
            table[:, k] = present[:, DISFA_AUS.index(au)] if au in DISFA_AUS else 0
    header = [0 if len(columns) == 99 else 1, *columns]  # the narrow copy's first header value means nothing
    rows = [header, *(np.insert(row, 0, frame) for frame, row in zip(frames, table))]
    with atomic(path) as part:
        part.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))


def draw_task(identity, intensity, rng):
    """Yield the frames uint8 [1392, 1040, 3] of one task with `intensity` float [n, 12]."""
    frames = len(intensity)
    pace = min(1.0, max(frames / 200, 0.3))  # ours: a short task still shows several poses
    for shown, pose, light in zip(intensity, poses(frames, rng, LIVELY, pace), lights(frames, rng)):
        light = light._replace(x=0.3 * light.x + SIDE_LIGHT[0], y=light.y + SIDE_LIGHT[1])
        yield develop(draw(identity, shown, pose, light, CAMERA, rng), STYLE)


def write_subject(root, subject, settings):
    """Draw one subject; all of it follows from its id and from `settings` tasks, frames, seed and variant."""
    frames, variant, spelling = settings["frames"], settings["variant"], VARIANTS[settings["variant"]]
    rng = np.random.default_rng([settings["seed"], SUBJECTS.index(subject), STREAM])
    identity = with_dark_hair(random_identity(rng, man=subject in MEN))
    with atomic(paths(root, subject, variant)[-1], holds=ANY) as folder:
        for task in range(1, settings["tasks"] + 1):
            intensity = act_task(task, frames, rng)
            first = int(rng.choice((1, 1, rng.integers(2, 2500)))) if not spelling.from_zero else 0
            before, after = rng.integers(0, frames // 6 + 1, 2)
            segment = np.arange(before, frames - after)
            uncoded = [au for au in FACS if rng.random() < UNCODED_SHARE]
            numbers = segment + (1 if spelling.from_zero else first)
            write_labels(
                label_path(root, subject, task, variant),
                numbers,
                coded(intensity[segment]) >= 1,
                uncoded,
                spelling.columns,
            )
            (folder / f"T{task}").mkdir(parents=True)
            for number, picture in enumerate(draw_task(identity, intensity, rng), first):
                path = folder / f"T{task}" / image_name(subject, number, spelling.from_zero)
                write_image(path, picture, cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY)


LAYOUT = Layout(name="BP4D", subjects=SUBJECTS, variants=tuple(VARIANTS), paths=paths, draw=write_subject)


def write_bp4d(root, subjects, frames, seed, jobs=None, variant=None, tasks=8):
    """Write the first `subjects` ids in `tasks` tasks of `frames` images under `root`, in `jobs` processes."""
    if tasks > len(TASKS):
        raise InputError(f"--tasks {tasks}: give 1 to {len(TASKS)}")
    write_tree(root, LAYOUT, subjects, variant, jobs, frames=frames, tasks=tasks, seed=seed)


@one_clear_error
def main(argv=None):
    parser = arguments(__doc__, LAYOUT, subjects=8)
    parser.add_argument("--frames", type=positive, default=24, help="images per task (default %(default)s)")
    parser.add_argument("--tasks", type=int, default=len(TASKS), help="tasks per subject (default %(default)s)")
    args = parser.parse_args(argv)
    write_bp4d(args.out, args.subjects, args.frames, args.seed, args.jobs, args.variant, args.tasks)


if __name__ == "__main__":
    main()
