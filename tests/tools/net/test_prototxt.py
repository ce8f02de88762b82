"""Reading, editing and deriving nets."""

import pytest

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tests.conftest import NET
from tools.net.edits import deploy_net, extraction_net, for_labels, place_mvn, with_sources
from tools.net.prototxt import load_net, load_training, save_prototxt
from tools.net.roles import heads, label_blobs, last_layer, scores_blob
from tools.net.shapes import infer_shapes
from tools.net.state import in_phase


def test_an_unknown_field_is_named_with_file_and_line(tmp_path):
    path = tmp_path / "net.prototxt"
    path.write_text('layer { name: "conv1" type: "Convolution"\n  convolution_param { num_outputs: 20 } }')
    with pytest.raises(InputError, match=r"net.prototxt:2:.*num_outputs"):
        load_net(path)


def test_a_field_given_twice_is_an_error(tmp_path):
    path = tmp_path / "net.prototxt"
    path.write_text('name: "a"\nname: "b"')
    with pytest.raises(InputError, match="net.prototxt:2.*name"):
        load_net(path)


def test_saving_and_loading_gives_the_same_net(tmp_path):
    net = load_net(NET)
    save_prototxt(tmp_path / "copy.prototxt", net)
    assert load_net(tmp_path / "copy.prototxt") == net


@pytest.mark.parametrize("where", ["conv1", "none"])
def test_placing_mvn_where_it_already_is_changes_nothing(where):
    once = place_mvn(load_net(NET), where)
    assert place_mvn(once, where) == once != load_net(NET)


def test_mvn_behind_the_first_convolution_is_not_written_over_by_the_layers_in_place_behind_it():
    net = place_mvn(load_net(NET), "conv1")
    chain = {layer.name: (list(layer.bottom), list(layer.top)) for layer in net.layer}
    assert chain["mvn"] == (["conv1"], ["conv1_mvn"])
    assert chain["relu1"] == (["conv1_mvn"], ["conv1_relu1"])
    assert chain["drop1"] == (["conv1_relu1"], ["conv1_relu1"])
    assert chain["pool1"] == (["conv1_relu1"], ["pool1"])
    infer_shapes(
        net, caffe_pb2.TRAIN, {"data": (2, 1, 40, 40), "label": (2, 13, 1, 1)}
    )  # refuses what Caffe would spoil


def test_deploy_net_has_an_input_and_neither_data_labels_nor_loss():
    deploy = deploy_net(load_net(NET), (1, 1, 40, 40))
    assert deploy.layer[0].type == "Input" and list(deploy.layer[0].top) == ["data"]
    assert [layer.name for layer in deploy.layer][1:3] == ["mvn", "conv1"]
    assert deploy.layer[-1].name == "fc2"
    assert not {"Data", "Python"} & {layer.type for layer in deploy.layer}


def test_extraction_net_reads_test_images_without_mirror():
    net = extraction_net(load_net(NET), "somewhere/val")
    assert [layer.name for layer in net.layer if layer.type == "Data"] == ["data"]
    assert net.layer[0].data_param.source == "somewhere/val_image_lmdb"
    assert not net.layer[0].transform_param.mirror and net.layer[-1].name == "fc2"


def test_a_loss_of_another_kind_and_its_accuracy_go_too(add_layer):
    net = load_net(NET)
    del net.layer[-1]
    add_layer(net, 'name: "l" type: "SigmoidCrossEntropyLoss" bottom: "fc2" bottom: "label" top: "l"')
    add_layer(net, 'name: "a" type: "Accuracy" bottom: "fc2" bottom: "label" top: "a" include { phase: TEST }')
    assert deploy_net(net, (1, 1, 40, 40)).layer[-1].name == "fc2"
    assert last_layer(net).name == "fc2"


def test_scores_that_are_reshaped_for_the_loss_keep_their_number(add_layer):
    """A softmax of two classes for each label: the features are all scores."""
    net = load_net(NET)
    del net.layer[-1]
    last_layer_of = {layer.name: layer for layer in net.layer}["fc2"]
    last_layer_of.inner_product_param.num_output = 26
    add_layer(
        net,
        'name: "pairs" type: "Reshape" bottom: "fc2" top: "pairs" reshape_param { shape { dim: 0 dim: 2 dim: -1 } }',
    )
    add_layer(net, 'name: "loss" type: "SoftmaxWithLoss" bottom: "pairs" bottom: "label" top: "loss"')
    assert last_layer(for_labels(net, 13)) == last_layer_of
    assert scores_blob(net) is None


def test_for_labels_changes_only_the_last_layer():
    net = load_net(NET)
    changed = for_labels(net, 5)
    assert last_layer(changed).inner_product_param.num_output == 5
    last_layer(changed).inner_product_param.num_output = 13
    assert changed == net


