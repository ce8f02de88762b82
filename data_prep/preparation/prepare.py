"""Raw recordings -> one subject file each: find the face in every frame, crop it, keep its labels.

Leaves in the output folder
  <subject>.npz             the subject file (data_prep/subjects/subject_file.py), if there is a face in any frame
  boxes/<subject>.csv       every frame's box, or why it has none; reused while detector and pictures stay the same
  misses/<subject>/*.jpg    a few frames in which no face was found
  done/<subject>.json       what these were made from, and their digests (data_prep/system/records.py)
A subject is made again if it is out of date, or if one of these is missing or damaged.

Rule for a frame without a face: it is left out of the crops, and so of training and test, and counted. With
`misses="previous"` it is cropped at the last box found before it in its sequence, if there is one.
"""

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from data_prep.faces import boxes
from data_prep.faces.detectors import DETECTORS
from data_prep.faces.stage import PAPER
from data_prep.faces.steady import PARAMETERS as STEADY
from data_prep.preparation.crops import BoxesOfOtherPictures, crop_recording, misses_folder, save_miss
from data_prep.preparation.frame_bar import FrameBar
from data_prep.preparation.sources import describe, pictures_digest
from data_prep.readers.recording import grades, length
from data_prep.subjects.aus import UNKNOWN
from data_prep.subjects.subject_file import STORED_SIZE, Subject, save_subject, subject_path
from data_prep.system.files import remove
from data_prep.system.pool import run_all
from data_prep.system.records import intact_record, load_record, save_record

KEPT_MISSES = 4  # ours: pictures of missed frames kept per recording
DONE = "done"  # folder of the records


def prepare(recordings, out, size=STORED_SIZE, jobs=None, misses="drop", stage=PAPER):
    """Write <out>/<subject>.npz for all `recordings`, in parallel, by a FaceStage; those up to date are kept.

    Returns the names of the subjects with a face in any frame. The caller is the folder's only writer. Each worker
    holds a few frames at a time, and writes each crop to disk at once.
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    by_subject = defaultdict(list)
    for recording in recordings:
        by_subject[recording.subject].append(recording)
    tasks = [(name, group, out, size, misses, stage) for name, group in by_subject.items()]
    due = [task for task in tasks if not up_to_date(task)]
    lengths = {task[0]: sum(map(length, task[1])) for task in due}
    with FrameBar(lengths, {name: crop_file(out, name) for name in lengths}, size**2) as bar:
        for task, _ in run_all(prepare_subject, due, jobs, lambda task: f"subject {task[0]}"):
            bar.done(task[0])
    return sorted(name for name in by_subject if subject_path(out, name).exists())


def up_to_date(task):
    name, group, out, size, misses, stage = task
    record = intact_record(record_path(out, name), out)
    return record is not None and record.get("source") == describe(group, size, misses, stage)


def record_path(out, name):
    return Path(out) / DONE / f"{name}.json"


def holds_prepared(out):
    """Whether subjects were prepared into the folder `out`."""
    return any("source" in (load_record(path) or ()) for path in (Path(out) / DONE).glob("*.json"))


def crop_file(out, name):
    """The scratch file to which a worker appends a subject's crops."""
    return Path(out) / f".{name}.crops.part"


def prepare_subject(task):
    """Write all files of one subject. `task`: (name, recordings, output folder, size, rule for misses, FaceStage)."""
    name, group, out, size, misses, stage = task
    cv2.setNumThreads(1)  # processes are the parallelism; one thread also makes boxes repeatable
    source, digest = describe(group, size, misses, stage), pictures_digest(group, stage.detector)
    known = boxes.load_boxes(out, name, digest)
    crops, file = crop_file(out, name), subject_path(out, name)
    try:
        try:
            rows, kept, pictures = crop_subject(task, known, crops)
        except BoxesOfOtherPictures:
            rows, kept, pictures = crop_subject(task, {}, crops)
        parameters = f"{DETECTORS[stage.detector].parameters} {STEADY}"
        made = [boxes.save_boxes(out, name, digest, parameters, rows), *pictures]
        if kept:
            image = np.memmap(crops, np.uint8, "r", shape=(len(kept), size, size))
            save_subject(out, as_subject(name, group, image, kept, [row for row in rows if row.note], source, stage))
            del image
            made.append(file)
        else:
            remove(file)
        save_record(record_path(out, name), out, made, source=source)
    finally:
        remove(crops)
    return name


def crop_subject(task, known, crops):
    """(BoxRows of all frames, those whose crops are now in the file `crops`, paths of the pictures of misses)."""
    name, group, out, size, misses, stage = task
    rows, kept, pictures = [], [], []
    remove(misses_folder(out, name))
    with open(crops, "wb") as file:
        for recording in group:
            saved = 0
            for row, crop, image in crop_recording(recording, known, size, misses, stage):
                rows.append(row)
                if crop is not None:
                    file.write(crop.tobytes())
                    kept.append(row)
                if row.note and image is not None and saved < KEPT_MISSES:
                    pictures.append(save_miss(out, row, name, image))
                    saved += 1
    return rows, kept, pictures


def as_subject(name, group, image, kept, missed, source, stage):
    """The Subject of the BoxRows `kept` (cropped) and `missed` (without a face), by a FaceStage."""
    views = {recording.sequence: recording.view for recording in group}
    return Subject(
        name=name,
        image=image,
        label=of_rows(kept, group, [recording.label for recording in group]),
        au=np.array(group[0].au),
        frame=np.array([row.frame for row in kept]),
        sequence=np.array([row.sequence for row in kept]),
        box=np.array([row.box for row in kept]),
        missed=np.array([row.frame for row in missed], np.int64),
        missed_sequence=np.array([row.sequence for row in missed], dtype=str),
        source=source,
        detector=stage.detector,
        align=stage.align,
        template=np.array(stage.template if stage.is_aligned else np.zeros((0, 2))),
        intensity=of_rows(kept, group, [grades(recording) for recording in group]),
        view=np.array([views[row.sequence] for row in kept], dtype=str),
        shape=np.array([row.shape for row in kept]) if stage.shapes else None,
    )


def of_rows(rows, group, values):
    """int8 [n, C] of n BoxRows, from `values` int8 [m, C] of each recording's coded frames; UNKNOWN in other frames."""
    found = {
        (recording.sequence, number): value
        for recording, column in zip(group, values)
        for number, value in zip(recording.frame.tolist(), column)
    }
    uncoded = np.full(len(group[0].au), UNKNOWN, np.int8)
    return np.array([found.get((row.sequence, row.frame), uncoded) for row in rows], np.int8)
