"""A cascade that finds what a test tells it to."""

import numpy as np


class Cascade:
    """Finds the given (box, windows that agree on it), whatever the picture, within the limits of size."""

    def __init__(self, *found):
        self.found = found

    def detectMultiScale2(self, gray, factor, neighbors, *, minSize, maxSize):
        inside = [entry for entry in self.found if minSize[0] <= entry[0][2] < maxSize[0]]
        if not neighbors:
            inside = [(box, 1) for box, windows in inside for _ in range(windows)]
        return np.array([box for box, _ in inside], np.int32), np.array([windows for _, windows in inside])
