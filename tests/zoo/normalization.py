"""MVN and BatchNorm."""

from tests.zoo.texts import ZooNet, after_conv, after_fc, conv, fc, layer, relu


def normalized_data(options):
    """A net that normalizes its images first, as the committed nets do."""
    return ZooNet(
        layer("MVN", "tested", "data", f"mvn_param {{ {options} }}")
        + conv("conv1", "tested")
        + relu("conv1")
        + fc("fc", "conv1")
    )


def batch_norm(options, scale="scale_param { bias_term: true }", **fields):
    """A net of convolution, BatchNorm, Scale and ReLU; Caffe has the last three in place."""
    return ZooNet(
        conv("conv1", "data", 6, "kernel_size: 3 bias_term: false")
        + layer("BatchNorm", "tested", "conv1", f"batch_norm_param {{ {options} }}", tops="conv1")
        + (layer("Scale", "scale1", "conv1", scale, tops="conv1") if scale else "")
        + relu("conv1")
        + fc("fc", "conv1"),
        **fields,
    )


UNTRAINED = {"caffe": "'tested'.*computes BatchNorm wrongly in training"}
NORMALIZATION = {
    "mvn": normalized_data(""),
    "mvn_across": after_conv("MVN", "mvn_param { across_channels: true }"),
    "mvn_mean": after_conv("MVN", "mvn_param { normalize_variance: false }"),
    "mvn_mean_across": after_conv("MVN", "mvn_param { normalize_variance: false across_channels: true eps: 0.5 }"),
    "mvn_eps": normalized_data("eps: 0.1"),
    "mvn_eps_across": after_conv("MVN", "mvn_param { across_channels: true eps: 0.5 }"),
    "batch_norm_stored": batch_norm("use_global_stats: true"),
    "batch_norm_eps": batch_norm("use_global_stats: true eps: 0.3", scale=""),
    "batch_norm_trained": batch_norm("moving_average_fraction: 0.9", refused=UNTRAINED),
    "batch_norm_of_a_vector": after_fc("BatchNorm", "batch_norm_param { use_global_stats: true eps: 0.5 }"),
}
