"""The face of each person where each AU is most probable, remembered while faces come."""

import numpy as np


class Peaks:
    """crops  {face: [crop uint8 [S, S] where its AU k is most probable, for each k]}"""

    def __init__(self):
        self.crops, self.highest = {}, {}

    def add(self, face, crop):
        """See a Face with its crop."""
        if face.face not in self.crops:
            self.crops[face.face], self.highest[face.face] = [crop] * len(face.score), face.score.copy()
        highest = self.highest[face.face]
        for column in np.flatnonzero(face.score > highest):
            highest[column], self.crops[face.face][column] = face.score[column], crop


def peaks_of(frames, crops):
    """The Peaks of Frames, with a crop for each Face of each."""
    peaks = Peaks()
    for frame, own in zip(frames, crops):
        for face, crop in zip(frame.faces, own):
            peaks.add(face, crop)
    return peaks
