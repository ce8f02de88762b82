"""Delete what the make targets have made, and nothing else.

  python -m experiments.clean runs data/synthetic

Deletes runs, prepared synthetic data, drawn trees, bundles, LMDBs and the index page among the folders given and those
in them. A folder that holds a file of yours stays as it is, and is named with that file.
"""

import argparse
import os
import re
from pathlib import Path

from data_prep.subjects.lmdb_pair import FILES as LMDB_FILES
from data_prep.subjects.provenance import SYNTHETIC
from data_prep.system.errors import one_clear_error
from data_prep.system.files import BUSY, MARK, TURN, remove
from experiments.index import INDEX, is_index
from tools.detection.bundle import FILES as BUNDLE_FILES

MARKS = {MARK, TURN, SYNTHETIC}  # one of them stands in each folder of this project
KNOWN = re.compile(  # the names of all files that this project writes into such folders
    r"\..*"  # locks, marks and temporary files
    r"|(metrics|run|task|trained|cost|dataset|synthetic)\.json|(results|trials|log|faces)\.csv|table\.md|study\.log|report\.html"
    r"|\w+\.prototxt|trained\.caffemodel|(engine|extract)\.log|(features|features_train|validation|extract|scores_\w+)\.npz"
    r"|(training|balance|faces|aus_\w+|reliability_\w+|fig\d|search|disfa|bp4d|train_val)\.(png|pdf)|(data|lock)\.mdb"
    r"|(SN|[FMSP])\d+[\w-]*\.(npz|csv|jpg|json)|detection\.(md|jpg)"  # prepared data
    r"|(Left|Right)Video\w+\.avi|SN\d+_au\d+\.txt|S\d+_\d+_\d+(\.png|_facs\.txt)|\d+\.jpg"  # drawn trees
    r"|P\d+\.avi|people\.csv"
)


def is_marked(folder):
    """Whether a folder carries this project's mark."""
    names = set(os.listdir(folder))
    kinds = (BUNDLE_FILES, LMDB_FILES)
    return bool(names & MARKS) or any(files[0] in names and names <= set(files) for files in kinds)


def foreign_file(folder):
    """The first file in a marked folder, or below it, that this project has not written; None if there is none."""
    bundle = set(BUNDLE_FILES)
    for place, below, names in os.walk(folder):
        below[:] = [name for name in below if not name.startswith(".")]  # they hold this project's records
        is_bundle = BUNDLE_FILES[0] in names
        for name in sorted(names):
            if not KNOWN.fullmatch(name) and not (is_bundle and name in bundle):
                return Path(place) / name
    return None


def clean(path):
    """Delete what is ours in `path`; returns one line on each thing that stays."""
    if path.name == BUSY and path.is_file() and not path.stat().st_size:
        remove(path)
        return []
    if path.is_symlink() or path.is_file():
        if path.name == INDEX and path.is_file() and is_index(path):
            remove(path)
            return []
        return [f"{path} stays: this project has not made it, or cannot tell"]
    if not path.is_dir():
        return []
    if is_marked(path):
        foreign = foreign_file(path)
        if foreign:
            return [f"{path} stays: it holds {foreign.relative_to(path)}, which this project does not write"]
        remove(path)
        return []
    lines = [line for inner in sorted(path.iterdir()) for line in clean(inner)]
    if not lines:
        path.rmdir()
    return lines


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", help="folders of runs, and of drawn faces")
    for folder in parser.parse_args(argv).folders:
        for line in clean(Path(folder)):
            print(line)


if __name__ == "__main__":
    main()
