"""What a check of raw data finds: subjects, sequences, pictures and labels, against what is expected of them."""

from collections import Counter
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.datasets.coverage import constant_aus, coverage_of
from data_prep.pictures.cut_short import cut_short
from data_prep.pictures.images import read_image
from data_prep.pictures.video import opened
from data_prep.preparation.crops import MAX_LENGTH_DIFFERENCE
from data_prep.readers.delivery import listed
from data_prep.subjects.aus import AU_NAMES, UNKNOWN
from data_prep.system.errors import InputError

MOST_NOTES = 12  # ours: warnings of a reader before "and n more"
FEWEST_SUBJECTS = 3  # leave-one-subject-out tests on one, trains and validates on others
FAR_OFF = 1.5  # ours: factor between a share and its rough figure that deserves a note


class Finding(NamedTuple):
    """The report on one dataset: lines of facts, notes, and problems that make training on it wrong."""

    title: str
    lines: list
    notes: list
    problems: list


def note_list(finding, notes):
    """Add `notes`, the rest of a long list as a number."""
    finding.notes.extend(notes[:MOST_NOTES])
    if len(notes) > MOST_NOTES:
        finding.notes.append(f"and {len(notes) - MOST_NOTES} more")


def check_recordings(finding, recordings, expected):
    """Subjects, sequences and coded frames against the expected ones."""
    subjects = sorted({recording.subject for recording in recordings})
    found = {
        "subjects": len(subjects),
        "sequences": len(recordings),
        "coded frames": sum(len(recording.frame) for recording in recordings),
    }
    names = expected.subjects if expected and isinstance(expected.subjects, tuple) else ()
    complete = (len(names) or expected.subjects, expected.sequences, expected.frames) if expected else [None] * 3
    for (what, count), full in zip(found.items(), complete):
        line = f"{what:13}{count:>9,}"
        finding.lines.append(f"{line}   expected {full:,}" if full else line)
        if full and count != full:
            finding.notes.append(f"{what}: {count:,} {'of' if count < full else 'are more than'} {full:,}")
    if missing := sorted(set(names) - set(subjects)):
        finding.notes.append(f"without: {listed(missing)}")
    if len(subjects) < FEWEST_SUBJECTS:
        finding.problems.append(
            f"{len(subjects)} of at least {FEWEST_SUBJECTS} subjects: one is tested, one trains, one validates"
        )


def check_pictures(finding, recordings, expected):
    """Sizes of videos and of each sequence's first image; videos whose header has another length than the labels."""
    videos = [recording for recording in recordings if recording.images is None]
    sequences = [recording for recording in recordings if recording.images is not None]
    sizes = Counter()
    for recording in videos:
        sizes.update(video_size(finding, recording))
    for recording in sequences:
        sizes.update(image_size(finding, recording.images[0][1]))
    finding.lines.append(f"{'pictures':13}" + ", ".join(f"{size} in {count:,}" for size, count in sizes.most_common()))
    if short := [path for recording in sequences for _, path in recording.images if cut_short(path)]:
        finding.notes.append(f"images that are empty or cut short: {listed(short)}")
    gaps = {recording.source.name: int(recording.frame[-1]) - len(recording.frame) for recording in videos}
    if gaps := [f"{count:,} in {name}" for name, count in gaps.items() if count]:
        finding.notes.append(f"frames without labels before the last coded one: {listed(gaps)}")
    odd = sorted(size for size in sizes if expected and size.split(",")[0] not in expected.sizes)
    if odd:
        finding.notes.append(f"pictures of {listed(odd)}, expected {' or '.join(expected.sizes)}")


def image_size(finding, path):
    """["WxH"] of an image, [] if it cannot be read, which is a problem."""
    picture = read_image(path)
    if picture is None:
        finding.problems.append(f"{path}: cannot be read as an image; copy it again")
        return []
    return [f"{picture.shape[1]}x{picture.shape[0]}"]


def video_size(finding, recording):
    """["WxH, n fps"] of a recording's video by its header, [] if it cannot be opened; checks the video's length."""
    path = recording.source
    try:
        with opened(path) as capture:
            frames = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
            sides = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS)
            width, height, rate = map(capture.get, sides)
    except InputError as error:
        finding.problems.append(str(error))
        return []
    last, lengths = int(recording.frame[-1]), f"{path}: its header says {frames} frames, the labels go to frame"
    if frames <= 0:
        finding.notes.append(f"{path}: its header does not give the number of frames")
    elif last - frames > MAX_LENGTH_DIFFERENCE:
        finding.problems.append(f"{lengths} {last}; copy the video again, or see whether the labels belong to it")
    elif frames - last > MAX_LENGTH_DIFFERENCE and len(recording.frame) == last:
        finding.notes.append(f"{lengths} {last} only; the frames after it stay without labels")
    if cut_short(path):
        finding.problems.append(f"{path}: the file is shorter than its header says; copy it again")
    return [f"{width:.0f}x{height:.0f}, {rate:g} fps"]


def check_labels(finding, recordings, dataset, expected):
    """A table of the positives of each AU, and what cannot be learned or scored.

    It is a problem where the Dataset has AUs that are modeled in any case, a note where those are that can be.
    """
    if len({recording.au for recording in recordings}) > 1:
        raise ValueError("a reader's recordings have different AUs")
    label = np.concatenate([recording.label for recording in recordings])
    subject = np.repeat([recording.subject for recording in recordings], [len(r.frame) for r in recordings])
    share = expected.share if expected else {}
    header = f"{'AU':>4}  {'':22}{'positive':>9}{'share':>8}{'subjects':>10}{'not coded':>11}"
    finding.lines.extend(["", f"{header}{'rough guide':>13}" if share else header])
    for au, column in zip(recordings[0].au, label.T):
        positive, coded = int((column == 1).sum()), int((column != UNKNOWN).sum())
        percent = 100 * positive / max(coded, 1)
        row = (
            f"{au:>4}  {AU_NAMES.get(au, ''):22}{positive:>9,}{percent:>7.1f}%{len(set(subject[column == 1])):>10}"
            f"{len(column) - coded:>11,}"
        )
        finding.lines.append(f"{row}{share[au]:>12.1f}%" if au in share else row)
        if au in share and len(label) == expected.frames and not share[au] / FAR_OFF < percent < share[au] * FAR_OFF:
            finding.notes.append(
                f"AU {au}: {percent:.1f}% positive, the rough guide is {share[au]}%; is it the right column?"
            )
    check_coverage(finding, recordings, dataset, label)


def check_coverage(finding, recordings, dataset, label):
    """What of the labels int8 [n, C] of all `recordings` cannot be learned or scored."""
    constant = constant_aus(recordings[0].au, label)
    if not dataset.aus and len(constant) < label.shape[1]:
        finding.notes.extend(coverage_of(recordings).notes)
        return
    for au, state in constant.items():
        finding.problems.append(f"AU {au} is {state}; there is nothing to learn or to score")
    coded = {recording.subject for recording in recordings if (recording.label != UNKNOWN).any()}
    if bare := sorted({recording.subject for recording in recordings} - coded):
        finding.problems.append(f"no AU is coded in any frame of: {listed(bare)}")
