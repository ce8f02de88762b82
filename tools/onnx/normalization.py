"""MVN and BatchNorm."""

import numpy as np


def mvn(layer, weights, bottoms, write):
    """eps is added after the square root, the variance is biased."""
    p, (x,) = layer.mvn_param, bottoms
    axes = [1, 2, 3] if p.across_channels else [2, 3]
    centered = write("Sub", x, write("ReduceMean", x, axes=axes))
    if not p.normalize_variance:
        return [centered]
    variance = write("ReduceMean", write("Mul", centered, centered), axes=axes)
    return [write("Div", centered, write("Add", write("Sqrt", variance), p.eps))]


def batch_norm(layer, weights, bottoms, write):
    """Weights: sums of means and of variances, and the factor that both are divided by, or are 0 if it is."""
    factor = 1 / weights[2][0] if weights[2][0] else np.float32(0)
    mean, variance = weights[0] * factor, weights[1] * factor
    unit = np.ones_like(mean), np.zeros_like(mean)  # what follows in Caffe is a layer of its own, Scale
    return [write("BatchNormalization", bottoms[0], *unit, mean, variance, epsilon=layer.batch_norm_param.eps)]