def test_sources_go_to_the_phase_they_are_for():
    net = with_sources(load_net(NET), "a/train", "a/val")
    sources = {(layer.name, layer.include[0].phase): layer.data_param.source for layer in net.layer[:4]}
    assert sources == {
        ("data", caffe_pb2.TRAIN): "a/train_image_lmdb",
        ("data", caffe_pb2.TEST): "a/val_image_lmdb",
        ("label", caffe_pb2.TRAIN): "a/train_label_lmdb",
        ("label", caffe_pb2.TEST): "a/val_label_lmdb",
    }


def test_a_net_without_loss_weight_says_what_is_missing():
    net = load_net(NET)
    del net.layer[-1].loss_weight[:]
    with pytest.raises(InputError, match="loss_weight"):
        last_layer(net)


RULES = {
    "": True,
    'include { stage: "a" }': False,
    'include { not_stage: "a" }': True,
    "include { min_level: 1 }": False,
    "include { min_level: -1 max_level: 2 }": True,
    "include { max_level: -1 }": False,
    'include { stage: "a" } include { phase: TEST }': True,
    "include { phase: TRAIN }": False,
    'exclude { stage: "a" }': True,
    "exclude { min_level: 0 }": False,
    "exclude { max_level: -1 }": True,
    'exclude { phase: TEST not_stage: "b" }': False,
}


@pytest.mark.parametrize("level, stages", [(0, []), (1, ["a"]), (-1, ["a", "b"])])
def test_layers_are_chosen_as_caffe_chooses_them(caffe, tmp_path, level, stages):
    text = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 } } }\n'
    text += "\n".join(
        f'layer {{ name: "{number}" type: "ReLU" bottom: "data" top: "r{number}" {rule} }}'
        for number, rule in enumerate(RULES)
    )
    path = tmp_path / "rules.prototxt"
    path.write_text(text)
    built = caffe(
        "net = caffe.Net(given['net'], caffe.TEST, level=given['level'], stages=given['stages'])\n"
        "answer['names'] = list(net._layer_names)",
        net=str(path),
        level=level,
        stages=stages,
    )
    solver = caffe_pb2.SolverParameter()
    solver.test_state.add(level=level, stage=stages)
    ours = [layer.name for layer in load_net(path, solver).layer if in_phase(layer, caffe_pb2.TEST)]
    assert [name for name in built["names"] if "split" not in name] == ours
    if not stages:
        assert ours == ["data", *(str(number) for number, is_built in enumerate(RULES.values()) if is_built)]


TWO_STATES = """
state { level: 1 stage: "mine" }
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 } } }
layer { name: "net" type: "ReLU" bottom: "data" top: "a" include { stage: "mine" min_level: 1 } }
layer { name: "train" type: "ReLU" bottom: "data" top: "b" include { stage: "mine" stage: "deep" } }
layer { name: "test" type: "ReLU" bottom: "data" top: "c" exclude { not_stage: "wide" } }
"""


def test_the_solvers_states_add_to_that_of_the_net_as_in_caffe(caffe, tmp_path):
    (tmp_path / "net.prototxt").write_text(TWO_STATES)
    (tmp_path / "solver.prototxt").write_text(
        f'net: "{tmp_path}/net.prototxt" base_lr: 0.1 lr_policy: "fixed" max_iter: 1 test_iter: 1 test_interval: 1 '
        'train_state { stage: "deep" } test_state { stage: "wide" level: 0 }'
    )
    built = caffe(
        "solver = caffe.get_solver(given['solver'])\n"
        "answer['train'], answer['test'] = list(solver.net._layer_names), list(solver.test_nets[0]._layer_names)",
        solver=str(tmp_path / "solver.prototxt"),
    )
    net, solver = load_training(tmp_path / "solver.prototxt")
    for phase, name in ((caffe_pb2.TRAIN, "train"), (caffe_pb2.TEST, "test")):
        ours = [layer.name for layer in net.layer if in_phase(layer, phase)]
        assert [layer for layer in built[name] if "split" not in layer] == ours
    assert [layer.name for layer in net.layer] == ["data", "net", "train", "test"]
    assert not solver.HasField("train_state") and not solver.test_state and not net.HasField("state")


