"""What BatchNorm computes in training, in plain NumPy: what a Caffe is held against before it trains such a net.

Python 3.6 syntax: Caffe's interpreter imports this.
"""

import numpy as np

FRACTION, EPS = 0.5, 1e-3  # of NET, with which a Caffe is tried
SHAPE = (6, 3, 4, 5)
NET = f"""
force_backward: true
layer {{ name: "in" type: "Input" top: "x" input_param {{ shape {{ dim: {" dim: ".join(map(str, SHAPE))} }} }} }}
layer {{ name: "norm" type: "BatchNorm" bottom: "x" top: "y"
        batch_norm_param {{ moving_average_fraction: {FRACTION} eps: {EPS} }} }}
"""
PASSES = 2  # forward passes over different images: the statistics must move on
CLOSE = 1e-3  # ours: largest error, relative to the largest value; a Caffe that is right has 1e-6


def batches():
    """The images of each pass, and the gradient of the last top; float64 `SHAPE`."""
    rng = np.random.RandomState(0)
    return [rng.normal(number + 1, 3, SHAPE) for number in range(PASSES)], rng.normal(0, 1, SHAPE)


def forward(x, eps=EPS):
    """(top, mean [C], biased variance [C]) of images `x` [N, C, ...]."""
    axes = (0,) + tuple(range(2, x.ndim))
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + eps), mean.ravel(), variance.ravel()


def backward(x, gradient, eps=EPS):
    """The gradient of `x`, given that of the top."""
    axes = (0,) + tuple(range(2, x.ndim))
    top, _, variance = forward(x, eps)
    spread = np.sqrt(variance + eps).reshape((1, -1) + (1,) * (x.ndim - 2))
    means = gradient.mean(axes, keepdims=True) + top * (gradient * top).mean(axes, keepdims=True)
    return (gradient - means) / spread


def statistics(images, fraction=FRACTION):
    """The three blobs of weights after a pass over each of `images`: sums of means and of variances, and their factor.

    Each pass counts `fraction` times as much as the one after it. The variances are unbiased.
    """
    means, variances, factor = 0.0, 0.0, 0.0
    for x in images:
        _, mean, variance = forward(x)
        count = x.size / x.shape[1]
        means, variances = fraction * means + mean, fraction * variances + variance * count / (count - 1)
        factor = fraction * factor + 1
    return [means, variances, np.array([factor])]


def error(given, expected):
    """The largest error of `given`, relative to the largest value expected."""
    return float(np.abs(given - expected).max() / np.abs(expected).max())
