"""Every net of the zoo is the same net in real Caffe, on PyTorch and in ONNX, and is drawn as what it is."""

import numpy as np
import pytest
from google.protobuf.message import Message

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tests.zoo.engines import onnx_errors, torch_errors, under_caffe
from tests.zoo.nets import parsed, train_val, with_inputs
from tests.zoo.table import ZOO
from tools.engines.caffe_checks import check_caffe
from tools.net.checks import check_net
from tools.net.layers import LAYERS
from tools.net.shapes import infer_params, infer_shapes
from tools.report import net_drawing
from tools.report.plots import plt

LARGEST_ERROR = 1e-5
RUN = [name for name, zoo_net in ZOO.items() if "all" not in zoo_net.refused]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """{name: CaffeResult}, from one process."""
    return under_caffe(tmp_path_factory.mktemp("zoo"), {name: ZOO[name] for name in RUN})


def refusal(name, engine):
    """What the error of an engine that cannot do a net must match, or None."""
    zoo_net = ZOO[name]
    return zoo_net.refused.get("all") or zoo_net.refused.get(engine)


def is_alive(name, result):
    """Whether features differ between images, and all that is learned has a gradient: or all engines would agree."""
    feature = result.test[ZOO[name].feature]
    learned = {key for key, array in result.gradients.items() if np.abs(array).max() > 0}
    wanted = {
        (layer, number)
        for layer, params in infer_params(result.net, caffe_pb2.TRAIN, {}).items()
        for number, param in enumerate(params)
        if param.lr_mult
    }
    if any(layer.propagate_down for layer in result.net.layer):
        wanted = {key for key in wanted if key[0] == "fc"}
    return np.ptp(feature, axis=0).max() > 0.05 * np.abs(feature).max() and learned >= wanted


@pytest.mark.parametrize("name", RUN)
def test_shapes_and_weights_are_caffes_and_the_net_draws_itself(name, results, monkeypatch):
    result, figures = results[name], []
    for phase, blobs in ((caffe_pb2.TRAIN, result.train), (caffe_pb2.TEST, result.test)):
        shapes, counts = infer_shapes(result.net, phase, {})
        assert {blob: shape or (1,) for blob, shape in shapes.items()} == {
            blob: blobs[blob].shape or (1,)  # a Python layer's loss has an axis
            for blob in shapes
        }
    assert sum(counts.values()) == result.values  # in TEST
    monkeypatch.setattr(net_drawing, "save_figure", lambda figure, path: figures.append(figure))
    net_drawing.draw_net(result.train_val, None, "unused")
    (texts,) = (figure.axes[0].texts for figure in figures)
    plt.close(figures[0])
    trained = sum(infer_shapes(result.net, caffe_pb2.TRAIN, {})[1].values())
    assert f"{trained:,} weights in all" in [text.get_text() for text in texts]


@pytest.mark.parametrize("name", ZOO)
def test_what_real_caffe_cannot_train_is_refused_before(name):
    def check():
        net = with_inputs(train_val(ZOO[name]))
        check_net(net, ["TRAIN", "TEST"])
        check_caffe(net, "train_val.prototxt")

    refused = refusal(name, "caffe")
    if refused:
        with pytest.raises(InputError, match=refused):
            check()
    else:
        check()


@pytest.mark.parametrize("name", RUN)
def test_pytorch_gives_what_real_caffe_gives(name, results):
    pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")
    if refusal(name, "torch"):
        with pytest.raises(InputError, match=refusal(name, "torch")):
            torch_errors(results[name])
        return
    assert is_alive(name, results[name])
    blobs, gradients = torch_errors(results[name])
    assert ZOO[name].feature in blobs
    assert {blob: error for blob, error in blobs.items() if not error <= LARGEST_ERROR} == {}
    if not refusal(name, "caffe"):  # where Caffe's own are wrong
        assert {weights: error for weights, error in gradients.items() if not error <= LARGEST_ERROR} == {}


@pytest.mark.parametrize("name", RUN)
def test_onnx_gives_what_real_caffe_gives(name, results):
    if refusal(name, "onnx"):
        with pytest.raises(InputError, match=refusal(name, "onnx")):
            onnx_errors(results[name])
        return
    assert is_alive(name, results[name])
    blobs = onnx_errors(results[name])
    assert ZOO[name].feature in blobs
    assert {blob: error for blob, error in blobs.items() if not error <= LARGEST_ERROR} == {}


SAME_IN_ALL = {"engine", "phase", "blobs", "prefetch", "share_in_parallel"}  # fields that change no result
ELSEWHERE = {"mean_file", "force_color", "force_gray", "input_param"}  # what other tests are about


def fields_used(message, found):
    """Add {(message type, field): values} of a message and all within it to `found`."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        for one in values:
            if isinstance(one, Message):
                fields_used(one, found)
            else:
                found.setdefault((message.DESCRIPTOR.name, field.name), set()).add(one)


def test_the_zoo_has_every_type_of_layer_and_every_option_that_the_schema_has():
    found, types = {}, set()
    for name in ZOO:
        fields_used(parsed(ZOO[name]), found)
        types.update(layer.type for layer in parsed(ZOO[name]).layer)
    assert types | {"Input"} == set(LAYERS)
    missing, seen, waiting = [], set(), [caffe_pb2.LayerParameter.DESCRIPTOR]
    while waiting:
        message = waiting.pop()
        fields = [field for field in message.fields if field.name not in SAME_IN_ALL | ELSEWHERE]
        for field in fields if message.name not in seen else ():
            if field.message_type and not {inner.name for inner in field.message_type.fields} <= SAME_IN_ALL:
                waiting.append(field.message_type)
            values, choices = found.get((message.name, field.name), set()), []
            if field.enum_type:
                choices = [value for value in field.enum_type.values if value.number != field.default_value]
            if not field.message_type and not values:
                missing.append(f"{message.name}.{field.name}")
            missing += [f"{message.name}.{field.name} {value.name}" for value in choices if value.number not in values]
        seen.add(message.name)
    assert missing == []
