"""Axes of blobs of several nets at once, as the layers of this folder use them.

A blob is a tensor [N, F, ...]: N images, F nets (folds), then Caffe's axes from channels on; a blob of weights is
[F, ...] with Caffe's axes. One net is F = 1. In memory, channels may stand last, and nets before images.
"""

import torch

from tools.net.fields import axis_of


def merged(blob):
    """[N, F, C, ...] as [N F, C, ...], or as [F N, C, ...] where they stand so in memory: every image by itself."""
    return (blob.transpose(0, 1) if nets_first(blob) else blob).flatten(0, 1)


def split(images, blob):
    """The inverse of `merged` for what became of `blob`."""
    if nets_first(blob):
        return images.unflatten(0, (blob.shape[1], blob.shape[0])).transpose(0, 1)
    return images.unflatten(0, blob.shape[:2])


def nets_first(blob):
    return blob.stride(1) > blob.stride(0)


def apart(x, axis):
    """The nets of a blob, each without the axis of nets. One net is a view: its gradient keeps its memory order."""
    return x.unbind(axis) if x.shape[axis] > 1 else [x.squeeze(axis)]


def together(parts, axis):
    """The inverse of `apart`."""
    return torch.stack(parts, axis) if len(parts) > 1 else parts[0].unsqueeze(axis)


def along_channels(weight, blob):
    """[F, C] (or [F, 1]) to multiply a blob [N, F, C, ...]."""
    return weight.to(blob.dtype).reshape(*weight.shape[:1], -1, *[1] * (blob.dim() - 3))


def shape_of(blob):
    """The shape that a blob has in Caffe."""
    return (blob.shape[0], *blob.shape[2:])


def axis_in(layer, blob):
    """The axis of `blob` along which a layer works."""
    axis = axis_of(layer, blob.dim() - 1)
    return axis + 1 if axis else 0


def placed(layer, weight, blob):
    """Weights [F, ...] of a layer over the axes of a blob from that of the layer on."""
    axis, weight = axis_of(layer, blob.dim() - 1), weight.to(blob.dtype)
    if not axis and weight.dim() > 1:
        return over_first_axes(weight.movedim(0, 1), blob)
    before, after = max(axis - 1, 0), blob.dim() - 1 - max(axis, 1) - (weight.dim() - 1)
    return weight.reshape(weight.shape[0], *[1] * before, *weight.shape[1:], *[1] * after)


def over_first_axes(factor, blob):
    """A blob [N, F, ...] with fewer axes than `blob`, to multiply it image by image."""
    return factor.reshape(*factor.shape, *[1] * (blob.dim() - factor.dim()))
