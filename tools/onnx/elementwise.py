"""Layers that map each number by itself: activations, Scale, Bias, Eltwise."""

from functools import reduce


def relu(layer, weights, bottoms, write):
    slope = layer.relu_param.negative_slope
    return [write("LeakyRelu", bottoms[0], alpha=slope) if slope else write("Relu", bottoms[0])]


def prelu(layer, weights, bottoms, write):
    slope = weights[0].reshape(-1, *[1] * (len(bottoms[0].shape) - 2))  # of each channel, or one of all
    return [write("PRelu", bottoms[0], slope)]


def elu(layer, weights, bottoms, write):
    return [write("Elu", bottoms[0], alpha=layer.elu_param.alpha)]


def sigmoid(layer, weights, bottoms, write):
    return [write("Sigmoid", bottoms[0])]


def tanh(layer, weights, bottoms, write):
    return [write("Tanh", bottoms[0])]


def absolute(layer, weights, bottoms, write):
    return [write("Abs", bottoms[0])]


def power(layer, weights, bottoms, write):
    """(shift + scale x) ^ power."""
    p, top = layer.power_param, bottoms[0].name
    if p.scale != 1:
        top = write("Mul", top, p.scale)
    if p.shift:
        top = write("Add", top, p.shift)
    return [top if p.power == 1 else write("Pow", top, p.power)]


def scale(layer, weights, bottoms, write):
    p, x = layer.scale_param, bottoms[0]
    if len(bottoms) > 1:
        return [write("Mul", x, of_each_image(bottoms, write))]
    top = write("Mul", x, along(weights[0], x, p.axis))
    return [write("Add", top, along(weights[1], x, p.axis)) if p.bias_term else top]


def bias(layer, weights, bottoms, write):
    x = bottoms[0]
    summand = of_each_image(bottoms, write) if len(bottoms) > 1 else along(weights[0], x, layer.bias_param.axis)
    return [write("Add", x, summand)]


def of_each_image(bottoms, write):
    """The second bottom, whose shape is the beginning of the first one's, with as many axes as that."""
    x, given = bottoms
    missing = len(x.shape) - len(given.shape)
    return write("Reshape", given, [0, *given.shape[1:], *[1] * missing]) if missing else given


def along(values, blob, axis):
    """Weights over the axes of a Blob from `axis` on, with ones for the axes after them. A single number stays one."""
    if not values.ndim:
        return values
    return values.reshape(*values.shape, *[1] * (len(blob.shape) - axis % len(blob.shape) - values.ndim))


def eltwise(layer, weights, bottoms, write):
    p = layer.eltwise_param
    if p.operation == p.MAX:
        return [write("Max", *bottoms)]
    if p.operation == p.PROD:
        return [reduce(lambda product, factor: write("Mul", product, factor), bottoms)]
    coefficients = p.coeff or [1] * len(bottoms)
    summands = [
        bottom if coefficient == 1 else write("Mul", bottom, coefficient)
        for coefficient, bottom in zip(coefficients, bottoms)
    ]
    return [reduce(lambda total, summand: write("Add", total, summand), summands)]
