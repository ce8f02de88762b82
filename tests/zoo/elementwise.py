"""Activations, Dropout, Scale, Bias, Eltwise: what maps each number by itself."""

from tests.zoo.texts import ZooNet, after_conv, after_fc, after_relu, conv, fc, layer, relu


def gated(joint, options="", **fields):
    """Squeeze and excitation: maps are scaled, or moved, each by a number computed from all of them."""
    return ZooNet(
        conv("conv1", "data")
        + relu("conv1")
        + layer("Pooling", "squeeze", "conv1", "pooling_param { pool: AVE global_pooling: true }")
        + fc("fc1", "squeeze", 4)
        + relu("fc1")
        + fc("fc2", "fc1", 6)
        + layer("Sigmoid", "gate", "fc2")
        + layer(joint, "tested", "conv1 gate", options)
        + fc("fc", "tested"),
        **fields,
    )


def eltwise(options, branches=2, **fields):
    """A net of several convolutions of one image, combined number by number."""
    names = [f"conv{k}" for k in range(1, branches + 1)]
    body = "".join(conv(name, "data") for name in names)
    return ZooNet(
        body + layer("Eltwise", "tested", " ".join(names), f"eltwise_param {{ {options} }}") + fc("fc", "tested"),
        **fields,
    )


FILLED = 'filler { type: "uniform" min: 0.5 max: 1.5 }'

ELEMENTWISE = {
    # activations
    "relu": after_conv("ReLU"),
    "relu_leaky": after_conv("ReLU", "relu_param { negative_slope: 0.2 }"),
    "prelu": after_conv("PReLU"),
    "prelu_filled": after_conv("PReLU", 'prelu_param { filler { type: "uniform" min: 0.1 max: 0.9 } }'),
    "prelu_shared": after_conv("PReLU", "prelu_param { channel_shared: true }"),
    "prelu_of_a_vector": after_fc("PReLU"),
    "prelu_shared_of_a_vector": after_fc("PReLU", "prelu_param { channel_shared: true filler { value: 0.4 } }"),
    "elu": after_conv("ELU"),
    "elu_alpha": after_fc("ELU", "elu_param { alpha: 0.4 }"),
    "sigmoid": after_conv("Sigmoid"),
    "tanh": after_fc("TanH"),
    "absval": after_conv("AbsVal"),
    "power_square": after_conv("Power", "power_param { power: 2 scale: 0.5 shift: 1 }"),
    "power_root": after_relu("Power", "power_param { power: 0.5 scale: 2 shift: 0.1 }"),
    "power_inverse": after_relu("Power", "power_param { power: -1 shift: 1 }"),
    "power_linear": after_conv("Power", "power_param { scale: -3 shift: 0.5 }"),
    "power_odd": after_conv("Power", "power_param { power: 3 shift: 0.5 }"),
    "dropout": after_relu("Dropout"),
    "dropout_in_place": ZooNet(
        conv("conv1", "data")
        + relu("conv1")
        + layer("Dropout", "drop1", "conv1", "dropout_param { dropout_ratio: 0.2 }", tops="conv1")
        + fc("fc", "conv1")
    ),
    # Scale and Bias
    "scale": after_conv("Scale", f"scale_param {{ {FILLED} }}"),
    "scale_bias": after_conv("Scale", f'scale_param {{ {FILLED} bias_term: true bias_filler {{ type: "gaussian" }} }}'),
    "scale_rest": after_conv("Scale", f"scale_param {{ axis: 2 num_axes: -1 bias_term: true {FILLED} }}"),
    "scale_rows": after_conv("Scale", f"scale_param {{ axis: -2 {FILLED} }}"),
    "scale_maps": after_conv("Scale", f"scale_param {{ axis: 1 num_axes: 3 {FILLED} }}"),
    "scale_by_one_number": after_conv(
        "Scale",
        f"scale_param {{ num_axes: 0 bias_term: true {FILLED} }}",
    ),
    "scale_of_a_vector": after_fc("Scale", f"scale_param {{ axis: -1 {FILLED} }}"),
    "scale_gate": gated("Scale", "scale_param { axis: 0 }"),
    "scale_gate_bias": gated(
        "Scale",
        "scale_param { axis: 0 bias_term: true }",
        refused={"all": "'tested'.*scale_param.bias_term and a second bottom"},
    ),
    "bias": after_conv("Bias", "bias_param { filler { value: 0.3 } }"),
    "bias_rest": after_conv("Bias", 'bias_param { axis: 2 num_axes: 2 filler { type: "gaussian" } }'),
    "bias_columns": after_conv("Bias", 'bias_param { axis: -1 filler { type: "gaussian" } }'),
    "bias_one_number": after_conv(
        "Bias",
        "bias_param { num_axes: 0 filler { value: 0.3 } }",
    ),
    "bias_gate": gated("Bias", "bias_param { axis: 0 }"),
    "python": after_conv(
        "Python",
        'python_param { module: "tests.zoo.squared" layer: "SquaredLayer" }',
        refused={"torch": "'tested'.*another Python layer than layers", "onnx": "'tested'.*a Python layer that"},
    ),
    # Eltwise
    "sum": eltwise(""),
    "sum_coefficients": eltwise("operation: SUM coeff: 0.5 coeff: -2 coeff: 1.5", branches=3),
    "product": eltwise("operation: PROD"),
    "product_of_three": eltwise("operation: PROD stable_prod_grad: false", branches=3),
    "maximum": eltwise("operation: MAX"),
    "maximum_of_three": eltwise("operation: MAX", branches=3),
    "sum_of_itself": ZooNet(
        conv("conv1", "data") + layer("Eltwise", "twice", "conv1 conv1") + relu("twice") + fc("fc", "twice")
    ),
    # all that Caffe computes rightly where the top is the bottom
    "in_place": ZooNet(
        conv("conv1", "data")
        + layer("MVN", "mvn1", "conv1", "mvn_param { normalize_variance: false }", tops="conv1")
        + layer("PReLU", "prelu1", "conv1", tops="conv1")
        + layer("Bias", "bias1", "conv1", "bias_param { filler { value: 0.1 } }", tops="conv1")
        + layer("ELU", "elu1", "conv1", tops="conv1")
        + fc("fc1", "conv1", 8)
        + layer("Scale", "scale1", "fc1", f"scale_param {{ {FILLED} bias_term: true }}", tops="fc1")
        + layer("TanH", "tanh1", "fc1", tops="fc1")
        + fc("fc2", "fc1", 8)
        + layer("Sigmoid", "sigmoid1", "fc2", tops="fc2")
        + fc("fc3", "fc2", 8)
        + layer("Softmax", "softmax1", "fc3", tops="fc3")
        + fc("fc", "fc3")
    ),
    "data_in_place": ZooNet(
        layer("MVN", "mvn", "data", "mvn_param { eps: 0.2 }", tops="data")
        + layer("Power", "contrast", "data", "power_param { scale: 3 shift: 0.2 }", tops="data")
        + conv("conv1", "data")
        + relu("conv1")
        + fc("fc", "conv1")
    ),
}
