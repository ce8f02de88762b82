"""Reader for BP4D: the copy for FERA 2015 and the full release.

<root>/BP4D-training/F001/T1/2440.jpg            FERA copy
<root>/AUCoding/F001_T1.csv                      also AUCoding/AUCoding/
<root>/Sequences(2D+3D)/F001/T1/0000.jpg         full release; also Sequences_2D+3D/, Sequences/, 2D+3D/
<root>/AUCoding/AU_OCC/F001_T1.csv
<root>/AUCoding/AU_INT/AU06/F001_T1_AU06.csv     intensities, if there are any; also AU Intensity Codes3.0/AU06/

Image names are padded to 0, 2, 3 or 4 digits. Images before and after the coded frames are read only if asked for.
Expect 41 subjects, 8 tasks each, 146,847 coded frames, 25 a second.
"""

import warnings
from pathlib import Path

import numpy as np

from data_prep.readers.bp4d_files import IMAGE, check_complete, find_files
from data_prep.readers.bp4d_labels import NUMBER, read_intensities, read_labels
from data_prep.readers.bp4d_offsets import Task, choose_offsets
from data_prep.readers.delivery import warn_if_deeper
from data_prep.readers.recording import Recording
from data_prep.readers.regular_files import check_file
from data_prep.subjects.aus import SHARED_AUS, UNKNOWN
from data_prep.system.errors import InputError

FRAME_OFFSETS = ("auto", "0", "-1")


def read_bp4d(root, aus=SHARED_AUS, frame_offset="auto", all_images=False):
    """One Recording per task under `root`, by subject and task. Raises InputError naming what is missing or odd.

    frame_offset  image number minus frame number: 0, -1, or "auto", see data_prep/readers/bp4d_offsets.py
    all_images    keep the images outside the coded frames too, for the mean face
    """
    root = Path(root)
    if str(frame_offset) not in FRAME_OFFSETS:
        raise InputError(f"frame offset {frame_offset}: give auto, 0 or -1")
    found = find_files(root)
    check_complete(root, found)
    warn_if_deeper(root, "BP4D", [*found.labels.values(), *found.folders.values()])
    tasks = [
        read_task(task, found.labels[task], found.folders[task], found.graded.get(task, {}), aus)
        for task in sorted(found.labels)
    ]
    offsets = choose_offsets(tasks) if str(frame_offset) == "auto" else [int(frame_offset)] * len(tasks)
    return [as_recording(task, offset, aus, all_images) for task, offset in zip(tasks, offsets)]


def read_task(name, path, folder, graded, aus):
    """The Task `name`, (subject, task), from its label file, image folder and files of intensities {au: path}.

    Warns of gaps in its coded frames.
    """
    frame, label = read_labels(path, aus)
    if gaps := int(frame[-1] - frame[0]) + 1 - len(frame):
        warnings.warn(
            f"{path}: {gaps} frames between the first and the last coded one have no row and are left "
            "out; BP4D has no such gaps, compare the file with its original",
            stacklevel=3,
        )
    grades = {au: read_intensities(graded[au]) for au in aus if au in graded}
    intensity = [[grades.get(au, {}).get(number, UNKNOWN) for au in aus] for number in frame.tolist()]
    return Task(
        name, path, folder, frame, label, index_images(folder), np.array(intensity, np.int8) if grades else None
    )


def as_recording(task, offset, aus, all_images):
    """The Recording of a Task; image numbers become frame numbers."""
    frame, shown = task.frame, task.shown(offset)
    if not shown.all():
        what = (
            f"{task.folder}: {np.sum(~shown)} of {len(frame)} coded frames have no image, first frame "
            f"{frame[~shown][0]} (frame offset {offset})"
        )
        if not task.fits(offset):
            raise InputError(f"{what}; copy the images again, or see whether {task.labels} belongs to them")
        warnings.warn(f"{what}; left out", stacklevel=2)
    wanted = set(frame[shown].tolist())
    images = tuple(
        (number - offset, path)
        for number, path in sorted(task.images.items())
        if all_images or number - offset in wanted
    )
    labels = {"frame": frame[shown], "label": task.label[shown], "au": tuple(aus)}
    intensity = None if task.intensity is None else task.intensity[shown]
    return Recording(*task.name, source=task.folder, images=images, **labels, intensity=intensity)


def index_images(folder):
    """{image number: path}, whatever the padding. Raises InputError if a name is not a number or has another's."""
    numbered = {}
    for path in sorted(Path(folder).iterdir()):
        if not IMAGE.match(path.name):
            continue
        if not NUMBER.fullmatch(path.stem):
            raise InputError(
                f"{path}: not named by its frame number such as 2440.jpg; move it away or copy the folder again"
            )
        if int(path.stem) in numbered:
            raise InputError(f"{path}: the same frame as {numbered[int(path.stem)].name}; move one of the two away")
        check_file(path)
        numbered[int(path.stem)] = path
    return numbered
