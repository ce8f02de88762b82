"""Boxes that do not shake: a stage behind a tracker that reads a few frames ahead.

A detector's box jumps by a few percent of its width from frame to frame, while the face hardly moves. Each box is
replaced by the middle of a straight line fitted to the boxes of the REACH frames before and after it; near ones count
more. A face that moves evenly stays where it is: nothing lags behind. The line is of one face in one scene: it ends at
a frame without the face, at a cut, at a jump, and where the size of the pictures changes.
"""

from collections import deque
from itertools import chain
from typing import NamedTuple

import numpy as np

from data_prep.faces.cuts import Scene
from data_prep.faces.geometry import SAME, overlap

REACH = 3  # ours: frames on either side of a box; seven frames are a quarter of a second, a nod takes more
FAR = 0.05  # ours: how far a box may be moved, of its width; more than this is a face that moves, not noise
PARAMETERS = f"steady {REACH} {FAR}"


class Seen(NamedTuple):
    """A frame and its faces.

    frame    whatever the caller calls it
    gray     uint8 [H, W], or None for a frame that cannot be read
    found    {face: Found}
    goes_on  the faces that go on from the frame before
    """

    frame: object
    gray: np.ndarray | None
    found: dict
    goes_on: frozenset


def steady(frames, ahead=REACH):
    """Yield the same `frames` in the same order, with steady boxes; landmarks do not shake.

    frames  an iterable of (frame, gray uint8 [H, W] or None, {face: Found}); each frame follows the one before
    ahead   frames to read before one is yielded, at most REACH; 0 for a camera, whose next frame is not there yet: its
            lines end at the frame, and are less steady
    """
    window = deque(maxlen=REACH + 1 + ahead)
    nothing = Seen(None, None, {}, frozenset())
    for seen in chain(in_sequence(frames), [nothing] * ahead):
        window.append(seen)
        now = len(window) - 1 - ahead
        if now < 0:
            continue
        frame, gray, found, _ = window[now]
        window[now] = window[now]._replace(frame=None, gray=None)  # pictures are large
        yield frame, gray, {face: found[face]._replace(box=steady_box(window, now, face)) for face in found}


def in_sequence(frames):
    """Yield a Seen for each of the `frames` of `steady`."""
    scene, shape, before = Scene(), None, {}
    for frame, gray, found in frames:
        goes_on = frozenset()
        if gray is not None and not scene.ends_at(gray) and gray.shape == shape:
            both = found.keys() & before.keys()
            goes_on = frozenset(face for face in both if overlap(found[face].box, before[face].box) > SAME)
        yield Seen(frame, gray, found, goes_on)
        shape, before = None if gray is None else gray.shape, found


def steady_box(window, now, face):
    """The box float64 [4] of `face` in the frame `window[now]`, by those around it that it goes through."""
    first = last = now
    while first > 0 and face in window[first].goes_on:
        first -= 1
    while last + 1 < len(window) and face in window[last + 1].goes_on:
        last += 1
    box = np.asarray(window[now].found[face].box, float)
    boxes = np.array([window[number].found[face].box for number in range(first, last + 1)], float)
    return np.clip(shares(np.arange(first, last + 1) - now) @ boxes, box - FAR * box[2], box + FAR * box[2])


def shares(offset):
    """How much each value counts in a line's value at 0, float64 [N]: one fitted to values at `offset` int [N]."""
    weight = REACH + 1.0 - np.abs(offset)
    total, first, second = weight.sum(), weight @ offset, weight @ offset**2
    if not second:  # a single frame
        return np.ones(1)
    return weight * (second - first * offset) / (total * second - first**2)
