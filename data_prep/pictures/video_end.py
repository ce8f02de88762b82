"""Whether a video goes on after the last frame that can be read.

How long a video lasts says little: its frames may come at a varying rate, begin late, or end before its sound does.
What counts is how many frames its own tables hold, or, where it has none, whether the file is whole.
"""

import contextlib
import struct

import cv2
import numpy as np

from data_prep.pictures.boxes import find_boxes
from data_prep.pictures.by_pillow import ANIMATED, frames_in
from data_prep.pictures.cut_short import cut_short
from data_prep.pictures.formats import file_format
from data_prep.pictures.source_file import openable
from data_prep.pictures.video import frame_count

MOST_SAMPLES = 50_000_000  # ours: more than a week of 60 frames a second; no room is made for tables that claim more
TOLERATED = 1  # ours: frames; headers may count one too many, and the last one may be rounded away


def missing_end(path, count):
    """How many frames a video has of which `count` can be read, if there are more; 0 if it does not say; else None."""
    path = openable(path)
    kind = file_format(path)
    if kind == "mp4":
        expected = shown_samples(path)
    elif kind == "avi":
        expected = frame_count(path)
        if expected - count > TOLERATED:
            expected = filled_slots(path, expected)
    else:
        expected = frames_in(path) if kind in ANIMATED else 0
    if expected:
        return expected if expected - count > TOLERATED else None
    return 0 if cut_short(path) else None


def filled_slots(path, slots):
    """How many frames an AVI has whose header counts `slots`, which are frames or pauses of the length of one.

    Those of its frames that are in the file, and those that fit between the last of them and the end.
    """
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1])  # packets, not decoded
    place = []
    while capture.grab():
        place.append(capture.get(cv2.CAP_PROP_PTS))
    capture.release()
    if len(place) < 2:
        return slots
    step = max(np.median(np.diff(np.sort(place))), 1)
    return len(place) + max(int((slots - 1 - max(place)) // step), 0)


def shown_samples(path):
    """How many frames of an MP4 or QuickTime file its tables say are shown; 0 where they do not say.

    Of a file that was cut without encoding it again, an edit list hides those before and behind the cuts.
    """
    counts = [0]
    with open(path, "rb") as file, contextlib.suppress(struct.error, ValueError, IndexError):
        if any(find_boxes(file, b"moov", b"mvex")):  # the frames are counted in fragments
            return 0
        (movie,) = [contents(file, *place) for place in find_boxes(file, b"moov", b"mvhd")]
        for start, end in find_boxes(file, b"moov", b"trak"):
            if track_boxes(file, start, end, b"mdia", b"hdlr")[0][8:12] == b"vide":
                counts.append(shown_in_track(file, start, end, time_scale(movie)))
    return max(counts)


def shown_in_track(file, start, end, movie_scale):
    """How many samples of the track with its boxes from `start` to `end` are shown."""
    table = (b"mdia", b"minf", b"stbl")
    counts, lengths = pairs(track_boxes(file, start, end, *table, b"stts")[0])
    seconds = np.cumsum(np.repeat(lengths, counts)) - np.repeat(lengths, counts)  # in units of the track, from 0
    for offsets in track_boxes(file, start, end, *table, b"ctts"):
        counts, shifts = pairs(offsets, signed=True)
        seconds = seconds + np.repeat(shifts, counts)[: len(seconds)]
    scale = time_scale(track_boxes(file, start, end, b"mdia", b"mdhd")[0])
    shown = np.zeros(len(seconds), bool)
    edits = [edit for table in track_boxes(file, start, end, b"edts", b"elst") for edit in edit_list(table)]
    for duration, first in edits:
        if first >= 0:  # others are pauses
            last = first + duration * scale / movie_scale if duration else np.inf
            shown |= (seconds >= first) & (seconds < last)
    return int(shown.sum()) if edits else len(shown)


def contents(file, start, end):
    file.seek(start)
    return file.read(end - start)


def track_boxes(file, start, end, *path):
    """The contents of all boxes of that path in a track."""
    return [contents(file, *place) for place in find_boxes(file, *path, start=start, end=end)]


def time_scale(header):
    """Units a second, from a movie's or a track's header; its times have 4 bytes, or 8 in version 1."""
    (scale,) = struct.unpack_from(">I", header, 20 if header[0] else 12)
    return scale


def pairs(table, signed=False):
    """(counts, values) int64 of a table of runs. Raises ValueError if they are more than can be."""
    (length,) = struct.unpack_from(">I", table, 4)
    runs = np.frombuffer(table, ">u4", 2 * length, 8).reshape(-1, 2)
    if runs[:, 0].sum(dtype=np.int64) > MOST_SAMPLES:
        raise ValueError("a table of too many samples")
    values = runs[:, 1].astype(">u4").view(">i4") if signed else runs[:, 1]
    return runs[:, 0].astype(np.int64), values.astype(np.int64)


def edit_list(table):
    """[(duration in units of the movie, first time in units of the track, -1 for a pause)]."""
    (length,) = struct.unpack_from(">I", table, 4)
    entry = struct.Struct(">Qqi" if table[0] else ">Iii")
    return [entry.unpack_from(table, 8 + k * entry.size)[:2] for k in range(length)]
