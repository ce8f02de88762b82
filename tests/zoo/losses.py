"""The losses, with their normalizations and what they ignore, and Accuracy."""

from tests.zoo.texts import LABELS, ZooNet, conv, fc, layer, max_pool, multilabel, relu

BODY = conv("conv1", "data") + relu("conv1") + max_pool("pool1", "conv1")
ONE_LABEL = layer("Slice", "labels", "label", "slice_param { slice_point: 1 }", tops="first others") + layer(
    "Silence", "quiet", "others", tops=""
)
# two scores for each label: absent, present
TWO_WAY = fc("fc", "pool1", 2 * LABELS) + layer(
    "Reshape", "pairs", "fc", f"reshape_param {{ shape {{ dim: 0 dim: 2 dim: {LABELS} }} }}"
)
LAST = fc("fc", "pool1", 2 * LABELS) + layer(
    "Reshape", "pairs", "fc", f"reshape_param {{ shape {{ dim: 0 dim: {LABELS} dim: 2 }} }}"
)
TEST = "include { phase: TEST }"


def softmax(options="", **fields):
    """A softmax over all scores for the class that the first label names, 0 or 1."""
    loss = layer("SoftmaxWithLoss", "loss", "fc first", options)
    return ZooNet(BODY + fc("fc", "pool1"), ONE_LABEL + loss, **fields)


def two_way(options="", **fields):
    """A softmax of two classes for every label."""
    return ZooNet(BODY + TWO_WAY, layer("SoftmaxWithLoss", "loss", "pairs label", options), **fields)


def sigmoid(options="", **fields):
    return ZooNet(BODY + fc("fc", "pool1"), layer("SigmoidCrossEntropyLoss", "loss", "fc label", options), **fields)


def python(options="", **fields):
    return ZooNet(BODY + fc("fc", "pool1"), multilabel(options=options), **fields)


def accuracy(options, **fields):
    loss = layer("SoftmaxWithLoss", "loss", "pairs label", "loss_param { ignore_label: -1 }")
    return ZooNet(BODY + TWO_WAY, loss + layer("Accuracy", "accuracy", "pairs label", f"{options} {TEST}"), **fields)


MODES = ("VALID", "FULL", "BATCH_SIZE", "NONE")
LOSSES = {
    "softmax_loss": softmax(),
    "softmax_loss_weighted": softmax("loss_weight: 0.3"),
    "softmax_loss_two_way": two_way("softmax_param { axis: 1 }"),
    "softmax_loss_last_axis": ZooNet(
        BODY + LAST, layer("SoftmaxWithLoss", "loss", "pairs label", "softmax_param { axis: -1 }")
    ),
    **{
        f"softmax_loss_{mode.lower()}": two_way(
            f"loss_param {{ ignore_label: -1 normalization: {mode} }}", unknown=True
        )
        for mode in MODES
    },
    "softmax_loss_normalize": two_way("loss_param { ignore_label: -1 normalize: true }", unknown=True),
    "softmax_loss_normalize_not": two_way("loss_param { ignore_label: -1 normalize: false }", unknown=True),
    "softmax_loss_ignore_class": two_way("loss_param { ignore_label: 1 }"),
    "sigmoid_loss": sigmoid(),
    **{
        f"sigmoid_loss_{mode.lower()}": sigmoid(
            f"loss_param {{ ignore_label: -1 normalization: {mode} }}", unknown=True
        )
        for mode in MODES
    },
    "sigmoid_loss_ignore": sigmoid("loss_param { ignore_label: -1 } loss_weight: 2", unknown=True),
    "sigmoid_loss_normalize": sigmoid("loss_param { ignore_label: -1 normalize: true }", unknown=True),
    "sigmoid_loss_normalize_not": sigmoid("loss_param { ignore_label: -1 normalize: false }", unknown=True),
    "euclidean_loss": ZooNet(BODY + fc("fc", "pool1"), layer("EuclideanLoss", "loss", "fc label", "loss_weight: 0.5")),
    "multilabel_unknown": python(unknown=True),
    "multilabel_positives": python('param_str: "{\\"normalize_positives\\": true}"', unknown=True),
    "accuracy": accuracy(""),
    "accuracy_ignore": accuracy("accuracy_param { ignore_label: -1 }", unknown=True),
    "accuracy_axis": ZooNet(
        BODY + LAST,
        layer("SoftmaxWithLoss", "loss", "pairs label", "softmax_param { axis: 2 }")
        + layer("Accuracy", "accuracy", "pairs label", f"accuracy_param {{ axis: -1 }} {TEST}"),
    ),
    "accuracy_of_each_class": ZooNet(
        BODY + TWO_WAY,
        layer("SoftmaxWithLoss", "loss", "pairs label")
        + layer("Accuracy", "accuracy", "pairs label", TEST, tops="all each"),
        refused={"torch": "'accuracy'.*a second top, the accuracy of each class"},
    ),
    "accuracy_top_4": ZooNet(
        BODY + fc("fc", "pool1"),
        ONE_LABEL
        + layer("SoftmaxWithLoss", "loss", "fc first")
        + layer("Accuracy", "accuracy", "fc first", f"accuracy_param {{ top_k: 4 }} {TEST}"),
    ),
    "loss_without_a_top": ZooNet(
        BODY + fc("fc", "pool1"), layer("SigmoidCrossEntropyLoss", "loss", "fc label", tops="")
    ),
    "loss_on_activity": ZooNet(  # few active units, beside the loss itself
        BODY
        + fc("fc1", "pool1", 8)
        + layer("AbsVal", "activity", "fc1", "loss_weight: 0.01")
        + layer("ReLU", "relu1", "fc1")
        + fc("fc", "relu1")
    ),
}
