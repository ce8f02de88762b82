"""Blobs that are written over: what is accepted is what real Caffe computes rightly."""

import pytest
from google.protobuf import text_format

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.shapes import infer_shapes

NET = """
layer {{ name: "in" type: "Input" top: "data" input_param {{ shape {{ dim: 4 dim: 3 dim: 8 dim: 7 }} }} }}
layer {{ name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param {{
  num_output: 4 kernel_size: 3 weight_filler {{ type: "gaussian" std: 0.4 }} bias_filler {{ value: 0.1 }} }} }}
layer {{ name: "other" type: "Convolution" bottom: "data" top: "other" convolution_param {{
  num_output: 4 kernel_size: 3 weight_filler {{ type: "gaussian" std: 0.4 }} bias_filler {{ value: 0.1 }} }} }}
{layers}
layer {{ name: "fc" type: "InnerProduct" bottom: "{last}" top: "fc" inner_product_param {{
  num_output: 3 weight_filler {{ type: "gaussian" }} }} }}
layer {{ name: "loss" type: "Power" bottom: "fc" top: "loss" loss_weight: 1 power_param {{ power: 3 }} }}
"""
IN_PLACE = {
    "relu": '"ReLU"',
    "leaky": '"ReLU" relu_param { negative_slope: 0.2 }',
    "prelu": '"PReLU"',
    "elu": '"ELU"',
    "sigmoid": '"Sigmoid"',
    "tanh": '"TanH"',
    "dropout": '"Dropout"',
    "scale": '"Scale" scale_param { bias_term: true filler { type: "gaussian" } }',
    "bias": '"Bias" bias_param { filler { value: 0.7 } }',
    "batch_norm": '"BatchNorm" batch_norm_param { use_global_stats: true }',
    "softmax": '"Softmax"',
    "mvn_mean": '"MVN" mvn_param { normalize_variance: false }',
}
NOT_IN_PLACE = {
    "leaky_negative": '"ReLU" relu_param { negative_slope: -0.2 }',
    "elu_negative": '"ELU" elu_param { alpha: -0.2 }',
    "power": '"Power" power_param { power: 3 shift: 0.1 }',
    "power_square": '"Power" power_param { power: 2 shift: 0.1 }',
    "power_linear": '"Power" power_param { scale: 2 shift: 0.1 }',
    "mvn": '"MVN"',
    "lrn": '"LRN" lrn_param { local_size: 3 alpha: 3 }',
    "lrn_within": '"LRN" lrn_param { local_size: 3 alpha: 3 norm_region: WITHIN_CHANNEL }',
    "sum": '"Eltwise" bottom: "other"',
    "product": '"Eltwise" bottom: "other" eltwise_param { operation: PROD }',
    "product_fast": '"Eltwise" bottom: "other" eltwise_param { operation: PROD stable_prod_grad: false }',
    "maximum": '"Eltwise" bottom: "other" eltwise_param { operation: MAX }',
    "conv": '"Convolution" convolution_param { num_output: 4 kernel_size: 1 weight_filler { type: "xavier" } }',
    "pool": '"Pooling" pooling_param { pool: AVE kernel_size: 2 stride: 2 }',
    "fc": '"InnerProduct" inner_product_param { num_output: 5 weight_filler { type: "xavier" } }',
}
LAYERS = {**IN_PLACE, **NOT_IN_PLACE}
ABORTS = ('"AbsVal"', '"Flatten"', '"Reshape" reshape_param { shape { dim: 0 dim: -1 } }')  # of these Caffe says so
POSITIVE = ("sigmoid", "sigmoid in place", "softmax", "softmax in place", "elu_negative")  # what these give
# right but refused: these change negative numbers only, and there are none
CAUTIOUS = {f"{first}, {second} in place" for first in POSITIVE for second in ("leaky", "prelu", "elu")}


def net_text(*chain):
    """A net whose layers `chain`, pairs of a text and whether it works in place, stand behind its convolution."""
    layers, blob = "", "c"
    for number, (text, in_place) in enumerate(chain):
        kind, _, rest = text.partition(" ")
        top = blob if in_place else f"t{number}"
        layers += f'layer {{ name: "l{number}" type: {kind} bottom: "{blob}" top: "{top}" {rest} }}\n'
        blob = top
    return NET.format(layers=layers, last=blob)


def chains():
    """{name: (the net in place, the same with a name for each top)}: one layer in place; a layer in place behind one
    that is not; two in place."""
    texts = {}
    for first, text in LAYERS.items():
        texts[first] = [(text, True)]
        for second in IN_PLACE:
            texts[f"{first}, {second} in place"] = [(text, False), (LAYERS[second], True)]
            if first in IN_PLACE:
                texts[f"{first} in place, {second} in place"] = [(text, True), (LAYERS[second], True)]
    return {name: (net_text(*chain), net_text(*((text, False) for text, _ in chain))) for name, chain in texts.items()}


def is_accepted(text):
    try:
        shapes_of(text)
    except InputError:
        return False
    return True


