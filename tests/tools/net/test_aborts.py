"""Layers at which real Caffe aborts are an error that names the layer, for every engine, and no others are."""

import pytest
from google.protobuf import text_format

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tests.caffe_cases import why_caffe_aborts
from tools.net.aborts import ABORTS, EVERY_LAYER
from tools.net.checks import check_layer
from tools.net.shapes import infer_shapes

SHAPES = {"x": (2, 4, 6, 6), "y": (2, 4, 6, 6), "v": (2, 5), "w": (2, 4), "n": (2, 1), "p": (2, 1, 6, 6), "s": (2,)}
WRONG = {  # what is wrong: (layer, bottoms, message)
    "kernel twice": (
        'type: "Convolution" convolution_param { num_output: 2 kernel_size: 3 kernel_h: 2 }',
        "x",
        "_h or _w",
    ),
    "pad twice": (
        'type: "Convolution" convolution_param { num_output: 2 kernel_size: 3 pad: 1 pad_h: 2 }',
        "x",
        "one of them and its _h or _w",
    ),
    "three kernels": (
        'type: "Convolution" convolution_param { num_output: 2 kernel_size: 3 kernel_size: 3 kernel_size: 3 }',
        "x",
        "more than twice",
    ),
    "half a kernel": ('type: "Convolution" convolution_param { num_output: 2 kernel_h: 3 }', "x", "kernel 0"),
    "pooling kernel twice": (
        'type: "Pooling" pooling_param { kernel_size: 3 kernel_h: 2 kernel_w: 2 }',
        "x",
        "_h or _w",
    ),
    "half a pooling kernel": ('type: "Pooling" pooling_param { kernel_h: 2 }', "x", "only one of _h and _w"),
    "half a pad": ('type: "Pooling" pooling_param { kernel_size: 3 pad_h: 1 }', "x", "only one of _h and _w"),
    "stride twice": (
        'type: "Pooling" pooling_param { kernel_size: 3 stride: 2 stride_h: 2 stride_w: 2 }',
        "x",
        "its _h or _w",
    ),
    "global kernel": ('type: "Pooling" pooling_param { global_pooling: true kernel_size: 2 }', "x", "global_pooling"),
    "global pad": ('type: "Pooling" pooling_param { global_pooling: true pad: 1 }', "x", "global_pooling"),
    "stochastic": ('type: "Pooling" pooling_param { pool: STOCHASTIC kernel_size: 2 }', "x", "STOCHASTIC.*take MAX or"),
    "wide pad": ('type: "Pooling" pooling_param { kernel_size: 2 pad: 2 }', "x", "as wide as its window"),
    "even LRN": ('type: "LRN" lrn_param { local_size: 4 }', "x", "even lrn_param.local_size; give an odd one"),
    "LRN of vectors": ('type: "LRN"', "v", "other than 4 axes"),
    "pooling of vectors": ('type: "Pooling" pooling_param { kernel_size: 2 }', "v", "4 axes"),
    "one bottom": ('type: "Eltwise"', "x", "has 1 bottoms; it takes 2 or more"),
    "two bottoms": ('type: "ReLU"', "xy", "has 2 bottoms; it takes 1"),
    "three bottoms": ('type: "Scale" scale_param { axis: 0 }', "xyv", "has 3 bottoms; it takes 1 to 2"),
    "no bottom": ('type: "Silence"', "", "has 0 bottoms; it takes 1 or more"),
    "coefficients": ('type: "Eltwise" eltwise_param { coeff: 2 }', "xy", "another number of eltwise_param.coeff"),
    "product": ('type: "Eltwise" eltwise_param { operation: PROD coeff: 2 coeff: 3 }', "xy", "coeff for PROD"),
    "PReLU of a number": ('type: "PReLU"', "s", "a bottom of one axis"),
    "BatchNorm of a number": ('type: "BatchNorm"', "s", "a bottom of one axis"),
    "other scale": ('type: "Scale"', "xv", "a second bottom whose shape"),
    "other bias": ('type: "Bias" bias_param { axis: 0 }', "xv", "a second bottom whose shape"),
    "too many axes": ('type: "Scale" scale_param { axis: 2 num_axes: 3 }', "x", "num_axes 3 from axis 2"),
    "axis past the end": ('type: "Softmax" softmax_param { axis: 4 }', "x", "softmax_param.axis 4 is not one of the 4"),
    "axis before the first": ('type: "InnerProduct" inner_product_param { num_output: 2 axis: -5 }', "x", "axis -5"),
    "both axes": ('type: "Concat" concat_param { axis: 1 concat_dim: 1 }', "xy", "both axis and concat_dim"),
    "slice_dim": ('type: "Slice" slice_param { slice_dim: 5 }', "x", "slice_param.slice_dim 5 is not one"),
    "two -1": ('type: "Reshape" reshape_param { shape { dim: -1 dim: -1 } }', "x", "-1 at most once"),
    "0 past the end": (
        'type: "Reshape" reshape_param { shape { dim: 2 dim: 24 dim: 3 dim: 2 dim: 0 } }',
        "x",
        "0 only where",
    ),
    "reshape_param.axis": ('type: "Reshape" reshape_param { axis: 5 }', "x", "not within the 4 axes"),
    "no divisor": ('type: "Reshape" reshape_param { shape { dim: 0 dim: -1 dim: 7 } }', "x", "cannot reshape"),
    "two labels": ('type: "SoftmaxWithLoss"', "vw", r"scores \(2, 5\) need 2 labels"),
    "other images": ('type: "SoftmaxWithLoss" softmax_param { axis: 0 }', "vp", "scores .* need|different numbers"),
    "other labels": ('type: "EuclideanLoss"', "vw", "differ in size"),
    "top_k": ('type: "Accuracy" accuracy_param { top_k: 6 }', "vn", "top_k above the number of classes"),
    "sparse xavier": (
        'type: "InnerProduct" inner_product_param { num_output: 2 weight_filler { type: "xavier" sparse: 3 } }',
        "x",
        "takes no `sparse` 3",
    ),
    "sparser than outputs": (
        'type: "InnerProduct" inner_product_param { num_output: 2 weight_filler { type: "gaussian" sparse: 3 } }',
        "x",
        "`sparse` 3 of weights 0 is more than their 2 outputs",
    ),
    "probabilities": (
        'type: "SoftmaxWithLoss" top: "b" loss_weight: 1 loss_weight: 0',
        "vn",
        "has 2 tops, expected 1",
    ),
    "accuracy as a loss": ('type: "Accuracy" loss_weight: 1', "vn", "a loss_weight, but no gradient"),
    "bilinear matrix": (
        'type: "InnerProduct" inner_product_param { num_output: 2 weight_filler { type: "bilinear" } }',
        "x",
        "filler 'bilinear' is for square kernels",
    ),
    "bilinear oblong": (
        'type: "Convolution" convolution_param { num_output: 2 kernel_h: 2 kernel_w: 3 weight_filler '
        '{ type: "bilinear" } }',
        "x",
        "filler 'bilinear' is for square kernels",
    ),
    "xavier slope": (
        'type: "PReLU" prelu_param { channel_shared: true filler { type: "xavier" } }',
        "x",
        "needs an axis",
    ),
    "loss_weight twice": ('type: "TanH" loss_weight: 1 loss_weight: 2', "x", "loss_weight, but not once for each top"),
    "loss_weight of one top": ('type: "Slice" top: "b" loss_weight: 1', "x", "loss_weight, but not once for each top"),
    "propagate_down": ('type: "Eltwise" propagate_down: false', "xy", "propagate_down, but not once"),
    "gradient of labels": (
        'type: "SigmoidCrossEntropyLoss" propagate_down: true propagate_down: true',
        "xy",
        "propagate_down: true for its labels",
    ),
    "both rules": ('type: "TanH" include { phase: TRAIN } exclude { phase: TEST }', "x", "both include and exclude"),
}
NO_TOP = {"no bottom"}
UNCHECKED = {  # Caffe goes on, with garbage or another net than was meant
    "dropout": ('type: "Dropout" dropout_param { dropout_ratio: 1 }', "x", "a dropout_ratio of 1 or more"),
    "ignored option": ('type: "EuclideanLoss" loss_param { ignore_label: -1 }', "xy", "loss_param, which it does not"),
    "other axis": (
        'type: "Convolution" convolution_param { num_output: 2 kernel_size: 3 axis: 2 }',
        "x",
        "convolution_param.axis other than 1",
    ),
    "bias for each image": (
        'type: "Scale" scale_param { axis: 0 bias_term: true }',
        "xw",
        "scale_param.bias_term and a second bottom",
    ),
    "phase": ('type: "TanH" phase: TEST', "x", "`phase` does not choose a layer; write include"),
}
IN_PLACE = {"Flatten": 'type: "Flatten"', "Reshape": 'type: "Reshape" reshape_param { shape { dim: 0 dim: -1 } }'}
RIGHT = {
    "pad once each": ('type: "Convolution" convolution_param { num_output: 2 kernel_size: 3 pad_h: 1 }', "x"),
    "two kernels": ('type: "Convolution" convolution_param { num_output: 2 kernel_size: 3 kernel_size: 2 }', "x"),
    "pad below the window": ('type: "Pooling" pooling_param { kernel_size: 3 pad: 2 }', "x"),
    "global": ('type: "Pooling" pooling_param { global_pooling: true pool: AVE }', "x"),
    "scale of numbers": ('type: "Scale" scale_param { axis: 0 }', "xw"),
    "coefficients of MAX": ('type: "Eltwise" eltwise_param { operation: MAX coeff: 2 coeff: 3 }', "xy"),
    "flatten nothing": ('type: "Flatten" flatten_param { axis: 2 end_axis: 1 }', "x"),
    "concat_dim": ('type: "Concat" concat_param { concat_dim: 2 }', "xy"),
    "top_k of all": ('type: "Accuracy" accuracy_param { top_k: 5 }', "vn"),
    "accuracy of each": ('type: "Accuracy" top: "b"', "vn"),
    "sparse": (
        'type: "InnerProduct" inner_product_param { num_output: 2 weight_filler { type: "gaussian" sparse: 2 } }',
        "x",
    ),
    "no gradient": ('type: "Eltwise" propagate_down: false propagate_down: true', "xy"),
}


