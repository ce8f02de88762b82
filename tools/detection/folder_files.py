"""Which files of a folder are pictures and videos, by their content; names count where that is of no known format."""

import contextlib
import os
import re
import stat

from data_prep.pictures import formats
from data_prep.pictures.by_pillow import is_animation
from data_prep.system.errors import InputError
from tools.detection.names import OVERLAY

PICTURES = {
    *(".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pbm", ".pgm", ".ppm"),
    *(".heic", ".heif", ".avif", ".gif", ".jp2"),
}
VIDEOS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".mts"}
SOUND = {".m4a", ".m4b", ".mka", ".weba", ".wma", ".aac"}  # in the formats of videos
# of cameras: OpenCV reads a preview only
RAW = {*(".dng", ".nef", ".nrw", ".cr2", ".cr3"), *(".arw", ".sr2", ".pef", ".srw")}
NAMED = 3  # ours: so many of the files that are left out are named


def files_in(folder):
    """(pictures and videos anywhere below `folder`, files that are left out)."""
    found, left_out = divided(folder, folder.rglob("*"), formats.PICTURES | formats.VIDEOS, PICTURES | VIDEOS)
    if not found:
        raise InputError(
            f"{folder}: no picture and no video in it; give a folder with files that end in "
            f"{' '.join(sorted(PICTURES | VIDEOS))}"
        )
    return found, left_out


def pictures_in(folder):
    """(pictures of the sequence in `folder`, files that are left out)."""
    return divided(folder, folder.iterdir(), formats.PICTURES, PICTURES)


def divided(folder, paths, known, endings):
    """(those to read, those to leave out) of the files among `paths` below `folder`, in order.

    Read are those that have one of the formats `known` or a name with one of `endings`, but for overlays, hidden files,
    sound, and what cameras call raw.
    """
    found, left_out = [], []
    for path in sorted((path for path in paths if not path.is_dir()), key=natural):
        ending = path.suffix.lower()
        is_left = (
            any(part.startswith(".") for part in path.relative_to(folder).parts)
            or path.stem.endswith(OVERLAY)
            or ending in SOUND | RAW
            or (ending not in endings and content_format(path) not in known)
        )
        (left_out if is_left else found).append(path)
    return found, left_out


def natural(path):
    """A key that sorts numbers in names by their value: img2 comes before img10."""
    parts = re.split(r"(\d+)", str(path))  # text and numbers by turns
    return [int(part) if number % 2 else part for number, part in enumerate(parts)], str(path)


def left_out_text(paths):
    """One line on files that are left out."""
    names = ", ".join(path.name for path in paths[:NAMED])
    names += f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return f"{len(paths)} file(s) left out, hidden, overlays, or no pictures or videos: {names}"


def content_format(path):
    """One of formats.PICTURES or VIDEOS; None for anything else, and for what is no file that can be read."""
    with contextlib.suppress(OSError):
        if stat.S_ISREG(os.stat(path).st_mode):
            return formats.file_format(path)
    return None


def is_image_file(path):
    """Whether it is read as a picture: by its content, or by its name if its content is of no known format."""
    kind = content_format(path)
    if kind is None:
        return path.suffix.lower() in PICTURES
    return kind in formats.PICTURES and not is_animation(path)
