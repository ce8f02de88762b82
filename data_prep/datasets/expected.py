"""What the complete datasets hold, as far as it is known: the figures that a check holds raw data against."""

from typing import NamedTuple

from data_prep.readers.bp4d_files import SUBJECTS


class Expected(NamedTuple):
    """A complete dataset: subject names (or how many), sequences, coded frames, picture sizes, % positive.

    ours: the shares are rough figures, most of them not confirmed by a source; they catch a shifted column, no more.
    """

    subjects: tuple | int
    sequences: int
    frames: int
    sizes: tuple
    share: dict


DISFA = Expected(
    tuple(f"SN{n:03d}" for n in (*range(1, 14), 16, 17, 18, 21, *range(23, 33))),
    27,
    130814,
    ("1024x768",),
    {1: 6.7, 2: 5.6, 4: 18.8, 5: 2.1, 6: 14.9, 9: 5.5, 12: 23.5, 15: 6.0, 17: 9.9, 20: 3.5, 25: 35.2, 26: 19.1},
)
BP4D = Expected(
    SUBJECTS,
    328,
    146847,
    ("1040x1392",),
    {1: 21.1, 2: 17.1, 4: 20.2, 5: 3.9, 6: 46.2, 9: 5.7, 12: 56.2, 15: 17.0, 17: 34.4, 20: 2.6},
)
CKPLUS = Expected(123, 593, 593, ("640x490", "640x480"), {})
