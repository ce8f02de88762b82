"""How BP4D's subjects are divided in the literature, and what a check says about a copy's share of each part."""

from collections import Counter

from data_prep.readers.bp4d_files import SUBJECTS
from data_prep.subjects.splits import by_partition

FERA_TRAIN = tuple(name for name in SUBJECTS if int(name[1:]) % 2)  # FERA 2015: odd ids, 21 subjects
FERA_DEV = tuple(name for name in SUBJECTS if int(name[1:]) % 2 == 0)  # even ids, 20 subjects
PARTITIONS = {"FERA train": (FERA_TRAIN, 75_586), "FERA dev": (FERA_DEV, 71_261)}  # with their coded frames
THREE_FOLDS = (  # ours: as in most later work
    ("F001", "M007", "F018", "F008", "F002", "M004", "F010", "F009", "M012", "M001", "F016", "M014", "F023", "M008"),
    ("M011", "F003", "M010", "M002", "F005", "F022", "M018", "M017", "F013", "M016", "F020", "F011", "M013", "M005"),
    ("F007", "F015", "F006", "F019", "M006", "M009", "F012", "M003", "F004", "F021", "F017", "M015", "F014"),
)


def fera_split(subjects, seed=None):
    """(training, validation) among `subjects` as FERA 2015 has them; a seed changes nothing."""
    return by_partition(subjects, FERA_TRAIN, FERA_DEV)


def offsets_and_partitions(root, recordings, all_images, **options):
    """{heading: text} on the frame offsets in use, the partitions of FERA 2015 and what the mean faces are of."""
    offsets = Counter(offset_of(recording) for recording in recordings)
    lines = {"frame offset": ", ".join(f"{offset} in {count:,} tasks" for offset, count in sorted(offsets.items()))}
    for name, (subjects, expected) in PARTITIONS.items():
        part = [recording for recording in recordings if recording.subject in subjects]
        frames, found = sum(len(recording.frame) for recording in part), {recording.subject for recording in part}
        lines[name] = f"{frames:>9,}   from {len(found)} subjects; in all of BP4D {expected:,} from {len(subjects)}"
    lines["mean face"] = "over all images" if all_images else "over the coded frames (ALL_IMAGES=1: over all images)"
    return lines


def offset_of(recording):
    """Image number minus frame number in a task: the frame offset that was used, 0 or -1."""
    number, path = recording.images[0]
    return int(path.stem) - number
