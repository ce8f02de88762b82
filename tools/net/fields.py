"""Fields of a layer as Caffe reads them, and the error that names a layer."""

from collections.abc import Callable
from typing import NamedTuple

from data_prep.system.errors import InputError


def fail(layer, why):
    raise InputError(f"layer {layer.name!r} ({layer.type}): {why}")


class Limit(NamedTuple):
    """What an engine cannot do of a type of layer.

    text    the field and, in parentheses, the remedy
    has_it  (layer, shapes of its bottoms) -> whether a layer has it
    """

    text: str
    has_it: Callable


def pair(p, name, prefix, default):
    """(height, width) of a field of the parameters `p`, given once, twice, or as _h and _w."""
    if prefix and (p.HasField(f"{prefix}_h") or p.HasField(f"{prefix}_w")):
        return getattr(p, f"{prefix}_h"), getattr(p, f"{prefix}_w")
    value = getattr(p, name)
    values = [value] if isinstance(value, int) else list(value)
    if not values or (isinstance(value, int) and not p.HasField(name)):
        values = [default]
    return (values * 2)[:2]


def axes_of(p, shape):
    """(first, end) of the axes of `shape` that `axis` and `num_axes` of the parameters `p` name."""
    first = p.axis % len(shape)
    return first, len(shape) if p.num_axes == -1 else first + p.num_axes
