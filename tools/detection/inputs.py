"""What `tools.detect` reads: pictures, folders of them, videos and cameras, one frame after another.

What a file is, is told by its content; its name counts where that is of no known format.
"""

import contextlib
import functools
import glob
import os
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import cv2

from data_prep.pictures.images import MAX_PIXELS, load_image
from data_prep.pictures.video import FPS, video_frames
from data_prep.pictures.video_end import missing_end
from data_prep.system.errors import InputError
from tools.detection.folder_files import files_in, is_image_file, left_out_text, pictures_in
from tools.detection.names import identity


class Input(NamedTuple):
    """A picture, a video, a folder or a camera to detect AUs in.

    source      absolute path of a picture or a video, of a folder whose pictures are one video, or a camera's number
    max_pixels  pictures and frames with more pixels are not read
    """

    source: Path | int
    max_pixels: int = MAX_PIXELS

    @property
    def is_camera(self):
        return isinstance(self.source, int)

    @property
    def is_sequence(self):
        return not self.is_camera and self.source.is_dir()

    @property
    def is_picture(self):
        """Whether it is one picture: an image file, or a video or sequence of one frame."""
        return not self.is_camera and shows_one_picture(self.source, self.max_pixels, stamp(self.source))


def find_inputs(arguments, sequence=False, max_pixels=MAX_PIXELS, tell=lambda line: None):
    """The Inputs that paths, globs, folders and camera numbers mean. `sequence`: a folder's pictures are one video.

    `tell` is called with a line for each folder in which files are left out.
    Raises InputError for a path that does not exist and a folder without pictures and videos.
    """
    sources = []
    for argument in arguments:
        if str(argument).isdecimal() and not Path(argument).exists():
            sources.append(int(argument))
            continue
        if not str(argument):
            raise InputError("an input without a name; is a variable of your shell empty?")
        paths = [argument] if Path(argument).exists() else sorted(glob.glob(str(argument)))
        if not paths:
            raise InputError(
                f"{argument}: no such file, folder or pattern; give pictures, videos, folders or a camera's number"
            )
        for path in (Path(identity(path)) for path in paths):
            if path.is_dir():
                found, left_out = pictures_in(path) if sequence else files_in(path)
                if left_out:
                    tell(f"{path}: {left_out_text(left_out)}")
                sources += [path] if sequence else found
            else:
                sources.append(path)
    return [Input(source, max_pixels) for source in dict.fromkeys(sources)]


def stamp(path):
    """What changes when a file or folder does."""
    with contextlib.suppress(OSError):
        return os.stat(path).st_size, os.stat(path).st_mtime_ns
    return None


@functools.lru_cache(maxsize=1024)
def shows_one_picture(path, max_pixels, _stamp):
    """Whether a path shows one picture, as Input.is_picture; of a video, two frames are decoded."""
    with contextlib.suppress(InputError, OSError, cv2.error):
        if path.is_dir():
            return len(pictures_in(path)[0]) == 1
        return is_image_file(path) or len(list(islice(video_frames(path, max_pixels), 2))) == 1
    return False


def read_frames(item):
    """Yield (seconds since the start, uint8 [H, W, 3] BGR) of an Input in order.

    A picture of a sequence that cannot be read is None. Raises InputError for what cannot be opened.
    """
    if item.is_sequence:
        paths, _ = pictures_in(item.source)
        if not paths:
            raise InputError(f"{item.source}: no picture in it; give the folder that holds the pictures")
        for number, path in enumerate(paths):
            yield number / FPS, readable(path, item.max_pixels)
    elif not item.is_camera and is_image_file(item.source):
        yield 0.0, load_image(item.source, item.max_pixels)
    else:
        for _, seconds, image in video_frames(item.source, item.max_pixels):
            yield seconds, image


def readable(path, max_pixels):
    """A picture of a sequence; None if it cannot be read, whatever the reason."""
    try:
        return load_image(path, max_pixels)
    except InputError:
        return None


def cut_short_note(item, count):
    """What to say of a video that goes on after the `count` frames that can be read; None if it does not."""
    if item.is_camera or item.is_sequence or is_image_file(item.source):
        return None
    expected = missing_end(item.source, count)
    if expected is None:
        return None
    if expected:
        return f"ends after frame {count} of {expected}: it is cut short, or its header is wrong"
    return f"ends after frame {count}: the file is cut short"
