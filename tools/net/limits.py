"""What Caffe can do and no engine is asked for here: an error that names the layer, the field and the remedy."""

from tools.net.fields import Limit, axis_of, fail


def has_other_axis(layer, bottoms):
    return layer.convolution_param.axis not in (1, 1 - len(bottoms[0]))


def is_stochastic(layer, bottoms):
    return layer.pooling_param.pool == layer.pooling_param.STOCHASTIC


def learns_a_bias_for_each_image(layer, bottoms):
    return layer.scale_param.bias_term and len(bottoms) > 1 and not axis_of(layer, len(bottoms[0]))


LIMITS = {
    "Convolution": [
        Limit("convolution_param.axis other than 1 (leave it out)", has_other_axis),
    ],
    "Pooling": [
        Limit("pooling_param.pool STOCHASTIC, which Caffe has on GPUs only (give MAX or AVE)", is_stochastic),
    ],
    "Scale": [
        Limit(
            "scale_param.bias_term with a second bottom: it would learn a bias for each image of a batch (add a Bias "
            "layer)",
            learns_a_bias_for_each_image,
        ),
    ],
}


def check_limits(layer, bottoms):
    """Raise InputError for what of `layer` is not supported; `bottoms` are shapes."""
    for limit in LIMITS.get(layer.type, ()):
        if limit.has_it(layer, bottoms):
            fail(layer, f"{limit.text} is not supported")
