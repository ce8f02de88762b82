"""Write a small stand-in for DISFA: synthetic faces in the layout of the real dataset, for trying out the pipeline.

No real person is shown and no number measured on it says anything about DISFA. On disk:

    ROOT/synthetic.json                                 what the tree was made with
    ROOT/ActionUnit_Labels/SN001/SN001_au1.txt          frame,intensity per line, frames from 1, intensity 0-5:
                                                            1,0
                                                            2,0
                                                            3,1
    ROOT/Videos_LeftCamera/LeftVideoSN001_comp.avi      MJPG, 1024x768, 20 fps

A subject's video is renamed into place last, so its presence means the subject is complete; the same command goes
on after an interruption. A tree of other settings or drawn by another version is redrawn.
"""

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from data_prep.arguments import natural, positive
from data_prep.aus import DISFA_AUS
from data_prep.errors import InputError, one_clear_error
from data_prep.files import whole
from data_prep.pool import run_all
from data_prep.provenance import SYNTHETIC
from data_prep.synthetic.acting import act, coded, lights, poses
from data_prep.synthetic.face import draw
from data_prep.synthetic.identity import random_identity
from data_prep.synthetic.scene import Camera

SUBJECTS = (*range(1, 14), 16, 17, 18, 21, *range(23, 33))  # the 27 ids of DISFA
FPS = 20.0  # DISFA's
STATEMENT = "Synthetic faces drawn by data_prep/synthetic, in the layout of DISFA. Not DISFA, no real person."


def version():
    """Hash of the drawing code: 12 hex digits that change with any source file of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def video_path(root, subject):
    """Where the video of `subject` (int) lies."""
    return root / "Videos_LeftCamera" / f"LeftVideoSN{subject:03d}_comp.avi"


def label_paths(root, subject):
    """Where the twelve label files of `subject` lie, in the order of DISFA_AUS."""
    folder = root / "ActionUnit_Labels" / f"SN{subject:03d}"
    return [folder / f"SN{subject:03d}_au{au}.txt" for au in DISFA_AUS]


def write_labels(root, subject, intensity):
    """Write the label files of `subject`; `intensity` int [n, 12]."""
    for path, column in zip(label_paths(root, subject), intensity.T):
        with whole(path) as part:
            part.write_text("".join(f"{frame},{value}\n" for frame, value in enumerate(column, 1)))


def write_video(path, pictures, camera, frames):
    """Write `frames` uint8 BGR `pictures` to `path`; raises InputError where the disk or OpenCV does not take them."""
    with whole(path) as part:
        writer = cv2.VideoWriter(str(part), cv2.VideoWriter_fourcc(*"MJPG"), FPS, (camera.width, camera.height))
        if not writer.isOpened():
            raise InputError(f"{path}: cannot write a video here; is the folder writable, is the disk full?")
        for picture in pictures:
            writer.write(picture)
        writer.release()
        reader = cv2.VideoCapture(str(part))
        count = int(reader.get(cv2.CAP_PROP_FRAME_COUNT)) if reader.isOpened() else 0
        reader.release()
        if count != frames:  # OpenCV says nothing when a write fails
            raise InputError(f"{path}: {count} of {frames} frames arrived; free some disk space and run again")


def write_subject(task):
    """Draw one subject, `task` being (root, subject, frames, seed, camera); all of it follows from (seed, subject)."""
    root, subject, frames, seed, camera = task
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, subject])
    identity, intensity = random_identity(rng), act(frames, rng)
    write_labels(root, subject, coded(intensity))
    states = zip(intensity, poses(frames, rng), lights(frames, rng))
    pictures = (draw(identity, shown, pose, light, camera, rng) for shown, pose, light in states)
    write_video(video_path(root, subject), pictures, camera, frames)
    return subject


def prepare_root(root, settings):
    """Make `root` ready for a tree of `settings`: remove what an earlier run with others wrote, and record them."""
    record = root / SYNTHETIC
    if record.exists():
        try:
            old = json.loads(record.read_text())
        except ValueError:
            raise InputError(f"{record}: not readable as JSON; delete {root} and run again") from None
        if {key: old.get(key) for key in settings} == settings:
            return
        for subject in SUBJECTS:
            for path in (video_path(root, subject), *label_paths(root, subject)):
                path.unlink(missing_ok=True)
    elif root.exists() and any(root.iterdir()):
        raise InputError(f"{root}: holds other files and no {SYNTHETIC}; name an empty or new folder")
    with whole(record) as part:
        part.write_text(json.dumps({"about": STATEMENT, **settings}, indent=1) + "\n")


def write_disfa(root, subjects, frames, seed, jobs=None):
    """Write the first `subjects` of DISFA's ids with `frames` frames each under `root`, in `jobs` processes.

    Complete subjects of the same settings are kept; so are further ones that an earlier run drew.
    """
    root = Path(root)
    if not 1 <= subjects <= len(SUBJECTS):
        raise InputError(f"--subjects {subjects}: DISFA has {len(SUBJECTS)} subjects; give 1 to {len(SUBJECTS)}")
    if frames < 1:
        raise InputError(f"--frames {frames}: give 1 or more")
    if seed < 0:
        raise InputError(f"--seed {seed}: give 0 or more")
    prepare_root(root, {"frames": frames, "seed": seed, "version": version()})
    missing = [subject for subject in SUBJECTS[:subjects] if not video_path(root, subject).exists()]
    tasks = [(root, subject, frames, seed, Camera()) for subject in missing]
    for _ in tqdm(run_all(write_subject, tasks, jobs), "draw faces", len(tasks), unit="subject", disable=not tasks):
        pass


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="root of the tree to write")
    parser.add_argument("--subjects", type=positive, default=12, help="how many subjects, at most 27")
    parser.add_argument("--frames", type=positive, default=300, help="frames per subject")
    parser.add_argument("--seed", type=natural, default=0)
    parser.add_argument("--jobs", type=positive, help="processes (default: one per core)")
    args = parser.parse_args(argv)
    write_disfa(args.out, args.subjects, args.frames, args.seed, args.jobs)


if __name__ == "__main__":
    main()
