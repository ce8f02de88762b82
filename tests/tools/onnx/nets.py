"""Small nets of a few layers, with random weights and inputs."""

import itertools
import re

import numpy as np
from google.protobuf import text_format

from prototxt import caffe_pb2
from tools.net.layers import LAYERS

IMAGE, FEATURE = (3, 4, 9, 7), (3, 10)  # 3 images


def net_of(layers, *inputs):
    """A NetParameter of Inputs in0, in1, ... with the shapes `inputs`, and `layers`, each on a new line, as
    `Type bottom bottom > top top { parameters }`, named by its type and number."""
    text = ""
    for number, shape in enumerate(inputs):
        dims = " ".join(f"dim: {size}" for size in shape)
        text += f'layer {{ name: "in{number}" type: "Input" top: "in{number}" input_param {{ shape {{ {dims} }} }} }}\n'
    for number, line in enumerate(re.split(r"\n\s*(?=[A-Z])", layers)):
        words, _, parameters = line.partition("{")
        kind, *blobs = words.split()
        at = blobs.index(">") if ">" in blobs else len(blobs)
        text += f'layer {{ name: "{kind.lower()}{number}" type: "{kind}" '
        text += "".join(f'bottom: "{name}" ' for name in blobs[:at]) + "".join(
            f'top: "{name}" ' for name in blobs[at + 1 :]
        )
        text += parameters.rpartition("}")[0] + " }\n"
    return text_format.Parse(f'name: "small"\n{text}', caffe_pb2.NetParameter())


def random_weights(net, seed=0):
    """{layer: [float32 arrays]} that a trained net could have."""
    rng, shapes, weights = np.random.default_rng(seed), {}, {}
    for layer in net.layer:
        bottoms = [shapes[name] for name in layer.bottom]
        blobs = [
            rng.normal(0, 0.4, blob.shape).astype(np.float32) for blob in LAYERS[layer.type].weights(layer, bottoms)
        ]
        if layer.type == "BatchNorm":
            blobs = [blobs[0] * 9, np.abs(blobs[1]) * 9 + 1, np.array([7.5], np.float32)]
        if blobs:
            weights[layer.name] = blobs
        shapes.update(zip(layer.top, LAYERS[layer.type].shapes(layer, bottoms)))
    return weights


def random_inputs(net, seed=1):
    """{blob: float32 array} for the Inputs."""
    rng = np.random.default_rng(seed)
    tops = [(layer.top[0], layer.input_param.shape[0].dim) for layer in net.layer if layer.type == "Input"]
    return {name: rng.normal(0, 1.5, shape).astype(np.float32) for name, shape in tops}


def blobs_of(net):
    """All blobs that layers make."""
    return list(dict.fromkeys(top for layer in net.layer if layer.type != "Input" for top in layer.top))


def pooling_cases():
    """{name: (layers, shapes)} of MAX and AVE pooling with both ways of rounding, all kinds of windows and padding."""
    windows = {
        "2_2": "kernel_size: 2 stride: 2",
        "3_2": "kernel_size: 3 stride: 2",
        "3_3": "kernel_size: 3 stride: 3",
        "4_3": "kernel_size: 4 stride: 3",
        "3_2_pad1": "kernel_size: 3 stride: 2 pad: 1",
        "3_1_pad1": "kernel_size: 3 pad: 1",
        "3_2_pad2": "kernel_size: 3 stride: 2 pad: 2",
        "4_3_pad1": "kernel_size: 4 stride: 3 pad: 1",
        "4_4_pad2": "kernel_size: 4 stride: 4 pad: 2",
        "5_2_pad4": "kernel_size: 5 stride: 2 pad: 4",
        "sides": "kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 0",
        "sides_apart": "kernel_h: 5 kernel_w: 4 stride_h: 3 stride_w: 4 pad_h: 0 pad_w: 3",
        "whole": "global_pooling: true",
    }
    cases = {}
    for pool, mode, (name, window), image in itertools.product(
        ("MAX", "AVE"), ("CEIL", "FLOOR"), windows.items(), ((9, 7), (10, 12))
    ):
        parameters = f"pool: {pool} round_mode: {mode} {window}"
        layers = f"Pooling in0 > a {{ pooling_param {{ {parameters} }} }}\nTanH a > b"
        cases[f"pool_{pool}_{mode}_{name}_{image[0]}"] = (layers, [(3, 2, *image)])
    return cases


