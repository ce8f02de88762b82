"""Reading, editing and deriving nets."""

import pytest

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tests.conftest import NET, SOLVER
from tools.net.checks import check_net, check_solver
from tools.net.edits import deploy_net, extraction_net, for_labels, place_mvn, with_sources
from tools.net.prototxt import in_phase, last_layer, load_net, load_solver, save_prototxt


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


def test_layers_are_chosen_as_caffe_chooses_them(caffe, tmp_path):
    text = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 2 } } }\n'
    text += "\n".join(
        f'layer {{ name: "{number}" type: "ReLU" bottom: "data" top: "r{number}" {rule} }}'
        for number, rule in enumerate(RULES)
    )
    path = tmp_path / "rules.prototxt"
    path.write_text(text)
    built = caffe("answer['names'] = list(caffe.Net(given['net'], caffe.TEST)._layer_names)", net=str(path))
    ours = [layer.name for layer in load_net(path).layer if in_phase(layer, caffe_pb2.TEST)]
    assert [name for name in built["names"] if "split" not in name] == ours
    assert ours == ["data", *(str(number) for number, is_built in enumerate(RULES.values()) if is_built)]


def test_a_net_or_solver_at_another_level_or_stage_is_refused():
    net = caffe_pb2.NetParameter()
    net.state.stage.append("a")
    with pytest.raises(InputError, match="state of the net: level and stage are not supported"):
        check_net(net, ["TEST"])
    solver = load_solver(SOLVER)
    solver.test_state.add(level=1)
    with pytest.raises(InputError, match="solver: test_state: level and stage are not supported"):
        check_solver(solver, "solver")


def test_one_data_layer_of_images_and_labels_is_an_error_with_the_remedy(tmp_path):
    (tmp_path / "net.prototxt").write_text('layer { name: "data" type: "Data" top: "data" top: "label" }')
    with pytest.raises(InputError, match="layer 'data' makes data and label; .* a Data layer each"):
        load_net(tmp_path / "net.prototxt")
