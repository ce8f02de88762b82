"""Cuts in a video: where one scene ends and another begins from one frame to the next."""

import cv2
import numpy as np

SIZE = (32, 24)  # ours: width and height to which frames are reduced for comparison; what moves hardly shows in it
ROWS = 8  # ours: rows of a frame that make one of the reduced one; more would only take longer
CHANGED = 10  # ours: gray levels by which a place differs from the frame before
MOST = 0.7  # ours: share of the places that a cut changes; somebody who walks past the camera changes fewer
UNLIKE = 0.6  # ours: correlation below which two frames are of different scenes; frames of one have .94 and more
FLAT = 2  # ours: standard deviation in gray levels below which a frame shows nothing, as a black one


class Scene:
    """The scene of the frames so far."""

    def __init__(self):
        self.last = None  # the frame before, reduced

    def ends_at(self, gray):
        """Whether `gray` uint8 [H, W], the next frame, is of another scene than the frame before.

        What comes after a frame that shows nothing may be the same scene, and is taken for it.
        """
        part = gray[:: max(gray.shape[0] // (ROWS * SIZE[1]), 1)]
        before, self.last = self.last, cv2.resize(part, SIZE, interpolation=cv2.INTER_AREA).astype(float)
        if before is None or min(before.std(), self.last.std()) < FLAT:
            return False
        if np.mean(np.abs(self.last - before) > CHANGED) < MOST:
            return False
        return bool(np.corrcoef(self.last.ravel(), before.ravel())[0, 1] < UNLIKE)
