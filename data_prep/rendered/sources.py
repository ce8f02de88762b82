"""The sources of faces: whose shapes the people have, and whose hands drew what their faces do."""

import functools
from typing import NamedTuple

from data_prep.rendered.atlas import atlas_of
from data_prep.rendered.furrows import furrows
from data_prep.rendered.ict import Ict
from data_prep.rendered.makehuman import MakeHuman
from data_prep.rendered.recipes import FACE_UNITS, ICT, MAKEHUMAN
from data_prep.system.errors import InputError

SOURCES = ("makehuman", "faceunits", "ict")


class Source(NamedTuple):
    """shapes: a MakeHuman or an Ict; recipes {AU or name: Terms}; the Atlas and the furrows of its Head."""

    shapes: object
    recipes: dict
    atlas: object
    furrows: dict


@functools.cache
def load_source(name, ict=None):
    """The Source `name`; `ict` is the folder of a checkout of ICT-FaceKit. Raises InputError if it is not there."""
    if name not in SOURCES:
        raise InputError(f"source {name!r}: give {', '.join(SOURCES)}")
    if name == "ict":
        if not ict:
            raise InputError("source ict: give the folder of a checkout of github.com/ICT-VGL/ICT-FaceKit as ICT=")
        shapes, recipes = Ict(ict), ICT
    elif name == "makehuman":
        shapes, recipes = MakeHuman("expression"), MAKEHUMAN
    else:
        shapes, recipes = MakeHuman("faceunits"), FACE_UNITS
    atlas = atlas_of(shapes.head.rest, shapes.head.skin)
    return Source(shapes, recipes, atlas, furrows(atlas))
