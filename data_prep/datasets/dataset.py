"""What the project knows about a dataset: one entry, from which every command and experiment follows."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from data_prep.subjects.splits import train_val_split
from data_prep.system.digests import digest

LONGEST_WORDS = 40  # ours: characters of a file's name in a key, which names folders and files


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
    aus              AU numbers that the experiments model by default; none: all that the data let them learn
    draw             draw(root, seed=, jobs=): a tree of synthetic faces in its layout
    drawn            the file in such a tree that `read` is given, where `root` is a FILE
    trains           whether experiments may train on it
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
    drawn: str = ""
    trains: bool = True
    split: Callable = train_val_split
    three_folds: tuple = ()
    prototxt_folder: str = "prototxt/disfa"

    def title_at(self, root):
        """The name of the dataset at `root`."""
        return self.title or Path(root).stem

    def at(self, root):
        """This entry for the dataset at `root`: a file has a title of its own, and a key that no other file has.

        That key, such as csv_mine_1f0c2d3e, has letters, digits and _ only, and a digest of the file's absolute path.
        """
        if self.title:
            return self
        title = self.title_at(root)
        words = re.sub(r"\W+", "_", title)[:LONGEST_WORDS]
        return self._replace(title=title, key=f"{self.key}_{words}_{digest(str(Path(root).resolve()))[:8]}")

    def chosen_options(self, settings):
        """{name: value} of the options of `read` in a command's parsed arguments."""
        return {option.name: getattr(settings, option.name) for option in self.options}

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