CASES = {  # name: (layers, shapes of the inputs)
    "conv": (
        """Convolution in0 > a { convolution_param { num_output: 6 kernel_size: 3 } }
           ReLU a > a
           Convolution a > b { convolution_param { num_output: 3 kernel_size: 1 bias_term: false } }""",
        [IMAGE],
    ),
    "conv_sides": (
        """Convolution in0 > a { convolution_param { num_output: 5 kernel_h: 3 kernel_w: 2 stride_h: 1 stride_w: 2
                                                     pad_h: 0 pad_w: 1 } }
           Convolution a > b { convolution_param { num_output: 2 kernel_size: [2, 1] pad: [1, 0] stride: [2, 1] } }""",
        [IMAGE],
    ),
    "conv_group_dilation": (
        """Convolution in0 > a { convolution_param { num_output: 6 kernel_size: 3 group: 2 dilation: 2 } }
           Convolution a > b { convolution_param { num_output: 6 kernel_size: 3 group: 6 pad: 2 dilation: [1, 2] } }
           ELU b > b""",
        [IMAGE],
    ),
    "inner": (
        """InnerProduct in0 > a { inner_product_param { num_output: 8 } }
           Sigmoid a > b
           InnerProduct b > c { inner_product_param { num_output: 5 bias_term: false } }""",
        [IMAGE],
    ),
    "inner_transpose": (
        """InnerProduct in0 > a { inner_product_param { num_output: 8 transpose: true } }
           InnerProduct a > b { inner_product_param { num_output: 5 transpose: true bias_term: false axis: -1 } }""",
        [IMAGE],
    ),
    "inner_axis": (
        """InnerProduct in0 > a { inner_product_param { num_output: 5 axis: 2 } }
           InnerProduct a > b { inner_product_param { num_output: 3 axis: -1 transpose: true } }
           InnerProduct in0 > c { inner_product_param { num_output: 3 axis: -1 bias_term: false } }""",
        [IMAGE],
    ),
    "relu": ("ReLU in0 > a\nReLU in0 > b { relu_param { negative_slope: 0.1 } }", [IMAGE]),
    "relu_steep": ("ReLU in0 > a { relu_param { negative_slope: -1.5 } }\nAbsVal a > b", [FEATURE]),
    "prelu": ("PReLU in0 > a\nPReLU a > a { prelu_param { channel_shared: true } }\nTanH a > b", [IMAGE]),
    "prelu_feature": ("PReLU in0 > a\nPReLU a > b { prelu_param { channel_shared: true } }", [FEATURE]),
    "activations": (
        """ELU in0 > a { elu_param { alpha: 0.7 } }
           Sigmoid in0 > b
           TanH in0 > c
           AbsVal in0 > d""",
        [IMAGE],
    ),
    "loud": (
        """Power in0 > a { power_param { scale: 30 } }
           Sigmoid a > b
           TanH a > c
           ELU a > d
           Softmax a > e""",
        [FEATURE],
    ),
    "power": (
        """Power in0 > a { power_param { power: 2 scale: 0.5 shift: 3 } }
           Power in0 > b { power_param { scale: -2 } }
           Power in0 > c { power_param { shift: 0.3 } }
           Power in0 > d
           Power in0 > e { power_param { power: 3 } }
           AbsVal in0 > f
           Power f > g { power_param { power: -0.6 shift: 0.5 } }
           Power g > g { power_param { power: 0.5 scale: 2 } }""",
        [FEATURE],
    ),
    "power_constant": (
        """Power in0 > constant0 { power_param { power: 0 shift: 3 } }
           Power in0 > constant1 { power_param { power: 2 scale: 0 shift: -3 } }
           Power in0 > constant2 { power_param { power: 0 scale: 0 } }""",
        [IMAGE],
    ),
    "dropout": (
        """Convolution in0 > a { convolution_param { num_output: 3 kernel_size: 3 } }
           Dropout a > a { dropout_param { dropout_ratio: 0.4 } }
           Dropout a > b
           Dropout in0 > c
           InnerProduct b > d { inner_product_param { num_output: 2 } }""",
        [IMAGE],
    ),
    "mvn": (
        """MVN in0 > a
           Convolution a > b { convolution_param { num_output: 3 kernel_size: 3 } }
           MVN b > b { mvn_param { eps: 0.1 } }""",
        [IMAGE],
    ),
    "mvn_across": (
        """MVN in0 > a { mvn_param { across_channels: true eps: 0.001 } }
           MVN in0 > b { mvn_param { across_channels: true normalize_variance: false } }
           MVN in0 > c { mvn_param { normalize_variance: false } }""",
        [IMAGE],
    ),
    "lrn": (
        """LRN in0 > a { lrn_param { local_size: 3 alpha: 0.2 beta: 0.6 k: 2 } }
           LRN in0 > b
           LRN in0 > c { lrn_param { local_size: 7 alpha: 3 } }""",
        [IMAGE],
    ),
    "lrn_alexnet": (
        """Convolution in0 > a { convolution_param { num_output: 9 kernel_size: 3 } }
           ReLU a > a
           LRN a > b { lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 k: 2 } }
           Pooling b > c { pooling_param { pool: MAX kernel_size: 3 stride: 2 } }""",
        [IMAGE],
    ),
    "lrn_within": (
        """LRN in0 > a { lrn_param { local_size: 3 alpha: 0.2 k: 2 norm_region: WITHIN_CHANNEL } }
           LRN a > b { lrn_param { local_size: 5 norm_region: WITHIN_CHANNEL } }""",
        [IMAGE],
    ),
    "batch_norm": (
        """Convolution in0 > a { convolution_param { num_output: 6 kernel_size: 3 } }
           BatchNorm a > a
           Scale a > a { scale_param { bias_term: true } }
           ReLU a > a
           BatchNorm a > b { batch_norm_param { use_global_stats: true eps: 0.01 } }""",
        [IMAGE],
    ),
    "batch_norm_feature": (
        """InnerProduct in0 > a { inner_product_param { num_output: 6 } }
           BatchNorm a > b
           Scale b > c""",
        [FEATURE],
    ),
    "batch_norm_three_axes": ("BatchNorm in0 > a\nReLU a > a", [(3, 4, 5)]),
    "batch_norm_factor_0": ("BatchNorm in0 > a\nTanH a > b", [IMAGE]),
    "scale": (
        """Scale in0 > a { scale_param { bias_term: true } }
           Scale a > b { scale_param { axis: 2 num_axes: 1 bias_term: true } }
           Scale b > c { scale_param { axis: -2 num_axes: 2 } }
           Scale c > d { scale_param { axis: 1 num_axes: -1 bias_term: true } }
           Scale d > e { scale_param { axis: 0 num_axes: 0 bias_term: true } }
           Scale in0 > f { scale_param { axis: 2 num_axes: 0 } }""",
        [IMAGE],
    ),
    "scale_by_blob": (
        """Pooling in0 > a { pooling_param { pool: AVE global_pooling: true } }
           InnerProduct a > b { inner_product_param { num_output: 4 } }
           Sigmoid b > b
           Scale in0 b > c { scale_param { axis: 0 } }
           Scale c in0 > d { scale_param { axis: 0 } }
           Scale d in1 > e { scale_param { axis: 0 } }""",
        [IMAGE, (3,)],
    ),
    "bias": (
        """Bias in0 > a
           Bias a > b { bias_param { axis: 2 num_axes: -1 } }
           Bias b > c { bias_param { axis: -1 } }
           Bias c > d { bias_param { num_axes: 0 } }
           Bias d in1 > e { bias_param { axis: 0 } }
           Bias e in0 > f { bias_param { axis: 0 } }""",
        [IMAGE, (3, 4)],
    ),
    "softmax": (
        """Softmax in0 > a
           Softmax in0 > b { softmax_param { axis: 2 } }
           Softmax in0 > c { softmax_param { axis: -1 } }
           InnerProduct in0 > d { inner_product_param { num_output: 5 } }
           Softmax d > e""",
        [IMAGE],
    ),
    "concat": (
        """Concat in0 in1 > a
           Concat in0 in0 a > b { concat_param { concat_dim: 1 } }
           Concat b b > c { concat_param { axis: -1 } }
           Concat in0 > d
           Concat in0 in0 > e { concat_param { concat_dim: 2 } }""",
        [IMAGE, (3, 2, 9, 7)],
    ),
    "slice": (
        """Slice in0 > a b { slice_param { slice_point: 1 } }
           Slice in0 > c d
           Slice in0 > e f g { slice_param { axis: -1 slice_point: 2 slice_point: 3 } }
           Slice in0 > h i j { slice_param { slice_dim: 2 } }
           Slice in0 > k
           Eltwise c d > l""",
        [IMAGE],
    ),
    "eltwise": (
        """Eltwise in0 in1 > a
           Eltwise in0 in1 a > b { eltwise_param { coeff: 2 coeff: -0.5 coeff: 1 } }
           Eltwise in0 in1 b > c { eltwise_param { operation: PROD } }
           Eltwise in0 in1 c > d { eltwise_param { operation: MAX } }""",
        [IMAGE, IMAGE],
    ),
    "flatten": (
        """Flatten in0 > a
           Flatten in0 > b { flatten_param { axis: 2 } }
           Flatten in0 > c { flatten_param { axis: -3 end_axis: 2 } }
           Flatten in0 > d { flatten_param { axis: 0 end_axis: 0 } }
           InnerProduct c > e { inner_product_param { num_output: 3 } }""",
        [IMAGE],
    ),
    "reshape": (
        """Reshape in0 > a { reshape_param { shape { dim: 0 dim: -1 } } }
           Reshape in0 > b { reshape_param { shape { dim: 0 dim: 0 dim: -1 } } }
           Reshape in0 > c { reshape_param { shape { dim: -1 } axis: 1 num_axes: 2 } }
           Reshape in0 > d { reshape_param { shape { dim: 1 dim: 1 } axis: 2 num_axes: 0 } }
           Reshape in0 > e { reshape_param { shape { dim: 2 dim: 2 } axis: 1 num_axes: 1 } }
           Reshape in0 > f { reshape_param { shape { dim: 3 dim: 7 dim: -1 } } }
           Reshape in0 > g { reshape_param { shape { dim: -1 dim: 252 } } }
           Reshape in0 > h { reshape_param { shape { dim: 7 dim: 1 } axis: -2 } }
           InnerProduct b > i { inner_product_param { num_output: 3 axis: -1 } }""",
        [IMAGE],
    ),
    "silence": ("TanH in0 > a\nSilence in0\nSlice a > b c\nSilence b", [IMAGE]),
    "residual": (
        """Convolution in0 > a { convolution_param { num_output: 4 kernel_size: 3 pad: 1 } }
           BatchNorm a > a
           Scale a > a { scale_param { bias_term: true } }
           Eltwise in0 a > b
           ReLU b > b
           Pooling b > c { pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
           InnerProduct c > d { inner_product_param { num_output: 5 } }""",
        [IMAGE],
    ),
    "inception": (
        """Convolution in0 > a { convolution_param { num_output: 3 kernel_size: 1 } }
           Convolution in0 > b { convolution_param { num_output: 2 kernel_size: 3 pad: 1 } }
           Convolution in0 > c { convolution_param { num_output: 2 kernel_size: 5 pad: 2 } }
           Pooling in0 > d { pooling_param { pool: MAX kernel_size: 3 pad: 1 } }
           Concat a b c d > e
           ReLU e > e
           Slice e > f g { slice_param { slice_point: 5 } }
           Softmax g > h""",
        [IMAGE],
    ),
    **pooling_cases(),
}
