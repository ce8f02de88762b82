"""Weights that layers share by name: who owns and counts them, and what Caffe would abort on."""

import pytest
from google.protobuf import text_format

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tests.caffe_cases import why_caffe_aborts
from tools.net.shapes import infer_params, infer_shapes
from tools.report.net_drawing import draw_net
from tools.report.plots import plt

INPUT = 'layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 6 dim: 4 dim: 4 } } }\n'
FC = """layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{top}" {param}
        inner_product_param {{ num_output: {num} bias_term: {bias} }} }}\n"""


def fc(name, param, num=6, bottom="x", bias="false"):
    return FC.format(name=name, bottom=bottom, top=name, param=param, num=num, bias=bias)


def parse(text):
    return text_format.Parse(text, caffe_pb2.NetParameter())


def params_of(text):
    return infer_params(parse(text), caffe_pb2.TRAIN, {})


def test_shared_weights_count_once_and_belong_to_the_first_layer():
    text = INPUT + fc("a", 'param { name: "w" }') + fc("b", 'param { name: "w" }') + fc("c", "")
    _, counts = infer_shapes(parse(text), caffe_pb2.TRAIN, {})
    assert counts == {"in": 0, "a": 6 * 96, "b": 0, "c": 6 * 96}
    assert [param.owner for params in params_of(text).values() for param in params] == [("a", 0), ("a", 0), ("c", 0)]


def test_the_drawing_counts_shared_weights_once(monkeypatch):
    figures = []
    monkeypatch.setattr("tools.report.net_drawing.save_figure", lambda figure, path: figures.append(figure))
    draw_net(parse(INPUT + fc("a", 'param { name: "w" }') + fc("b", 'param { name: "w" }')), None, "unused")
    assert "576 weights in all" in [text.get_text() for text in figures[0].axes[0].texts]
    plt.close(figures[0])


@pytest.mark.parametrize(
    "first, second, mults",
    [
        ("", "", (1, 1)),
        ("lr_mult: 2", "", (2, 1)),
        ("", "lr_mult: 0 decay_mult: 3", (0, 3)),
        ("lr_mult: 2", "decay_mult: 0.5", (2, 0.5)),
        ("lr_mult: 2 decay_mult: 0", "lr_mult: 2 decay_mult: 0", (2, 0)),
    ],
)
def test_multipliers_are_those_of_the_first_layer_that_gives_them(first, second, mults):
    text = INPUT + fc("a", f'param {{ name: "w" {first} }}') + fc("b", f'param {{ name: "w" {second} }}')
    for params in params_of(text).values():
        assert all((param.lr_mult, param.decay_mult) == mults for param in params)


WRONG = {
    "other shape": (
        fc("a", 'param { name: "w" }') + fc("b", 'param { name: "w" }', num=5),
        r"layer 'b'.*weights 0 have shape \(5, 96\).*'w' is that of layer 'a' of shape \(6, 96\); give them different",
    ),
    "as many values": (
        fc("a", "", num=8) + fc("b", 'param { name: "w" }', num=2, bottom="a")
        + fc("c", 'param { name: "w" }', num=8, bottom="b"),
        r"layer 'c'.*weights 0 have shape \(8, 2\).*set share_mode: PERMISSIVE",
    ),
    "fewer values": (
        fc("a", 'param { name: "w" }') + fc("b", 'param { name: "w" share_mode: PERMISSIVE }', num=5),
        "layer 'b'.*different names",
    ),
    "lr_mult": (
        fc("a", 'param { name: "w" }') + fc("b", 'param { name: "w" lr_mult: 2 }')
        + fc("c", 'param { name: "w" lr_mult: 1 }'),
        "layer 'c'.*lr_mult 1 of weights that it shares with layer 'b', which gives 2",
    ),
    "decay_mult": (
        fc("a", 'param { name: "w" decay_mult: 0 }') + fc("b", 'param { name: "w" decay_mult: 1 }'),
        "layer 'b'.*decay_mult 1 of weights .* layer 'a', which gives 0",
    ),
    "too many": (fc("a", "param { } param { }"), "layer 'a'.*param is given 2 times for 1 blobs of weights"),
    "statistics": (
        'layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" param { lr_mult: 1 } }',
        "layer 'bn'.*statistics, which no solver learns",
    ),
}  # fmt: skip
RIGHT = {
    "permissive": fc("a", 'param { name: "w" }', num=8)
    + 'layer { name: "b" type: "InnerProduct" bottom: "a" top: "b" inner_product_param { num_output: 96 } '
    'param { name: "w" share_mode: PERMISSIVE } }',
    "in one layer": 'layer { name: "b" type: "Scale" bottom: "x" top: "b" scale_param { bias_term: true } '
    'param { name: "w" } param { name: "w" } }',
    "statistics": 'layer { name: "bn" type: "BatchNorm" bottom: "x" top: "y" '
    + "param { lr_mult: 1 } " * 3
    + '} layer { name: "bn2" type: "BatchNorm" bottom: "x" top: "z" param { lr_mult: 0 } }',
}


def test_an_error_comes_where_real_caffe_aborts_and_nowhere_else(tmp_path):
    for text in RIGHT.values():
        params_of(INPUT + text)
    for text, message in WRONG.values():
        with pytest.raises(InputError, match=message):
            params_of(INPUT + text)
    reasons = why_caffe_aborts(
        tmp_path, [INPUT + text for text in (*RIGHT.values(), *(text for text, _ in WRONG.values()))]
    )
    assert [bool(reason) for reason in reasons] == [False] * len(RIGHT) + [True] * len(WRONG)


def test_two_layers_of_one_name_may_have_no_weights():
    relu = 'layer { name: "same" type: "ReLU" bottom: "x" top: "%s" }'
    params_of(INPUT + relu % "y" + relu % "z")
    with pytest.raises(InputError, match="layer 'same'.*another layer has this name"):
        params_of(INPUT + relu % "y" + fc("same", ""))
