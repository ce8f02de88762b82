"""Delete what the make targets have made, and nothing else: what does not carry this project's mark stays.

  python -m experiments.clean runs data/synthetic

Of each folder given: itself if it is a run, a bundle, an LMDB or a tree of drawn faces, else those among the folders in
it, and the index page. Prints what stays, and removes folders that are empty then.
"""

import argparse
import os
from pathlib import Path

from data_prep.subjects.lmdb_pair import FILES as LMDB_FILES
from data_prep.subjects.provenance import SYNTHETIC
from data_prep.system.errors import one_clear_error
from data_prep.system.files import MARK, remove
from experiments.index import INDEX, is_index
from tools.detection.bundle import FILES as BUNDLE_FILES


def is_ours(path):
    """Whether a file or folder carries this project's mark."""
    if not path.is_dir():
        return path.name == INDEX and is_index(path)
    names = set(os.listdir(path))
    kinds = (BUNDLE_FILES, LMDB_FILES)
    return bool(names & {MARK, SYNTHETIC}) or any(files[0] in names and names <= set(files) for files in kinds)


def clean(path):
    """Delete what is ours in `path`; returns the paths in it that stay."""
    if path.is_symlink() or not path.exists():
        return [path] if path.is_symlink() else []
    if is_ours(path):
        remove(path)
        return []
    if not path.is_dir():
        return [path]
    left = [kept for inner in sorted(path.iterdir()) for kept in clean(inner)]
    if not left:
        path.rmdir()
    return left


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", help="folders of runs, and of drawn faces")
    for folder in map(Path, parser.parse_args(argv).folders):
        for path in clean(folder):
            print(f"{path}: stays, as this project has not made it")


if __name__ == "__main__":
    main()
