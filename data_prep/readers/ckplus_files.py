"""Where the images and FACS files of CK+ lie below a folder, and what is missing of them."""

import re

from data_prep.readers.delivery import add_file, archives, contents, folder_above, listed
from data_prep.system.errors import InputError

IMAGE = re.compile(r"^S0*(\d{3})_(\d{1,3})_(\d{1,9})\.(png|jpe?g)$", re.IGNORECASE)
FACS = re.compile(r"^S0*(\d{3})_(\d{1,3})_(\d{1,9})_facs\.txt$", re.IGNORECASE)
EMOTIONS = {"anger", "contempt", "disgust", "fear", "happy", "sadness", "surprise", "neutral"}  # folders of CK+48
SIBLINGS = (re.compile(r"^FACS", re.IGNORECASE), re.compile(r"cohn-?kanade", re.IGNORECASE))
HOLDS = "cohn-kanade-images and FACS"


def find(files, pattern, allow_copy=False):
    """{(subject such as S005, sequence such as 001, frame number): path} of the files whose name matches."""
    paths = {}
    for path in files:
        if match := pattern.match(path.name):
            add_file(paths, (f"S{match[1]}", f"{int(match[2]):03d}", int(match[3])), path, allow_copy)
    return paths


def check_found(root, files, images, facs):
    """Raise InputError unless there are images and FACS files, and the images are CK+'s own."""
    for path in images.values():
        if path.absolute().parent.name.lower() in EMOTIONS:
            raise InputError(
                f"{path}: images sorted by emotion are CK+48, small crops that someone else made; give "
                f"the folder that holds CK+'s own {HOLDS}"
            )
    for paths, what, words in (
        (facs, "FACS files (e.g. FACS/S005/001/S005_001_00000011_facs.txt)", ("facs", "ck+", "ckplus")),
        (images, "images (e.g. cohn-kanade-images/S005/001/S005_001_00000011.png)", ("image", "kanade", "ck")),
    ):
        if paths:
            continue
        packed, above = archives(files, *words), folder_above(root, SIBLINGS)
        remedy = f"unpack {listed(packed)}" if packed else f"give {above or 'the folder that holds ' + HOLDS}"
        if not packed and not above and any(path.name.endswith("_emotion.txt") for path in files):
            remedy = "emotion labels do not say which AUs; add the FACS files, FACS_labels.zip"
        raise InputError(f"{root}: no {what} below this folder; it holds: {contents(root)}; {remedy}")
