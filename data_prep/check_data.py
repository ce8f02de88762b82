"""Check raw datasets before preparing them: what is there, against what is expected, and what is missing or odd.

  python -m data_prep.check_data --disfa /path/to/DISFA --bp4d /path/to/BP4D --ckplus /path/to/CK+ --csv mine.csv

Any of them alone will do. Nothing is written; videos are not decoded, only the first image of a sequence is. Ends with
exit status 1 if training on one of them would be wrong; a merely incomplete dataset is told in notes.
"""

import argparse
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.aus import AU_NAMES, UNKNOWN
from data_prep.bp4d import FERA_DEV, FERA_TRAIN, SUBJECTS, offset_of, read_bp4d
from data_prep.ckplus import read_ckplus, ungraded_count
from data_prep.csv_dataset import read_csv_dataset
from data_prep.disfa import read_disfa
from data_prep.errors import InputError, one_clear_error
from data_prep.prepare import MAX_LENGTH_DIFFERENCE
from data_prep.provenance import SYNTHETIC, dataset_name

SHOWN = 12  # ours: notes of one kind, or names, before "and n more"
FEWEST_SUBJECTS = 3  # leave-one-subject-out tests on one, trains and validates on others
FAR_OFF = 1.5  # ours: factor between a share and its rough figure that deserves a note


class Expected(NamedTuple):
    """A complete dataset: subject names (or how many), sequences, coded frames, picture sizes, % positive.

    ours: the shares are rough figures, most of them not confirmed by a source; they catch a shifted column, no more.
    """

    subjects: tuple | int
    sequences: int
    frames: int
    sizes: tuple
    share: dict


DISFA = Expected(
    tuple(f"SN{n:03d}" for n in (*range(1, 14), 16, 17, 18, 21, *range(23, 33))), 27, 130814, ("1024x768",),
    {1: 6.7, 2: 5.6, 4: 18.8, 5: 2.1, 6: 14.9, 9: 5.5, 12: 23.5, 15: 6.0, 17: 9.9, 20: 3.5, 25: 35.2, 26: 19.1})
BP4D = Expected(
    SUBJECTS, 328, 146847, ("1040x1392",),
    {1: 21.1, 2: 17.1, 4: 20.2, 5: 3.9, 6: 46.2, 9: 5.7, 12: 56.2, 15: 17.0, 17: 34.4, 20: 2.6})
CKPLUS = Expected(123, 593, 593, ("640x490", "640x480"), {})


class Finding(NamedTuple):
    """The report on one dataset: lines of facts, notes, and problems that make training on it wrong."""

    title: str
    lines: list
    notes: list
    problems: list


def check(name, root, read, expected=None, facts=None):
    """The Finding of the dataset `name` at `root`. `read()` gives its recordings, `facts(recordings)` further lines."""
    finding = Finding(f"{dataset_name(name, root)} at {root}", [], [], [])
    if (Path(root) / SYNTHETIC).exists():
        finding.notes.append(f"synthetic faces, not {name}: counts and shares are not compared with {name}'s")
        expected = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            recordings = read()
            more = facts(recordings) if facts else []
        except (InputError, OSError) as error:
            finding.problems.append(str(error))
            recordings = []
    finding.notes.extend(some([str(warning.message) for warning in caught], "\n    - "))
    if recordings:
        count_units(finding, recordings, expected)
        look_at_pictures(finding, recordings, expected)
        finding.lines.extend(more)
        count_labels(finding, recordings, expected)
    return finding


def some(items, joint=", "):
    """[the items joined, the rest of a long list as a number], [] for none."""
    more = [f"and {len(items) - SHOWN} more"] if len(items) > SHOWN else []
    return [joint.join([*map(str, items[:SHOWN]), *more])] if items else []


