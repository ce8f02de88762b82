"""InnerProduct, Softmax, and the layers that split, join and rearrange blobs."""

from tests.zoo.texts import ZooNet, after_conv, after_fc, conv, fc, layer, max_pool, relu, two_branches


def with_fc(options, then="", **fields):
    """A net whose first InnerProduct has `options`."""
    body = conv("conv1", "data") + relu("conv1") + max_pool("pool1", "conv1") + fc("fc1", "pool1", 8, options)
    return ZooNet(body + relu("fc1") + fc("fc", "fc1"), **fields)


def joined(tops, options, then="Concat", again="", **fields):
    """A net that slices 6 maps into `tops` and joins them again, in another order."""
    backwards = " ".join(reversed(tops.split()))
    body = conv("conv1", "data") + relu("conv1") + layer("Slice", "tested", "conv1", options, tops=tops)
    return ZooNet(body + layer(then, "again", backwards, again) + conv("conv2", "again") + fc("fc", "conv2"), **fields)


def reshaped(options, **fields):
    """A net that reshapes 6 maps of 14 x 14."""
    return after_conv("Reshape", f"reshape_param {{ {options} }}", **fields)


AXES = {
    "fc_transposed": with_fc("transpose: true"),
    "fc_no_bias": with_fc("bias_term: false"),
    "fc_transposed_no_bias": with_fc("transpose: true bias_term: false"),
    "fc_axis": with_fc("axis: 2"),
    "fc_last_axis": with_fc("axis: -1 transpose: true"),
    "softmax": after_fc("Softmax"),
    "softmax_of_maps": after_conv("Softmax"),
    "softmax_of_rows": after_conv("Softmax", "softmax_param { axis: -1 }"),
    "softmax_axis": after_conv("Softmax", "softmax_param { axis: 2 }"),
    "concat": two_branches("Concat"),
    "concat_rows": two_branches("Concat", "concat_param { axis: 2 }"),
    "concat_columns": two_branches("Concat", "concat_param { axis: -1 }"),
    "concat_dim": two_branches("Concat", "concat_param { concat_dim: 2 }"),
    "concat_of_one": after_conv("Concat"),
    "concat_itself": ZooNet(
        conv("conv1", "data")
        + layer("Concat", "twice", "conv1 conv1 conv1")
        + conv("conv2", "twice")
        + fc("fc", "conv2")
    ),
    "slice_evenly": joined("a b c", ""),
    "slice_points": joined("a b c", "slice_param { slice_point: 1 slice_point: 4 }"),
    "slice_rows": joined("a b", "slice_param { axis: 2 }", then="Eltwise"),
    "slice_columns": joined("a b", "slice_param { axis: -1 slice_point: 5 }", again="concat_param { axis: 3 }"),
    "slice_dim": joined(
        "a b",
        "slice_param { slice_dim: 2 slice_point: 5 }",
        again="concat_param { axis: 2 }",
    ),
    "slice_of_one": joined("a", ""),
    "flatten": after_conv("Flatten"),
    "flatten_maps": after_conv("Flatten", "flatten_param { axis: 2 }"),
    "flatten_until": after_conv("Flatten", "flatten_param { axis: 1 end_axis: 2 }"),
    "flatten_until_last_but_one": after_conv("Flatten", "flatten_param { axis: -3 end_axis: -2 }"),
    "reshape": reshaped("shape { dim: 0 dim: -1 dim: 2 }"),
    "reshape_all": reshaped("shape { dim: 0 dim: 12 dim: 7 dim: -1 }"),
    "reshape_middle": reshaped("shape { dim: 2 dim: 3 } axis: 1 num_axes: 1"),
    "reshape_end": reshaped("shape { dim: 7 dim: 2 dim: -1 } axis: -2"),
    "reshape_new_axis": reshaped("shape { dim: 1 } axis: 1 num_axes: 0"),
    "reshape_kept": reshaped("shape { dim: 0 dim: 0 dim: -1 }"),
    "silence": ZooNet(
        conv("conv1", "data")
        + layer("Slice", "parts", "conv1", "slice_param { slice_point: 4 }", tops="kept unused")
        + layer("Silence", "quiet", "unused", tops="")
        + fc("fc", "kept")
    ),
}
