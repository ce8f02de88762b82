"""Convolutions of many nets at once: every window copied into a row, then one batched matrix product.

On a GPU, of the ways that PyTorch has, this is the fastest for the small nets here: one convolution of F groups goes
to slow kernels where a group has a channel or two, and one convolution per net leaves most of the GPU idle.
"""

import torch
from torch.nn import functional

PAIRS = {torch.float32: torch.complex64, torch.float64: torch.complex128}  # whose sums are those of each number
PART = 1024  # ours: rows at least in a part of a sum over rows; fewer do not fill a multiprocessor


def convolved(x, kernel, bias, stride, pad, dilation, group):
    """The convolution of `x` [N, F, C, H, W] with `kernel` [F, O, C / group, h, w] and `bias` [F, O] or None.

    Returns [N, F, O, H', W'], in memory nets first and channels last.
    """
    x, kernel, bias = reduced(x, kernel, bias)
    images, nets = x.shape[:2]
    x = functional.pad(x, (pad[1], pad[1], pad[0], pad[0])) if any(pad) else x
    windows = Windows.apply(x.transpose(0, 1).movedim(2, -1), kernel.shape[3:], stride, dilation)
    height, width = windows.shape[2:4]
    rows = windows.unflatten(-1, (group, -1)).movedim(-2, 1)  # F, groups, N, H', W', h, w, channels
    columns = kernel.unflatten(1, (group, -1)).permute(0, 1, 4, 5, 3, 2)
    top = Product.apply(
        rows.reshape(nets * group, images * height * width, -1),
        columns.reshape(nets * group, -1, columns.shape[-1]),
        None if bias is None else bias.reshape(nets * group, 1, -1),
        parts_of(images, height * width),
    )
    return top.reshape(nets, group, images, height, width, -1).permute(2, 0, 1, 5, 3, 4).flatten(2, 3)


def reduced(*tensors):
    """The tensors in the precision that autocast wants of a matrix product."""
    kind = tensors[0].device.type
    if not torch.is_autocast_enabled(kind):
        return tensors
    return [tensor if tensor is None else tensor.to(torch.get_autocast_dtype(kind)) for tensor in tensors]


def parts_of(images, rows_an_image):
    """Into how many equal parts a sum over the rows of all images is cut: it does not depend on the other nets."""
    return max(
        part
        for part in range(1, images + 1)
        if not images % part and (part == 1 or images // part * rows_an_image >= PART)
    )


class Windows(torch.autograd.Function):
    """All windows of x [F, N, H, W, C]: a copy [F, N, H', W', h, w, C]."""

    @staticmethod
    def forward(ctx, x, size, stride, dilation):
        ctx.shape, ctx.stride, ctx.dilation = x.shape, stride, dilation
        for axis in (0, 1):
            extent = dilation[axis] * (size[axis] - 1) + 1
            x = x.unfold(axis + 2, extent, stride[axis])[..., :: dilation[axis]]
        windows = x.movedim(4, -1)
        rows = torch.empty(windows.shape, dtype=x.dtype, device=x.device)
        source, target = wide(windows, torch.complex128), wide(rows, torch.complex128)
        if source.dtype == target.dtype:
            target.copy_(source)
        else:
            rows.copy_(windows)
        return rows

    @staticmethod
    def backward(ctx, gradient):
        if not ctx.needs_input_grad[0]:
            return None, None, None, None
        total, pair = gradient.new_zeros(ctx.shape), PAIRS.get(gradient.dtype, gradient.dtype)
        parts, sums = wide(gradient.contiguous(), pair), wide(total, pair)
        places = [
            [slice(k * dilation, k * dilation + (length - 1) * stride + 1, stride) for k in range(size)]
            for length, size, stride, dilation in zip(
                gradient.shape[2:4], gradient.shape[4:6], ctx.stride, ctx.dilation
            )
        ]
        for i, down in enumerate(places[0]):
            for j, across in enumerate(places[1]):
                sums[:, :, down, across].add_(parts[:, :, :, :, i, j])
        return total, None, None, None


def wide(values, dtype):
    """`values` seen as fewer and wider numbers of `dtype`, where their places in memory allow it, else as they are.

    To go through a view number by number takes a GPU longer than the memory does.
    """
    ratio = dtype.itemsize // values.element_size()
    places = (values.shape[-1], values.storage_offset(), *values.stride()[:-1])
    return values if values.stride(-1) != 1 or any(place % ratio for place in places) else values.view(dtype)


class Product(torch.autograd.Function):
    """rows [F, L, K] times columns [F, K, O] plus bias [F, 1, O] or None: [F, L, O].

    The gradient of the columns sums over L, in `parts` at once: a product of so few rows and columns would keep but one
    multiprocessor per net busy.
    """

    @staticmethod
    def forward(ctx, rows, columns, bias, parts):
        ctx.save_for_backward(rows, columns)
        ctx.parts = parts
        return torch.bmm(rows, columns) if bias is None else torch.baddbmm(bias, rows, columns)

    @staticmethod
    def backward(ctx, gradient):
        (rows, columns), needed = ctx.saved_tensors, ctx.needs_input_grad
        gradient = gradient.contiguous()
        rows, cut = (values.unflatten(1, (ctx.parts, -1)).flatten(0, 1) for values in (rows, gradient))
        return (
            torch.bmm(gradient, columns.transpose(1, 2)) if needed[0] else None,
            torch.bmm(rows.transpose(1, 2), cut).unflatten(0, (-1, ctx.parts)).sum(1) if needed[1] else None,
            gradient.sum(1, keepdim=True) if needed[2] else None,
            None,
        )
