"""Write the LMDBs that the committed prototxts name, for use with plain Caffe.

  python -m data_prep.write_lmdb data/disfa --out runs/lmdb/disfa

Splits the subjects of a prepared dataset 75/25 by --seed and writes train_image_lmdb, train_label_lmdb,
val_image_lmdb and val_label_lmdb, shuffled by the same seed. The mean image that is subtracted is the training frames'.
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.subjects.frames import load_frames, write_frames
from data_prep.subjects.splits import train_val_split
from data_prep.subjects.subject_file import subject_paths
from data_prep.system.arguments import natural
from data_prep.system.errors import one_clear_error


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder of subject files")
    parser.add_argument("--out", required=True, help="folder for the LMDBs")
    parser.add_argument("--seed", type=natural, default=0, help="split and order (default 0)")
    arguments = parser.parse_args(argv)
    paths = {path.stem: path for path in subject_paths(arguments.data)}
    train, val = train_val_split(list(paths), arguments.seed)
    parts = {name: load_frames([paths[subject] for subject in part]) for name, part in (("train", train), ("val", val))}
    train_mean, modeled = parts["train"].mean, parts["train"].modeled
    for name, frames in parts.items():
        order = np.random.default_rng(arguments.seed).permutation(len(frames.label))
        write_frames(Path(arguments.out) / name, frames, train_mean, order, modeled=modeled)
        subjects = ", ".join(np.unique(frames.subject))
        print(f"{arguments.out}/{name}_*_lmdb: {len(order)} frames of {subjects}")


if __name__ == "__main__":
    main()
