"""The committed nets and the schema they are written in."""

import shutil

import numpy as np
import pytest

from data_prep.subjects.lmdb_pair import write_lmdb_pair
from data_prep.system.code import ROOT
from prototxt import caffe_pb2
from tests.conftest import striped_images
from tools.net.prototxt import load_net, load_solver
from tools.net.shapes import infer_shapes

SETS = {"disfa": (13, 104_431), "bp4d": (11, 104_365)}


@pytest.mark.parametrize("name", SETS)
def test_weights_and_shapes_are_those_the_comments_give(name):
    labels, total = SETS[name]
    net = load_net(ROOT / f"prototxt/{name}/train_val.prototxt")
    shapes, weights = infer_shapes(net, caffe_pb2.TRAIN, {"data": (64, 1, 40, 40), "label": (64, labels, 1, 1)})
    assert sum(weights.values()) == total
    assert shapes["pool1"] == (64, 20, 18, 18) and shapes["pool2"] == (64, 50, 7, 7)
    assert shapes["fc1"] == (64, 32) and shapes["fc2"] == (64, labels)


@pytest.mark.parametrize("name", SETS)
def test_only_training_mirrors_and_order_follows_the_paper(name):
    net = load_net(ROOT / f"prototxt/{name}/train_val.prototxt")
    mirrors = {layer.include[0].phase: layer.transform_param.mirror for layer in net.layer if "data" in layer.top}
    assert mirrors == {caffe_pb2.TRAIN: True, caffe_pb2.TEST: False}
    types = [layer.type for layer in net.layer if layer.type != "Data"]
    mega = ["Convolution", "ReLU", "Dropout", "Pooling"]
    assert types == ["MVN", *mega, *mega, "InnerProduct", "ReLU", "InnerProduct", "Python"]


@pytest.mark.parametrize("name", SETS)
def test_solver_runs_as_it_stands_under_plain_caffe(name, caffe, tmp_path):
    labels, total = SETS[name]
    for folder in ("prototxt", "layers"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    image, label = striped_images(64, labels)
    for phase in ("train", "val"):
        write_lmdb_pair(tmp_path / f"runs/lmdb/{name}/{phase}", image, label)
    answer = caffe(
        """
        solver = caffe.get_solver(given['solver'])
        before = [b.data.copy() for blobs in solver.net.params.values() for b in blobs]
        solver.step(2)
        after = [b.data for blobs in solver.net.params.values() for b in blobs]
        answer['weights'] = sum(b.size for b in after)
        answer['moved'] = [bool((a != b).any()) for a, b in zip(before, after)]
        solver.test_nets[0].share_with(solver.net)
        answer['loss'] = float(solver.test_nets[0].forward()['loss'][0])
        solver.snapshot()
    """,
        cwd=tmp_path,
        solver=f"prototxt/{name}/solver.prototxt",
    )
    assert answer["weights"] == total and all(answer["moved"])
    assert 0 < answer["loss"] < 20
    assert (tmp_path / f"runs/lmdb/{name}/{name}_iter_2.caffemodel").is_file()


def test_solver_ranges_are_those_of_the_paper():
    for name in SETS:
        solver = load_solver(ROOT / f"prototxt/{name}/solver.prototxt")
        assert 1e-4 <= solver.base_lr <= 1.0000001e-2 and 5e-6 <= solver.weight_decay <= 5e-3
        assert 0.5 <= solver.momentum <= 0.9 and 5000 <= solver.max_iter <= 10000


def test_every_field_of_the_schema_is_caffes_own(caffe):
    """Name, number, type, label and default of each field, and every enum value."""
    theirs = caffe("""
        from caffe.proto import caffe_pb2
        def describe(message):
            return {f.name: [f.number, f.type, f.label, str(f.default_value) if f.has_default_value else '']
                    for f in message.fields}
        def enums(owner):
            return {e.name: {v.name: v.number for v in e.values} for e in owner}
        for name, message in caffe_pb2.DESCRIPTOR.message_types_by_name.items():
            answer[name] = [describe(message), enums(message.enum_types)]
        answer['Phase'] = enums([caffe_pb2.DESCRIPTOR.enum_types_by_name['Phase']])
    """)
    assert {"Phase": dict(caffe_pb2.Phase.items())} == theirs["Phase"]
    for name, message in caffe_pb2.DESCRIPTOR.message_types_by_name.items():
        fields, enums = theirs[name.removeprefix("Old")]  # OldNetParameter: what NetParameter has for old files
        for field in message.fields:
            default = field.default_value if field.has_default_value else ""
            kind = field.type, 3 if field.is_repeated else 2 if field.is_required else 1
            number, type_, label, their_default = fields[field.name]
            assert (field.number, *kind) == (number, type_, label), f"{name}.{field.name}"
            if isinstance(default, float):
                assert np.float32(default) == np.float32(their_default), f"{name}.{field.name}"
            else:
                assert str(default) == their_default, f"{name}.{field.name}"
        for enum in message.enum_types:
            assert {value.name: value.number for value in enum.values} == enums[enum.name], f"{name}.{enum.name}"


def test_the_net_for_rendered_people_is_the_papers_without_dropout_and_with_a_loss_that_leaves_unknown_labels_out():
    net = load_net(ROOT / "prototxt/rendered/train_val.prototxt")
    _, weights = infer_shapes(net, caffe_pb2.TRAIN, {"data": (64, 1, 40, 40), "label": (64, 20, 1, 1)})
    assert sum(weights.values()) == 104_662
    types = [layer.type for layer in net.layer if layer.type != "Data"]
    mega = ["Convolution", "ReLU", "Pooling"]
    assert types == ["MVN", *mega, *mega, "InnerProduct", "ReLU", "InnerProduct", "SigmoidCrossEntropyLoss"]
    assert net.layer[-1].loss_param.ignore_label == -1
