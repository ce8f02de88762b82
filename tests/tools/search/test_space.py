"""What the random search samples, what a sample changes, and which samples fit."""

import optuna
import pytest

from tests.conftest import NET, SOLVER
from tools.net.edits import deploy_net
from tools.net.prototxt import clone, load_net, load_solver, save_prototxt
from tools.search.space import Sample, apply, infeasible, infeasible_share, ranges, sample, with_kernel_sizes

LARGEST = {"conv1": 15, "pool1": 4, "conv2": 15, "pool2": 4}


@pytest.fixture
def committed():
    return load_net(NET)


def samples(net, count):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    return [sample(study.ask(), net) for _ in range(count)]


def sampled(iterations=8000, **sizes):
    return Sample(iterations, 0.001, 0.0001, 0.75, LARGEST | sizes)


def layer_named(net, name):
    return next(layer for layer in net.layer if layer.name == name)


def test_the_names_follow_the_layers_in_their_order(committed):
    assert list(ranges(committed)) == [
        "iterations",
        "base_lr",
        "weight_decay",
        "momentum",
        "conv1.kernel_size",
        "pool1.kernel_size",
        "conv2.kernel_size",
        "pool2.kernel_size",
    ]


def test_a_third_convolution_is_sampled_too_and_global_pooling_is_not(committed, add_layer):
    add_layer(committed, 'name: "conv3" type: "Convolution" bottom: "pool2" top: "conv3"')
    add_layer(
        committed, 'name: "all" type: "Pooling" bottom: "conv3" top: "all" pooling_param { global_pooling: true }'
    )
    assert [name for name in ranges(committed) if name.startswith(("conv3", "all"))] == ["conv3.kernel_size"]


def test_samples_fill_the_paper_s_ranges_and_do_not_leave_them(committed):
    found = samples(committed, 300)
    assert 5000 <= min(one.iterations for one in found) < 5200 and 9800 < max(one.iterations for one in found) <= 10000
    assert min(one.momentum for one in found) >= 0.5 and max(one.momentum for one in found) <= 0.9
    for name, values in (("conv1", range(5, 16)), ("conv2", range(5, 16)), ("pool1", (2, 3, 4)), ("pool2", (2, 3, 4))):
        assert {one.kernel_size[name] for one in found} == set(values)


def test_rates_are_sampled_evenly_over_their_decades(committed):
    found = samples(committed, 300)
    assert all(1e-4 <= one.base_lr <= 1e-2 and 5e-6 <= one.weight_decay <= 5e-3 for one in found)
    assert sum(one.base_lr < 1e-3 for one in found) == pytest.approx(150, abs=30)  # one decade of two
    assert sum(one.weight_decay < 5e-5 for one in found) == pytest.approx(100, abs=30)  # one of three


def test_kernels_of_the_two_convolutions_are_sampled_apart(committed):
    assert any(one.kernel_size["conv1"] != one.kernel_size["conv2"] for one in samples(committed, 10))


def test_a_sample_changes_its_fields_in_copies_and_nothing_else(committed):
    solver = load_solver(SOLVER)
    net_before, solver_before = clone(committed), clone(solver)
    net, changed = apply(sampled(conv1=7, pool1=3), committed, solver)
    assert (changed.max_iter, changed.base_lr, changed.weight_decay, changed.momentum) == pytest.approx(
        (8000, 0.001, 0.0001, 0.75)
    )
    assert layer_named(net, "conv1").convolution_param.kernel_size == [7]
    pool = layer_named(net, "pool1").pooling_param
    assert (pool.kernel_size, pool.stride) == (3, 3)
    assert committed == net_before and solver == solver_before
    assert with_kernel_sizes(net, {"conv1": 5, "pool1": 2, "conv2": 5, "pool2": 2}) == committed
    changed.max_iter, changed.base_lr, changed.weight_decay, changed.momentum = 5000, 0.01, 0.0005, 0.9
    assert changed == solver


def test_shortened_runs_scale_the_sampled_iterations(committed):
    solver = load_solver(SOLVER)
    assert [apply(sampled(iterations=n), committed, solver, 600)[1].max_iter for n in (10000, 5000)] == [600, 300]
    assert apply(sampled(iterations=5000), committed, solver, 1)[1].max_iter == 1  # never none


def test_oblong_kernels_and_windows_become_square(committed):
    conv, pool = layer_named(committed, "conv1").convolution_param, layer_named(committed, "pool1").pooling_param
    del conv.kernel_size[:]
    conv.kernel_h, conv.kernel_w = 3, 9
    pool.ClearField("kernel_size"), pool.ClearField("stride")
    pool.kernel_h, pool.kernel_w, pool.stride_h, pool.stride_w = 2, 3, 2, 1
    assert with_kernel_sizes(committed, {"conv1": 5, "pool1": 2}) == load_net(NET)


def test_the_committed_net_fits_and_too_large_a_kernel_is_told_with_its_layer(committed):
    assert infeasible(committed, 40) is None
    # 56 - 14 = 42 pixels, in windows of 4: 11, and 15 does not fit there
    reason = infeasible(with_kernel_sizes(committed, LARGEST), 56)
    assert "layer 'conv2'" in reason and "kernel 15" in reason and "11 pixels" in reason and "56 x 56" in reason


def test_a_window_larger_than_its_map_is_told_with_its_layer(committed):
    # 71 - 14 = 57 pixels, in windows of 4: 15, one pixel after conv2
    assert "layer 'pool2'" in infeasible(with_kernel_sizes(committed, LARGEST), 71)


@pytest.mark.parametrize("crop, rejected", [(56, 201), (82, 1), (83, 0)])
def test_the_share_of_infeasible_samples_is_exact_for_two_mega_layers(committed, crop, rejected):
    assert infeasible_share(committed, crop) == rejected / (11 * 11 * 3 * 3)


def test_the_share_is_estimated_where_there_are_too_many_combinations(committed):
    assert infeasible_share(committed, 56, most=500) == pytest.approx(201 / 1089, abs=0.06)


def test_the_smallest_crop_at_which_every_sample_fits_leaves_one_pixel_under_real_caffe(caffe, tmp_path, committed):
    net = with_kernel_sizes(committed, LARGEST)
    assert infeasible(net, 83) is None
    save_prototxt(tmp_path / "net.prototxt", deploy_net(net, (1, 1, 83, 83)))
    answer = caffe(
        """
        net = caffe.Net(given['path'], caffe.TEST)
        answer['shapes'] = [list(net.blobs[name].data.shape[2:]) for name in ('conv1', 'pool1', 'conv2', 'pool2')]
    """,
        path=str(tmp_path / "net.prototxt"),
    )
    assert answer["shapes"] == [[69, 69], [18, 18], [4, 4], [1, 1]]


def test_neither_lmdbs_nor_the_number_of_labels_matter_to_what_fits(committed):
    layer_named(committed, "fc2").inner_product_param.num_output = 2
    assert infeasible(committed, 40) is None
