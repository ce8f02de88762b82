"""What of a dataset's labels can be learned and scored, and of what is left out or hardly can be: clear words."""

from collections import Counter, defaultdict
from typing import NamedTuple

import numpy as np

from data_prep.readers.delivery import listed
from data_prep.readers.recording import length
from data_prep.subjects.aus import UNKNOWN


class Coverage(NamedTuple):
    """What can be used of labels.

    aus       AU numbers that are present in some coded frames and absent in others
    left_out  {AU: why} of the others
    subjects  names of the subjects with a coded frame of these AUs
    notes     sentences on what is left out, and on AUs that one subject alone shows
    """

    aus: tuple
    left_out: dict
    subjects: tuple
    notes: list


def coverage(aus, labels, pictures):
    """The Coverage of `labels` {subject: int8 [n, C]}, whose columns are the AU numbers `aus`.

    pictures  {subject: how many there are of it, coded or not}
    """
    constant = constant_aus(aus, np.concatenate(list(labels.values())))
    kept = [column for column, au in enumerate(aus) if au not in constant]
    subjects = tuple(name for name, label in labels.items() if (label[:, kept] != UNKNOWN).any())
    notes = [f"AU {au} is {state}: it is left out" for au, state in constant.items()]
    notes += uncoded_note([name for name in labels if name not in subjects])
    if single := [name for name in subjects if pictures[name] == 1]:
        notes.append(f"of one picture, which is their mean face too, so that nothing is left of it: {listed(single)}")
    for column in kept:
        for value, state in ((1, "present"), (0, "absent")):
            showing = [name for name in subjects if (labels[name][:, column] == value).any()]
            if len(showing) == 1 < len(subjects):
                notes.append(
                    f"AU {aus[column]} is {state} in frames of {showing[0]} only: where {showing[0]} is tested, "
                    "nobody is left to learn it from, and elsewhere it cannot be scored"
                )
    return Coverage(tuple(aus[column] for column in kept), constant, subjects, notes)


def uncoded_note(names):
    """[a sentence on the subjects `names`, who have no coded frame]; none if there are none."""
    return [f"left out, as no AU is coded in any of their frames: {listed(names)}"] if names else []


def constant_aus(aus, label):
    """{AU: how it is} of the AUs that are not both present and absent in coded frames of `label` int8 [n, C]."""
    states = {}
    for au, column in zip(aus, label.T):
        positive, coded = int((column == 1).sum()), int((column != UNKNOWN).sum())
        if not coded:
            states[au] = "not coded in any frame"
        elif positive in (0, coded):
            states[au] = f"{'present' if positive else 'absent'} in every coded frame"
    return states


def coverage_of(recordings):
    """The Coverage of Recordings, before any face is searched for."""
    pictures = Counter()
    for recording in recordings:
        pictures[recording.subject] += length(recording)
    return coverage(recordings[0].au, labels_by_subject(recordings), pictures)


def labels_by_subject(recordings):
    """{subject: int8 [n, C]}: the labels of the coded frames of all its recordings, by name."""
    parts = defaultdict(list)
    for recording in recordings:
        parts[recording.subject].append(recording.label)
    return {name: np.concatenate(parts[name]) for name in sorted(parts)}
