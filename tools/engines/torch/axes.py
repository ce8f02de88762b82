"""Layers that work along axes: InnerProduct, Softmax, and those that only rearrange. Blobs are as in
tools/engines/torch/blobs.py."""

import itertools

import torch

from tools.engines.torch.blobs import axis_in, shape_of
from tools.net import shape_rules


def inner_product(layer, weights, bottoms, _):
    p, (x,) = layer.inner_product_param, bottoms
    x = x.flatten(axis_in(layer, x)).transpose(0, 1)  # [F, N, ..., K]
    rows = x.flatten(1, -2)
    columns = weights[0] if p.transpose else weights[0].transpose(1, 2)
    top = torch.baddbmm(weights[1].unsqueeze(1), rows, columns) if p.bias_term else torch.bmm(rows, columns)
    return [top.reshape(*x.shape[:-1], -1).transpose(0, 1)]


def softmax(layer, weights, bottoms, _):
    return [bottoms[0].softmax(axis_in(layer, bottoms[0]))]


def concat(layer, weights, bottoms, _):
    return [torch.cat(bottoms, axis_in(layer, bottoms[0]))]


def slice_tops(layer, weights, bottoms, _):
    p, (x,) = layer.slice_param, bottoms
    axis = axis_in(layer, x)
    ends = [0, *p.slice_point, x.shape[axis]]
    if not p.slice_point:
        return list(x.chunk(len(layer.top), axis))
    return [x.narrow(axis, start, end - start) for start, end in itertools.pairwise(ends)]


def flatten(layer, weights, bottoms, _):
    return [reshaped(bottoms[0], *shape_rules.flatten(layer, [shape_of(bottoms[0])]))]


def reshape(layer, weights, bottoms, _):
    return [reshaped(bottoms[0], *shape_rules.reshape(layer, [shape_of(bottoms[0])]))]


def reshaped(x, shape):
    """A blob whose shape in Caffe becomes `shape`."""
    if shape[:1] == x.shape[:1]:
        return x.reshape(*x.shape[:2], *shape[1:])
    return x.movedim(1, -1).reshape(*shape, x.shape[1]).movedim(-1, 1)  # values move between images
