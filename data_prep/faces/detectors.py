"""The face detectors by name. Each is a class with

view(gray, image)                  (the picture that it searches; pixels of it for each of `gray` uint8 [H, W]), of a
                                   picture in gray and, where it has colors, in BGR
full(picture, min_face, thorough)  yields the Found of a picture, large ones first; `min_face` is a share of its short
                                   side, and `thorough` asks for what takes long where it finds nothing at once
near(picture, last)                the Found of about the place and size of the Found `last`, or None
"""

from collections.abc import Callable
from typing import NamedTuple

from data_prep.faces import blazeface, search
from data_prep.faces.blazeface import BlazeFace
from data_prep.faces.committee import Committee
from data_prep.faces.haar import Haar

HAAR, BLAZEFACE = "haar", "blazeface"


class Detector(NamedTuple):
    """make               a detector for the frames of one's own videos
    make_for_pictures  a detector for pictures that do not follow each other
    make_for_data      a detector for the one face of a dataset's frames
    parameters         what the boxes of a dataset depend on, as text
    has_landmarks      whether its faces have them
    """

    make: Callable
    make_for_pictures: Callable
    make_for_data: Callable
    parameters: str
    has_landmarks: bool


def paper_haar():
    """The paper's way: whatever the cascade finds (Sec. V)."""
    return Haar(sure=0, enlarge=False)


DETECTORS = {
    HAAR: Detector(Haar, Committee, paper_haar, search.PARAMETERS, False),
    BLAZEFACE: Detector(BlazeFace, BlazeFace, BlazeFace, blazeface.PARAMETERS, True),
}