def count_units(finding, recordings, expected):
    """Subjects, sequences and coded frames against the expected ones."""
    subjects = sorted({recording.subject for recording in recordings})
    found = {"subjects": len(subjects), "sequences": len(recordings),
             "coded frames": sum(len(recording.frame) for recording in recordings)}
    names = expected.subjects if expected and isinstance(expected.subjects, tuple) else ()
    wanted = (len(names) or expected.subjects, expected.sequences, expected.frames) if expected else [None] * 3
    for (what, count), full in zip(found.items(), wanted):
        finding.lines.append(f"{what:13}{count:>9,}" + (f"   expected {full:,}" if full else ""))
        if full and count != full:
            finding.notes.append(f"{what}: {count:,} {'of' if count < full else 'are more than'} {full:,}")
    finding.notes.extend(f"without: {names}" for names in some(sorted(set(names) - set(subjects))))
    if len(subjects) < FEWEST_SUBJECTS:
        finding.problems.append(f"{len(subjects)} of at least {FEWEST_SUBJECTS} subjects: one is tested, one trains, one "
                                "validates")
    bare = [subject for subject in subjects if not any(
        (recording.label != UNKNOWN).any() for recording in recordings if recording.subject == subject)]
    finding.problems.extend(f"no AU is coded in any frame of: {names}" for names in some(bare))


def look_at_pictures(finding, recordings, expected):
    """Sizes of videos and of each sequence's first image; videos whose header has another length than the labels."""
    sizes, empty = Counter(), []
    for recording in recordings:
        if recording.images is None:
            sizes.update(look_at_video(finding, recording))
            continue
        empty += [path for _, path in recording.images if not path.stat().st_size]
        path = recording.images[0][1]
        picture = cv2.imread(str(path))
        if picture is None:
            finding.problems.append(f"{path}: cannot be read as an image; copy it again")
        else:
            sizes[f"{picture.shape[1]}x{picture.shape[0]}"] += 1
    finding.lines.append(f"{'pictures':13}" + ", ".join(f"{size} in {count:,}" for size, count in sizes.most_common()))
    finding.notes.extend(f"empty image files: {names}" for names in some(empty))
    if expected:
        odd = sorted(size for size in sizes if size.split(",")[0] not in expected.sizes)
        finding.notes.extend(f"pictures of {names}, expected {' or '.join(expected.sizes)}" for names in some(odd))


def look_at_video(finding, recording):
    """["WxH, n fps"] by the header of a recording's video, [] if it cannot be opened; notes what its length tells."""
    path = recording.source
    capture = cv2.VideoCapture(str(path))
    opened, frames = capture.isOpened(), int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    width, height, rate = (capture.get(key) for key in
                           (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS))
    capture.release()
    if not opened:
        finding.problems.append(f"{path}: OpenCV cannot open this video; copy it again")
        return []
    last, known = int(recording.frame[-1]), f"{path}: its header says {frames} frames, the labels go to frame"
    if frames <= 0:
        finding.notes.append(f"{path}: its header does not tell the number of frames")
    elif last - frames > MAX_LENGTH_DIFFERENCE:
        finding.problems.append(f"{known} {last}; copy the video again, or see whether the labels belong to it")
    elif frames - last > MAX_LENGTH_DIFFERENCE and len(recording.frame) == last:
        finding.notes.append(f"{known} {last} only; the frames after it stay without labels")
    if cut_short(path):
        finding.problems.append(f"{path}: the file is shorter than its header says; copy it again")
    return [f"{width:.0f}x{height:.0f}, {rate:g} fps"]


def cut_short(path):
    """Whether an AVI file is smaller than the size in its RIFF header (bytes 4 to 8, little endian)."""
    with open(path, "rb") as file:
        head = file.read(12)
    size = int.from_bytes(head[4:8], "little")
    return head[:4] == b"RIFF" and size < 2**32 - 1 and size + 8 > path.stat().st_size


