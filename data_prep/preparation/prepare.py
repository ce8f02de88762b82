"""Raw recordings -> one subject file each: find the face in every frame, crop it, keep its labels.

Leaves in the output folder
  <subject>.npz          the subject file (data_prep/subjects/subject_file.py)
  boxes/<subject>.csv    every frame's box, or why it has none; reused while detector and pictures stay the same
  misses/*.jpg           a few frames of each subject in which no face was found

Rule for a frame without a face: it is left out of the crops, and so of training and test, and counted. With
`misses="previous"` it is cropped at the last box found before it in its sequence, if there is one.
"""

import hashlib
import json
import os
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from data_prep.faces import boxes
from data_prep.faces.search import PARAMETERS, crop_face
from data_prep.faces.tracker import paper_tracker
from data_prep.preparation.frame_bar import FrameBar
from data_prep.readers.delivery import check_name
from data_prep.readers.recording import length, pictures
from data_prep.subjects.aus import UNKNOWN
from data_prep.subjects.subject_file import STORED_SIZE, Subject, load_subject, save_subject
from data_prep.system.errors import InputError
from data_prep.system.files import only_writer, remove
from data_prep.system.pool import run_all

MAX_LENGTH_DIFFERENCE = 1  # ours: DISFA's videos and label files may differ by a frame
KEPT_MISSES = 4  # ours: pictures of missed frames kept per subject


def prepare(recordings, out, size=STORED_SIZE, jobs=None, misses="drop"):
    """Write <out>/<subject>.npz for all `recordings`, in parallel; subjects that are up to date are kept.

    Returns the list of subject names. Each worker holds one frame at a time, and writes its crop to disk at once.
    """
    out = Path(out)
    check_name(out)
    by_subject = defaultdict(list)
    for recording in recordings:
        by_subject[recording.subject].append(recording)
    tasks = [(name, group, out, size, misses) for name, group in by_subject.items()]
    with only_writer(out):
        due = [task for task in tasks if not up_to_date(task)]
        lengths = {task[0]: sum(map(length, task[1])) for task in due}
        with FrameBar(lengths, {name: crop_file(out, name) for name in lengths}, size**2) as bar:
            for task, _ in run_all(prepare_subject, due, jobs, lambda task: f"subject {task[0]}"):
                bar.done(task[0])
    return sorted(by_subject)


def up_to_date(task):
    name, group, out, size, misses = task
    try:
        return load_subject(out / f"{name}.npz").source == describe(group, size, misses)
    except (FileNotFoundError, InputError):
        return False


def pictures_digest(group):
    """A digest of what the boxes of a subject rest on: the detector, and the pictures' names, sizes and times."""
    digest = hashlib.sha256(PARAMETERS.encode())
    for recording in group:
        paths = [recording.source] if recording.images is None else [path for _, path in recording.images]
        for path in paths:
            stat = path.stat()
            digest.update(f"{recording.sequence}/{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def describe(group, size, misses):
    """What a subject file is made from, as JSON: pictures and detector, labels, parameters."""
    labels = hashlib.sha256()
    for recording in group:
        labels.update(recording.sequence.encode() + recording.frame.tobytes() + recording.label.tobytes())
    return json.dumps(
        {
            "pictures": pictures_digest(group),
            "labels": labels.hexdigest(),
            "au": list(group[0].au),
            "size": size,
            "misses": misses,
            "detector": PARAMETERS,
        }
    )


def crop_file(out, name):
    """The scratch file to which a worker appends a subject's crops."""
    return Path(out) / f".{name}.crops.part"


def prepare_subject(task):
    """Write one subject file. `task`: (name, its recordings, output folder, stored size, rule for misses)."""
    name, group, out, size, misses = task
    cv2.setNumThreads(1)  # processes are the parallelism; one thread also makes boxes repeatable
    source, digest = describe(group, size, misses), pictures_digest(group)
    known = boxes.load_boxes(out, name, digest)
    crops, rows, kept = crop_file(out, name), [], []
    try:
        with open(crops, "wb") as file:
            for recording in group:
                for row, crop in crop_recording(recording, known, size, misses, out):
                    rows.append(row)
                    if crop is not None:
                        file.write(crop.tobytes())
                        kept.append(row)
        if not kept:
            unreadable = sum(row.note == boxes.UNREADABLE for row in rows)
            raise InputError(
                f"{group[0].source}: no face found in any of {len(rows)} frames, {unreadable} of which "
                "cannot be read; copy them again, or move this subject away"
            )
        boxes.save_boxes(out, name, digest, rows)
        image = np.memmap(crops, np.uint8, "r", shape=(len(kept), size, size))
        save_subject(out, as_subject(name, group, image, kept, [row for row in rows if row.note], source))
        del image
    finally:
        remove(crops)
    return name


def as_subject(name, group, image, kept, missed, source):
    """The Subject of the BoxRows `kept` (cropped) and `missed` (without a face)."""
    labels = {
        (recording.sequence, number): label
        for recording in group
        for number, label in zip(recording.frame.tolist(), recording.label)
    }
    uncoded = np.full(len(group[0].au), UNKNOWN, dtype=np.int8)
    return Subject(
        name=name,
        image=image,
        label=np.array([labels.get((row.sequence, row.frame), uncoded) for row in kept], np.int8),
        au=np.array(group[0].au),
        frame=np.array([row.frame for row in kept]),
        sequence=np.array([row.sequence for row in kept]),
        box=np.array([row.box for row in kept]),
        missed=np.array([row.frame for row in missed], np.int64),
        missed_sequence=np.array([row.sequence for row in missed], dtype=str),
        source=source,
    )


def crop_recording(recording, known, size, misses, out):
    """Yield (BoxRow, crop uint8 [size, size] or None) of every frame, in order.

    known  {(sequence, frame): BoxRow} of an earlier run, whose frames are not searched again
    """
    tracker, number, last_box, saved = paper_tracker(recording.continuous), 0, None, 0
    for number, image in pictures(recording):
        gray = None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        row = known.get((recording.sequence, number)) or boxes.find_box(tracker, recording.sequence, number, gray)
        if row.note and gray is not None and saved < KEPT_MISSES:
            save_miss(out, recording, number, image)
            saved += 1
        last_box = row.box or last_box
        box = row.box
        if box is None and gray is not None and misses == "previous":
            box = last_box
        yield row._replace(box=box), None if box is None else crop_face(gray, box, size)
    coded = int(recording.frame[-1]) if len(recording.frame) else 0
    if coded - number > MAX_LENGTH_DIFFERENCE:
        raise InputError(
            f"{recording.source}: ends after frame {number}, its labels go on to frame {coded}; "
            "it is cut short, copy it again"
        )


def save_miss(out, recording, number, image):
    """Keep a small picture of a frame in which no face was found."""
    folder = Path(out) / "misses"
    os.makedirs(folder, exist_ok=True)
    name = "_".join(filter(None, [recording.subject, recording.sequence.replace("/", "-"), str(number)]))
    height = max(round(256 * image.shape[0] / image.shape[1]), 1)
    small = cv2.resize(image, (256, height), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(folder / f"{name}.jpg"), small)