def shapes_of(text, phase=caffe_pb2.TRAIN):
    return infer_shapes(text_format.Parse(text, caffe_pb2.NetParameter()), phase, {})[0]


def test_what_is_accepted_is_what_caffe_computes_rightly(caffe, tmp_path):
    nets = chains()
    for number, texts in enumerate(nets.values()):
        for k, text in enumerate(texts):
            (tmp_path / f"{number}_{k}.prototxt").write_text(text)
    answer = caffe(
        """
        def computed(path):
            caffe.set_random_seed(1)
            net = caffe.Net(path, caffe.TRAIN)
            rng = np.random.RandomState(0)
            net.blobs["data"].data[...] = rng.normal(0, 1, net.blobs["data"].data.shape)
            for layer in net.layers:
                if layer.type == "BatchNorm":
                    for blob in layer.blobs: blob.data[...] = rng.uniform(0.5, 1.5, blob.data.shape)
            net.forward()
            net.clear_param_diffs()
            net.backward()
            return [net.blobs["fc"].data.copy()] + [b.diff.copy() for blobs in net.params.values() for b in blobs]

        answer["right"] = []
        for number in range(given["count"]):
            found = [computed("%s/%d_%d.prototxt" % (given["folder"], number, k)) for k in (0, 1)]
            errors = [np.abs(a - b).max() / np.abs(b).max() for a, b in zip(*found) if np.abs(b).max() > 0]
            answer["right"].append(bool(max(errors + [0]) < 1e-5))
    """,
        folder=str(tmp_path),
        count=len(nets),
    )
    right = dict(zip(nets, answer["right"]))
    accepted = {name: is_accepted(texts[0]) for name, texts in nets.items()}
    assert [name for name in nets if accepted[name] and not right[name]] == []
    assert {name for name in nets if right[name] and not accepted[name]} == CAUTIOUS
    assert {name for name in LAYERS if right[name]} == set(IN_PLACE)


@pytest.mark.parametrize(
    "chain, message",
    [
        (
            [('"Power"', True)],
            r"layer 'l0' \(Power\): Caffe computes it wrongly in place; give its top another name than",
        ),
        *(([(text, True)], "layer 'l0' .*wrongly in place") for text in ABORTS),
        (
            [('"MVN"', False), ('"ReLU"', True)],
            r"layer 'l1' \(ReLU\): changes 't0' in place, .*needs for the gradient of layer 'l0' \(MVN\); give its top",
        ),
        ([('"TanH"', False), ('"ReLU"', True), ('"Dropout"', True)], "layer 'l2' .*gradient of layer 'l0'"),
        ([('"Sigmoid"', False), ('"Flatten"', False), ('"Bias"', True)], "layer 'l2' .*gradient of layer 'l0'"),
    ],
)
def test_the_error_names_the_layers_and_the_remedy(chain, message):
    with pytest.raises(InputError, match=message):
        shapes_of(net_text(*chain))


def test_gradients_do_not_matter_where_there_are_none():
    assert shapes_of(net_text(('"MVN"', False), ('"ReLU"', True)), caffe_pb2.TEST)
    data = """
        layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 4 dim: 3 dim: 8 dim: 7 } } }
        layer { name: "a" type: "Power" bottom: "x" top: "x" power_param { scale: 2 } }
        layer { name: "b" type: "MVN" bottom: "x" top: "x" }
        layer { name: "c" type: "Bias" bottom: "x" top: "x" }"""
    assert shapes_of(data) == {"x": (4, 3, 8, 7)}


def test_a_blob_that_was_read_cannot_be_changed_in_place():
    """Caffe would have two blobs of one name."""
    text = net_text(('"TanH"', False)) + 'layer { name: "r" type: "ReLU" bottom: "c" top: "c" }'
    with pytest.raises(InputError, match="layer 'r'.*changes 'c' in place, which an earlier layer reads"):
        shapes_of(text)


def test_a_blob_that_was_changed_by_another_name_cannot_be_read(caffe, tmp_path):
    """A Flatten does not copy, so that a ReLU in place behind it changes what the convolution gives to others."""
    text = net_text(('"Flatten"', False), ('"ReLU"', True))
    reader = 'layer { name: "late" type: "AbsVal" bottom: "c" top: "late" }'
    assert shapes_of(text)
    with pytest.raises(InputError, match="layer 'late' .*reads 'c', which layer 'l1' has changed in place"):
        shapes_of(text + reader)
    (tmp_path / "net.prototxt").write_text(text + reader)
    answer = caffe(
        """
        net = caffe.Net(given["path"], caffe.TRAIN)
        net.blobs["data"].data[...] = np.random.RandomState(0).normal(0, 1, net.blobs["data"].data.shape)
        net.forward()
        answer["zeros"] = float((net.blobs["late"].data == 0).mean())
    """,
        path=str(tmp_path / "net.prototxt"),
    )
    assert answer["zeros"] > 0.2  # of a convolution none would be
