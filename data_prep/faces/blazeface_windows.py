"""Candidates for faces by BlazeFace (short range), in windows of a picture.

The net sees squares of 128 pixels in which it finds faces that fill a fifth or more. So smaller faces are searched for
in smaller windows, which overlap by as much as the faces that they are for.
"""

from typing import NamedTuple

import cv2
import numpy as np

from data_prep.faces.geometry import distinct, overlap
from data_prep.faces.models import DETECTOR, load_net
from data_prep.faces.squares import Square, apply, cut

SIZE = 128  # pixels a side of what the net sees
OUTPUTS = ("classificators", "regressors")
GRIDS = ((16, 2), (8, 6))  # the net's grids: cells a side, guesses a cell
SURE = 0.0  # the published threshold of a guess's log-odds
SAME = 0.3  # the published threshold: guesses whose overlap is larger are of one face
SMALLEST = 0.2  # ours: smallest face that is looked for in a window, of its side
FEWEST_PIXELS = 12  # ours: of a face that can be told, a side
OVERLAP = 0.45  # ours: of neighbouring windows, of their side; faces above twice SMALLEST have a larger window


class Candidate(NamedTuple):
    """What may be a face: its box float64 [4], the net's log-odds, and turn in radians, clockwise."""

    box: np.ndarray
    score: float
    turn: float


def places():
    """float64 [896, 2]: the middle of the cell of each guess, of the window's side."""
    parts = []
    for cells, guesses in GRIDS:
        middles = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(middles, middles), axis=-1).reshape(-1, 2)
        parts.append(np.repeat(grid, guesses, axis=0))
    return np.concatenate(parts)


def windows(shape, smallest):
    """[Square] in which all faces of `smallest` pixels and more of a picture of `shape` (H, W, ...) are searched."""
    (height, width), smallest = shape[:2], max(smallest, FEWEST_PIXELS)
    if min(height, width) < smallest:
        return []
    side = float(max(height, width))
    found = [Square(np.array([width / 2, height / 2]), side)]
    while smallest < SMALLEST * side:
        side = min(side / 2, min(height, width))
        xs, ys = starts(width, side), starts(height, side)
        found += [Square(np.array([x, y]) + side / 2, side) for y in ys for x in xs]
    return found


def starts(length, side):
    """Where windows of `side` begin that cover `length` with OVERLAP."""
    count = int(np.ceil((length - side) / (side * (1 - OVERLAP)))) + 1
    return np.linspace(0, length - side, count)


class BlazeFaceNet:
    """Finds Candidates. A net is not thread-safe: one per process."""

    def __init__(self):
        self.net, self.places = load_net(DETECTOR), places()

    def candidates(self, image, squares, turn=0.0):
        """The Candidates in `image` uint8 [H, W, 3] BGR, the surest first, one of each face.

        squares  its `windows`
        turn     radians by which they are turned; faces that are turned about as much are found
        """
        found = [found for square in squares for found in self.in_window(image, square._replace(turn=turn))]
        found.sort(key=lambda candidate: -candidate.score)
        return distinct(found, lambda box, other: overlap(box, other) > SAME)

    def in_window(self, image, square):
        """[Candidate] of one window: guesses of one face count as one, each by its probability."""
        part, back = cut(image, square, SIZE)
        self.net.setInput(cv2.dnn.blobFromImage(part, 1 / 127.5, mean=(127.5,) * 3, swapRB=True))
        scores, guesses = self.net.forward(OUTPUTS)
        scores = scores.ravel()
        sure = scores >= SURE
        if not sure.any():
            return []
        scores, guesses = scores[sure], guesses[0][sure].reshape(-1, 8, 2) / SIZE
        guesses[:, [0, *range(2, 8)]] += self.places[sure][:, None]  # middle, size, six points: two eyes first
        guesses *= SIZE
        probability, found, left = 1 / (1 + np.exp(-scores)), [], np.argsort(-scores, kind="stable")
        while len(left):
            same = left[[overlap(as_box(guesses[k]), as_box(guesses[left[0]])) > SAME for k in left]]
            weight = probability[same] / probability[same].sum()
            guess = np.tensordot(weight, guesses[same], 1)
            (x, y), side = apply(back, guess[0]), guess[1].max() * square.side / SIZE
            across = apply(back, guess[3]) - apply(back, guess[2])
            box = np.array([x - side / 2, y - side / 2, side, side])
            found.append(Candidate(box, float(scores[left[0]]), float(np.arctan2(across[1], across[0]))))
            left = left[~np.isin(left, same)]
        return found


def as_box(guess):
    """The box [4] of a guess [8, 2]."""
    return np.concatenate([guess[0] - guess[1] / 2, guess[1]])
