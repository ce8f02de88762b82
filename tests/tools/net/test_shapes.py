"""Shapes and weights without Caffe, against real Caffe."""

import numpy as np
import pytest

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.layers import LAYERS as LAYER_TYPES
from tools.net.prototxt import load_net
from tools.net.shapes import infer_shapes

INPUT = 'layer {{ name: "in" type: "Input" top: "x" input_param {{ shape {{ dim: 2 dim: 6 dim: {h} dim: {w} }} }} }}\n'
LAYERS = [
    'name: "c" type: "Convolution" bottom: "x" top: "y" '
    "convolution_param { num_output: 4 kernel_size: 3 pad: 1 stride: 2 }",
    'name: "c" type: "Convolution" bottom: "x" top: "y" convolution_param { num_output: 6 kernel_h: 3 kernel_w: 2 '
    "group: 2 dilation: 2 bias_term: false }",
    'name: "p" type: "Pooling" bottom: "x" top: "y" pooling_param { kernel_size: 3 stride: 2 }',
    'name: "p" type: "Pooling" bottom: "x" top: "y" pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }',
    'name: "p" type: "Pooling" bottom: "x" top: "y" pooling_param { kernel_size: 2 stride: 2 round_mode: FLOOR }',
    'name: "p" type: "Pooling" bottom: "x" top: "y" pooling_param { pool: AVE global_pooling: true }',
    'name: "i" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 5 }',
    'name: "i" type: "InnerProduct" bottom: "x" top: "y" '
    "inner_product_param { num_output: 5 axis: 2 bias_term: false }",
    'name: "i" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 5 transpose: true }',
    'name: "q" type: "PReLU" bottom: "x" top: "y" prelu_param { channel_shared: true }',
    'name: "k" type: "Scale" bottom: "x" bottom: "x" top: "y" scale_param { axis: 0 }',
    'name: "k" type: "Bias" bottom: "x" bottom: "x" top: "y" bias_param { axis: 0 }',
    'name: "s" type: "Slice" bottom: "x" top: "y" top: "z" slice_param { slice_point: 2 }',
    'name: "s" type: "Slice" bottom: "x" top: "y" top: "z"',
    'name: "o" type: "Concat" bottom: "x" bottom: "x" top: "y" concat_param { axis: 1 }',
    'name: "o" type: "Concat" bottom: "x" bottom: "x" top: "y" concat_param { concat_dim: 2 }',
    'name: "s" type: "Slice" bottom: "x" top: "y" top: "z" slice_param { slice_dim: 2 slice_point: 7 }',
    'name: "c" type: "Convolution" bottom: "x" top: "y" convolution_param { num_output: 4 kernel_size: 3 axis: -3 }',
    'name: "c" type: "Convolution" bottom: "x" top: "y" convolution_param { num_output: 4 kernel_size: 3 pad_h: 1 }',
    'name: "e" type: "Eltwise" bottom: "x" bottom: "x" top: "y" eltwise_param { operation: MAX }',
    'name: "f" type: "Flatten" bottom: "x" top: "y"',
    'name: "r" type: "Reshape" bottom: "x" top: "y" reshape_param { shape { dim: 0 dim: -1 dim: 3 } }',
    'name: "q" type: "PReLU" bottom: "x" top: "y"',
    'name: "b" type: "BatchNorm" bottom: "x" top: "y" batch_norm_param { use_global_stats: true }',
    'name: "k" type: "Scale" bottom: "x" top: "y" scale_param { bias_term: true }',
    'name: "k" type: "Bias" bottom: "x" top: "y" bias_param { axis: 1 num_axes: 2 }',
    'name: "l" type: "LRN" bottom: "x" top: "y" lrn_param { local_size: 3 }',
]


