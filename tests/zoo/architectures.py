"""Nets as people build them: blocks of well-known architectures, small."""

from tests.zoo.texts import ZooNet, conv, fc, layer, max_pool, multilabel, relu

SAME = "kernel_size: 3 pad: 1"
GLOBAL = "pooling_param { pool: AVE global_pooling: true }"


def dropout(blob, ratio=0.5):
    return layer("Dropout", f"drop_{blob}", blob, f"dropout_param {{ dropout_ratio: {ratio} }}", tops=blob)


def inception(name, bottom):
    """Four branches of the same image, joined by channels."""
    return (
        conv(f"{name}_1", bottom, 2, "kernel_size: 1")
        + conv(f"{name}_3r", bottom, 2, "kernel_size: 1")
        + relu(f"{name}_3r")
        + conv(f"{name}_3", f"{name}_3r", 3, SAME)
        + conv(f"{name}_5", bottom, 2, "kernel_size: 5 pad: 2")
        + layer("Pooling", f"{name}_pool", bottom, "pooling_param { kernel_size: 3 stride: 1 pad: 1 }")
        + conv(f"{name}_p", f"{name}_pool", 2, "kernel_size: 1")
        + layer("Concat", name, f"{name}_1 {name}_3 {name}_5 {name}_p")
        + relu(name)
    )


def residual(name, bottom, outputs):
    return (
        conv(f"{name}a", bottom, outputs, SAME)
        + relu(f"{name}a")
        + conv(f"{name}b", f"{name}a", outputs, SAME)
        + layer("Eltwise", name, f"{bottom} {name}b")
        + relu(name)
    )


def batch_norm(blob):
    return layer("BatchNorm", f"bn_{blob}", blob, tops=blob) + layer(
        "Scale", f"scale_{blob}", blob, "scale_param { bias_term: true }", tops=blob
    )


def head(name, bottom, outputs, label):
    """A fully connected layer and the multi-label loss of some of the labels."""
    return fc(name, bottom, outputs), multilabel(f"{name} {label}", name=f"loss_{name}")


(UPPER, UPPER_LOSS), (LOWER, LOWER_LOSS) = head("fc_upper", "pool1", 2, "upper"), head("fc", "pool1", 3, "lower")
CUT_LABEL = layer("Slice", "labels", "label", "slice_param { slice_point: 2 }", tops="upper lower")