def net_text(layer, bottoms, top='top: "a"'):
    inputs = "".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ '
        + "".join(f"dim: {size} " for size in SHAPES[name])
        + "} } }\n"
        for name in bottoms
    )
    lower = "".join(f'bottom: "{name}" ' for name in bottoms)
    force = "" if "Accuracy" in layer and "loss_weight" not in layer else "force_backward: true\n"
    return f'{force}{inputs}layer {{ name: "tested" {lower} {top} {layer} }}\n'


def check(text):
    net = text_format.Parse(text, caffe_pb2.NetParameter())
    for layer in net.layer:
        check_layer(layer)
    infer_shapes(net, caffe_pb2.TRAIN, {})


@pytest.mark.parametrize("what", [*WRONG, *UNCHECKED])
def test_a_layer_that_caffe_does_not_take_is_named(what):
    layer, bottoms, message = {**WRONG, **UNCHECKED}[what]
    with pytest.raises(InputError, match=f"layer 'tested'.*{message}"):
        check(net_text(layer, bottoms, "" if what in NO_TOP else 'top: "a"'))


@pytest.mark.parametrize("what", RIGHT)
def test_a_layer_near_to_that_is_fine(what):
    check(net_text(*RIGHT[what]))


def test_real_caffe_aborts_at_the_first_and_at_none_of_the_second(tmp_path):
    wrong = [net_text(*WRONG[what][:2], "" if what in NO_TOP else 'top: "a"') for what in WRONG]
    wrong += [net_text(layer, "x", 'top: "x"') for layer in IN_PLACE.values()]
    right = [net_text(*case) for case in RIGHT.values()]
    reasons = why_caffe_aborts(tmp_path, wrong + right)
    assert [text for text, reason in zip(wrong, reasons) if not reason] == []
    assert [(text, reason) for text, reason in zip(right, reasons[len(wrong) :]) if reason] == []


@pytest.mark.parametrize("kind", IN_PLACE)
def test_a_layer_that_cannot_work_in_place_is_named(kind):
    with pytest.raises(InputError, match=rf"layer 'tested' \({kind}\): Caffe computes it wrongly in place"):
        check(net_text(IN_PLACE[kind], "x", 'top: "x"'))


def test_every_limit_says_what_it_is():
    for limit in [*EVERY_LAYER, *(limit for limits in ABORTS.values() for limit in limits)]:
        assert limit.text and callable(limit.has_it)
