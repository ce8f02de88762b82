"""The figure of a net says what its prototxt says, and can be read."""

from itertools import combinations

import pytest
from google.protobuf import text_format
from matplotlib.patches import Rectangle

from data_prep.system.code import ROOT
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.draw_net import main
from tools.net.edits import deploy_net
from tools.net.prototxt import load_net
from tools.report import net_drawing as module
from tools.report.net_drawing import draw_net
from tools.report.plots import plt

DISFA, BP4D = (ROOT / f"prototxt/{name}/train_val.prototxt" for name in ("disfa", "bp4d"))
INPUT = 'layer { name: "in" type: "Input" top: "in" input_param { shape { dim: 1 dim: 3 dim: 12 dim: 8 } } }\n'
CONV = (
    'layer {{ name: "{0}" type: "Convolution" bottom: "{1}" top: "{0}" '
    "convolution_param {{ num_output: {2} kernel_size: 3 pad: 1 }} }}\n"
)
BRANCHES = (
    INPUT
    + CONV.format("left_branch", "in", 4)
    + CONV.format("right_branch", "in", 2)
    + """
    layer { name: "mvn" type: "MVN" bottom: "left_branch" top: "mvn" }
    layer { name: "joined" type: "Concat" bottom: "mvn" bottom: "right_branch" top: "joined" }
    layer { name: "sum" type: "Eltwise" bottom: "joined" bottom: "joined" top: "sum" }
    layer { name: "ends" type: "Slice" bottom: "sum" top: "first" top: "second" }
    layer { name: "pool" type: "Pooling" bottom: "first" top: "pool" pooling_param { pool: AVE global_pooling: true } }
    layer { name: "prob" type: "Softmax" bottom: "second" top: "prob" }"""
)
WIDE = INPUT + "".join(
    f"""
    layer {{ name: "fc{k}" type: "InnerProduct" bottom: "{f"fc{k - 1}" if k else "in"}" top: "fc{k}"
             inner_product_param {{ num_output: 9999 }} }}"""
    for k in range(3)
)
DEEP = INPUT + "".join(CONV.format(f"conv{k}", f"conv{k - 1}" if k else "in", 2**k) for k in range(12))


def parse(text):
    return text_format.Parse(text, caffe_pb2.NetParameter())


@pytest.fixture
def drawn(monkeypatch):
    """Draw a net and return the figure instead of writing it."""
    figures = []
    monkeypatch.setattr(module, "save_figure", lambda figure, path: figures.append(figure))

    def draw(net, shape=None):
        draw_net(net, shape, "unused")
        return figures[-1]

    yield draw
    for figure in figures:
        plt.close(figure)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def column(figure, line):
    """The lines above and under `line`, from top to bottom."""
    shown = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    texts = [text for text in figure.axes[0].texts if text.get_position()[0] == shown[line][0] and text.get_text()]
    return [text.get_text() for text in sorted(texts, key=lambda text: -text.get_position()[1])]


@pytest.mark.parametrize("path, labels, last, total", [(DISFA, 13, 429, "104,431"), (BP4D, 11, 363, "104,365")])
def test_the_committed_nets_show_their_shapes_and_weights(drawn, path, labels, last, total):
    shown = texts(drawn(load_net(path)))
    blocks = [
        ["data", "1 × 40 × 40"],
        ["conv1", "20 × 36 × 36", "520 weights"],
        ["pool1", "20 × 18 × 18"],
        ["conv2", "50 × 14 × 14", "25,050 weights"],
        ["pool2", "50 × 7 × 7"],
        ["fc1", "32", "78,432 weights"],
        ["fc2", str(labels), f"{last} weights"],
        ["loss"],
    ]
    for lines in blocks:
        start = shown.index(lines[0])
        assert shown[start : start + len(lines)] == lines
    assert f"{total} weights in all" in shown and "multi-label\nsoftmax\nloss" in shown


def test_the_first_arrow_carries_its_layers_from_top_to_bottom_as_they_are_applied(drawn):
    assert column(drawn(load_net(DISFA)), "MVN") == ["MVN", "conv 5 × 5", "ReLU", "dropout 0.5"]


def test_layers_in_place_after_one_that_is_not_stay_behind_it(drawn):
    net = parse(
        INPUT
        + CONV.format("first", "in", 4)
        + """
        layer { name: "norm" type: "LRN" bottom: "first" top: "norm" }
        layer { name: "relu" type: "ReLU" bottom: "norm" top: "norm" }"""
        + CONV.format("second", "norm", 5)
    )
    assert column(drawn(net), "LRN") == ["LRN", "ReLU", "conv 3 × 3", "pad 1"]


