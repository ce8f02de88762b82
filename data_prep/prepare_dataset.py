"""Prepare a dataset: per-subject files and a detection report, from the folder as it was delivered.

  python -m data_prep.prepare_dataset disfa /path/to/DISFA --out data/disfa
  python -m data_prep.prepare_dataset bp4d /path/to/BP4D --out data/bp4d
  python -m data_prep.prepare_dataset ckplus /path/to/CK+ --out data/ckplus
  python -m data_prep.prepare_dataset csv mine.csv --out data/mine

Stopped at any point, the same command goes on with the subjects that are not done.
"""

import argparse
from pathlib import Path

from data_prep.preparation.dataset import MISSES, prepare_dataset
from data_prep.preparation.face_report import detection
from data_prep.readers.bp4d import read_bp4d
from data_prep.readers.ckplus import UNGRADED, read_ckplus, ungraded_count
from data_prep.readers.csv_dataset import read_csv_dataset
from data_prep.readers.disfa import CAMERA, CAMERAS, PRESENT_FROM, read_disfa
from data_prep.subjects.provenance import dataset_name
from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.system.arguments import positive
from data_prep.system.errors import one_clear_error


def read(settings):
    """(name, recordings) of the dataset that the command's arguments ask for."""
    if settings.dataset == "disfa":
        return "DISFA", read_disfa(settings.root, settings.present_from, settings.camera)
    if settings.dataset == "bp4d":
        return "BP4D", read_bp4d(settings.root, frame_offset=settings.frame_offset)
    if settings.dataset == "ckplus":
        return "CK+", read_ckplus(settings.root, ungraded=settings.ungraded, neutral_first=settings.neutral_first)
    return Path(settings.root).stem, read_csv_dataset(settings.root)


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    datasets = parser.add_subparsers(dest="dataset", required=True)
    disfa, bp4d, ckplus, own = map(datasets.add_parser, ("disfa", "bp4d", "ckplus", "csv"))
    for dataset in (disfa, bp4d, ckplus, own):
        dataset.add_argument("root", help="the dataset's folder, or your CSV file")
        dataset.add_argument("--out", required=True, help="folder for the subject files")
        dataset.add_argument(
            "--size", type=positive, default=STORED_SIZE, help="stored pixels a side (default %(default)s)"
        )
        dataset.add_argument("--jobs", type=positive, help="processes (default: one per core)")
        dataset.add_argument(
            "--misses", choices=MISSES, default="drop", help="frames without a face (default %(default)s)"
        )
    disfa.add_argument(
        "--camera",
        choices=CAMERAS,
        default=CAMERA,
        help="default %(default)s; both views of a subject go into one file, and so into one fold",
    )
    disfa.add_argument(
        "--present-from",
        type=positive,
        default=PRESENT_FROM,
        help="lowest intensity that counts as present (default %(default)s)",
    )
    bp4d.add_argument(
        "--frame-offset",
        choices=("auto", "0", "-1"),
        default="auto",
        help="image number minus frame number (default %(default)s)",
    )
    ckplus.add_argument(
        "--ungraded", choices=UNGRADED, default="negative", help="AUs coded without an intensity (default %(default)s)"
    )
    ckplus.add_argument("--neutral-first", action="store_true", help="code each sequence's first frame as all absent")
    settings = parser.parse_args(argv)
    name, recordings = read(settings)
    if settings.dataset == "ckplus":
        print(f"{ungraded_count(settings.root)} labels are coded without an intensity and count as {settings.ungraded}")
    subjects = prepare_dataset(
        name, settings.root, recordings, settings.out, settings.size, settings.jobs, settings.misses
    )
    found = detection(settings.out, subjects)
    print(
        f"{settings.out}: {dataset_name(name, settings.root)}, {found['subjects']} subjects, {found['faces']} faces in "
        f"{found['frames']} frames, {found['missed']} missed, {found['unreadable']} unreadable; see detection.md there"
    )


if __name__ == "__main__":
    main()
