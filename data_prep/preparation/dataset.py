"""Prepare a dataset: subject files, provenance and a report on the faces that were missed."""

import warnings
from pathlib import Path

from data_prep.faces.stage import PAPER
from data_prep.preparation.face_report import count, write_report
from data_prep.preparation.prepare import holds_prepared, prepare
from data_prep.preparation.uncoded import warn_of_uncoded
from data_prep.readers.delivery import check_name, listed
from data_prep.readers.recording import files
from data_prep.subjects.provenance import dataset_name, save_provenance
from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.system.errors import InputError
from data_prep.system.files import MARK, only_writer
from data_prep.system.full_disk import full_disk_is_named

MISSES = {"drop": "it is left out and counted", "previous": "it is cropped at the last box before it, and counted"}


def prepare_dataset(name, root, recordings, out, size=STORED_SIZE, jobs=None, misses="drop", stage=PAPER):
    """Prepare `recordings` of the dataset `name` at `root` into `out`, with a report. Returns the subject names.

    size, misses, stage  pixels a side of the crops, rule for a frame without a face, FaceStage

    Subjects without a face in any frame are left out, with a warning. Waits while another run is writing there.
    Raises InputError if the disk is full or no subject has a face.
    """
    out = Path(out)
    check_name(out)
    if holds_prepared(out):
        (out / MARK).touch()  # a copy of the folder may lack hidden files
    remedy = "make room and run the same command, which continues with what is not done, or choose another folder"
    with full_disk_is_named(out, remedy), only_writer(out, wait=True):
        subjects = prepare(recordings, out, size, jobs, misses, stage)
        left_out = sorted({recording.subject for recording in recordings} - set(subjects))
        save_provenance(out, name_of(name, root, recordings))
        write_report(out, subjects, left_out, MISSES[misses], stage)
        report_left_out(root, out, subjects, left_out)
        warn_of_uncoded(recordings, out)
        warn_of_others(recordings, out)
    return subjects


def name_of(title, root, recordings):
    """What the data that were read from `root` may be called; a file may list pictures of synthetic faces."""
    listed_files = (path for recording in recordings for path in files(recording)) if Path(root).is_file() else ()
    return dataset_name(title, root, listed_files)


def warn_of_others(recordings, out):
    """Warn of subject files in `out` that an earlier preparation left there: `make lmdb` would take them too."""
    names = {recording.subject for recording in recordings}
    others = sorted(path.stem for path in out.glob("*.npz") if path.stem not in names and path.name[0] != ".")
    if others:
        warnings.warn(
            f"{out}: holds subjects of an earlier preparation too, which `make lmdb` would take: {listed(others)}; "
            "delete their files, or prepare into a folder of its own (--out)",
            stacklevel=3,
        )


def report_left_out(root, out, subjects, left_out):
    """Warn of the subjects `left_out`, without a face in any frame. Raises InputError if there are no others."""
    if not left_out:
        return
    counts = [count(out, subject) for subject in left_out]
    listing = listed(f"{entry.subject} ({entry.frames} frames, {entry.unreadable} unreadable)" for entry in counts)
    if not subjects:
        raise InputError(f"{root}: no face found in any frame of {listing}; see whether these are the right pictures")
    warnings.warn(
        f"{root}: left out, as no face was found in any of their frames: {listing}; see whether these are the right "
        "pictures",
        stacklevel=3,
    )
