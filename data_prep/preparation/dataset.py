"""Prepare a dataset: subject files, provenance and a report on the faces that were missed."""

import errno

from data_prep.preparation.face_report import write_report
from data_prep.preparation.prepare import prepare
from data_prep.preparation.uncoded import warn_of_uncoded
from data_prep.subjects.provenance import dataset_name, save_provenance
from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.system.errors import InputError

MISSES = {"drop": "it is left out and counted", "previous": "it is cropped at the last box before it, and counted"}
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # errors of writing to a full disk; they name no file


def prepare_dataset(name, root, recordings, out, size=STORED_SIZE, jobs=None, misses="drop"):
    """Prepare `recordings` of the dataset `name` at `root` into `out`, with a report. Returns the subject names.

    Raises InputError if the disk is full.
    """
    try:
        subjects = prepare(recordings, out, size, jobs, misses)
        save_provenance(out, dataset_name(name, root))
        write_report(out, subjects, MISSES[misses])
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise InputError(
            f"{out}: {error.strerror}; make room and run the same command, which continues with the "
            "subjects that are not done, or choose another folder"
        ) from error
    warn_of_uncoded(recordings, out)
    return subjects
