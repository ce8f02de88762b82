"""Prepare a dataset: per-subject files and a detection report, from the folder as it was delivered.

  python -m data_prep.prepare_dataset disfa /path/to/DISFA --out data/disfa
  python -m data_prep.prepare_dataset bp4d /path/to/BP4D --out data/bp4d
  python -m data_prep.prepare_dataset ckplus /path/to/CK+ --out data/ckplus
  python -m data_prep.prepare_dataset csv mine.csv --out data/mine
  python -m data_prep.prepare_dataset csv mine.csv --data data

With --data the folder below it is the one in which experiments look, so that they find the dataset prepared. After an
interruption the same command continues with the subjects that are not done.
"""

import argparse

from data_prep.datasets.dataset import add_options
from data_prep.datasets.table import DATASETS
from data_prep.faces.stage import add_stage_options, face_stage
from data_prep.preparation.dataset import MISSES, prepare_dataset
from data_prep.preparation.face_report import detection
from data_prep.preparation.folders import subjects_folder
from data_prep.subjects.provenance import load_provenance
from data_prep.subjects.subject_file import STORED_SIZE
from data_prep.system.arguments import positive
from data_prep.system.errors import one_clear_error


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="dataset", required=True)
    for dataset in DATASETS.values():
        command = commands.add_parser(dataset.key)
        command.add_argument("root", metavar=dataset.root, help="the dataset as it was delivered, or your CSV file")
        place = command.add_mutually_exclusive_group(required=True)
        place.add_argument("--out", help="folder for the subject files")
        place.add_argument(
            "--data", metavar="FOLDER", help="for the folder of the subject files, as experiments name it"
        )
        command.add_argument(
            "--size", type=positive, default=STORED_SIZE, help="stored pixels a side (default %(default)s)"
        )
        command.add_argument("--jobs", type=positive, help="processes (default: one per core)")
        command.add_argument(
            "--misses", choices=MISSES, default="drop", help="frames without a face (default %(default)s)"
        )
        add_stage_options(command)
        add_options(command, [dataset])
    return parser.parse_args(argv)


@one_clear_error
def main(argv=None):
    settings = parse(argv)
    dataset, root, stage = DATASETS[settings.dataset], settings.root, face_stage(settings.detector, settings.align)
    name, options = dataset.title_at(root), dataset.chosen_options(settings)
    out = settings.out or subjects_folder(settings.data, dataset.at(root).key, settings.size, stage)
    recordings = dataset.read(root, **options)
    subjects = prepare_dataset(name, root, recordings, out, settings.size, settings.jobs, settings.misses, stage)
    found = detection(out, subjects)
    for heading, text in dataset.facts_at(root, recordings, options).items():
        print(f"{heading:13}{text}")
    print(
        f"{out}: {load_provenance(out)}, {found['subjects']} subjects, {found['faces']} faces in "
        f"{found['frames']} frames, {found['missed']} missed, {found['unreadable']} unreadable; see detection.md there"
    )


if __name__ == "__main__":
    main()
