"""Convolution, Pooling, LRN: windows that slide over maps."""

from tests.zoo.texts import ZooNet, after_conv, after_relu, conv, fc, max_pool, relu


def with_conv(options, more="", outputs=6, **fields):
    """A net whose second convolution has `options`; it sees 6 maps of 14 x 14."""
    body = conv("conv1", "data") + relu("conv1") + conv("conv2", "conv1", outputs, options, more) + relu("conv2")
    return ZooNet(body + fc("fc", "conv2"), **fields)


def pooled(options, **fields):
    """A net that pools 6 maps of 14 x 14."""
    return after_relu("Pooling", f"pooling_param {{ {options} }}", **fields)


def pooled_both(name, options, **fields):
    """{name: net} with MAX and with AVE."""
    return {f"{kind.lower()}_{name}": pooled(f"pool: {kind} {options}", **fields) for kind in ("MAX", "AVE")}


def lrn(options, **fields):
    return after_relu("LRN", f"lrn_param {{ {options} }}", **fields)


WINDOWS = {
    "lenet": ZooNet(
        conv("conv1", "data", 6, "kernel_size: 5")
        + max_pool("pool1", "conv1")
        + conv("conv2", "pool1", 10)
        + max_pool("pool2", "conv2")
        + fc("fc1", "pool2", 12)
        + relu("fc1")
        + fc("fc", "fc1")
    ),
    "conv_stride_pad": with_conv("kernel_size: 3 stride: 2 pad: 1"),
    "conv_one_by_one": with_conv("kernel_size: 1"),
    "conv_sides": with_conv("kernel_h: 3 kernel_w: 5 stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 2 bias_term: false"),
    "conv_repeated": with_conv(
        "kernel_size: 3 kernel_size: 5 stride: 1 stride: 2 pad: 0 pad: 2 dilation: 2 dilation: 1"
    ),
    "conv_groups": with_conv("kernel_size: 3 group: 2", outputs=8),
    "conv_depthwise": with_conv("kernel_size: 3 group: 6 pad: 1 bias_term: false"),
    "conv_dilated": with_conv("kernel_size: 3 dilation: 3 pad: 2"),
    "conv_axis": with_conv("kernel_size: 3 axis: -3"),
    "conv_of_a_side": with_conv("kernel_h: 1 kernel_w: 7 pad_h: 0 pad_w: 3"),
    # pooling: the last window reaches past the image, or starts in the padding and is left out
    **pooled_both("pool", "kernel_size: 2 stride: 2"),
    **pooled_both("pool_overhang", "kernel_size: 3 stride: 2"),
    **pooled_both("pool_pad", "kernel_size: 3 stride: 2 pad: 1"),
    **pooled_both("pool_pad_dropped", "kernel_size: 2 stride: 2 pad: 1"),
    **pooled_both("pool_pad_3", "kernel_size: 3 stride: 3 pad: 1"),
    **pooled_both("pool_floor", "kernel_size: 3 stride: 2 round_mode: FLOOR"),
    **pooled_both("pool_floor_pad", "kernel_size: 5 stride: 4 pad: 1 round_mode: FLOOR"),
    **pooled_both("pool_no_stride", "kernel_size: 3"),
    **pooled_both("pool_same", "kernel_size: 3 stride: 1 pad: 1"),
    **pooled_both("pool_sides", "kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 0"),
    **pooled_both("pool_wide_pad", "kernel_size: 3 stride: 2 pad: 2"),
    **pooled_both("pool_global", "global_pooling: true"),
    "stochastic_pool": pooled(
        "pool: STOCHASTIC kernel_size: 2 stride: 2", refused={"all": "'tested'.*pooling_param.pool STOCHASTIC"}
    ),
    "lrn": lrn(""),
    "lrn_alexnet": lrn("local_size: 5 alpha: 0.5 beta: 0.75 k: 2"),
    "lrn_three_channels": lrn("local_size: 3 alpha: 0.7 beta: 0.6 k: 0.5"),
    "lrn_within": lrn("local_size: 3 alpha: 0.6 beta: 0.8 norm_region: WITHIN_CHANNEL"),
    "lrn_within_k": lrn("local_size: 5 alpha: 0.6 k: 3 norm_region: WITHIN_CHANNEL"),
    "lrn_before_relu": after_conv("LRN", "lrn_param { local_size: 3 alpha: 0.3 }"),
}
