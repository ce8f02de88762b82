"""What `tools.detect` reads: pictures, folders of them, videos and cameras, one frame after another."""

import glob
from pathlib import Path
from typing import NamedTuple

from data_prep.pictures.images import read_image
from data_prep.pictures.video import FPS, frame_count, video_frames
from data_prep.system.errors import InputError

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
VIDEOS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".mts"}
OVERLAY = "_overlay"  # ends the names of overlays: they are no inputs when their folder is given again


class Input(NamedTuple):
    """A picture, a video, a folder or a camera to detect AUs in.

    source  path of a picture or a video, of a folder whose pictures are one video, or the number of a camera
    name    of its files in the output folder
    """

    source: Path | int
    name: str

    @property
    def is_camera(self):
        return isinstance(self.source, int)

    @property
    def is_sequence(self):
        return not self.is_camera and self.source.is_dir()

    @property
    def is_picture(self):
        return not self.is_camera and not self.is_sequence and self.source.suffix.lower() in PICTURES


def find_inputs(arguments, sequence=False):
    """The Inputs that paths, globs, folders and camera numbers mean. `sequence`: a folder's pictures are one video.

    Raises InputError for a path that does not exist and a folder without pictures and videos.
    """
    sources = []
    for argument in arguments:
        if str(argument).isdigit() and not Path(argument).exists():
            sources.append(int(argument))
            continue
        paths = [argument] if Path(argument).exists() else sorted(glob.glob(str(argument)))
        if not paths:
            raise InputError(
                f"{argument}: no such file, folder or pattern; give pictures, videos, folders or a camera's number"
            )
        for path in map(Path, paths):
            sources += [path] if path.is_file() or sequence else files_in(path)
    sources = list(dict.fromkeys(sources))
    return [Input(source, name) for source, name in zip(sources, output_names(sources))]


def files_in(folder):
    """The pictures and videos anywhere below `folder`, overlays and hidden files left out."""
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in PICTURES | VIDEOS
        and path.is_file()
        and not path.name.startswith(".")
        and not path.stem.endswith(OVERLAY)
    ]
    if not found:
        raise InputError(
            f"{folder}: no picture and no video in it; give a folder with files that end in "
            f"{' '.join(sorted(PICTURES | VIDEOS))}"
        )
    return found


def output_names(sources):
    """A name for each source: the file's stem; if several have the same, with its ending, and then with its folders."""
    candidates = [name_candidates(source) for source in sources]
    names = []
    for own in candidates:
        unique = [name for level, name in enumerate(own) if sum(other[level] == name for other in candidates) == 1]
        names.append(unique[0] if unique else own[-1])
    return names


def name_candidates(source):
    """Three output names of a source, from short to unmistakable."""
    if isinstance(source, int):
        return [f"camera{source}"] * 3
    return [
        source.stem if source.is_file() else source.name,
        source.name.replace(".", "_"),
        "_".join(part.replace(".", "_") for part in source.absolute().parts[1:]),
    ]


def read_frames(item):
    """Yield (seconds since the start, uint8 [H, W, 3] BGR) of an Input in order.

    A picture of a sequence that cannot be read is None. Raises InputError for what cannot be opened.
    """
    if item.is_picture:
        image = read_image(item.source)
        if image is None:
            raise InputError(
                f"{item.source}: not a picture that can be read; it is damaged or cut short, copy it again"
            )
        yield 0.0, image
    elif item.is_sequence:
        paths = [path for path in sorted(item.source.iterdir()) if path.suffix.lower() in PICTURES]
        if not paths:
            raise InputError(f"{item.source}: no picture in it; give the folder that holds the pictures")
        for number, path in enumerate(paths):
            yield number / FPS, read_image(path)
    else:
        for _, seconds, image in video_frames(item.source):
            yield seconds, image


def expected_frames(item):
    """How many frames the header of a video says it has; 0 for any other Input, or where it does not say."""
    is_video = not (item.is_camera or item.is_sequence or item.is_picture)
    return frame_count(item.source) if is_video else 0