def count_labels(finding, recordings, expected):
    """A table of the positives of each AU; an AU without positives or without negatives is a problem."""
    if len({recording.au for recording in recordings}) > 1:
        raise ValueError("a reader's recordings have different AUs")
    label = np.concatenate([recording.label for recording in recordings])
    subject = np.repeat([recording.subject for recording in recordings], [len(r.frame) for r in recordings])
    share = expected.share if expected else {}
    finding.lines.extend(["", f"{'AU':>4}  {'':22}{'positive':>9}{'share':>8}{'subjects':>10}{'not coded':>11}"
                          + f"{'rough guide':>13}" * bool(share)])
    for au, column in zip(recordings[0].au, label.T):
        positive, coded = int((column == 1).sum()), int((column != UNKNOWN).sum())
        percent = 100 * positive / max(coded, 1)
        row = (f"{au:>4}  {AU_NAMES.get(au, ''):22}{positive:>9,}{percent:>7.1f}%{len(set(subject[column == 1])):>10}"
               f"{len(column) - coded:>11,}")
        finding.lines.append(row + (f"{share[au]:>12.1f}%" if au in share else ""))
        if not positive or positive == coded:
            state = f"{'present' if positive else 'absent'} in every coded frame" if coded else "not coded in any frame"
            finding.problems.append(f"AU {au} is {state}; there is nothing to learn or to score")
        elif au in share and len(label) == expected.frames and not share[au] / FAR_OFF < percent < share[au] * FAR_OFF:
            finding.notes.append(f"AU {au}: {percent:.1f}% positive, the rough guide is {share[au]}%; is it the right "
                                 "column?")


def bp4d_facts(recordings):
    """Lines on the frame offsets in use and on the partitions of FERA 2015."""
    offsets = Counter(offset_of(recording) for recording in recordings)
    lines = [f"{'frame offset':13}" + ", ".join(f"{offset} in {n:,} tasks" for offset, n in sorted(offsets.items()))]
    for name, subjects, full in (("FERA train", FERA_TRAIN, 75586), ("FERA dev", FERA_DEV, 71261)):
        part = [recording for recording in recordings if recording.subject in subjects]
        frames, people = sum(len(recording.frame) for recording in part), {recording.subject for recording in part}
        lines.append(f"{name:13}{frames:>9,}   from {len(people)} subjects; in all of BP4D {full:,} from {len(subjects)}")
    return lines


def print_finding(finding):
    print("\n".join([finding.title, "=" * len(finding.title), *finding.lines]))
    for heading, items in (("notes", finding.notes), ("problems", finding.problems)):
        if items:
            print("\n" * bool(finding.lines) + f"  {heading}\n    - " + "\n    - ".join(items))
    verdict = "ready; see the notes" if finding.notes else "ready"
    print(f"\n{'NOT READY: training on this would be wrong' if finding.problems else verdict}\n")


def check_disfa(root):
    return check("DISFA", root, lambda: read_disfa(root), DISFA)


def check_bp4d(root):
    return check("BP4D", root, lambda: read_bp4d(root), BP4D, bp4d_facts)


def check_ckplus(root):
    def ungraded(_):
        return [f"{'ungraded':13}{ungraded_count(root):>9,}   AUs coded without an intensity, here counted as absent"]

    return check("CK+", root, lambda: read_ckplus(root), CKPLUS, ungraded)


def check_csv(path):
    return check(Path(path).stem, path, lambda: read_csv_dataset(path))


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checks = {"disfa": check_disfa, "bp4d": check_bp4d, "ckplus": check_ckplus, "csv": check_csv}
    for name in checks:
        parser.add_argument(f"--{name}", metavar="FILE" if name == "csv" else "ROOT")
    given = {name: root for name, root in vars(parser.parse_args(argv)).items() if root}
    if not given:
        parser.error("name at least one dataset, e.g. --disfa /path/to/DISFA")
    findings = [checks[name](root) for name, root in given.items()]
    for finding in findings:
        print_finding(finding)
    if any(finding.problems for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    main()
