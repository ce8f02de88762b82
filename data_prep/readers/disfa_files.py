"""Where the videos and label files of DISFA lie below a folder, and what is missing of them."""

import re
import warnings

from data_prep.readers.delivery import add_file, archives, contents, folder_above, listed
from data_prep.system.errors import InputError

VIDEO = re.compile(r"^(left|right)[ _-]?video[ _-]?(SN\d{3})([ _-]?comp)?\.(avi|mp4|mov|mkv)$", re.IGNORECASE)
VIDEO_LIKE = re.compile(r"SN\d+.*\.(avi|mp4|mov|mkv|wmv|mpe?g)\b", re.IGNORECASE)
LABELS = re.compile(r"^(SN\d{3})[ _-]?au[ _-]?(\d+)\.txt$", re.IGNORECASE)
DISFA_PLUS = re.compile(r"/SN\d{3}/[^/]+/AU\d+\.txt$", re.IGNORECASE)  # Labels/SN001/<trial>/AU1.txt
DUMP = re.compile(r"/SN\d{3}/\d+\.(png|jpe?g|bmp)$", re.IGNORECASE)  # frames extracted by others, from 0 or from 1
SIBLINGS = (re.compile(r"^ActionUnit_?Labels$", re.IGNORECASE), re.compile(r"^videos?_?(left|right)", re.IGNORECASE))
HOLDS = "ActionUnit_Labels and the video folders"


def find_videos(files):
    """{(subject, camera): path}; the camera is that of the file's name, as folder names differ."""
    videos = {}
    for path in files:
        match = VIDEO.match(path.name)
        if match:
            add_file(videos, (match[2].upper(), match[1].lower()), path)
        elif VIDEO_LIKE.search(path.name):
            warnings.warn(
                f"{path}: not read; if it is one of the videos, name it like LeftVideoSN001_comp.avi", stacklevel=3
            )
    return videos


def find_labels(files):
    """{subject: {au: path}}"""
    labels = {}
    for path in files:
        match = LABELS.match(path.name)
        if match:
            add_file(labels.setdefault(match[1].upper(), {}), int(match[2]), path, allow_copy=True)
    return labels


def check_complete(root, files, videos, labels, views):
    """Raise InputError unless there are subjects, and each has its label files and the videos of all `views`."""
    example = f"{views[0].title()}VideoSN001_comp.avi"
    if not labels:
        raise InputError(
            f"{root}: no label files (e.g. ActionUnit_Labels/SN001/SN001_au1.txt) below this folder; it "
            f"holds: {contents(root)}; {remedy(root, files, ('label',))}"
        )
    if not any(view in views for _, view in videos):
        raise InputError(
            f"{root}: no {'- or '.join(views)}-camera videos (e.g. {example}) below this folder; it "
            f"holds: {contents(root)}; {remedy(root, files, views)}"
        )
    missing = []
    for view in views:
        seen = {subject for subject, camera in videos if camera == view}
        missing += [f"{subject} has no {view}-camera video" for subject in sorted(set(labels) - seen)]
        missing += [f"{subject} has no label files" for subject in sorted(seen - set(labels))]
    if missing:
        raise InputError(f"{root}: subject {listed(missing)}; add the missing files or move the others away")
    for (_subject, view), path in sorted(videos.items()):
        if view in views and not path.stat().st_size:
            raise InputError(f"{path}: the video file is empty; copy it again")


def remedy(root, files, words):
    """What to do about a folder without label files or videos; their archive has one of `words` in its name."""
    if words == ("label",) and any(map(DISFA_PLUS.search, map(full_name, files))):
        return "these are the labels of DISFA+, which is another dataset; this reader takes DISFA"
    if packed := archives(files, *words, "disfa"):
        return f"unpack {listed(packed)}"
    if above := folder_above(root, SIBLINGS):
        return f"give {above}"
    dump = next(filter(DUMP.search, map(full_name, files)), None)
    if dump and words != ("label",):
        return f"{dump} is a frame that someone else extracted and numbered; put DISFA's own videos beside the labels"
    return f"give the folder that holds {HOLDS}"


def full_name(path):
    return path.absolute().as_posix()
