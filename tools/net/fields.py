"""Fields of a layer as Caffe reads them, and the error that names a layer."""

from collections.abc import Callable
from typing import NamedTuple

from data_prep.system.errors import InputError

AXES = {  # {type of layer: (its message that has an `axis`, the field that did the same in old nets)}
    "InnerProduct": ("inner_product_param", None),
    "Scale": ("scale_param", None),
    "Bias": ("bias_param", None),
    "Softmax": ("softmax_param", None),
    "SoftmaxWithLoss": ("softmax_param", None),
    "Accuracy": ("accuracy_param", None),
    "Concat": ("concat_param", "concat_dim"),
    "Slice": ("slice_param", "slice_dim"),
    "Flatten": ("flatten_param", None),
}


class Limit(NamedTuple):
    """Something that a layer may have and that cannot be: what it is, and how to tell.

    has_it  (layer, shapes of its bottoms) -> bool
    """

    text: str
    has_it: Callable


def fail(layer, why):
    raise InputError(f"layer {layer.name!r} ({layer.type}): {why}")


def pair(p, name, prefix, default):
    """(height, width) of a field of the parameters `p`, given once, twice, or as _h and _w."""
    if prefix and (p.HasField(f"{prefix}_h") or p.HasField(f"{prefix}_w")):
        return getattr(p, f"{prefix}_h"), getattr(p, f"{prefix}_w")
    value = getattr(p, name)
    values = [value] if isinstance(value, int) else list(value)
    if not values or (isinstance(value, int) and not p.HasField(name)):
        values = [default]
    return (values * 2)[:2]


def axis_of(layer, axes):
    """The axis, from 0, along which a layer works, of a bottom that has `axes` of them. Raises InputError."""
    name, old = AXES[layer.type]
    p = getattr(layer, name)
    if old and p.HasField(old):
        if p.HasField("axis"):
            fail(layer, f"{name} has both axis and {old}; give axis only")
        return counted(layer, f"{name}.{old}", getattr(p, old), axes)
    return counted(layer, f"{name}.axis", p.axis, axes)


def counted(layer, field, axis, axes):
    """`axis` from 0, where it may be counted from the end as -1, -2, ... Raises InputError if there is no such axis."""
    if not -axes <= axis < axes:
        fail(layer, f"{field} {axis} is not one of the {axes} axes of its bottom; give {-axes} to {axes - 1}")
    return axis % axes


def axes_of(layer, axes):
    """(first, end) of the axes, of `axes`, that `axis` and `num_axes` of a Scale or Bias layer name."""
    first, count = axis_of(layer, axes), getattr(layer, AXES[layer.type][0]).num_axes
    if count < -1 or first + count > axes:
        fail(layer, f"num_axes {count} from axis {first} on is more than the {axes} axes of its bottom; lower it")
    return first, axes if count == -1 else first + count
