"""Reader for DISFA.

<root>/Videos_LeftCamera/LeftVideoSN001_comp.avi      also Video_LeftCamera, other case, .mp4
<root>/Video_RightCamera/RightVideoSN001_Comp.avi
<root>/ActionUnit_Labels/SN001/SN001_au1.txt          12 files: au 1 2 4 5 6 9 12 15 17 20 25 26

Three rows of a label file, frame number from 1 and intensity 0 to 5:
    1,0
    2,0
    3,2
Expect 27 subjects and 4845 rows each (SN010: 4844), 20 frames a second.
"""

import re
from pathlib import Path

import numpy as np

from data_prep.aus import DISFA_AUS
from data_prep.errors import InputError
from data_prep.recording import Recording

PRESENT_FROM = 1  # paper: Sec. III, presence and absence labels, hence intensity >= 1; later papers use >= 2
CAMERA = "left"  # ours: one view, as the field does; the paper's 54 videos are both
VIDEO = re.compile(r"^(left|right)video_?(SN\d{3})_comp\.(avi|mp4)$", re.IGNORECASE)
LABELS = re.compile(r"^(SN\d{3})_au(\d+)\.txt$", re.IGNORECASE)


def read_disfa(root, present_from=PRESENT_FROM, camera=CAMERA):
    """All recordings of one camera under `root`, by subject. Raises InputError naming what is missing or odd."""
    root = Path(root)
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder that holds ActionUnit_Labels and the video folders")
    files = sorted(path for path in root.rglob("*") if not path.name.startswith("."))
    videos, labels = find_videos(files, camera), find_labels(files)
    if not videos or not labels:
        found = ", ".join(sorted(path.name for path in root.iterdir())) or "nothing"
        what = f"no {camera}-camera videos (e.g. LeftVideoSN001_comp.avi)" if not videos else \
            "no label files (e.g. ActionUnit_Labels/SN001/SN001_au1.txt)"
        raise InputError(f"{root}: {what} below this folder; it holds: {found}")
    for subject in sorted(set(videos) ^ set(labels)):
        missing = "label files" if subject in videos else f"{camera}-camera video"
        raise InputError(f"{root}: subject {subject} has no {missing}; add the missing files or move the others away")
    return [read_recording(subject, videos[subject], labels[subject], present_from) for subject in sorted(videos)]


def find_videos(files, camera):
    """{subject: path} of one camera; the camera is told by the file's name, folder names differ."""
    matches = ((VIDEO.match(path.name), path) for path in files)
    return {match[2].upper(): path for match, path in matches if match and match[1].lower() == camera}


def find_labels(files):
    """{subject: {au: path}}"""
    labels = {}
    for path in files:
        match = LABELS.match(path.name)
        if match:
            labels.setdefault(match[1].upper(), {})[int(match[2])] = path
    return labels


def read_recording(subject, video, paths, present_from):
    missing = sorted(set(DISFA_AUS) - set(paths))
    if missing:
        folder = next(iter(paths.values())).parent
        raise InputError(f"{folder}: no label file for AU {missing[0]} ({subject}_au{missing[0]}.txt)")
    columns = [read_labels(paths[au]) for au in DISFA_AUS]
    frame = columns[0][0]
    for au, (other, _) in zip(DISFA_AUS, columns):
        if not np.array_equal(other, frame):
            raise InputError(f"{paths[au]}: {len(other)} frames do not match the {len(frame)} of {paths[1].name}")
    intensity = np.stack([values for _, values in columns], axis=1)
    return Recording(subject, "", video, None, frame, (intensity >= present_from).astype(np.int8), DISFA_AUS)


def read_labels(path):
    """Frame numbers int64 [n] and intensities int64 [n] of one label file. Raises InputError at a bad row."""
    frames, values = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            frame, value = (int(cell) for cell in re.split(r"[,\s]+", line.strip()))
            if not 0 <= value <= 5 or frame < 1 or (frames and frame <= frames[-1]):
                raise ValueError
        except ValueError:
            raise InputError(f"{path}:{number}: {line.strip()!r} is no `frame,intensity` row with ascending frames "
                             "from 1 and an intensity of 0 to 5; correct the row or copy the file again") from None
        frames.append(frame)
        values.append(value)
    if not frames:
        raise InputError(f"{path}: the label file is empty; copy it again")
    return np.array(frames), np.array(values)
