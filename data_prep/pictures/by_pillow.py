"""What Pillow reads and OpenCV does not, or does not turn as it says: HEIF, AVIF, and the frames of animations."""

import contextlib
import io
import struct
import warnings

import cv2
import numpy as np
import pi_heif
from PIL import Image, ImageOps

from data_prep.pictures.boxes import find_boxes
from data_prep.pictures.formats import file_format

ANIMATED = {"gif", "webp", "png", "avif"}  # formats that may hold several frames and their times
BROKEN = (
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    TypeError,
    LookupError,
    struct.error,
    Image.DecompressionBombError,
)
PAUSE = 100  # ours: milliseconds of a frame that gives none, as in browsers

pi_heif.register_heif_opener()
warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `max_pixels` is the limit


@contextlib.contextmanager
def limited(max_pixels):
    """Let Pillow raise Image.DecompressionBombError for pictures of more than `max_pixels`."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, max_pixels / 2  # it raises above twice the number
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def frames_in(path):
    """How many frames a picture or animation of Pillow's says it has; 0 if it cannot be opened."""
    try:
        with limited(np.inf), Image.open(path) as image:
            return image.n_frames
    except BROKEN:
        return 0


def is_animation(path):
    """Whether a file is a GIF, WebP, PNG or AVIF of several frames."""
    return file_format(path) in ANIMATED and frames_in(path) > 1


def pillow_image(path, max_pixels):
    """uint8 [H, W, 3] BGR of a picture, upright; None if it is broken, or larger than its header says and allowed."""
    try:
        with limited(max_pixels), Image.open(io.BytesIO(without_followers(path))) as image:
            return pixels(image)
    except BROKEN:
        return None


def without_followers(path):
    """The bytes of a file; of a media file only those before another one behind it, at which its decoder fails."""
    with open(path, "rb") as file:
        starts = [start - 8 for start, _ in find_boxes(file, b"ftyp")]
        file.seek(0)
        return file.read(starts[1]) if len(starts) > 1 else file.read()


def animation_frames(path, max_pixels):
    """Yield (seconds since the start, uint8 [H, W, 3] BGR) of the frames of an animation, up to one that is broken."""
    with Image.open(path) as image:
        seconds = 0.0
        for number in range(image.n_frames):
            try:
                with limited(max_pixels):
                    image.seek(number)
                    frame = pixels(image)
            except BROKEN:
                return
            yield seconds, frame
            seconds += (image.info.get("duration") or PAUSE) / 1000


def pixels(image):
    """uint8 [H, W, 3] BGR of a PIL.Image, turned as its Exif data say; without its transparency, as by OpenCV."""
    return cv2.cvtColor(np.asarray(ImageOps.exif_transpose(image).convert("RGB")), cv2.COLOR_RGB2BGR)
