"""Operations of a net for one image."""

from tests.conftest import NET
from tools.net.cost import operations
from tools.net.edits import deploy_net
from tools.net.prototxt import load_net


def test_a_layer_applies_its_weights_at_each_place_of_its_top(add_layer):
    assert operations(deploy_net(load_net(NET), (1, 1, 40, 40))) == {
        "conv1": 20 * 25 * 36 * 36,
        "conv2": 50 * 20 * 25 * 14 * 14,
        "fc1": 2450 * 32,
        "fc2": 32 * 13,
    }


def test_groups_share_the_work(add_layer):
    net = deploy_net(load_net(NET), (1, 1, 40, 40))
    conv2 = next(layer for layer in net.layer if layer.name == "conv2")
    conv2.convolution_param.group = 2
    assert operations(net)["conv2"] == 50 * 10 * 25 * 14 * 14
