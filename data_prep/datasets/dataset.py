"""What the project knows about a dataset: one entry, from which every command and experiment follows."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from data_prep.subjects.splits import train_val_split


class Option(NamedTuple):
    """A choice of how a dataset is read: a keyword of its reader and, with dashes, an option of the command lines.

    name     of one option for all datasets that have it, as a command may take several: all but the help is the same
    default  False makes it a flag
    """

    name: str
    help: str
    default: object
    choices: tuple | None = None
    type: Callable = str
    metavar: str | None = None


class Expected(NamedTuple):
    """What a complete dataset holds, as far as it is known.

    subjects   their names, or only how many
    frames     coded frames
    sizes      "WxH" of its pictures
    share      {AU: % positive}; ours: rough figures, most not confirmed by a source; they only reveal a shifted column
    """

    subjects: tuple | int
    sequences: int
    frames: int
    sizes: tuple
    share: dict


class Dataset(NamedTuple):
    """A dataset. Only the first three fields are needed to prepare it and to check it.

    key              its name on command lines and in paths
    title            its name in print; None: a dataset is called by the name of its file
    read             read(root, **options): its Recordings
    root             what `root` is: FOLDER or FILE
    options          the Options of `read`
    expected         what the complete dataset holds
    facts            facts(root, recordings, **options): further lines {heading: text} on what was found
    aus              AU numbers that the experiments model by default
    draw             draw(root, seed=, jobs=): a tree of synthetic faces in its layout
    split            split(subjects, seed): (training subjects, validation subjects)
    three_folds      the usual three groups of subjects in later work
    prototxt_folder  the folder of its net and solver
    """

    key: str
    title: str | None
    read: Callable
    root: str = "FOLDER"
    options: tuple = ()
    expected: Expected | None = None
    facts: Callable | None = None
    aus: tuple = ()
    draw: Callable | None = None
    split: Callable = train_val_split
    three_folds: tuple = ()
    prototxt_folder: str = "prototxt/disfa"

    def title_at(self, root):
        """The name of the dataset at `root`."""
        return self.title or Path(root).stem

    def chosen_options(self, settings):
        """{name: value} of the options of `read` in a command's parsed arguments."""
        return {option.name: getattr(settings, option.name) for option in self.options}

    def default_options(self):
        """{name: default} of the options of `read`."""
        return {option.name: option.default for option in self.options}

    def facts_at(self, root, recordings, options):
        """{heading: text} of further lines on the `recordings` that were read from `root` with `options`."""
        return self.facts(root, recordings, **options) if self.facts else {}

    def prototxt(self, name):
        """Path of "train_val" or "solver"."""
        return f"{self.prototxt_folder}/{name}.prototxt"


def add_options(parser, datasets):
    """Add the options of the readers of `datasets` to an argparse parser or group, each once."""
    users = {}
    for dataset in datasets:
        for option in dataset.options:
            users.setdefault(option.name, []).append((dataset.title or dataset.key, option))
    for name, uses in users.items():
        flag, option = f"--{name.replace('_', '-')}", uses[0][1]
        about = f"{', '.join(title for title, _ in uses)}: {option.help}"
        if option.default is False:
            parser.add_argument(flag, action="store_true", help=about)
        else:
            parser.add_argument(
                flag,
                choices=option.choices,
                default=option.default,
                type=option.type,
                metavar=option.metavar,
                help=f"{about} (default %(default)s)",
            )
