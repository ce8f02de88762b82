"""MVN and BatchNorm. Blobs are as in tools/engines/torch/blobs.py."""

import torch

from tools.engines.torch.blobs import along_channels


class UnitVariance(torch.autograd.Function):
    """centered / (deviation + eps) over `axes`, with Caffe's gradient: that of eps = 0, divided by deviation + eps.

    Autograd's own is NaN where the deviation is 0, in a constant image.
    """

    @staticmethod
    def forward(ctx, centered, axes, eps):
        spread = (centered * centered).mean(axes, keepdim=True).sqrt() + eps
        top, ctx.axes = centered / spread, axes
        ctx.save_for_backward(top, spread)
        return top

    @staticmethod
    def backward(ctx, gradient):
        top, spread = ctx.saved_tensors
        return (gradient - top * (gradient * top).mean(ctx.axes, keepdim=True)) / spread, None, None


def full(x):
    """`x` in float32 at least: sums over many numbers would lose too much in bfloat16."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def mvn(layer, weights, bottoms, _):
    """eps is added after the square root, the variance is biased."""
    p, x = layer.mvn_param, full(bottoms[0])
    axes = tuple(range(2 if p.across_channels else 3, x.dim()))
    centered = x - x.mean(axes, keepdim=True)
    return [UnitVariance.apply(centered, axes, p.eps) if p.normalize_variance else centered]


def batch_norm(layer, weights, bottoms, context):
    """Weights: sums of means and of variances, and the factor that both are divided by."""
    p, x = layer.batch_norm_param, full(bottoms[0])
    use_stored = p.use_global_stats if p.HasField("use_global_stats") else not context.training
    axes = (0, *range(3, x.dim()))
    if use_stored:
        scale = torch.where(weights[2] == 0, 0, 1 / weights[2])
        mean, variance = weights[0] * scale, weights[1] * scale
    else:
        mean, variance = x.mean(axes), x.var(axes, unbiased=False)
        count = x.numel() / x.shape[1] / x.shape[2]
        with torch.no_grad():
            fresh = (mean, variance * count / max(count - 1, 1), torch.ones_like(weights[2]))
            for weight, value in zip(weights, fresh):
                weight.mul_(p.moving_average_fraction).add_(value)
    spread = (variance + p.eps).sqrt()
    return [(x - along_channels(mean, x)) / along_channels(spread, x)]
