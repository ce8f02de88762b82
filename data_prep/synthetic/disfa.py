"""Write a small stand-in for DISFA: synthetic faces in the layout of the real dataset, for trying out the pipeline.

No real person is shown and no number measured on it says anything about DISFA. On disk:

    ROOT/synthetic.json                                 what the tree was made with
    ROOT/ActionUnit_Labels/SN001/SN001_au1.txt          frame,intensity per line, frames from 1, intensity 0-5:
                                                            1,0
                                                            2,0
                                                            3,1
    ROOT/Videos_LeftCamera/LeftVideoSN001_comp.avi      MJPG, 1024x768, 20 fps

Variant `both` adds ROOT/Video_RightCamera/RightVideoSN001_Comp.avi, the same performance seen slightly from the side.
Variant `renamed` has the names of other copies: Video_LeftCamera/LeftVideoSN001_Comp.avi, Videos_RightCamera/..., and
`frame intensity` with a space.
"""

import os
import shutil
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.pictures.video import frame_count
from data_prep.subjects.aus import DISFA_AUS
from data_prep.synthetic.acting import act, coded, lights, poses
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.synthetic.scene import Camera
from data_prep.synthetic.tree import Layout, arguments, write_tree
from data_prep.system.arguments import positive
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import atomic

SUBJECTS = (*range(1, 14), 16, 17, 18, 21, *range(23, 33))  # the 27 ids of DISFA
FPS = 20.0  # DISFA's
CAMERA = Camera()
RIGHT_STREAM = 3  # ours: random stream of the right view's noise; 1 and 2 are CK+'s and BP4D's
ASIDE = (-0.12, 0.08, -0.10)  # ours: the right view against the left one: Pose.x, Pose.yaw, Light.x


class Spelling(NamedTuple):
    """Where the videos of a subject lie ("" for none), {} being its id such as SN001, and how label rows are split."""

    left: str
    right: str
    separator: str


VARIANTS = {
    "plain": Spelling("Videos_LeftCamera/LeftVideo{}_comp.avi", "", ","),
    "both": Spelling("Videos_LeftCamera/LeftVideo{}_comp.avi", "Video_RightCamera/RightVideo{}_Comp.avi", ","),
    "renamed": Spelling("Video_LeftCamera/LeftVideo{}_Comp.avi", "Videos_RightCamera/RightVideo{}_comp.avi", " "),
}


def video_path(root, subject, variant="plain"):
    """Where the left video of `subject` (int) lies."""
    return root / VARIANTS[variant].left.format(f"SN{subject:03d}")


def right_path(root, subject, variant):
    """Where the right video of `subject` lies; None in a variant without."""
    right = VARIANTS[variant].right
    return root / right.format(f"SN{subject:03d}") if right else None


def label_paths(root, subject):
    """Where the twelve label files of `subject` lie, in the order of DISFA_AUS."""
    folder = root / "ActionUnit_Labels" / f"SN{subject:03d}"
    return [folder / f"SN{subject:03d}_au{au}.txt" for au in DISFA_AUS]


def paths(root, subject, variant):
    """Every file of `subject`, its left video last."""
    videos = right_path(root, subject, variant), video_path(root, subject, variant)
    return [*label_paths(root, subject), *filter(None, videos)]


def write_labels(root, subject, intensity, separator=","):
    """Write the label files of `subject`; `intensity` int [n, 12]."""
    for path, column in zip(label_paths(root, subject), intensity.T):
        with atomic(path) as part:
            part.write_text("".join(f"{frame}{separator}{value}\n" for frame, value in enumerate(column, 1)))


def write_video(path, pictures, camera, frames):
    """Write `frames` uint8 BGR `pictures` to `path` as a video. Raises InputError if they cannot all be written."""
    with atomic(path) as part:
        writer = cv2.VideoWriter(str(part), cv2.VideoWriter_fourcc(*"MJPG"), FPS, (camera.width, camera.height))
        if not writer.isOpened():
            raise InputError(f"{path}: OpenCV cannot write a video here; {room(path)}")
        for picture in pictures:
            writer.write(picture)
        writer.release()
        count = frame_count(part)
        if count != frames:  # OpenCV does not report a failed write
            raise InputError(f"{path}: {count} of {frames} frames were written; {room(path)}")


def room(path):
    """What may be wrong where a file could not be written, as far as can be seen."""
    folder = path.parent
    if not os.access(folder, os.W_OK):
        return f"no permission to write in {folder}; change it, or choose another folder"
    return f"{shutil.disk_usage(folder).free / 1e6:.1f} MB are free there; make room or choose another folder"


def from_aside(pose, light):
    """How the right camera sees a head in `pose` under `light`."""
    x, yaw, tilt = ASIDE
    return pose._replace(x=pose.x + x, yaw=pose.yaw + yaw), light._replace(x=light.x + tilt)


def write_subject(root, subject, settings):
    """Draw one subject; all of it follows from its id and from `settings` frames, seed and variant."""
    frames, seed, variant = settings["frames"], settings["seed"], settings["variant"]
    rng = np.random.default_rng([seed, subject])
    identity, intensity = random_identity(rng), act(frames, rng)
    write_labels(root, subject, coded(intensity), VARIANTS[variant].separator)
    states = list(zip(intensity, poses(frames, rng), lights(frames, rng)))
    right = right_path(root, subject, variant)
    if right:
        noise = np.random.default_rng([seed, subject, RIGHT_STREAM])
        seen = ((shown, *from_aside(pose, light)) for shown, pose, light in states)
        write_video(right, (draw(identity, *state, CAMERA, noise) for state in seen), CAMERA, frames)
    pictures = (draw(identity, *state, CAMERA, rng) for state in states)
    write_video(video_path(root, subject, variant), pictures, CAMERA, frames)


LAYOUT = Layout(name="DISFA", subjects=SUBJECTS, variants=tuple(VARIANTS), paths=paths, draw=write_subject)


def write_disfa(root, subjects, frames, seed, jobs=None, variant=None):
    """Write the first `subjects` of DISFA's ids with `frames` frames each under `root`, in `jobs` processes."""
    write_tree(root, LAYOUT, subjects, variant, jobs, frames=frames, seed=seed)


@one_clear_error
def main(argv=None):
    parser = arguments(__doc__, LAYOUT, subjects=12)
    parser.add_argument("--frames", type=positive, default=300, help="frames per subject (default %(default)s)")
    args = parser.parse_args(argv)
    write_disfa(args.out, args.subjects, args.frames, args.seed, args.jobs, args.variant)


if __name__ == "__main__":
    main()
