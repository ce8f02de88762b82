"""The table of datasets. To add one: write its reader in data_prep/readers, and its entry here; nothing else follows.

The numbers of synthetic faces that an entry draws are ours: what `make all` can train on in its time on two cores.
"""

from functools import partial

from data_prep.datasets.dataset import Dataset, Expected, Option
from data_prep.readers.bp4d import FRAME_OFFSETS, read_bp4d
from data_prep.readers.bp4d_files import SUBJECTS as BP4D_SUBJECTS
from data_prep.readers.bp4d_partitions import THREE_FOLDS as BP4D_THREE_FOLDS
from data_prep.readers.bp4d_partitions import fera_split, offsets_and_partitions
from data_prep.readers.ckplus import UNGRADED, read_ckplus, ungraded_labels
from data_prep.readers.csv_dataset import file_facts, read_csv_dataset
from data_prep.readers.disfa import CAMERA, CAMERAS, PRESENT_FROM, mean_face, read_disfa
from data_prep.readers.disfa import SUBJECTS as DISFA_SUBJECTS
from data_prep.readers.disfa import THREE_FOLDS as DISFA_THREE_FOLDS
from data_prep.subjects.aus import DISFA_AUS, SHARED_AUS
from data_prep.synthetic.bp4d import write_bp4d
from data_prep.synthetic.ckplus import write_ckplus
from data_prep.synthetic.disfa import write_disfa
from data_prep.synthetic.people import PEOPLE, write_people
from data_prep.system.arguments import positive

DISFA, BP4D, CKPLUS, CSV = "disfa", "bp4d", "ckplus", "csv"
FROM_INTENSITY = Option(
    "present_from",
    "lowest intensity that counts as present",
    default=PRESENT_FROM,
    type=positive,
    metavar="INTENSITY",
)

ENTRIES = (
    Dataset(
        key=DISFA,
        title="DISFA",
        read=read_disfa,
        options=(
            Option(
                "camera",
                "which videos; both views of a subject go into one file, and so into one fold, each with its mean face",
                default=CAMERA,
                choices=tuple(CAMERAS),
            ),
            FROM_INTENSITY,
        ),
        expected=Expected(
            subjects=DISFA_SUBJECTS,
            sequences=27,
            frames=130814,
            sizes=("1024x768",),
            share={
                1: 6.7, 2: 5.6, 4: 18.8, 5: 2.1, 6: 14.9, 9: 5.5,
                12: 23.5, 15: 6.0, 17: 9.9, 20: 3.5, 25: 35.2, 26: 19.1,
            },
        ),
        facts=mean_face,
        aus=DISFA_AUS,
        draw=partial(write_disfa, subjects=12, frames=300),
        three_folds=DISFA_THREE_FOLDS,
        prototxt_folder="prototxt/disfa",
    ),
    Dataset(
        key=BP4D,
        title="BP4D",
        read=read_bp4d,
        options=(
            Option("frame_offset", "image number minus frame number", default=FRAME_OFFSETS[0], choices=FRAME_OFFSETS),
            Option("all_images", "the images before and after the coded frames serve the mean face too", default=False),
        ),
        expected=Expected(
            subjects=BP4D_SUBJECTS,
            sequences=328,
            frames=146847,
            sizes=("1040x1392",),
            share={1: 21.1, 2: 17.1, 4: 20.2, 5: 3.9, 6: 46.2, 9: 5.7, 12: 56.2, 15: 17.0, 17: 34.4, 20: 2.6},
        ),
        facts=offsets_and_partitions,
        aus=SHARED_AUS,
        draw=partial(write_bp4d, subjects=12, frames=36),
        split=fera_split,
        three_folds=BP4D_THREE_FOLDS,
        prototxt_folder="prototxt/bp4d",
    ),
    Dataset(
        key=CKPLUS,
        title="CK+",
        read=read_ckplus,
        options=(
            Option(
                "ungraded", "AUs coded without an intensity count as", default="negative", choices=tuple(UNGRADED)
            ),
            Option("neutral_first", "the first frame of each sequence counts as coded, every AU absent", default=False),
        ),
        expected=Expected(subjects=123, sequences=593, frames=593, sizes=("640x490", "640x480"), share={}),
        facts=ungraded_labels,
        aus=SHARED_AUS,
        draw=partial(write_ckplus, subjects=40),
        prototxt_folder="prototxt/bp4d",  # for --train-ckplus
        trains=False,  # paper: Sec. V, it is tested on only
    ),
    Dataset(
        key=CSV,
        title=None,
        read=read_csv_dataset,
        root="FILE",
        options=(FROM_INTENSITY,),
        facts=file_facts,
        draw=partial(write_people, subjects=8, frames=240),
        drawn=PEOPLE,
    ),
)  # fmt: skip
DATASETS = {entry.key: entry for entry in ENTRIES}
TRAINED_ON = tuple(key for key, entry in DATASETS.items() if entry.trains)  # those that experiments may train on
FILES = next(entry for entry in ENTRIES if entry.root == "FILE")  # the entry that reads a file


def dataset_of(name):
    """The Dataset of a key of DATASETS; of anything else, the path of a file, the one that reads files."""
    return DATASETS.get(name, FILES)
