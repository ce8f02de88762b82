"""Reader for DISFA.

<root>/Videos_LeftCamera/LeftVideoSN001_comp.avi      also Video_LeftCamera, other case, without _comp, .mp4
<root>/Video_RightCamera/RightVideoSN001_Comp.avi
<root>/ActionUnit_Labels/SN001/SN001_au1.txt          12 files: au 1 2 4 5 6 9 12 15 17 20 25 26
<root>/Landmark_Points/                               not read

Files are found by their names, whatever their folders are called; what Finder and Explorer leave behind is skipped.
Three rows of a label file, frame number from 1 and intensity 0 to 5, split by comma, semicolon or space:
    1,0
    2,0
    3,2
Frames may be missing and are never renumbered. Expect 27 subjects and 4845 rows each (SN010: 4844), 20 frames a second.
"""

import re
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from data_prep.readers.delivery import files_below, listed, warn_if_deeper
from data_prep.readers.disfa_files import HOLDS, check_complete, find_labels, find_videos
from data_prep.readers.recording import Recording
from data_prep.readers.regular_files import read_lines
from data_prep.subjects.aus import DISFA_AUS
from data_prep.system.errors import InputError

PRESENT_FROM = 1  # paper: Sec. III, presence and absence labels, hence intensity >= 1; later papers use >= 2
MAX_INTENSITY = 5  # FACS grades a to e
CAMERA = "left"  # ours: one view, as the field does; the paper's 54 videos are both
CAMERAS = {"left": ("left",), "right": ("right",), "both": ("left", "right")}
SUBJECTS = tuple(f"SN{number:03d}" for number in (*range(1, 14), 16, 17, 18, 21, *range(23, 33)))
THREE_FOLDS = tuple(
    tuple(f"SN{number:03d}" for number in group)
    for group in (  # ours: as in most later work
        (2, 10, 1, 26, 27, 32, 30, 9, 16),
        (13, 18, 11, 28, 12, 6, 31, 21, 24),
        (3, 29, 23, 25, 8, 5, 7, 17, 4),
    )
)
LAST_FRAME = 999_999_999  # ours: a larger number is not a frame
MAX_ROW_DIFFERENCE = 1  # ours: frames by which one label file may differ from the other eleven


def read_disfa(root, present_from=PRESENT_FROM, camera=CAMERA):
    """One Recording per subject and camera under `root`, in order. Raises InputError naming what is missing or odd.

    present_from  lowest intensity that counts as present, 1 to 5
    camera        "left", "right", or "both": then each subject has the sequences "left" and "right", labeled alike,
                  each with a mean face of its own, as the two cameras see a face differently
    """
    if camera not in CAMERAS:
        raise InputError(f"camera {camera!r}: give {', '.join(CAMERAS)}")
    if present_from not in range(1, MAX_INTENSITY + 1):
        raise InputError(f"present from intensity {present_from}: give 1 to {MAX_INTENSITY}")
    files = files_below(root, HOLDS)
    videos, labels = find_videos(files), find_labels(files)
    check_complete(Path(root), files, videos, labels, CAMERAS[camera])
    warn_if_deeper(root, "DISFA", [*videos.values(), *(path for paths in labels.values() for path in paths.values())])
    recordings = []
    for subject in sorted(labels):
        frame, intensity = read_intensities(subject, labels[subject])
        label = (intensity >= present_from).astype(np.int8)
        coded = {"frame": frame, "label": label, "au": DISFA_AUS, "intensity": intensity.astype(np.int8)}
        recordings += [
            Recording(
                subject,
                view if camera == "both" else "",
                source=videos[subject, view],
                images=None,
                **coded,
                view=view if camera == "both" else "",
            )
            for view in CAMERAS[camera]
        ]
    return recordings


def mean_face(root, recordings, camera, **options):
    """{heading: text} on what the mean faces are of."""
    whose = "each camera's frames by themselves" if camera == "both" else f"all frames of the {camera} camera"
    return {"mean face": f"over {whose}"}


def read_intensities(subject, paths):
    """Frame numbers int64 [n] and intensities int64 [n, 12] of one subject from its label files {au: path}."""
    missing = [au for au in DISFA_AUS if au not in paths]
    if missing:
        folder = next(iter(paths.values())).parent
        names = listed([f"{subject}_au{au}.txt" for au in missing])
        raise InputError(f"{folder}: no label file for AU {listed(missing)} ({names}); copy the folder again")
    columns = {au: read_labels(paths[au]) for au in DISFA_AUS}
    frame = common_frames(paths, {au: frames for au, (frames, _) in columns.items()})
    return frame, np.stack([values[np.isin(frames, frame)] for frames, values in columns.values()], axis=1)


def common_frames(paths, frames):
    """The frames int64 [n] that all label files have; `frames` {au: int64 [n]}.

    Warns of a file that differs by MAX_ROW_DIFFERENCE frames from what most files have; raises InputError at more.
    """
    usual = set(Counter(tuple(column.tolist()) for column in frames.values()).most_common(1)[0][0])
    common = set(usual)
    for au, column in frames.items():
        odd = usual ^ set(column.tolist())
        if len(odd) > MAX_ROW_DIFFERENCE:
            raise InputError(
                f"{paths[au]}: its {len(column)} frames do not match the {len(usual)} of the other files, "
                f"first at frame {min(odd)}; copy the file again"
            )
        if odd:
            state = "missing" if odd <= usual else "in no other file"
            warnings.warn(f"{paths[au]}: frame {min(odd)} is {state}; only frames in all files are used", stacklevel=4)
        common &= set(column.tolist())
    return np.array(sorted(common), np.int64)


def read_labels(path):
    """Frame numbers int64 [n] and intensities int64 [n] of one label file. Raises InputError at a bad row."""
    frames, values = [], []
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            frame, value = (int(cell.removesuffix(".0")) for cell in re.split(r"\s*[,;\s]\s*", line.strip()))
            if not 0 <= value <= MAX_INTENSITY or not 1 <= frame <= LAST_FRAME or (frames and frame <= frames[-1]):
                raise ValueError
        except ValueError:
            raise InputError(
                f"{path}:{number}: {line.strip()!r} is not a `frame,intensity` row with ascending frames "
                "from 1 and an intensity of 0 to 5; correct the row or copy the file again"
            ) from None
        frames.append(frame)
        values.append(value)
    if not frames:
        raise InputError(f"{path}: the label file is empty; copy it again")
    return np.array(frames), np.array(values)