ARCHITECTURES = {
    "mega_layers": ZooNet(  # the committed nets, smaller
        layer("MVN", "mvn", "data")
        + conv("conv1", "mvn", 6, "kernel_size: 5")
        + relu("conv1")
        + dropout("conv1")
        + max_pool("pool1", "conv1")
        + conv("conv2", "pool1", 8)
        + relu("conv2")
        + dropout("conv2")
        + max_pool("pool2", "conv2")
        + fc("fc1", "pool2", 12)
        + relu("fc1")
        + fc("fc", "fc1")
    ),
    "alexnet": ZooNet(
        conv("conv1", "data", 8, "kernel_size: 5 stride: 2")
        + relu("conv1")
        + layer("LRN", "norm1", "conv1", "lrn_param { local_size: 5 alpha: 0.1 beta: 0.75 k: 2 }")
        + layer("Pooling", "pool1", "norm1", "pooling_param { kernel_size: 3 stride: 2 }")
        + conv("conv2", "pool1", 8, f"{SAME} group: 2")
        + relu("conv2")
        + fc("fc6", "conv2", 12)
        + relu("fc6")
        + dropout("fc6")
        + fc("fc", "fc6")
    ),
    "vgg": ZooNet(
        conv("conv1_1", "data", 4, SAME)
        + relu("conv1_1")
        + conv("conv1_2", "conv1_1", 4, SAME)
        + relu("conv1_2")
        + max_pool("pool1", "conv1_2")
        + conv("conv2_1", "pool1", 6, SAME)
        + relu("conv2_1")
        + max_pool("pool2", "conv2_1")
        + fc("fc6", "pool2", 10)
        + relu("fc6")
        + fc("fc", "fc6")
    ),
    "network_in_network": ZooNet(
        conv("conv1", "data")
        + relu("conv1")
        + conv("cccp1", "conv1", 8, "kernel_size: 1")
        + relu("cccp1")
        + layer("Pooling", "pool1", "cccp1", GLOBAL)
        + fc("fc", "pool1")
    ),
    "inception": ZooNet(
        conv("conv1", "data", 4)
        + relu("conv1")
        + inception("inc1", "conv1")
        + max_pool("pool1", "inc1")
        + fc("fc", "pool1")
    ),
    "residual": ZooNet(
        conv("conv1", "data", 4, SAME)
        + relu("conv1")
        + residual("res1", "conv1", 4)
        + residual("res2", "res1", 4)
        + layer("Pooling", "pool1", "res2", "pooling_param { pool: AVE kernel_size: 4 stride: 4 }")
        + fc("fc", "pool1")
    ),
    "residual_batch_norm": ZooNet(
        conv("conv1", "data", 4, SAME)
        + batch_norm("conv1")
        + relu("conv1")
        + conv("conv2", "conv1", 4, SAME + " bias_term: false")
        + batch_norm("conv2")
        + layer("Eltwise", "sum", "conv1 conv2")
        + relu("sum")
        + max_pool("pool1", "sum")
        + fc("fc", "pool1"),
        refused={"caffe": "'bn_conv1'.*computes BatchNorm wrongly in training"},
    ),
    "dense": ZooNet(
        conv("conv1", "data", 3, SAME)
        + relu("conv1")
        + conv("conv2", "conv1", 3, SAME)
        + relu("conv2")
        + layer("Concat", "dense2", "conv1 conv2")
        + conv("conv3", "dense2", 3, SAME)
        + relu("conv3")
        + layer("Concat", "dense3", "conv1 conv2 conv3")
        + layer("Pooling", "pool1", "dense3", "pooling_param { pool: AVE kernel_size: 4 stride: 4 }")
        + fc("fc", "pool1")
    ),
    "depthwise_separable": ZooNet(
        conv("conv1", "data", 4, "kernel_size: 3 stride: 2 pad: 1")
        + relu("conv1")
        + conv("deep", "conv1", 4, f"{SAME} group: 4")
        + relu("deep")
        + conv("wide", "deep", 8, "kernel_size: 1")
        + relu("wide")
        + fc("fc", "wide")
    ),
    "maxout": ZooNet(
        conv("conv1", "data", 8)
        + layer("Slice", "pieces", "conv1", tops="first second")
        + layer("Eltwise", "maxout", "first second", "eltwise_param { operation: MAX }")
        + max_pool("pool1", "maxout")
        + fc("fc", "pool1")
    ),
    "gated_units": ZooNet(
        conv("conv1", "data", 8)
        + layer("Slice", "pieces", "conv1", tops="value gate")
        + layer("Sigmoid", "open", "gate")
        + layer("Eltwise", "product", "value open", "eltwise_param { operation: PROD }")
        + fc("fc", "product")
    ),
    "attention": ZooNet(  # where to look: a softmax over all places of the image, the same for all maps
        conv("conv1", "data", 4)
        + relu("conv1")
        + conv("where", "conv1", 1, "kernel_size: 1")
        + layer("Flatten", "places", "where", "flatten_param { axis: 1 }")
        + layer("Softmax", "attention", "places")
        + layer("Reshape", "map", "attention", "reshape_param { shape { dim: 0 dim: 1 dim: 14 dim: 14 } }")
        + layer("Concat", "maps", "map map map map")
        + layer("Eltwise", "seen", "conv1 maps", "eltwise_param { operation: PROD }")
        + fc("fc", "seen")
    ),
    "regions": ZooNet(  # each part of the face has filters of its own
        conv("conv1", "data", 4, SAME)
        + relu("conv1")
        + layer("Slice", "rows", "conv1", "slice_param { axis: 2 }", tops="top bottom")
        + conv("brow", "top", 3)
        + conv("mouth", "bottom", 3)
        + layer("Concat", "face", "brow mouth", "concat_param { axis: 2 }")
        + relu("face")
        + fc("fc", "face")
    ),
    "two_scales": ZooNet(
        conv("fine", "data", 3)
        + relu("fine")
        + layer("Pooling", "half", "data", "pooling_param { pool: AVE kernel_size: 2 stride: 2 }")
        + conv("coarse", "half", 3)
        + relu("coarse")
        + fc("fc_fine", "fine", 6)
        + fc("fc_coarse", "coarse", 6)
        + layer("Concat", "both", "fc_fine fc_coarse")
        + layer("TanH", "tanh", "both")
        + fc("fc", "tanh")
    ),
    "all_at_once": ZooNet(  # options that other readers of Caffe's nets ignore
        layer("MVN", "mvn", "data", "mvn_param { eps: 0.05 }")
        + conv("conv1", "mvn", 8)
        + layer("PReLU", "prelu1", "conv1", "prelu_param { channel_shared: true }", tops="conv1")
        + layer("LRN", "norm1", "conv1", "lrn_param { local_size: 3 alpha: 0.5 k: 2 }")
        + layer("Pooling", "pool1", "norm1", "pooling_param { pool: AVE kernel_size: 3 stride: 2 round_mode: FLOOR }")
        + layer("Bias", "bias1", "pool1", 'bias_param { filler { type: "gaussian" std: 0.1 } }')
        + fc("fc1", "bias1", 12, "transpose: true")
        + layer("ELU", "elu1", "fc1", "elu_param { alpha: 0.5 }", tops="fc1")
        + fc("fc", "fc1"),
        image="crop_size: 16 mean_value: 100 scale: 0.00390625",
    ),
    "two_heads": ZooNet(
        conv("conv1", "data")
        + relu("conv1")
        + max_pool("pool1", "conv1")
        + UPPER
        + LOWER
        + layer("Concat", "scores", "fc_upper fc"),
        CUT_LABEL + UPPER_LOSS + LOWER_LOSS,
        feature="scores",
    ),
    "auxiliary_head": ZooNet(
        conv("conv1", "data")
        + relu("conv1")
        + conv("conv2", "conv1", 6, "kernel_size: 3 stride: 2")
        + relu("conv2")
        + fc("fc", "conv2")
        + fc("fc_aux", "conv1", more="include { phase: TRAIN }"),
        multilabel()
        + layer("SigmoidCrossEntropyLoss", "loss_aux", "fc_aux label", "loss_weight: 0.3 include { phase: TRAIN }"),
    ),
    "two_losses": ZooNet(
        conv("conv1", "data")
        + relu("conv1")
        + max_pool("pool1", "conv1")
        + fc("fc", "pool1")
        + fc("fc_other", "pool1"),
        multilabel() + layer("EuclideanLoss", "distance", "fc_other label", "loss_weight: 0.1"),
    ),
}
