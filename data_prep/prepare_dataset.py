"""Prepare DISFA: per-subject files and a detection report, from the folder as it was delivered.

  python -m data_prep.prepare_dataset /path/to/DISFA --out data/disfa

Stopped at any point, the same command goes on with the subjects that are not done.
"""

import argparse

from data_prep.arguments import positive
from data_prep.detection import detection, write_report
from data_prep.disfa import CAMERA, PRESENT_FROM, read_disfa
from data_prep.errors import one_clear_error
from data_prep.prepare import prepare
from data_prep.provenance import dataset_name, save_provenance
from data_prep.subjects import STORED_SIZE

MISSES = {"drop": "it is left out and counted", "previous": "it is cropped at the last box before it, and counted"}


def prepare_dataset(name, root, recordings, out, size=STORED_SIZE, jobs=None, misses="drop"):
    """Prepare `recordings` of the dataset `name` at `root` into `out` and report. Returns the subject names."""
    subjects = prepare(recordings, out, size, jobs, misses)
    save_provenance(out, dataset_name(name, root))
    write_report(out, subjects, MISSES[misses])
    return subjects


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", help="the DISFA folder")
    parser.add_argument("--out", required=True, help="folder for the subject files")
    parser.add_argument("--camera", choices=("left", "right"), default=CAMERA, help="default %(default)s")
    parser.add_argument("--present-from", type=positive, default=PRESENT_FROM,
                        help="lowest intensity that counts as present (default %(default)s)")
    parser.add_argument("--size", type=positive, default=STORED_SIZE, help="stored pixels a side (default %(default)s)")
    parser.add_argument("--jobs", type=positive, help="processes (default: one per core)")
    parser.add_argument("--misses", choices=MISSES, default="drop", help="frames without a face (default %(default)s)")
    settings = parser.parse_args(argv)
    recordings = read_disfa(settings.root, settings.present_from, settings.camera)
    subjects = prepare_dataset("DISFA", settings.root, recordings, settings.out, settings.size, settings.jobs,
                               settings.misses)
    found = detection(settings.out, subjects)
    print(f"{settings.out}: {dataset_name('DISFA', settings.root)}, {found['subjects']} subjects, {found['faces']} faces in "
          f"{found['frames']} frames, {found['missed']} missed, {found['unreadable']} unreadable; see detection.md there")


if __name__ == "__main__":
    main()
