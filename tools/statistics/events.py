"""Events of an AU in videos, runs of frames in which it is present, and how many are found.

An event of the labels is found if the AU is predicted in at least half of its frames, and one of the predictions is
right if the AU is coded in at least half of its frames. Recall is the share of those found, precision of those right,
and F1 combines them (after Ding et al. 2013). A frame that is missing or not coded ends an event.
"""

import numpy as np

SHARE = 0.5  # ours: of an event's frames
COUNTS = ("events", "found", "predictions", "right")


def stretches(subject, sequence, frame):
    """int [n]: the stretch of consecutive frames that each frame is in, and the frames in order of time, int [n].

    Frames of a recording, a `sequence` str [n] of a `subject` str [n], follow each other in steps of the smallest
    difference of `frame` int [n] in it.
    """
    order = np.lexsort((frame, sequence, subject))
    ordered = [values[order] for values in (subject, sequence)]
    begins = np.ones(len(order), bool)
    begins[1:] = (ordered[0][1:] != ordered[0][:-1]) | (ordered[1][1:] != ordered[1][:-1])
    recording, step = np.cumsum(begins) - 1, np.diff(frame[order], prepend=0)
    shortest = np.full(begins.sum(), np.iinfo(np.int64).max)
    np.minimum.at(shortest, recording[~begins], step[~begins])
    stretch = np.empty(len(order), int)
    stretch[order] = np.cumsum(begins | (step > shortest[recording])) - 1
    return stretch, order


def event_counts(label, present, stretch, subject, subjects):
    """float64 [4, subjects]: events, those found, predictions, those right, of one AU.

    Frames are in order of time: label int [n], present bool [n], stretch int [n]; subject int [n] below `subjects`.
    """
    known = label >= 0
    ends = np.diff(stretch, prepend=-1) != 0
    ends[1:] |= ~known[:-1]
    truth, guess, ends, subject = label[known] == 1, present[known], ends[known], subject[known]
    counts = []
    for events, other in ((truth, guess), (guess, truth)):
        of_subject, share = runs(events, other, ends, subject)
        counts.append(np.bincount(of_subject, minlength=subjects))
        counts.append(np.bincount(of_subject[share >= SHARE], minlength=subjects))
    return np.array(counts, float)


def runs(events, other, ends, subject):
    """(subject of each run of `events` bool [n], share of its frames in which `other` is true).

    ends  bool [n]: a frame does not continue the one before
    """
    starts = events & (ends | ~np.append(False, events[:-1]))
    number = (np.cumsum(starts) - 1)[events]
    share = np.bincount(number, other[events], minlength=starts.sum()) / np.bincount(number, minlength=starts.sum())
    return subject[starts], share


def event_f1(events, found, predictions, right):
    """F1 of events from their counts, numbers or arrays; NaN where there is no event and none is predicted."""
    events, found, predictions, right = (np.asarray(count, float) for count in (events, found, predictions, right))
    with np.errstate(invalid="ignore", divide="ignore"):
        recall, precision = found / events, right / predictions
        f1 = np.where((found > 0) & (right > 0), 2 * recall * precision / (recall + precision), 0.0)
    return np.where((events > 0) | (predictions > 0), f1, np.nan)
