"""Caffe's fillers on PyTorch: the same distributions, but other random numbers."""

import math

import torch


def fill(filler, shape, generator):
    """float32 `shape` from the distribution of a FillerParameter, by a torch.Generator on the CPU."""
    if filler.type == "constant":
        return torch.full(shape, filler.value)
    if filler.type == "uniform":
        return torch.empty(shape).uniform_(filler.min, filler.max, generator=generator)
    if filler.type == "gaussian":
        return gaussian(filler, shape, generator)
    if filler.type == "positive_unitball":  # those of each output sum to 1
        rows = torch.rand((shape[0], math.prod(shape[1:])), generator=generator)
        return (rows / rows.sum(1, keepdim=True)).reshape(shape)
    if filler.type == "bilinear":
        return bilinear(shape)
    rows, columns = (*shape, 1, 1)[:2]
    fan_in, fan_out = math.prod(shape) // rows, math.prod(shape) // columns
    n = {filler.FAN_IN: fan_in, filler.FAN_OUT: fan_out, filler.AVERAGE: (fan_in + fan_out) / 2}[filler.variance_norm]
    if filler.type == "xavier":
        return torch.empty(shape).uniform_(-math.sqrt(3 / n), math.sqrt(3 / n), generator=generator)
    return torch.empty(shape).normal_(0, math.sqrt(2 / n), generator=generator)  # msra


def gaussian(filler, shape, generator):
    values = torch.empty(shape).normal_(filler.mean, filler.std, generator=generator)
    if filler.sparse >= 0:
        values *= torch.rand(shape, generator=generator) < filler.sparse / shape[0]
    return values


def bilinear(shape):
    """Kernels that enlarge images between their pixels; `shape` (outputs, inputs, side, side)."""
    half = math.ceil(shape[-1] / 2)
    center = (shape[-1] - 1) / (2 * half)
    side = 1 - (torch.arange(shape[-1]) / half - center).abs()
    return (side[:, None] * side).expand(shape).clone()
