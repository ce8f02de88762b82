"""Labels that a loss cannot take are found in the LMDBs before training, and named with the remedy."""

import numpy as np
import pytest
from google.protobuf import text_format

from data_prep.subjects.lmdb_pair import write_lmdb, write_lmdb_pair
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.engines.training import train
from tools.net.checks import check_net

KNOWN = np.array([[0, 1, 0, 1], [1, 0, 0, 0]] * 2, np.int8)
UNKNOWN = np.array([[0, 1, 0, 1], [1, 0, -1, 0]] * 2, np.int8)
CLASSES = np.array([[0, 2, 1, 1], [1, 0, 2, 3]] * 2, np.int8)


def data(name, source, more=""):
    return (
        f'layer {{ name: "{name}" type: "Data" top: "{name}" {more} '
        f'data_param {{ source: "{source}" backend: LMDB batch_size: 2 }} }}\n'
    )


def fc(outputs):
    return (
        'layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc" '
        f"inner_product_param {{ num_output: {outputs} }} }}\n"
    )


def one(layer, label="label"):
    return f'layer {{ name: "loss" {layer} bottom: "fc" bottom: "{label}" top: "loss" }}\n'


SLICE = 'layer { name: "cut" type: "Slice" bottom: "label" top: "a" top: "b" slice_param { slice_point: %d } }\n'
FLATTEN = 'layer { name: "flat" type: "Flatten" bottom: "label" top: "flat" }\n'
RESHAPE = (
    'layer { name: "square" type: "Reshape" bottom: "label" top: "square" '
    "reshape_param { shape { dim: 0 dim: 2 dim: 2 } } }\n"
    'layer { name: "cut" type: "Slice" bottom: "square" top: "a" top: "b" slice_param { axis: 2 } }\n'
)
CONCAT = SLICE % 2 + 'layer { name: "join" type: "Concat" bottom: "b" bottom: "a" top: "join" }\n'
POWER = 'layer { name: "moved" type: "Power" bottom: "label" top: "moved" power_param { shift: 1 } }\n'
SIGMOID, EUCLID, SOFTMAX = 'type: "SigmoidCrossEntropyLoss"', 'type: "EuclideanLoss"', 'type: "SoftmaxWithLoss"'
IGNORE = " loss_param { ignore_label: -1 }"


@pytest.fixture
def check(tmp_path):
    """Check a net, prototxt text after its Data layers, over these labels."""

    def run(label, text, transform=""):
        images = np.zeros((len(label), 6, 6), np.uint8)
        write_lmdb_pair(tmp_path / "set", images, label.astype(np.int8))
        if label.dtype.kind == "f":
            write_lmdb(tmp_path / "set_label_lmdb", label[:, :, None, None].astype(np.float32))
        text = data("data", tmp_path / "set_image_lmdb") + data("label", tmp_path / "set_label_lmdb", transform) + text
        check_net(text_format.Parse(text, caffe_pb2.NetParameter()), ["TRAIN"])

    return run


@pytest.mark.parametrize(
    "label, text, message",
    [
        (UNKNOWN, fc(4) + one(SIGMOID), r"label 2 of record 00000001 in .*set_label_lmdb is -1, unknown; set "
         r"loss_param { ignore_label: -1 }"),
        (CLASSES, fc(4) + one(SIGMOID), "label 1 of record 00000000 .* is 2; a target is a probability"),
        (UNKNOWN, fc(4) + one(EUCLID), "is -1, unknown; EuclideanLoss has no ignore_label.*SigmoidCrossEntropyLoss .*"
         "loss_param { ignore_label: -1 }.*multilabel_softmax_loss"),
        (UNKNOWN[:, 2:3], fc(3) + one(SOFTMAX), "label 0 of record 00000001 .* unknown; set loss_param { ignore_label"),
        (CLASSES[:, 3:], fc(3) + one(SOFTMAX), "is 3; the scores have 3 classes, numbered from 0: .*'fc'"),
        (UNKNOWN[:, 2:3], fc(3) + one('type: "Accuracy"') + one(SOFTMAX + IGNORE).replace('"loss"', '"l"'),
         "unknown; set accuracy_param { ignore_label: -1 }"),
        (np.array([[0.5]] * 4), fc(3) + one(SOFTMAX), "is 0.5; the scores have 3 classes"),
        (UNKNOWN, SLICE % 2 + fc(2) + one(SIGMOID, "b"), "label 2 of record 00000001"),
        (UNKNOWN, FLATTEN + fc(4) + one(SIGMOID, "flat"), "label 2 of record 00000001"),
        (UNKNOWN, RESHAPE + fc(2) + one(SIGMOID, "a"), "label 2 of record 00000001"),
        (UNKNOWN, CONCAT + fc(4) + one(SIGMOID, "join"), "label 2 of record 00000001"),
        (CLASSES, SLICE % 3 + fc(3) + one(SOFTMAX, "b"), "label 3 of record 00000001 .* is 3;"),
    ],
)  # fmt: skip
def test_a_label_that_a_loss_cannot_take_is_named_with_layer_lmdb_and_remedy(check, label, text, message):
    with pytest.raises(InputError, match=rf"layer 'loss' \(\w+\): .*{message}"):
        check(label, text)


@pytest.mark.parametrize(
    "label, text",
    [
        (KNOWN, fc(4) + one(SIGMOID)),
        (KNOWN, fc(4) + one(EUCLID)),
        (UNKNOWN, fc(4) + one(SIGMOID + IGNORE)),
        (UNKNOWN[:, 2:3], fc(3) + one(SOFTMAX + IGNORE)),
        (UNKNOWN, SLICE % 2 + fc(2) + one(SIGMOID, "a")),  # the unknown label is in the other part
        (UNKNOWN, RESHAPE + fc(2) + one(SIGMOID, "b")),
        (UNKNOWN, POWER + fc(4) + one(EUCLID, "moved")),  # 0 to 2
        (np.array([[0.5, -1.0]] * 4), fc(2) + one(EUCLID)),  # numbers, not presence and absence
        (CLASSES, SLICE % 3 + fc(4) + one(SOFTMAX, "b")),
    ],
)
def test_labels_that_a_loss_can_take_are_fine(check, label, text):
    check(label, text)


def test_a_data_layer_that_changes_its_labels_is_not_followed(check):
    check(CLASSES.astype(float), fc(4) + one(SIGMOID), transform="transform_param { scale: 0.25 }")


@pytest.mark.parametrize("engine", ["caffe", "torch"])
def test_training_does_not_start(net, solver, run_folder, engine):
    del net.layer[-1]
    net.layer.add(name="loss", type="SigmoidCrossEntropyLoss", bottom=["fc2", "label"], top=["loss"])
    write_lmdb_pair(run_folder / "val", np.zeros((32, 44, 44), np.uint8), np.full((32, 13), -1, np.int8))
    with pytest.raises(
        InputError, match="train_val.prototxt: layer 'loss'.*val_label_lmdb is -1, unknown; set loss_param"
    ):
        train(net, solver, run_folder / "run", engine=engine)
    assert not (run_folder / "run/engine.log").exists()
