"""A net of one layer for every layer that PyTorch has here, and for every odd thing that it may meet: what the tests
compare with real Caffe, and `make check-gpu` with the CPU."""

import numpy as np

IMAGE, FEATURE = (3, 4, 9, 7), (3, 10)
LABELS = ("classes", "binary", "masked", "pixels", "gaps", "columns")
CASES = {  # name: (layer, shapes of its bottoms)
    "conv": ('type: "Convolution" convolution_param { num_output: 6 kernel_size: 3 }', [IMAGE]),
    "conv_stride_pad": (
        'type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 stride: 2 pad: 1 }',
        [IMAGE],
    ),
    "conv_sides": (
        'type: "Convolution" convolution_param { num_output: 4 kernel_h: 3 kernel_w: 2 stride_h: 1 stride_w: 2 '
        "pad_h: 0 pad_w: 1 bias_term: false }",
        [IMAGE],
    ),
    "conv_group_dilation": (
        'type: "Convolution" convolution_param { num_output: 6 kernel_size: 3 group: 2 dilation: 2 }',
        [IMAGE],
    ),
    "max_2": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 2 stride: 2 }', [IMAGE]),
    "max_3_2": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 3 stride: 2 }', [(2, 3, 10, 8)]),
    "max_pad": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 }', [(2, 3, 8, 9)]),
    "ave_2": ('type: "Pooling" pooling_param { pool: AVE kernel_size: 2 stride: 2 }', [IMAGE]),
    "ave_pad": ('type: "Pooling" pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }', [(2, 3, 8, 9)]),
    "max_floor": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 2 stride: 2 round_mode: FLOOR }', [IMAGE]),
    "global_ave": ('type: "Pooling" pooling_param { pool: AVE global_pooling: true }', [IMAGE]),
    "global_max": ('type: "Pooling" pooling_param { pool: MAX global_pooling: true }', [IMAGE]),
    "relu": ('type: "ReLU"', [IMAGE]),
    "leaky": ('type: "ReLU" relu_param { negative_slope: 0.1 }', [FEATURE]),
    "prelu": ('type: "PReLU" prelu_param { filler { type: "uniform" } }', [IMAGE]),
    "prelu_shared": ('type: "PReLU" prelu_param { channel_shared: true }', [FEATURE]),
    "elu": ('type: "ELU" elu_param { alpha: 0.7 }', [IMAGE]),
    "sigmoid": ('type: "Sigmoid"', [FEATURE]),
    "tanh": ('type: "TanH"', [IMAGE]),
    "absval": ('type: "AbsVal"', [IMAGE]),
    "power": ('type: "Power" power_param { power: 2 scale: 0.5 shift: 3 }', [FEATURE]),
    "lrn": ('type: "LRN" lrn_param { local_size: 3 alpha: 0.2 beta: 0.6 k: 2 }', [IMAGE]),
    "lrn_within": ('type: "LRN" lrn_param { local_size: 3 alpha: 0.2 norm_region: WITHIN_CHANNEL }', [IMAGE]),
    "mvn": ('type: "MVN"', [IMAGE]),
    "mvn_across": ('type: "MVN" mvn_param { across_channels: true }', [IMAGE]),
    "mvn_mean": ('type: "MVN" mvn_param { normalize_variance: false }', [IMAGE]),
    "scale": ('type: "Scale" scale_param { bias_term: true filler { type: "uniform" } }', [IMAGE]),
    "bias": ('type: "Bias" bias_param { filler { type: "uniform" } }', [FEATURE]),
    "inner": ('type: "InnerProduct" inner_product_param { num_output: 5 }', [IMAGE]),
    "inner_transpose": (
        'type: "InnerProduct" inner_product_param { num_output: 5 transpose: true bias_term: false }',
        [FEATURE],
    ),
    "concat": ('type: "Concat"', [IMAGE, (3, 2, 9, 7)]),
    "concat_last": ('type: "Concat" concat_param { axis: -1 }', [FEATURE, (3, 2)]),
    "slice": ('type: "Slice" top: "b" slice_param { slice_point: 1 }', [IMAGE]),
    "slice_even": ('type: "Slice" top: "b" slice_param { axis: 1 }', [FEATURE]),
    "sum": ('type: "Eltwise" eltwise_param { coeff: 2 coeff: -0.5 }', [IMAGE, IMAGE]),
    "product": ('type: "Eltwise" eltwise_param { operation: PROD }', [IMAGE, IMAGE]),
    "maximum": ('type: "Eltwise" eltwise_param { operation: MAX }', [IMAGE, IMAGE]),
    "flatten": ('type: "Flatten"', [IMAGE]),
    "reshape": ('type: "Reshape" reshape_param { shape { dim: 0 dim: -1 dim: 2 } }', [IMAGE]),
    "softmax": ('type: "Softmax"', [FEATURE]),
    "softmax_channels": ('type: "Softmax"', [IMAGE]),
    "softmax_loss": ('type: "SoftmaxWithLoss" loss_weight: 2', [FEATURE, "classes"]),
    "softmax_loss_ignore": ('type: "SoftmaxWithLoss" loss_param { ignore_label: 1 }', [FEATURE, "classes"]),
    "softmax_loss_batch": (
        'type: "SoftmaxWithLoss" loss_param { ignore_label: 1 normalization: BATCH_SIZE }',
        [FEATURE, "classes"],
    ),
    "softmax_loss_full": (
        'type: "SoftmaxWithLoss" loss_param { ignore_label: 1 normalization: FULL }',
        [FEATURE, "classes"],
    ),
    "sigmoid_loss": ('type: "SigmoidCrossEntropyLoss"', [FEATURE, "binary"]),
    "sigmoid_loss_valid": (
        'type: "SigmoidCrossEntropyLoss" loss_param { ignore_label: -1 normalization: VALID }',
        [FEATURE, "masked"],
    ),
    "euclidean": ('type: "EuclideanLoss"', [FEATURE, FEATURE]),
    "multilabel": (
        'type: "Python" loss_weight: 1.5 python_param { module: "layers.multilabel_softmax_loss" '
        'layer: "MultilabelSoftmaxLossLayer" }',
        [FEATURE, "masked"],
    ),
    "multilabel_positives": (
        'type: "Python" loss_weight: 1 python_param { module: "layers.multilabel_softmax_loss" '
        'layer: "MultilabelSoftmaxLossLayer" param_str: "{\\"normalize_positives\\": true}" }',
        [FEATURE, "binary"],
    ),
    # what random numbers never hit: equal maxima, zeros, saturated scores, a constant channel, odd axes
    "max_ties": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 3 stride: 2 }', ["ties"]),
    "global_max_ties": ('type: "Pooling" pooling_param { pool: MAX global_pooling: true }', ["ties"]),
    "maximum_ties": ('type: "Eltwise" eltwise_param { operation: MAX }', ["ties", "ties", "ties"]),
    "product_of_zeros": ('type: "Eltwise" eltwise_param { operation: PROD }', ["ties", "ties"]),
    "leaky_zeros": ('type: "ReLU" relu_param { negative_slope: 0.3 }', ["ties"]),
    "prelu_zeros": ('type: "PReLU" prelu_param { filler { type: "uniform" } }', ["ties"]),
    "elu_zeros": ('type: "ELU"', ["ties"]),
    "mvn_constant": ('type: "MVN"', ["constant"]),
    "mvn_eps": ('type: "MVN" mvn_param { eps: 0.1 }', [IMAGE]),
    "softmax_loss_loud": ('type: "SoftmaxWithLoss"', ["loud", "classes"]),
    "softmax_loss_pixels": ('type: "SoftmaxWithLoss" loss_param { ignore_label: -1 }', [IMAGE, "gaps"]),
    "softmax_loss_none": ('type: "SoftmaxWithLoss" loss_param { normalization: NONE }', [FEATURE, "classes"]),
    "softmax_loss_legacy": (
        'type: "SoftmaxWithLoss" loss_param { normalize: false ignore_label: 1 }',
        [IMAGE, "pixels"],
    ),
    "softmax_loss_axis": (
        'type: "SoftmaxWithLoss" softmax_param { axis: 2 } loss_param { ignore_label: 1 normalization: BATCH_SIZE }',
        [IMAGE, "columns"],
    ),
    "sigmoid_loss_ignore": ('type: "SigmoidCrossEntropyLoss" loss_param { ignore_label: -1 }', [FEATURE, "masked"]),
    "sigmoid_loss_full": (
        'type: "SigmoidCrossEntropyLoss" loss_param { ignore_label: -1 normalization: FULL }',
        [FEATURE, "masked"],
    ),
    "sigmoid_loss_none": (
        'type: "SigmoidCrossEntropyLoss" loss_param { ignore_label: -1 normalization: NONE }',
        [FEATURE, "masked"],
    ),
    "sigmoid_loss_legacy": (
        'type: "SigmoidCrossEntropyLoss" loss_param { ignore_label: -1 normalize: true }',
        [FEATURE, "masked"],
    ),
    "sigmoid_loss_loud": ('type: "SigmoidCrossEntropyLoss"', ["loud", "binary"]),
    "multilabel_loud": (
        'type: "Python" loss_weight: 1 python_param { module: "layers.multilabel_softmax_loss" '
        'layer: "MultilabelSoftmaxLossLayer" }',
        ["loud", "masked"],
    ),
    "weighted": ('type: "InnerProduct" loss_weight: 0.5 inner_product_param { num_output: 5 }', [IMAGE]),
    "inner_axis": ('type: "InnerProduct" inner_product_param { num_output: 5 axis: 2 }', [IMAGE]),
    "inner_last": ('type: "InnerProduct" inner_product_param { num_output: 5 axis: -1 transpose: true }', [IMAGE]),
    "scale_rest": (
        'type: "Scale" scale_param { axis: 2 num_axes: -1 bias_term: true filler { type: "uniform" } }',
        [IMAGE],
    ),
    "slice_last": ('type: "Slice" top: "b" top: "c" slice_param { axis: -1 slice_point: 2 slice_point: 3 }', [IMAGE]),
    "softmax_last": ('type: "Softmax" softmax_param { axis: -1 }', [IMAGE]),
    "flatten_end": ('type: "Flatten" flatten_param { axis: 2 }', [IMAGE]),
    "ave_floor": (
        'type: "Pooling" pooling_param { pool: AVE kernel_size: 3 stride: 3 pad: 1 round_mode: FLOOR }',
        [IMAGE],
    ),
    "max_wide_pad": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 2 }', [IMAGE]),
    "max_wide_pad_floor": (
        'type: "Pooling" pooling_param { pool: MAX kernel_size: 4 stride: 3 pad: 3 round_mode: FLOOR }',
        [IMAGE],
    ),
    "ave_wide_pad": ('type: "Pooling" pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 2 }', [(3, 2, 8, 7)]),
    "ave_wide_pad_sides": (
        'type: "Pooling" pooling_param { pool: AVE kernel_h: 5 kernel_w: 2 stride_h: 3 stride_w: 1 pad_h: 4 pad_w: 0 }',
        [IMAGE],
    ),
    "concat_dim": ('type: "Concat" concat_param { concat_dim: 2 }', [IMAGE, (3, 4, 2, 7)]),
    "slice_dim": ('type: "Slice" top: "b" slice_param { slice_dim: 3 slice_point: 5 }', [IMAGE]),
    "concat_images": ('type: "Concat" concat_param { axis: 0 }', [IMAGE, (2, 4, 9, 7)]),
    "slice_images": ('type: "Slice" top: "b" slice_param { axis: 0 slice_point: 2 }', [(4, 4, 9, 7)]),
    "softmax_images": ('type: "Softmax" softmax_param { axis: 0 }', [FEATURE]),
    "flatten_images": ('type: "Flatten" flatten_param { axis: 0 end_axis: 2 }', [IMAGE]),
    "flatten_nothing": ('type: "Flatten" flatten_param { axis: 2 end_axis: 1 }', [IMAGE]),
    "reshape_images": ('type: "Reshape" reshape_param { shape { dim: -1 dim: 6 } }', [IMAGE]),
    "reshape_middle": ('type: "Reshape" reshape_param { axis: 1 num_axes: 2 shape { dim: 3 dim: -1 } }', [IMAGE]),
    "scale_number": (
        'type: "Scale" scale_param { num_axes: 0 bias_term: true filler { type: "uniform" } }',
        [IMAGE],
    ),
    "bias_number": ('type: "Bias" bias_param { num_axes: 0 filler { type: "uniform" } }', [FEATURE]),
    "scale_images": (
        'type: "Scale" scale_param { axis: 0 num_axes: 2 bias_term: true filler { type: "uniform" } }',
        [IMAGE],
    ),
    "scale_by_channels": ('type: "Scale" scale_param { axis: 0 }', [IMAGE, (3, 4)]),
    "scale_by_all": ('type: "Scale" scale_param { axis: 0 }', [IMAGE, IMAGE]),
    "scale_by_images": ('type: "Scale" scale_param { axis: 0 }', [IMAGE, (3,)]),
    "bias_by_channels": ('type: "Bias" bias_param { axis: 0 }', [IMAGE, (3, 4)]),
    "maximum_coefficients": ('type: "Eltwise" eltwise_param { operation: MAX coeff: 2 coeff: 3 }', [IMAGE, IMAGE]),
    "ave_sides": (
        'type: "Pooling" pooling_param { pool: AVE kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 2 pad_h: 1 pad_w: 0 }',
        [(3, 2, 8, 7)],
    ),
}
ACCURACY = {
    "accuracy": ('type: "Accuracy"', [IMAGE, "pixels"]),
    "accuracy_ties": ('type: "Accuracy"', ["ties", "pixels"]),
    "accuracy_top_2": ('type: "Accuracy" accuracy_param { top_k: 2 }', [IMAGE, "pixels"]),
    "accuracy_ignore": ('type: "Accuracy" accuracy_param { ignore_label: -1 }', [IMAGE, "gaps"]),
}

