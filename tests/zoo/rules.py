"""Which layers there are, what they learn and from which values they begin: state rules, sharing, `param`, fillers."""

from tests.zoo.texts import ZooNet, conv, fc, layer, max_pool, relu

W, B = 'param { name: "w" }', 'param { name: "b" }'


def staged(state, wide, narrow):
    """A net of which `state` chooses the wide or the narrow first convolution, by the rules that these have."""
    return ZooNet(
        conv("wide", "data", 8, more=wide).replace('top: "wide"', 'top: "conv1"')
        + conv("narrow", "data", 4, more=narrow).replace('top: "narrow"', 'top: "conv1"')
        + relu("conv1")
        + fc("fc", "conv1"),
        state=f"state {{ {state} }}" if state else "",
    )


def filled(weight, bias='"constant"', **fields):
    """A net whose weights begin with these fillers."""
    fillers = f"weight_filler {{ type: {weight} }} bias_filler {{ type: {bias} }}"
    return ZooNet(
        conv("conv1", "data", 6, f"kernel_size: 3 {fillers}") + relu("conv1") + fc("fc", "conv1", options=fillers),
        **fields,
    )


def siamese(options):
    """Both halves of the face go through the same filters."""
    return ZooNet(
        layer("Slice", "halves", "data", "slice_param { axis: 3 }", tops="left right")
        + conv("conv_left", "left", 4, more=options)
        + relu("conv_left")
        + conv("conv_right", "right", 4, more=options)
        + relu("conv_right")
        + layer("Eltwise", "difference", "conv_left conv_right", "eltwise_param { coeff: 1 coeff: -1 }")
        + layer("Concat", "both", "difference conv_left")
        + fc("fc", "both")
    )


RULES = {
    "phases": ZooNet(
        conv("conv1", "data")
        + layer("Dropout", "drop1", "conv1", "include { phase: TRAIN }", tops="conv1")
        + layer("ReLU", "relu_test", "conv1", "exclude { phase: TRAIN }", tops="conv1")
        + layer("ReLU", "relu_train", "conv1", "exclude { phase: TEST }", tops="conv1")
        + fc("fc", "conv1")
    ),
    "stage_wide": staged('stage: "wide"', 'include { stage: "wide" }', 'exclude { stage: "wide" }'),
    "stage_of_two": staged(
        'stage: "a" stage: "b"', 'include { stage: "a" stage: "c" }', 'include { stage: "a" not_stage: "c" }'
    ),
    "no_stage": staged("", 'include { stage: "wide" }', 'include { not_stage: "wide" }'),
    "level": staged("level: 2", "include { min_level: 1 max_level: 3 }", "include { max_level: 0 }"),
    "level_0": staged("", "include { min_level: 1 }", "exclude { min_level: 1 }"),
    "siamese": siamese(f"{W} {B}"),
    "siamese_one_bias_each": siamese(f"{W} param {{ lr_mult: 2 }}"),
    "recurrent": ZooNet(  # one convolution three times over
        conv("conv1", "data", 4, "kernel_size: 3 pad: 1")
        + relu("conv1")
        + "".join(
            conv(f"again{k}", "conv1" if k == 1 else f"again{k - 1}", 4, "kernel_size: 3 pad: 1", f"{W} {B}")
            + relu(f"again{k}")
            for k in (1, 2, 3)
        )
        + fc("fc", "again3")
    ),
    "shared_permissive": ZooNet(  # the same numbers as a matrix and as filters
        conv("conv1", "data", 4, "kernel_size: 3 stride: 2")
        + relu("conv1")
        + conv("conv2", "conv1", 4, "kernel_size: 1 bias_term: false", W)
        + layer("Pooling", "pool1", "conv2", "pooling_param { pool: AVE global_pooling: true }")
        + fc("fc1", "pool1", 4, "bias_term: false", 'param { name: "w" share_mode: PERMISSIVE }')
        + layer("TanH", "tanh", "fc1")
        + fc("fc", "tanh")
    ),
    "fine_tuned": ZooNet(  # the first layer stays, the second learns slowly, the last, of a new name, fast
        conv("conv1", "data", more="param { lr_mult: 0 } param { lr_mult: 0 }")
        + relu("conv1")
        + conv("conv2", "conv1", 8, more="param { lr_mult: 0.1 decay_mult: 0 } param { lr_mult: 0.2 decay_mult: 0 }")
        + relu("conv2")
        + fc("fc_new", "conv2", 12, more="param { lr_mult: 10 } param { lr_mult: 20 }")
        + relu("fc_new")
        + fc("fc", "fc_new")
    ),
    "no_gradient_below": ZooNet(
        conv("conv1", "data") + relu("conv1") + fc("fc1", "conv1", 8, more="propagate_down: false") + fc("fc", "fc1"),
    ),
    "filled_xavier": filled('"xavier" variance_norm: AVERAGE'),
    "filled_msra": filled('"msra" variance_norm: FAN_OUT'),
    "filled_uniform": filled('"uniform" min: -0.2 max: 0.3', '"constant" value: 0.1'),
    "filled_gaussian": filled('"gaussian" mean: 0.05 std: 0.2', '"uniform" min: 0 max: 0.1'),
    "filled_sparse": filled('"gaussian" std: 0.3 sparse: 3'),
    "filled_unitball": filled('"positive_unitball"'),
    "filled_bilinear": ZooNet(
        conv("conv1", "data")
        + conv("conv2", "conv1", 6, 'kernel_size: 4 group: 6 weight_filler { type: "bilinear" }')
        + fc("fc", "conv2"),
    ),
    # what the pixels are before the net sees them
    "pixels_to_1": ZooNet(
        conv("conv1", "data") + relu("conv1") + fc("fc", "conv1"), image="crop_size: 16 scale: 0.00390625"
    ),
    "pixels_mean_only": ZooNet(
        layer("Power", "small", "data", "power_param { scale: 0.02 }")
        + conv("conv1", "small")
        + relu("conv1")
        + fc("fc", "conv1"),
        image="crop_size: 16 mean_value: 110",
    ),
    "pixels_raw": ZooNet(
        layer("MVN", "mvn", "data") + conv("conv1", "mvn") + max_pool("pool1", "conv1") + fc("fc", "pool1"),
        image="crop_size: 16",
    ),
    "pixels_mirrored": ZooNet(conv("conv1", "data") + relu("conv1") + fc("fc", "conv1"), train="mirror: true"),
}
