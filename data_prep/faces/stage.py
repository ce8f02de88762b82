"""The face stage: how a face becomes a crop. Subject files and bundles say which they were made with."""

from typing import NamedTuple

import numpy as np

from data_prep.faces.align import ALIGNMENTS, LANDMARKS, NONE, TEMPLATE, anchors, crop_aligned
from data_prep.faces.detectors import DETECTORS, HAAR
from data_prep.faces.search import crop_face
from data_prep.faces.shape import shape_of
from data_prep.system.errors import InputError


class FaceStage(NamedTuple):
    """detector  whose boxes, or landmarks, are cropped: a name of DETECTORS
    align     "none": the box is cropped; "landmarks": the face is brought to `template`
    template  places of the anchors (data_prep/faces/align.py) in the crop, x and y of its side
    shapes    whether the shape of the face (data_prep/faces/shape.py) is kept beside its crop
    """

    detector: str = HAAR
    align: str = NONE
    template: tuple = TEMPLATE
    shapes: bool = False

    @property
    def is_aligned(self):
        return self.align == LANDMARKS

    def crop(self, gray, box, anchor, size):
        """The crop uint8 [size, size] of a face in `gray` uint8 [H, W], with its box [4] and anchors [3, 2] or None."""
        return crop_aligned(gray, anchor, size, self.template) if self.is_aligned else crop_face(gray, box, size)

    def shape(self, found):
        """The shape float32 [478, 2] of a Found; None where none is wanted."""
        return shape_of(found.points) if self.shapes else None

    def facts(self):
        """As JSON has it: {"detector", "align", "template" of aligned crops, and "shapes" if they are kept}."""
        facts = {"detector": self.detector, "align": self.align}
        facts |= {"template": self.template} if self.is_aligned else {}
        return facts | ({"shapes": True} if self.shapes else {})


PAPER = FaceStage()  # the paper's way (Sec. V), and the default of its tables and figures


def face_stage(detector=HAAR, align=NONE):
    """The FaceStage of two options. Raises InputError if they do not go together."""
    if align == LANDMARKS and not DETECTORS[detector].has_landmarks:
        raise InputError("alignment by landmarks needs a detector that has them; add DETECTOR=blazeface (--detector)")
    return FaceStage(detector, align)


def add_stage_options(group):
    """Add --detector and --align to an argparse parser or group."""
    group.add_argument("--detector", choices=DETECTORS, default=HAAR, help="of faces (default haar, the paper's)")
    group.add_argument(
        "--align",
        choices=ALIGNMENTS,
        default=NONE,
        help="bring eyes and mouth to fixed places of the crop; needs blazeface (default none, as the paper)",
    )


def anchors_of(found):
    """float64 [3, 2] of a Found with landmarks, else None."""
    return None if found.points is None else anchors(np.asarray(found.points))
