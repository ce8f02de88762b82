"""A warning of video frames that have no labels and so serve their subject's mean face only."""

import warnings
from collections import Counter

from data_prep.faces.boxes import load_boxes
from data_prep.preparation.crops import MAX_LENGTH_DIFFERENCE
from data_prep.readers.delivery import listed


def warn_of_uncoded(recordings, out):
    """Warn once of all videos among the prepared `recordings` with more than MAX_LENGTH_DIFFERENCE frames uncoded.

    out  where they were prepared: the saved boxes say how many frames each video has
    """
    uncoded = {}
    for recording in recordings:
        if recording.images is None:
            frames = Counter(sequence for sequence, _ in load_boxes(out, recording.subject))[recording.sequence]
            uncoded[recording.source.name] = frames - len(recording.frame)
    many = {name: count for name, count in uncoded.items() if count > MAX_LENGTH_DIFFERENCE}
    if many:
        names = listed(f"{name} ({count:,})" for name, count in many.items())
        warnings.warn(
            f"{sum(many.values()):,} frames of {len(many)} videos have no labels and serve the mean face only: "
            f"{names}; if all of a video was coded, copy its label files again",
            stacklevel=3,
        )
