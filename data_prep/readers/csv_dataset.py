"""Reader for a dataset of your own, described by one CSV file.

A row per coded picture; paths are relative to the CSV; 1 present, 0 absent, empty not coded; or intensities, 0 to 5 or
A to E (data_prep/readers/csv_labels.py):
    subject,image,AU1,AU12                      subject,video,frame,sequence,AU1,AU12
    anna,anna/0001.jpg,0,1                      anna,anna.mp4,1,talk,0,D
    anna,anna/0002.jpg,,1                       anna,anna.mp4,2,talk,,E

`frame` counts from 1 and belongs to videos; images are numbered in the order of their rows. `sequence` is optional. An
AU's column is AU1, AU01 or 1. Semicolons or tabs separate as well as commas.
"""

import functools
import re
import unicodedata
from collections import defaultdict
from pathlib import Path

import numpy as np

from data_prep.readers.csv_labels import read_labels
from data_prep.readers.csv_rows import find_columns, read_row, read_rows
from data_prep.readers.delivery import check_name, listed
from data_prep.readers.recording import Recording
from data_prep.subjects.aus import UNKNOWN
from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError


def read_csv_dataset(path, aus=None, present_from=1):
    """One Recording per subject and sequence (or video). Raises InputError naming the line and column.

    aus           AU numbers to read; None: all that have a column, ascending
    present_from  lowest intensity that counts as present, 1 to 5, for AUs that have intensities only
    """
    path = Path(path)
    check_name(path)
    try:
        header, rows = read_rows(path)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise InputError(f"{path}: no such file; give the CSV with a row per coded picture") from None
    columns = find_columns(path, header)
    aus = tuple(aus or columns.all_aus)
    for au in aus:
        if au not in columns.all_aus:
            raise InputError(f"{path}:1: no column for AU {au}; it has: {', '.join(header)}")
    labels = zip(*read_labels(path, rows, columns, aus, present_from))
    groups, seen, owner, spelling, numbers, checked = defaultdict(list), {}, {}, {}, {}, {}
    real = functools.cache(Path.resolve)  # as links and .. are other names of a picture
    for (line, cells), (label, intensity) in zip(rows, labels):
        row = {**read_row(path, line, cells, columns.words, checked), "label": label, "intensity": intensity}
        picture = real(row["file"])
        other = seen.setdefault((picture, row["frame"]), line)
        if other != line:
            raise InputError(f"{path}:{line}: the same picture as line {other}; keep one of the two")
        for known, key, what in (
            (spelling, normalized_name(row["subject"]), "differs by case or accent encoding only"),
            (numbers, without_zeros(row["subject"]), "differs by zeros in front of a number only"),
            (owner, picture, "has the same video"),
        ):
            if known.setdefault(key, row["subject"]) != row["subject"]:
                raise InputError(
                    f"{path}:{line}: subject {row['subject']!r}, but {known[key]!r} above {what}; a person "
                    "under two names would be in training and test at once"
                )
        groups[row["subject"], row["sequence"]].append((line, row))
    read = video_recordings if "video" in columns.words else image_recordings
    return [recording for key, group in sorted(groups.items()) for recording in read(path, *key, group, aus)]


def file_facts(root, recordings, present_from):
    """{heading: text} on the file, its intensities and what the mean faces are of."""
    graded = [au for au, known in zip(recordings[0].au, known_intensities(recordings)) if known]
    facts = {"file": f"sha256 {file_digest(root)}"}
    if graded:
        facts["intensities"] = f"of AU {listed(graded)}; without a column of presence, present from {present_from} on"
    return facts | {"mean face": "over all pictures or video frames of a subject, coded or not"}


def known_intensities(recordings):
    """bool [C]: the AUs of which any intensity is known."""
    return np.any([(recording.intensity != UNKNOWN).any(axis=0) for recording in recordings], axis=0)


def normalized_name(name):
    """A name without its case and its way of encoding accents, which do not distinguish people."""
    return unicodedata.normalize("NFKC", name).casefold()


def without_zeros(name):
    """A normalized name without the zeros in front of its numbers: 1 and 001 are hardly two people."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", normalized_name(name))


def image_recordings(path, subject, sequence, group, aus):
    """The Recording of one subject's sequence of images, numbered from 1 in the order of their rows."""
    images = tuple((number, row["file"]) for number, (_, row) in enumerate(group, start=1))
    labels = {"frame": np.arange(1, len(group) + 1), "au": aus, **stacked([row for _, row in group])}
    return [Recording(subject, sequence, source=path, images=images, **labels, continuous=False)]


def video_recordings(path, subject, sequence, group, aus):
    """The Recordings of one subject's sequence: one, or without a `sequence` one per video, named by its stem."""
    videos = defaultdict(list)
    for line, row in group:
        videos[row["file"]].append(row)
        if sequence and len(videos) > 1:
            raise InputError(
                f"{path}:{line}: video {row['file'].name!r} is the second one in sequence {sequence!r} of "
                f"{subject}; give it a sequence of its own"
            )
    if len({video.stem for video in videos}) < len(videos):
        raise InputError(
            f"{path}: two videos of {subject} are called {group[0][1]['file'].stem!r}; add a column "
            "`sequence` that tells them apart"
        )
    for video, rows in sorted(videos.items()):
        rows.sort(key=lambda row: row["frame"])
        name = sequence or ("" if len(videos) == 1 else video.stem)
        labels = {"frame": np.array([row["frame"] for row in rows]), "au": aus, **stacked(rows)}
        yield Recording(subject, name, source=video, images=None, **labels)


def stacked(rows):
    """{"label", "intensity"}, int8 [n, C] each, of n rows."""
    return {name: np.stack([row[name] for row in rows]) for name in ("label", "intensity")}
