"""Layers that work along axes: InnerProduct, Softmax, and those that only rearrange. Blobs are as in
tools/engines/torch/blobs.py."""

import itertools

import torch


def inner_product(layer, weights, bottoms, _):
    p, (x,) = layer.inner_product_param, bottoms
    x = x.flatten(p.axis % (x.dim() - 1) + 1).transpose(0, 1)  # [F, N, ..., K]
    rows = x.flatten(1, -2)
    top = torch.bmm(rows, weights[0] if p.transpose else weights[0].transpose(1, 2))
    top = top + weights[1].unsqueeze(1) if p.bias_term else top
    return [top.reshape(*x.shape[:-1], -1).transpose(0, 1)]


def softmax(layer, weights, bottoms, _):
    return [bottoms[0].softmax(layer.softmax_param.axis % (bottoms[0].dim() - 1) + 1)]


def concat(layer, weights, bottoms, _):
    return [torch.cat(bottoms, layer.concat_param.axis % (bottoms[0].dim() - 1) + 1)]


def slice_tops(layer, weights, bottoms, _):
    p, (x,) = layer.slice_param, bottoms
    axis = p.axis % (x.dim() - 1)
    ends = [0, *p.slice_point, x.shape[axis + 1]]
    if not p.slice_point:
        return list(x.chunk(len(layer.top), axis + 1))
    return [x.narrow(axis + 1, start, end - start) for start, end in itertools.pairwise(ends)]


def flatten(layer, weights, bottoms, _):
    p, (x,) = layer.flatten_param, bottoms
    start, end = p.axis % (x.dim() - 1), p.end_axis % (x.dim() - 1)
    return [x.flatten(start + 1, end + 1)]


def reshape(layer, weights, bottoms, _):
    p, (x,) = layer.reshape_param, bottoms
    old = [x.shape[0], *x.shape[2:]]
    start = p.axis if p.axis >= 0 else len(old) + p.axis + 1
    end = len(old) if p.num_axes == -1 else start + p.num_axes
    new = [*old[:start], *(old[start + k] if dim == 0 else dim for k, dim in enumerate(p.shape.dim)), *old[end:]]
    return [x.reshape(x.shape[0], x.shape[1], *new[1:])]