def test_an_edited_net_draws_itself(drawn):
    net = load_net(DISFA)
    by_name = {layer.name: layer for layer in net.layer}
    by_name["conv1"].convolution_param.kernel_size[:] = [9]
    by_name["drop1"].dropout_param.dropout_ratio = 0.25
    by_name["pool1"].pooling_param.kernel_size = 4
    shown = texts(drawn(net))
    assert {"conv 9 × 9", "dropout 0.25", "4 × 4", "20 × 32 × 32"} <= set(shown)


@pytest.mark.parametrize(
    "net",
    [
        load_net(DISFA),
        load_net(BP4D),
        deploy_net(load_net(DISFA), (1, 1, 40, 40)),
        parse(BRANCHES),
        parse(DEEP),
        parse(WIDE),
    ],
    ids=["disfa", "bp4d", "deploy", "branches", "deep", "wide"],
)
def test_no_text_lies_on_another_or_outside_the_picture(drawn, net):
    figure = drawn(net)
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in figure.axes[0].texts if text.get_text()]
    page = figure.bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1 for box in boxes)
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


def test_a_deep_net_is_wrapped_instead_of_growing_wide(drawn):
    shallow, deep = drawn(load_net(DISFA)).get_size_inches(), drawn(parse(DEEP)).get_size_inches()
    assert deep[0] < 11 and deep[1] > 1.5 * shallow[1]


def test_branches_name_where_they_come_from(drawn):
    shown = texts(drawn(parse(BRANCHES)))
    assert shown.count("from in") == 1  # the second branch; the first follows its input
    assert {"from left_branch", "from mvn", "and right_branch", "concat", "6 × 12 × 8", "from sum"} <= set(shown)
    assert {"first", "second", "global", "average pool", "3 × 1 × 1", "softmax", "prob"} <= set(shown)


def test_a_layer_of_one_branch_is_a_block_and_does_not_seem_to_be_of_both(drawn):
    figure = drawn(parse(BRANCHES))
    assert column(figure, "MVN") == ["MVN", "from left_branch"]
    assert column(figure, "mvn") == ["mvn", "4 × 12 × 8"]


def test_more_channels_are_drawn_as_more_maps(drawn):
    def maps(channels):
        figure = drawn(parse(INPUT + CONV.format("conv", "in", channels)))
        return sum(isinstance(patch, Rectangle) for patch in figure.axes[0].patches)

    assert maps(1) < maps(4) < maps(20) < maps(50)
    assert maps(4000) < 60


def test_a_loss_without_a_top_is_drawn_too(drawn):
    net = load_net(DISFA)
    del net.layer[-1].top[:]
    assert {"loss", "multi-label\nsoftmax\nloss"} <= set(texts(drawn(net)))


def test_color_images_take_their_shape_from_the_caller(drawn):
    assert "3 × 40 × 32" in texts(drawn(load_net(DISFA), (3, 40, 32)))


def test_without_a_crop_the_shape_is_that_of_stored_faces(drawn):
    net = load_net(DISFA)
    for layer in net.layer:
        layer.transform_param.ClearField("crop_size")
    assert "1 × 44 × 44" in texts(drawn(net))


def test_a_net_without_images_is_refused():
    with pytest.raises(InputError, match="no Data or Input layer"):
        draw_net(parse('layer { name: "label" type: "Data" top: "label" }'), None, "unused")


def test_the_command_writes_a_pdf_and_a_png_and_the_same_bytes_again(tmp_path):
    for name in ("a", "b"):
        main([str(DISFA), "--out", str(tmp_path / "new folder" / name)])
    first, second = (
        [(tmp_path / "new folder" / f"{name}.{ending}").read_bytes() for ending in ("pdf", "png")]
        for name in ("a", "b")
    )
    assert first == second
    assert first[0].startswith(b"%PDF") and b"CreationDate" not in first[0] and b"/Type3" not in first[0]
    assert first[1].startswith(b"\x89PNG")
    assert len(list((tmp_path / "new folder").iterdir())) == 4


def test_a_mistake_in_the_net_is_one_line_that_names_file_and_layer(tmp_path, capsys):
    path = tmp_path / "net.prototxt"
    path.write_text(INPUT + CONV.format("conv", "inn", 4))
    with pytest.raises(SystemExit):
        main([str(path), "--out", str(tmp_path / "figure")])
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and str(path) in message and "layer 'conv'" in message and "'inn'" in message


@pytest.mark.parametrize("shape", ["40,40", "1,0,40", "one,40,40"])
def test_a_shape_is_three_positive_numbers(shape, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(DISFA), "--out", str(tmp_path / "figure"), "--shape", shape])
    assert "--shape" in capsys.readouterr().err and not list(tmp_path.iterdir())
