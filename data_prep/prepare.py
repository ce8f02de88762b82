"""Raw recordings -> one subject file each: find the face in every frame, crop it, keep its labels.

  python -m data_prep.prepare DISFA_FOLDER --out data/disfa
"""

import argparse
import hashlib
import json
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from data_prep import faces
from data_prep.aus import UNKNOWN
from data_prep.disfa import read_disfa
from data_prep.errors import InputError, one_clear_error
from data_prep.files import only_writer
from data_prep.pool import run_all
from data_prep.provenance import dataset_name, load_provenance, save_provenance
from data_prep.recording import pictures
from data_prep.subjects import STORED_SIZE, Subject, load_subject, save_subject, subject_paths

MAX_LENGTH_DIFFERENCE = 1  # ours: DISFA's videos and label files may differ by a frame


def prepare(recordings, out, size=STORED_SIZE, jobs=None):
    """Write data/<set>/<subject>.npz for all `recordings`, in parallel; subjects that are up to date are kept.

    Returns the list of subject names. A frame without a face is left out of `image` and listed in `missed`.
    """
    by_subject = defaultdict(list)
    for recording in recordings:
        by_subject[recording.subject].append(recording)
    tasks = [(name, group, str(out), size) for name, group in by_subject.items()]
    due = [task for task in tasks if not up_to_date(task)]
    frames = sum(len(recording.frame) for task in due for recording in task[1])
    with only_writer(out), tqdm(total=frames, desc="find faces", unit=" frames", disable=not due) as bar:
        for (_, group, _, _), _ in run_all(prepare_subject, due, jobs):
            bar.update(sum(len(recording.frame) for recording in group))
    return sorted(by_subject)


def up_to_date(task):
    name, group, out, size = task
    try:
        return load_subject(Path(out) / f"{name}.npz").source == describe(group, size)
    except (FileNotFoundError, InputError):
        return False


def describe(group, size):
    """What a subject file is made from: the videos' names, sizes and times, the labels, and all parameters."""
    made_from = [faces.PARAMETERS, size]
    for recording in group:
        stat = recording.source.stat()
        labels = hashlib.sha256(recording.frame.tobytes() + recording.label.tobytes()).hexdigest()
        made_from.append([recording.source.name, stat.st_size, stat.st_mtime_ns, list(recording.au), labels])
    return json.dumps(made_from)


def prepare_subject(task):
    """Write one subject file. `task`: (name, its recordings, output folder, stored size)."""
    name, group, out, size = task
    cv2.setNumThreads(1)  # processes are the parallelism; one thread also makes boxes repeatable
    cascade = faces.load_cascade()
    source = describe(group, size)
    kept, missed = [], []
    for recording in group:
        found, without_face = crop_recording(recording, cascade, size)
        kept += [(*frame, recording.sequence) for frame in found]
        missed += [(number, recording.sequence) for number in without_face]
    if not kept:
        raise InputError(f"{group[0].source}: no face found in any of {len(missed)} frames")
    image, label, frame, box, sequence = (np.array(column) for column in zip(*kept))
    save_subject(out, Subject(name, image, label.astype(np.int8), np.array(group[0].au), frame, sequence, box,
                              np.array([number for number, _ in missed], dtype=np.int64),
                              np.array([sequence for _, sequence in missed], dtype=str), source))
    return name


def crop_recording(recording, cascade, size):
    """([(crop, label, frame number, box) of every frame with a face], [numbers of frames without])."""
    labels = dict(zip(recording.frame.tolist(), recording.label))
    uncoded = np.full(len(recording.au), UNKNOWN, dtype=np.int8)
    kept, missed, number = [], [], 0
    for number, image in pictures(recording):
        gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        box = faces.find_face(cascade, gray)
        if box is None:
            missed.append(number)
        else:
            kept.append((faces.crop_face(gray, box, size), labels.get(number, uncoded), number, box))
    coded = int(recording.frame[-1])
    if coded - number > MAX_LENGTH_DIFFERENCE:
        raise InputError(f"{recording.source}: the video ends after frame {number}, its labels go on to frame {coded}; "
                         "it is cut short, copy it again")
    return kept, missed


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", help="the DISFA folder")
    parser.add_argument("--out", required=True, help="folder for the subject files")
    parser.add_argument("--size", type=int, default=STORED_SIZE, help="stored pixels a side (default %(default)s)")
    parser.add_argument("--jobs", type=int, help="processes (default: one per core)")
    arguments = parser.parse_args(argv)
    prepare(read_disfa(arguments.root), arguments.out, arguments.size, arguments.jobs)
    save_provenance(arguments.out, dataset_name("DISFA", arguments.root))
    found = detection(arguments.out)
    print(f"{arguments.out}: {load_provenance(arguments.out)}, {found['subjects']} subjects, {found['faces']} face crops, "
          f"{found['missed']} frames without a face")


def detection(out, names=None):
    """Counts over the subject files of `out`: {"subjects", "faces", "missed"}."""
    subjects = [load_subject(path) for path in subject_paths(out) if names is None or path.stem in names]
    return {"subjects": len(subjects), "faces": sum(len(subject.frame) for subject in subjects),
            "missed": sum(len(subject.missed) for subject in subjects)}


if __name__ == "__main__":
    main()
