"""Reader for CK+, for testing only (paper: Sec. III).

<root>/cohn-kanade-images/S005/001/S005_001_00000011.png        also extended-cohn-kanade-images/
<root>/FACS/S005/001/S005_001_00000011_facs.txt                 also FACS_labels/FACS/

Three rows of a label file, AU and intensity; 1 to 5 are a to e, 0 is present without an intensity; an AU that is not
listed is absent:
   9.0000000e+00   4.0000000e+00
   1.7000000e+01   2.0000000e+00
   2.5000000e+01   0.0000000e+00
The file names the one coded frame of its sequence, the last (peak). All images serve the subject's mean face.
Expect 123 subjects and 593 sequences.
"""

import re
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np

from data_prep.aus import SHARED_AUS, UNKNOWN
from data_prep.errors import InputError
from data_prep.recording import Recording

PRESENT_FROM = 3  # paper: Sec. III, intensity 3 or higher
UNGRADED = {"negative": 0, "ignore": UNKNOWN, "positive": 1}  # what intensity 0 becomes; ours: the first, literally
HIGHEST_AU = 80
NAME = re.compile(r"^(S\d{3,4})_(\d{3})_(\d{8})(_facs\.txt|\.png)$", re.IGNORECASE)


def read_ckplus(root, aus=SHARED_AUS, ungraded="negative", neutral_first=False):
    """One Recording per sequence under `root`. Raises InputError naming what is missing or odd.

    ungraded       what an AU coded without an intensity counts as: negative, ignore or positive
    neutral_first  code the first frame of each sequence as all absent
    """
    root = Path(root)
    if ungraded not in UNGRADED:
        raise InputError(f"ungraded {ungraded!r}: give {', '.join(UNGRADED)}")
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder that holds cohn-kanade-images and FACS")
    images, codes = find_files(root)
    for found, what in ((images, "images (e.g. cohn-kanade-images/S005/001/S005_001_00000011.png)"),
                        (codes, "label files (e.g. FACS/S005/001/S005_001_00000011_facs.txt)")):
        if not found:
            holds = ", ".join(sorted(path.name for path in root.iterdir())) or "nothing"
            zips = sorted(path.name for path in root.glob("*.zip"))
            remedy = f"unpack {', '.join(zips)}" if zips else "give the folder that holds both images and FACS"
            raise InputError(f"{root}: no {what} below this folder; it holds: {holds}; {remedy}")
    orphans = [path for key, (number, path) in codes.items() if number not in images.get(key, {})]
    if orphans:
        raise InputError(f"{orphans[0]}: codes a frame whose image is not here ({len(orphans)} such files); copy "
                         "the images again, or move the label files away")
    return [read_sequence(key, images[key], codes.get(key), aus, ungraded, neutral_first) for key in sorted(images)]


def find_files(root):
    """({(subject, sequence): {frame: image path}}, {(subject, sequence): (frame, label file)}) by the files' names."""
    images, codes = defaultdict(dict), {}
    for path in sorted(root.rglob("*")):
        match = NAME.match(path.name)
        if not match or "__MACOSX" in path.parts or not path.is_file():
            continue
        key, number = (match[1].upper(), match[2]), int(match[3])
        if match[4].lower() == ".png":
            images[key][number] = path
        elif key in codes:
            raise InputError(f"{path}: a second label file of the sequence of {codes[key][1]}; move one of the two away")
        else:
            codes[key] = number, path
    return images, codes


def read_sequence(key, images, code, aus, ungraded, neutral_first):
    """The Recording of one sequence; without a label file it has no coded frame."""
    coded = {}
    if neutral_first:
        coded[min(images)] = [0] * len(aus)
    if code:
        number, path = code
        intensity = read_intensities(path)
        coded[number] = [present(intensity.get(au), ungraded) for au in aus]
    frame = np.array(sorted(coded), np.int64)
    label = np.array([coded[number] for number in frame], np.int8).reshape(len(frame), len(aus))
    folder = next(iter(images.values())).parent
    return Recording(*key, folder, tuple(sorted(images.items())), frame, label, tuple(aus))


def present(intensity, ungraded):
    """The label of an AU with this intensity; None is an AU that is not listed."""
    if intensity is None:
        return 0
    return UNGRADED[ungraded] if intensity == 0 else int(intensity >= PRESENT_FROM)


def read_intensities(path):
    """{AU: intensity 0 to 5} of one label file. An AU beyond 1 to 80 is left out with a warning, as such slips exist."""
    intensity = {}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            au, value = map(float, line.split())
            if not 0 <= value <= 5 or value != round(value):
                raise ValueError
        except ValueError:
            raise InputError(f"{path}:{number}: {line.strip()!r} is no row of an AU and an intensity of 0 to 5; "
                             "copy the file again") from None
        if au != round(au) or not 1 <= au <= HIGHEST_AU:
            warnings.warn(f"{path}:{number}: {au:g} is no AU; the row is left out", stacklevel=2)
        else:
            intensity[round(au)] = round(value)
    return intensity
