"""Read and write image files."""

import cv2

from data_prep.pictures.by_pillow import pillow_image
from data_prep.pictures.cut_short import cut_short
from data_prep.pictures.formats import file_format
from data_prep.pictures.picture_size import picture_size
from data_prep.pictures.source_file import openable
from data_prep.system.errors import InputError

MAX_PIXELS = 100_000_000  # ours: 10,000 x 10,000, more than cameras make; decoding one takes about 0.5 GB of memory
PILLOW = {"heif", "avif"}  # formats of which OpenCV does not read the first, and does not turn the second
TURNED = {"tiff"}  # a format of which OpenCV does not read those pictures that lie on their side


class NotAPicture(InputError):
    """A file that can be opened, but not, or not reasonably, be read as a picture."""


def load_image(path, max_pixels=MAX_PIXELS):
    """uint8 [H, W, 3] BGR.

    Raises NotAPicture for a file that is no image of a known kind, is damaged, ends early, or has more than
    `max_pixels`; InputError for one that cannot or must not be opened.
    """
    path = openable(path)
    size = picture_size(path)
    if size is None or cut_short(path):
        raise damaged(path)
    check_pixels(path, *size, max_pixels)
    kind = file_format(path)
    image = None if kind in PILLOW else opencv_image(path)
    if image is None and kind in PILLOW | TURNED:
        image = pillow_image(path, max_pixels)
    if image is None:
        raise damaged(path)
    return image


def opencv_image(path):
    """uint8 [H, W, 3] BGR, or None."""
    try:
        return cv2.imread(path, cv2.IMREAD_COLOR)
    except cv2.error:
        return None


def damaged(path):
    return NotAPicture(f"{path}: not a picture that can be read; it is damaged or cut short, copy it again")


def read_image(path):
    """The same, but None instead of NotAPicture."""
    try:
        return load_image(path)
    except NotAPicture:
        return None


def check_pixels(path, width, height, max_pixels):
    """Raise NotAPicture if a picture or a video's frames are larger than `max_pixels`."""
    if width * height > max_pixels:
        raise NotAPicture(
            f"{path}: {width} x {height} pixels, more than the limit of {max_pixels:,}; make it smaller, or raise the "
            "limit (--max-pixels of tools.detect) if memory allows"
        )


def write_image(path, image):
    """Write uint8 [H, W] or [H, W, 3] BGR; the path's ending tells how. Raises OSError if it cannot be written."""
    is_encoded, content = cv2.imencode(path.suffix, image)
    if not is_encoded:
        raise InputError(f"{path}: OpenCV cannot write {path.suffix} files; install opencv-python-headless")
    try:
        path.write_bytes(content)
    except OSError as error:  # of a write that fails, it does not tell the name
        raise OSError(error.errno, error.strerror, str(path)) from error
