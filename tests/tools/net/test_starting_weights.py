"""What a solver's `weights` gives a net: what is copied, what starts afresh, what is not used, and what is refused."""

import numpy as np
import pytest
from google.protobuf import text_format

from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.caffemodel import save_caffemodel
from tools.net.shapes import infer_params
from tools.net.starting_weights import lines, start_of, weights_digests, weights_files

NET = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 4 dim: 4 } } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "fc" type: "InnerProduct" bottom: "c" top: "f" inner_product_param { num_output: 5 } }
layer { name: "twin" type: "InnerProduct" bottom: "f" top: "t" param { name: "w" } param { name: "b" }
        inner_product_param { num_output: 5 } }
layer { name: "twin2" type: "InnerProduct" bottom: "t" top: "u" param { name: "w" } param { name: "b" }
        inner_product_param { num_output: 5 } }
"""
SHAPES = {"conv": [(4, 3, 3, 3), (4,)], "fc": [(5, 16), (5,)], "twin": [(5, 5), (5,)], "twin2": [(5, 5), (5,)]}


@pytest.fixture
def model(tmp_path):
    """Write a .caffemodel of zeros with the layers {name: shapes}; returns its path."""

    def write(name, **shapes):
        path = tmp_path / name
        layers = [
            (caffe_pb2.LayerParameter(name=layer), [np.zeros(shape) for shape in own]) for layer, own in shapes.items()
        ]
        save_caffemodel(path, "net", layers)
        return str(path)

    return write


def start(*weights):
    net = text_format.Parse(NET, caffe_pb2.NetParameter())
    return start_of(caffe_pb2.SolverParameter(weights=weights), infer_params(net, caffe_pb2.TRAIN, {}))


def test_without_weights_there_is_nothing_to_tell():
    assert start() is None


def test_what_is_copied_what_starts_afresh_and_what_is_not_used(model):
    path = model("a.caffemodel", conv=SHAPES["conv"], twin2=SHAPES["twin2"], fc8=[(3, 3)])
    found = start(path)
    assert found.copied == {"conv": path, "twin2": path}
    assert found.fresh == ["fc"]  # twin has the weights that twin2 was given
    assert found.files == {path: {"sha256": file_digest(path), "unused": ["fc8"]}}
    assert list(lines(found)) == [
        f"{path}: copied conv, twin2",
        f"{path}: not used, as the net has no layer of the name: fc8",
        "trained afresh: fc",
    ]


def test_files_may_be_given_several_times_and_with_commas_and_the_last_counts(model):
    first, second, third = (
        model(f"{number}.caffemodel", **{layer: SHAPES[layer] for layer in layers})
        for number, layers in enumerate((["conv", "fc"], ["conv"], ["twin"]))
    )
    solver = caffe_pb2.SolverParameter(weights=[f"{first}, {second}", third])
    assert weights_files(solver) == [first, second, third]
    assert start(f"{first}, {second}", third).copied == {"conv": second, "fc": first, "twin": third}


@pytest.mark.parametrize(
    "shapes, message",
    [
        ({"fc": [(7, 16), (7,)]}, r"weights 0 of layer 'fc' have shape \(7, 16\), the net wants \(5, 16\); .*rename "
         "the layer in this net to train it afresh"),
        ({"fc": [(5, 16)]}, "layer 'fc' has 1 blobs of weights, the net wants 2; .*rename"),
        ({"fc6": [(5, 16)], "fc7": [(5, 16)]}, "has no layer of this net, by name, .* it has fc6, fc7"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_the_remedy(model, shapes, message):
    with pytest.raises(InputError, match=f"a.caffemodel: {message}"):
        start(model("a.caffemodel", **shapes))


def test_a_file_that_is_missing_or_of_another_kind_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere.caffemodel: no such .caffemodel; correct `weights` in the solver"):
        start(str(tmp_path / "nowhere.caffemodel"))
    (tmp_path / "net.prototxt").write_text(NET)
    with pytest.raises(InputError, match="net.prototxt: not a complete .caffemodel"):
        start(str(tmp_path / "net.prototxt"))


def test_the_digests_follow_the_content(model):
    path = model("a.caffemodel", conv=SHAPES["conv"])
    solver = caffe_pb2.SolverParameter(weights=[path])
    before = weights_digests(solver)
    assert before == weights_digests(solver) == [file_digest(path)]
    model("a.caffemodel", fc=SHAPES["fc"])
    assert weights_digests(solver) == [file_digest(path)] != before
