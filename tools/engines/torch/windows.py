"""Layers whose window slides over maps: Convolution, Pooling, LRN. Blobs are as in tools/engines/torch/blobs.py."""

import torch
from torch.nn import functional

from tools.engines.torch.blobs import apart, merged, split, together
from tools.engines.torch.products import convolved
from tools.net.fields import pair
from tools.net.shape_rules import pooled_length


def net_by_net(x):
    """Whether each net's images are convolved separately, rather than all nets' by one batched matrix product.

    On processors they are: that is fastest with channels last, and a net among others stays the same as alone, to the
    bit. On a GPU the product is fastest; `make check-gpu` measures both.
    """
    return x.device.type == "cpu"


def convolution(layer, weights, bottoms, _):
    p, (x,) = layer.convolution_param, bottoms
    options = pair(p, "stride", "stride", 1), pair(p, "pad", "pad", 0), pair(p, "dilation", "", 1)
    if not net_by_net(x):
        return [convolved(x, *weights, *[None] * (not p.bias_term), *options, p.group)]
    biases = apart(weights[1], 0) if p.bias_term else [None] * x.shape[1]
    tops = [
        functional.conv2d(images.to(memory_format=torch.channels_last), kernel, bias, *options, p.group)
        for images, kernel, bias in zip(apart(x, 1), apart(weights[0], 0), biases)
    ]
    return [together(tops, 1)]


def pooling(layer, weights, bottoms, _):
    """Caffe rounds the output size up, and drops a last window that starts in the padding."""
    p, (x,) = layer.pooling_param, bottoms
    if p.global_pooling and p.pool == p.AVE:
        return [x.mean((3, 4), keepdim=True)]
    images = merged(x)
    if p.global_pooling:  # not amax: of equal maxima Caffe gives the whole gradient to the first
        return [split(functional.max_pool2d(images, x.shape[3:]), x)]
    size, stride = pair(p, "kernel_size", "kernel", 0), pair(p, "stride", "stride", 1)
    pad, up = pair(p, "pad", "pad", 0), p.round_mode == p.CEIL
    if any(2 * side > length for side, length in zip(pad, size)):
        return [split(widely_padded(images, p.pool == p.MAX, size, stride, pad, up), x)]
    if p.pool == p.MAX:
        return [split(functional.max_pool2d(images, size, stride, pad, ceil_mode=up), x)]
    return [split(functional.avg_pool2d(images, size, stride, pad, ceil_mode=up), x)]


def widely_padded(x, is_max, size, stride, pad, up):
    """Pooling of `x` [N, C, H, W] with a padding of more than half the window, which PyTorch's own does not take."""
    ends, counts = [], []
    for length, window, step, side in zip(x.shape[2:], size, stride, pad):
        out = pooled_length(length, window, step, side, up)
        starts = torch.arange(out, device=x.device) * step - side
        ends.append((out - 1) * step + window - length - side)  # pixels after the image; below 0, they are cut off
        counts.append(torch.clamp(starts + window, max=length + side) - starts)
    x = functional.pad(x, (pad[1], ends[1], pad[0], ends[0]), value=-torch.inf if is_max else 0.0)
    if is_max:
        return functional.max_pool2d(x, size, stride)
    return functional.avg_pool2d(x, size, stride, divisor_override=1) / (counts[0][:, None] * counts[1])


def lrn(layer, weights, bottoms, _):
    p, (x,) = layer.lrn_param, bottoms
    if p.norm_region == p.ACROSS_CHANNELS:
        return [split(functional.local_response_norm(merged(x), p.local_size, p.alpha, p.beta, p.k), x)]
    pooled = functional.avg_pool2d(merged(x * x), p.local_size, 1, (p.local_size - 1) // 2)
    return [x * (1 + p.alpha * split(pooled, x)) ** -p.beta]  # Caffe ignores k here