def test_shapes_and_weights_are_those_of_real_caffe(caffe, tmp_path):
    paths, expected = [], []
    for number, layer in enumerate(LAYERS):
        for h, w in ((9, 12), (10, 7)):
            path = tmp_path / f"{number}_{h}.prototxt"
            path.write_text(INPUT.format(h=h, w=w) + f"layer {{ {layer} }}\n")
            paths.append(str(path))
            shapes, weights = infer_shapes(load_net(path), caffe_pb2.TEST, {})
            tops = {top: list(shapes[top]) for top in shapes if top != "x"}
            expected.append([tops, sum(weights.values())])
    answer = caffe(
        """
        answer['nets'] = []
        for path in given['paths']:
            net = caffe.Net(path, caffe.TEST)
            tops = {name: list(blob.data.shape) for name, blob in net.blobs.items() if name in ('y', 'z')}
            answer['nets'].append([tops, sum(b.data.size for blobs in net.params.values() for b in blobs)])
    """,
        paths=paths,
    )
    for path, ours, theirs in zip(paths, expected, answer["nets"]):
        assert ours == theirs, f"{open(path).read()}"


@pytest.mark.parametrize(
    "layer, message",
    [
        ('name: "c" type: "Convolve" bottom: "x" top: "y"', "layer 'c'.*unknown layer type 'Convolve'.*Convolution"),
        ('name: "c" type: "ReLU" bottom: "xx" top: "y"', "layer 'c'.*bottom 'xx'.*there are: x"),
        (
            'name: "c" type: "Convolution" bottom: "x" top: "y" convolution_param { num_output: 4 kernel_size: 11 }',
            "kernel 11.*does not fit 9",
        ),
        (
            'name: "c" type: "Pooling" bottom: "x" top: "y" pooling_param { kernel_size: 2 stride: 3 }',
            "smaller than stride",
        ),
        ('name: "c" type: "Convolution" bottom: "x" top: "y" convolution_param { kernel_size: 3 }', "num_output"),
        ('name: "c" type: "Slice" bottom: "x" top: "y" top: "z" top: "u" top: "v"', "cannot slice 6 into 4"),
        ('name: "c" type: "Reshape" bottom: "x" top: "y" reshape_param { shape { dim: 7 } }', "cannot reshape"),
        (
            'name: "c" type: "Softmax" bottom: "x" top: "x2" } layer { name: "d" type: "Softmax" bottom: "x" top: "x2"',
            "layer 'd'.*top 'x2' is already",
        ),
    ],
)
def test_what_cannot_be_built_is_an_error_that_names_the_layer(tmp_path, layer, message):
    path = tmp_path / "net.prototxt"
    path.write_text(INPUT.format(h=9, w=9) + f"layer {{ {layer} }}\n")
    with pytest.raises(InputError, match=message):
        infer_shapes(load_net(path), caffe_pb2.TEST, {})


def test_a_pooling_window_that_reaches_past_the_image_counts(tmp_path):
    path = tmp_path / "net.prototxt"
    path.write_text(INPUT.format(h=9, w=9) + "layer { " + LAYERS[2] + " }")
    assert infer_shapes(load_net(path), caffe_pb2.TEST, {})[0]["y"] == (2, 6, 4, 4)
    assert np.ceil((9 - 3) / 2) + 1 == 4


def test_weights_have_caffes_shapes_in_caffes_order(caffe, tmp_path):
    paths, expected = [], []
    for number, layer in enumerate(LAYERS):
        path = tmp_path / f"{number}.prototxt"
        path.write_text(INPUT.format(h=9, w=12) + f"layer {{ {layer} }}\n")
        paths.append(str(path))
        message = load_net(path).layer[-1]
        blobs = LAYER_TYPES[message.type].weights(message, [(2, 6, 9, 12)] * len(message.bottom))
        expected.append([list(blob.shape) for blob in blobs])
    answer = caffe(
        """
        answer['shapes'] = [[list(blob.data.shape) for blobs in caffe.Net(path, caffe.TEST).params.values()
                             for blob in blobs] for path in given['paths']]
    """,
        paths=paths,
    )
    assert sum(map(len, expected)) > 8
    for layer, ours, theirs in zip(LAYERS, expected, answer["shapes"]):
        assert ours == theirs, layer