@pytest.mark.parametrize(
    "layer, states, message",
    [
        ("include { phase: TEST } exclude { level: 1 }".replace("level", "min_level"), "", "both include and exclude"),
        ("", "train_state { phase: TEST }", "train_state of the solver: it names a phase"),
        ("", 'test_state { stage: "a" } test_state { stage: "b" }', "test_state is given 2 times"),
    ],
)
def test_states_that_caffe_would_take_amiss_are_refused(tmp_path, layer, states, message):
    (tmp_path / "net.prototxt").write_text(f'layer {{ name: "one" type: "ReLU" {layer} }}')
    (tmp_path / "solver.prototxt").write_text(f'net: "{tmp_path}/net.prototxt" {states}')
    with pytest.raises(InputError, match=f"net.prototxt: .*{message}"):
        load_training(tmp_path / "solver.prototxt")


LOSS = 'name: "{0}" type: "SigmoidCrossEntropyLoss" bottom: "{1}" bottom: "{2}" top: "{0}"'
HEAD = 'name: "{0}" type: "InnerProduct" bottom: "fc1" top: "{0}" inner_product_param {{ num_output: {1} }}'


def test_labels_may_have_any_name(add_layer):
    net = load_net(NET)
    for layer in net.layer:
        for names in (layer.top, layer.bottom):
            names[:] = ["coding" if name == "label" else name for name in names]
    assert label_blobs(net) == {"coding"}
    sources = [layer.data_param.source for layer in with_sources(net, "a", "b").layer if layer.type == "Data"]
    assert sources == ["a_image_lmdb", "b_image_lmdb", "a_label_lmdb", "b_label_lmdb"]
    assert [layer.name for layer in extraction_net(net, "a").layer if layer.type == "Data"] == ["data"]
    assert deploy_net(net, (1, 1, 40, 40)).layer[-1].name == "fc2"


@pytest.fixture
def two_heads(add_layer):
    """A net with one loss over the first 12 labels and another over the last."""
    net = load_net(NET)
    del net.layer[-2:]
    add_layer(net, 'name: "cut" type: "Slice" bottom: "label" top: "aus" top: "rest" slice_param { slice_point: 12 }')
    for name, count, label in (("fc_aus", 12, "aus"), ("fc_rest", 1, "rest")):
        add_layer(net, HEAD.format(name, count))
        add_layer(net, LOSS.format(f"loss_{name}", name, label))
    return net


def test_two_heads_on_a_sliced_label_stay_as_they_are_and_neither_is_the_feature(two_heads):
    assert label_blobs(two_heads) == {"label"} and scores_blob(two_heads) is None
    assert [layer.name for layer, _ in heads(two_heads)] == ["fc_aus", "fc_rest"]
    assert for_labels(two_heads, 13) == two_heads
    with pytest.raises(InputError, match=r"2 layers feed losses \(fc_aus, fc_rest\).*FEATURE=blob"):
        last_layer(two_heads)
    assert [layer.name for layer in deploy_net(two_heads, (1, 1, 40, 40)).layer][-2:] == ["fc_aus", "fc_rest"]


OLD_INPUTS = {
    "input_dim": 'input: "x" input_dim: 2 input_dim: 3 input_dim: 5 input_dim: 4',
    "input_shape": 'input: "x" input_shape { dim: 2 dim: 3 dim: 5 dim: 4 }',
    "two": 'input: "x" input: "y" input_shape { dim: 2 dim: 3 } input_shape { dim: 2 dim: 1 }',
}


def test_a_net_from_before_there_were_input_layers_is_read_as_caffe_reads_it(caffe, tmp_path):
    expected = {}
    for name, inputs in OLD_INPUTS.items():
        path = tmp_path / f"{name}.prototxt"
        path.write_text(inputs + ' layer { name: "a" type: "TanH" bottom: "x" top: "a" }')
        shapes = infer_shapes(load_net(path), caffe_pb2.TEST, {})[0]
        expected[str(path)] = {blob: list(shape) for blob, shape in shapes.items()}
    answer = caffe(
        """
        for path in given["paths"]:
            answer[path] = {name: list(b.data.shape) for name, b in caffe.Net(path, caffe.TEST).blobs.items()}
    """,
        paths=list(expected),
    )
    assert answer == expected and set(expected[str(tmp_path / "two.prototxt")]) == {"x", "y", "a"}


def test_an_input_without_a_shape_is_an_error(tmp_path):
    (tmp_path / "net.prototxt").write_text('input: "x" input: "y" input_dim: 1 input_dim: 2 input_dim: 3 input_dim: 4')
    with pytest.raises(InputError, match="net.prototxt: `input` names 2 blobs, but there are shapes of 1"):
        load_net(tmp_path / "net.prototxt")


def test_one_data_layer_of_images_and_labels_is_an_error_with_the_remedy(tmp_path):
    (tmp_path / "net.prototxt").write_text('layer { name: "data" type: "Data" top: "data" top: "label" }')
    with pytest.raises(InputError, match="layer 'data' makes data and label; .* a Data layer each"):
        load_net(tmp_path / "net.prototxt")
