"""Where the label files and images of BP4D lie below a folder, whichever copy it is, and what is missing of them."""

import re
from typing import NamedTuple

from data_prep.readers.delivery import add_file, archives, contents, folder_above, listed, walk
from data_prep.system.errors import InputError

SUBJECTS = (*(f"F{n:03d}" for n in range(1, 24)), *(f"M{n:03d}" for n in range(1, 19)))
TASKS = tuple(f"T{n}" for n in range(1, 9))
PLUS = "BP4D+, which has F001-F082, M001-M058 and ten tasks, is another dataset"

LABELS = re.compile(r"^([FM]\d{3})_(T\d+)\.csv$", re.IGNORECASE)
INTENSITIES = re.compile(r"^([FM]\d{3})_(T\d+)_AU(\d+)\.csv$", re.IGNORECASE)  # AU_INT/AU06/F001_T1_AU06.csv
SUBJECT, TASK = re.compile(r"^[FM]\d{3}$", re.IGNORECASE), re.compile(r"^T\d+$", re.IGNORECASE)
PACKED_SUBJECT = re.compile(r"^([FM]\d{3})\.", re.IGNORECASE)
IMAGE = re.compile(r"^[^.].*\.(jpe?g|png)$", re.IGNORECASE)
INTENSITY = re.compile(r"intensit|^(AU_?)?INT$", re.IGNORECASE)
THERMAL = re.compile(r"thermal|infrared|^IR$", re.IGNORECASE)
ASIDE = re.compile(rf"{THERMAL.pattern}|physio|feature|landmark|^3D", re.IGNORECASE)
SIBLINGS = (re.compile(r"^AU_?(Coding|OCC)$", re.IGNORECASE), re.compile(r"^(BP4D|Sequences|2D\+3D)", re.IGNORECASE))
HOLDS = "both AUCoding and the images"


class Found(NamedTuple):
    """What lies below a root.

    labels       {(subject, task): label file}
    folders      {(subject, task): folder with images}
    empty        {(subject, task): folder without images}
    archives     [path]
    graded       {(subject, task): {AU: file of its intensities}}
    intensities  [folder of intensities]
    thermal      [folder of thermal images]
    """

    labels: dict
    folders: dict
    empty: dict
    archives: list
    graded: dict
    intensities: list
    thermal: list


def find_files(root):
    """The Found below `root`. Raises InputError if it is not BP4D, or if a file is there twice and the two differ."""
    found = Found({}, {}, {}, [], {}, [], [])
    for folder, subfolders, names in walk(root, HOLDS):
        if TASK.match(folder.name) and SUBJECT.match(folder.parent.name):
            subfolders.clear()
            paths = found.folders if any(map(IMAGE.match, names)) else found.empty
            add_file(paths, valid_task(folder, folder.parent.name, folder.name), folder)
            continue
        found.intensities.extend(folder / name for name in subfolders if INTENSITY.search(name))
        for match in filter(None, map(INTENSITIES.match, names)):
            path = folder / match[0]
            files = found.graded.setdefault(valid_task(path, match[1], match[2]), {})
            add_file(files, int(match[3]), path, allow_copy=True)
            if folder not in found.intensities[-1:]:
                found.intensities.append(folder)
        found.thermal.extend(folder / name for name in subfolders if THERMAL.search(name))
        subfolders[:] = [name for name in subfolders if not ASIDE.search(name)]
        found.archives.extend(archives([folder / name for name in names]))
        if any(map(INTENSITY.search, folder.relative_to(root).parts)):
            continue  # a file there that is named like one of occurrence is none
        for match in filter(None, map(LABELS.match, names)):
            path = folder / match[0]
            add_file(found.labels, valid_task(path, match[1], match[2]), path, allow_copy=True)
    return found


def valid_task(path, subject, task):
    """(subject, task) in capitals. Raises InputError if BP4D has no such subject or task."""
    for name, names, what in (
        (subject, SUBJECTS, "subject of BP4D (F001-F023, M001-M018)"),
        (task, TASKS, "task of BP4D (T1-T8)"),
    ):
        if name.upper() not in names:
            raise InputError(f"{path}: {name} is not a {what}; {PLUS}; give BP4D's own folder, or move this away")
    return subject.upper(), task.upper()


def check_complete(root, found):
    """Raise InputError unless there are tasks and each has its label file and its images."""
    if not found.labels:
        near = [
            f"{folder} holds intensities; this reader takes occurrence, AUCoding/AU_OCC/F001_T1.csv"
            for folder in found.intensities
        ]
        packed = archives(found.archives, "aucod", "au_cod", "occ", "bp4d")
        raise not_found(root, "label files (e.g. AUCoding/F001_T1.csv)", packed, near)
    if not found.folders:
        near = [f"{folder} holds thermal images; this reader takes those in color" for folder in found.thermal]
        near += [f"{folder} holds no jpg, copy its images" for folder in found.empty.values()]
        packed = [path for path in found.archives if PACKED_SUBJECT.match(path.name)]
        raise not_found(
            root,
            "images (e.g. BP4D-training/F001/T1/2440.jpg or Sequences/F001/T1/0000.jpg)",
            packed or archives(found.archives, "bp4d", "sequence", "2d"),
            near,
        )
    for paths, others, what in ((found.labels, found.folders, "images"), (found.folders, found.labels, "label file")):
        missing = sorted(set(paths) - set(others))
        if missing:
            subjects = {subject for subject, _ in others}
            names = sorted({subject if subject not in subjects else f"{subject}/{task}" for subject, task in missing})
            raise InputError(
                f"{root}: no {what} of {listed(names)}, though {paths[missing[0]]} is here; "
                f"{remedy_for(missing[0], found)}"
            )


def not_found(root, what, packed, near):
    """The InputError for a root without `what`; `packed` archives that may hold it, `near` what was found instead."""
    if packed:
        remedy = f"unpack {listed(packed)}"
    elif above := folder_above(root, SIBLINGS):
        remedy = f"give {above}"
    else:
        remedy = near[0] if near else f"give the folder that holds {HOLDS}"
    return InputError(f"{root}: no {what} below this folder; it holds: {contents(root)}; {remedy}")


def remedy_for(task, found):
    """What to do about a (subject, task) that lacks its labels or its images."""
    packed = [path for path in found.archives if path.name[:4].upper() == task[0] and PACKED_SUBJECT.match(path.name)]
    if task not in found.folders and task in found.empty:
        return f"{found.empty[task]} holds no jpg, copy its images"
    if task not in found.folders and packed:
        return f"unpack {packed[0]}"
    return "add it, or move the other half away"
