"""What "neutral" is over, and in how many training frames no label is present, so that Eq. 1 has no gradient there."""

import functools
import warnings

import numpy as np

from data_prep.readers.delivery import listed
from data_prep.subjects.aus import UNKNOWN, coded, with_neutral
from data_prep.subjects.frames import columns_of
from data_prep.subjects.subject_file import load_labels

MANY = 0.1  # ours: a share of training frames without a gradient that deserves a warning before training


def neutral_facts(tasks):
    """{"uncoded": {AU: names of the tasks whose training frames all lack it}, "silent": share of training frames} of
    FoldTasks; in silent frames no AU is present, and neutral is not either, as another AU is not coded."""
    load = functools.lru_cache(load_labels)  # folds share their subjects
    uncoded, silent, frames = {}, 0, 0
    for task in tasks:
        parts = (load(task.subjects[name][0]) for name in task.fold.fitted)
        label = np.concatenate([columns_of(label, au, task.aus) for label, au in parts])
        label = label[(label != UNKNOWN).any(axis=1)]
        for au in np.array(task.aus)[~coded(label)].tolist():
            uncoded.setdefault(str(au), []).append(task.name)
        silent += int((with_neutral(label) != 1).all(axis=1).sum())
        frames += len(label)
    return {"uncoded": uncoded, "silent": silent / max(frames, 1)}


def neutral_notes(facts):
    """Sentences on the `neutral_facts` of a run; none where every AU is coded in every training frame."""
    notes = [
        f"AU {au} is not coded in any training frame of {listed(nets)}: nothing is learned of it there, and neutral is "
        "over the other AUs."
        for au, nets in facts["uncoded"].items()
    ]
    if facts["silent"]:
        notes.append(
            f"{100 * facts['silent']:.1f}% of the training frames have no gradient: no AU is present in them, and "
            "whether they are neutral is not known, as an AU is not coded that others of the training frames have."
        )
    return notes


def warn_of_silent_frames(tasks):
    """Warn, before training, of AUs that nobody has coded, and of many training frames without a gradient."""
    facts = neutral_facts(tasks)
    if facts["uncoded"] or facts["silent"] >= MANY:
        for note in neutral_notes(facts):
            warnings.warn(note, stacklevel=2)
