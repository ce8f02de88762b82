"""Reader for CK+.

<root>/cohn-kanade-images/S005/001/S005_001_00000011.png            also below extended-cohn-kanade-images/
<root>/FACS/S005/001/S005_001_00000011_facs.txt                     also FACS_labels/FACS/
<root>/Landmarks/, <root>/Emotion/                                  not needed

Subject, sequence and frame are those of the file names, whatever the folders are called; S0005 is S005. A sequence runs
from neutral to a peak, and only the frame that its FACS file names, the peak, is coded. Three rows of such a file,
AU and intensity; 1 to 5 are FACS's grades a to e, 0 is present but not graded; an AU that is not listed is absent:
   9.0000000e+00   4.0000000e+00
   1.7000000e+01   2.0000000e+00
   2.5000000e+01   0.0000000e+00
Of an AU that is listed twice the higher intensity counts. A row whose AU is not an integer from 1 to 80 is skipped
with a warning (the dataset's ReadMe shows such a row); a file without any other row leaves its sequence uncoded.
A sequence without a coded frame serves its subject's mean face only, as do the frames before the peak.
Expect 123 subjects and 593 sequences of gray or color PNG, 640x490 or 640x480. The paper counts 582 sequences.
"""

import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np

from data_prep.readers.ckplus_files import FACS, HOLDS, IMAGE, check_found, find
from data_prep.readers.delivery import files_below, listed, warn_if_deeper
from data_prep.readers.recording import Recording
from data_prep.readers.regular_files import read_lines
from data_prep.subjects.aus import SHARED_AUS, UNKNOWN
from data_prep.system.errors import InputError

PRESENT_FROM = 3  # paper: Sec. III, "an intensity of 3 or higher"
MAX_INTENSITY = 7  # paper: Sec. III, "7-point ordinal scale"; the dataset's ReadMe has 0 to 5
MAX_AU = 80  # the highest codes of FACS, for gross behavior
UNGRADED = {"negative": 0, "ignore": UNKNOWN, "positive": 1}  # ours: "negative" first, as 0 is not 3 or higher
COUNTED_AS = {"negative": "absent", "ignore": "unknown", "positive": "present"}
MISSING_SHARE = 0.01  # ours: of the FACS files, or one file, may lack their image


def read_ckplus(root, aus=SHARED_AUS, ungraded="negative", neutral_first=False):
    """One Recording per sequence under `root`, with all its images. Raises InputError naming what is missing or odd.

    aus            AU numbers of the label columns
    ungraded       an AU coded without an intensity (0) is "negative": absent, "ignore": unknown, "positive": present
    neutral_first  the first frame of a coded sequence is added as one in which every AU is absent
    """
    root = Path(root)
    if ungraded not in UNGRADED:
        raise InputError(f"ungraded {ungraded!r}: give {', '.join(UNGRADED)}")
    files = files_below(root, HOLDS)
    images, facs = find(files, IMAGE), find(files, FACS, allow_copy=True)
    check_found(root, files, images, facs)
    warn_if_deeper(root, "CK+", [*images.values(), *facs.values()])
    coded = read_coded(root, images, facs)
    sequences = defaultdict(list)
    for (subject, sequence, frame), path in sorted(images.items()):
        sequences[subject, sequence].append((frame, path))
    left_out = sorted({subject for subject, _ in sequences} - {subject for subject, _, _ in coded})
    if left_out:
        warnings.warn(f"{root}: left out, as none of their sequences is coded: {listed(left_out)}", stacklevel=2)
    bare = sorted(set(sequences) - {key[:2] for key in facs} - {key for key in sequences if key[0] in left_out})
    if bare:
        warnings.warn(
            f"{root}: no FACS file of {listed(map('/'.join, bare))}; these {len(bare)} sequences serve the "
            "mean face only",
            stacklevel=2,
        )
    return [
        read_sequence(key, tuple(numbered), coded, tuple(aus), UNGRADED[ungraded], neutral_first)
        for key, numbered in sequences.items()
        if key[0] not in left_out
    ]