FOLDED = {**CASES, "batch_norm": ('type: "BatchNorm"', [IMAGE]), "dropout": ('type: "Dropout"', [IMAGE])}
EVERY_CASE = {**FOLDED, **ACCURACY}


def bottoms_of(shapes, rng):
    """Random bottoms; labels are class numbers, 0 and 1, or those and -1, or class numbers of pixels, some -1."""
    kinds = {
        "classes": lambda: rng.integers(0, 3, (3, 1)),
        "binary": lambda: rng.integers(0, 2, FEATURE),
        "masked": lambda: rng.integers(-1, 2, FEATURE),
        "ties": lambda: rng.integers(-1, 2, IMAGE) * np.array([1, 2, 3])[:, None, None, None],
        "pixels": lambda: rng.integers(0, 4, (3, 1, 9, 7)),
        "columns": lambda: rng.integers(0, 9, (3, 4, 1, 7)),
        "gaps": lambda: rng.integers(-1, 4, (3, 1, 9, 7)),
        "loud": lambda: rng.normal(0, 300, FEATURE),
        # of 64 pixels, so that Caffe's mean of them is exact
        "constant": lambda: np.where(np.arange(4)[:, None, None] == 1, 2, rng.normal(0, 1, (3, 4, 8, 8))),
    }
    return [
        (kinds[shape]() if isinstance(shape, str) else rng.normal(0, 1, shape)).astype(np.float32) for shape in shapes
    ]


def net_text(name):
    layer, shapes = EVERY_CASE[name]
    bottoms = bottoms_of(shapes, np.random.default_rng(0))
    inputs = "".join(
        f'layer {{ name: "in{k}" type: "Input" top: "in{k}" input_param {{ shape {{ '
        + " ".join(f"dim: {size}" for size in bottom.shape)
        + " } } }\n"
        for k, bottom in enumerate(bottoms)
    )
    layer = "".join(f'bottom: "in{k}" ' for k in range(len(bottoms))) + 'top: "a" ' + layer
    layer = layer.replace("num_output", 'weight_filler { type: "xavier" } bias_filler { type: "uniform" } num_output')
    if any(shape in LABELS for shape in shapes):  # Caffe has no gradient for labels, and none for scores without
        layer = layer.replace('"in0"', '"moved"', 1)  # weights before them
        inputs += 'layer { name: "shift" type: "Bias" bottom: "in0" top: "moved" }\n'
        return f'name: "{name}"\n{inputs}layer {{ name: "tested" {layer} }}\n'
    return f'name: "{name}"\nforce_backward: true\n{inputs}layer {{ name: "tested" {layer} }}\n'
