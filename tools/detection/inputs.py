"""What `tools.detect` reads: pictures, folders of them, videos and cameras, one frame after another.

A video's times are those of its frames, as far as it tells them, so a variable rate is no trouble; a video that ends early
has as many frames as can be read.
"""

import glob
from pathlib import Path
from typing import NamedTuple

import cv2

from data_prep.pictures.images import read_image
from data_prep.system.errors import InputError

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
VIDEOS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".mts"}
OVERLAY = "_overlay"  # how the name of what is drawn here ends; it is no input when the folder is given again
FPS = 25.0  # ours: of a video or a sequence of pictures that does not tell


class Input(NamedTuple):
    """Something to look at.

    source  path of a video or a picture, of a folder whose pictures are one video, or the number of a camera
    name    of its files in the output folder
    """

    source: Path | int
    name: str

    @property
    def is_picture(self):
        return isinstance(self.source, Path) and self.source.suffix.lower() in PICTURES and not self.source.is_dir()


def find_inputs(arguments, sequence=False):
    """The Inputs that paths, globs, folders and camera numbers mean. `sequence`: a folder's pictures are one video.

    Raises InputError for what is not there, or holds nothing that can be read.
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
            sources += [path] if path.is_file() or sequence else in_folder(path)
    sources = list(dict.fromkeys(sources))
    return [Input(source, name) for source, name in zip(sources, names(sources))]


def in_folder(folder):
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
            f"{folder}: no picture and no video in it; known endings: {' '.join(sorted(PICTURES | VIDEOS))}"
        )
    return found


def names(sources):
    """Output names: the file's stem; with its ending, and then its folders, where that is not enough to tell them apart."""

    def candidates(source):
        if isinstance(source, int):
            return [f"camera{source}"] * 3
        return [
            source.stem if source.is_file() else source.name,
            source.name.replace(".", "_"),
            "_".join(part.replace(".", "_") for part in source.absolute().parts[1:]),
        ]

    listed = [candidates(source) for source in sources]
    chosen = []
    for names_of_one in listed:
        level = next((k for k in range(3) if sum(other[k] == names_of_one[k] for other in listed) == 1), 2)
        chosen.append(names_of_one[level])
    return chosen


def frames(one):
    """Yield (seconds since the start, uint8 [H, W, 3] BGR) of an Input in order; None instead of an unreadable picture of
    a sequence. Raises InputError for what cannot be opened."""
    if one.is_picture:
        image = read_image(one.source)
        if image is None:
            raise InputError(f"{one.source}: not a picture that can be read; it is damaged or cut short, copy it again")
        yield 0.0, image
    elif isinstance(one.source, Path) and one.source.is_dir():
        paths = [path for path in sorted(one.source.iterdir()) if path.suffix.lower() in PICTURES]
        if not paths:
            raise InputError(f"{one.source}: no picture in it")
        for number, path in enumerate(paths):
            yield number / FPS, read_image(path)
    else:
        yield from video_frames_with_times(one.source)


def video_frames_with_times(source):
    """The same of a video or a camera."""
    capture = cv2.VideoCapture(source if isinstance(source, int) else str(source))
    try:
        if not capture.isOpened():
            raise InputError(
                f"{source}: "
                + (
                    "no such camera"
                    if isinstance(source, int)
                    else "OpenCV cannot open this video; it is damaged, or of an unknown kind"
                )
            )
        fps, number, last = capture.get(cv2.CAP_PROP_FPS) or FPS, 0, -1.0
        while True:
            good, image = capture.read()
            if not good:
                return
            told = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            last = told if told > last or not number else number / fps
            yield last, image
            number += 1
    finally:
        capture.release()


def expected_frames(one):
    """How many frames a video says it has; 0 where it does not."""
    if not isinstance(one.source, Path) or one.is_picture or one.source.is_dir():
        return 0
    capture = cv2.VideoCapture(str(one.source))
    count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
    capture.release()
    return max(count, 0)