def ungraded_count(root, aus=SHARED_AUS):
    """How many labels of `aus` are coded present without an intensity, so that `ungraded` decides on them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sum(int((recording.label == UNKNOWN).sum()) for recording in read_ckplus(root, aus, "ignore"))


def ungraded_labels(root, recordings, ungraded, **options):
    """{heading: text} on the labels that `ungraded` decides on, and what the mean faces are of."""
    count = ungraded_count(root, recordings[0].au)
    return {
        "ungraded": f"{count:>9,}   AUs coded without an intensity, here counted as {COUNTED_AS[ungraded]}",
        "mean face": "over all images of a subject, coded or not",
    }


def read_coded(root, images, facs):
    """{(subject, sequence, frame): {au: intensity}} of the FACS files that have their image and a usable row.

    Warns of FACS files without their image if they are few, raises InputError if they are many, or all.
    """
    bare = [path for key, path in sorted(facs.items()) if key not in images]
    if bare:
        what = (
            f"{root}: {len(bare)} of {len(facs)} FACS files have no image of their frame: "
            f"{listed([path.name for path in bare])}"
        )
        if len(bare) > max(1, MISSING_SHARE * len(facs)) or len(bare) == len(facs):
            raise InputError(f"{what}; copy the images again, or move these files away")
        warnings.warn(f"{what}; not used", stacklevel=3)
    coded = {key: read_facs(path) for key, path in sorted(facs.items()) if key in images}
    coded = {key: intensity for key, intensity in coded.items() if intensity}
    if not coded:
        raise InputError(f"{next(iter(facs.values()))}: no AU in this FACS file nor in any other; copy them again")
    return coded


def read_facs(path):
    """{au: intensity} of one FACS file. Raises InputError at a row that is not an AU and an intensity."""
    intensity = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            au, value = map(float, line.split())
            if value not in range(MAX_INTENSITY + 1):
                raise ValueError
        except ValueError:
            raise InputError(
                f"{path}:{number}: {line.strip()!r} is not an AU with an intensity of 0 to {MAX_INTENSITY}; "
                "correct the row or copy the file again"
            ) from None
        if au not in range(1, MAX_AU + 1):
            warnings.warn(f"{path}:{number}: {line.strip()!r} names no AU; the row is skipped", stacklevel=4)
            continue
        intensity[int(au)] = max(int(value), intensity.get(int(au), 0))
    if not intensity:
        warnings.warn(f"{path}: no AU in this file; its sequence counts as uncoded", stacklevel=4)
    return intensity


def read_sequence(key, images, coded, aus, ungraded, neutral_first):
    """The Recording of `key` (subject, sequence) with `images` ((frame number, path), ...) in order."""
    given = {frame: coded[*key, frame] for frame, _ in images if (*key, frame) in coded}
    if given and neutral_first:
        given = {images[0][0]: {}} | given  # no AU is listed, so all are absent
    label = [[presence(listed_aus.get(au), ungraded) for au in aus] for listed_aus in given.values()]
    intensity = [[intensity_of(listed_aus.get(au)) for au in aus] for listed_aus in given.values()]
    return Recording(
        *key,
        source=images[0][1].parent,
        images=images,
        frame=np.array(list(given), np.int64),
        label=np.array(label, np.int8).reshape(-1, len(aus)),
        au=aus,
        intensity=np.array(intensity, np.int8).reshape(-1, len(aus)),
    )


def intensity_of(grade):
    """The intensity that a FACS file's `grade` means: UNKNOWN for 0, not graded; 0 for None, an AU not listed."""
    return 0 if grade is None else grade or UNKNOWN


def presence(intensity, ungraded):
    """1, 0 or `ungraded` for an intensity; 0 for None, an AU that is not listed."""
    if intensity is None:
        return 0
    return int(intensity >= PRESENT_FROM) if intensity else ungraded
