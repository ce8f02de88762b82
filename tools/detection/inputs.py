"""What `tools.detect` reads: pictures, folders of them, videos and cameras, one frame after another."""

import glob
from pathlib import Path
from typing import NamedTuple

from data_prep.pictures.images import MAX_PIXELS, load_image
from data_prep.pictures.video import FPS, frame_count, video_frames
from data_prep.system.errors import InputError
from tools.detection.names import OVERLAY, identity

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
VIDEOS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".mts"}


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
        return not self.is_camera and not self.is_sequence and self.source.suffix.lower() in PICTURES


def find_inputs(arguments, sequence=False, max_pixels=MAX_PIXELS):
    """The Inputs that paths, globs, folders and camera numbers mean. `sequence`: a folder's pictures are one video.

    Raises InputError for a path that does not exist and a folder without pictures and videos.
    """
    sources = []
    for argument in arguments:
        if str(argument).isdecimal() and not Path(argument).exists():
            sources.append(int(argument))
            continue
        paths = [argument] if Path(argument).exists() else sorted(glob.glob(str(argument)))
        if not paths:
            raise InputError(
                f"{argument}: no such file, folder or pattern; give pictures, videos, folders or a camera's number"
            )
        for path in (Path(identity(path)) for path in paths):
            sources += files_in(path) if path.is_dir() and not sequence else [path]
    return [Input(source, max_pixels) for source in dict.fromkeys(sources)]


def files_in(folder):
    """The pictures and videos anywhere below `folder`, overlays and hidden files left out."""
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in PICTURES | VIDEOS
        and not path.is_dir()
        and not path.name.startswith(".")
        and not path.stem.endswith(OVERLAY)
    ]
    if not found:
        raise InputError(
            f"{folder}: no picture and no video in it; give a folder with files that end in "
            f"{' '.join(sorted(PICTURES | VIDEOS))}"
        )
    return found


def read_frames(item):
    """Yield (seconds since the start, uint8 [H, W, 3] BGR) of an Input in order.

    A picture of a sequence that cannot be read is None. Raises InputError for what cannot be opened.
    """
    if item.is_picture:
        yield 0.0, load_image(item.source, item.max_pixels)
    elif item.is_sequence:
        paths = [path for path in sorted(item.source.iterdir()) if path.suffix.lower() in PICTURES]
        if not paths:
            raise InputError(f"{item.source}: no picture in it; give the folder that holds the pictures")
        for number, path in enumerate(paths):
            yield number / FPS, readable(path, item.max_pixels)
    else:
        for _, seconds, image in video_frames(item.source, item.max_pixels):
            yield seconds, image


def readable(path, max_pixels):
    """A picture of a sequence; None if it cannot be read, whatever the reason."""
    try:
        return load_image(path, max_pixels)
    except InputError:
        return None


def expected_frames(item):
    """How many frames the header of a video says it has; 0 for any other Input, or where it does not say."""
    is_video = not (item.is_camera or item.is_sequence or item.is_picture)
    return frame_count(item.source) if is_video else 0
