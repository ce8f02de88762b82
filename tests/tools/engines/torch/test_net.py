"""Every layer on PyTorch against real Caffe: tops, gradients of bottoms and of weights, and .caffemodel files."""

import numpy as np
import pytest
from google.protobuf import text_format

from data_prep.system.errors import InputError
from experiments.gpu.cases import ACCURACY, CASES, FEATURE, FOLDED, IMAGE, LABELS, bottoms_of, net_text
from layers.multilabel_softmax import multilabel_softmax
from prototxt import caffe_pb2
from tests.caffe_cases import under_caffe
from tests.conftest import NET
from tools.net.layers import LAYERS
from tools.net.prototxt import load_net

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch import windows  # noqa: E402
from tools.engines.torch.caffemodel import load_caffemodel, save_caffemodel  # noqa: E402
from tools.engines.torch.checks import check_layer  # noqa: E402
from tools.engines.torch.draws import Draws, words  # noqa: E402
from tools.engines.torch.fillers import fill  # noqa: E402
from tools.engines.torch.layers import FORWARD  # noqa: E402
from tools.engines.torch.losses import multilabel_softmax_loss  # noqa: E402
from tools.engines.torch.net import TorchNet, build_layers  # noqa: E402
from tools.engines.torch.rewrite import pooled_first  # noqa: E402


@pytest.fixture(scope="module")
def caffe_results(tmp_path_factory):
    """{name: arrays that real Caffe computed} of all CASES and ACCURACY, from one process."""
    cases = {}
    for name, (_, shapes) in {**CASES, **ACCURACY}.items():
        rng = np.random.default_rng(len(name))
        cases[name] = (net_text(name), {f"in{k}": bottom for k, bottom in enumerate(bottoms_of(shapes, rng))})
    return under_caffe(tmp_path_factory.mktemp("cases"), cases)


def on_torch(text, arrays):
    """What Caffe gave, computed on PyTorch."""
    message = text_format.Parse(text, caffe_pb2.NetParameter())
    net = TorchNet(message, caffe_pb2.TRAIN, {})
    bottoms = {
        name: torch.from_numpy(arrays[name]).unsqueeze(1).requires_grad_(True)
        for name in arrays
        if name.startswith("in")
    }
    for k, weight in enumerate(net.weights["tested"]):
        weight.value.copy_(torch.from_numpy(arrays[f"weight{k}"]))
        weight.value.requires_grad_(True)
    blobs, loss = net.forward(bottoms)
    tops = list(message.layer[-1].top)
    if isinstance(loss, int):
        loss = sum((blobs[top] * torch.from_numpy(arrays[f"seed_{top}"]).unsqueeze(1)).sum() for top in tops)
    loss.sum().backward()
    return blobs, tops, bottoms, net.weights["tested"]


def error(ours, caffes):
    return np.abs(ours - caffes).max() / max(np.abs(caffes).max(), 1e-30)


@pytest.mark.parametrize("name", CASES)
def test_a_layer_gives_what_real_caffe_gives(caffe_results, name):
    arrays = caffe_results[name]
    blobs, tops, bottoms, weights = on_torch(net_text(name), arrays)
    for top in tops:
        caffes = arrays[f"top_{top}"]
        assert caffes.size == 1 or np.ptp(caffes, axis=0).max() > 0  # it varies between images
        assert error(blobs[top].detach().numpy().reshape(caffes.shape), caffes) <= 1e-5
    for k, shape in enumerate(CASES[name][1]):
        if shape not in LABELS:
            assert error(bottoms[f"in{k}"].grad[:, 0].numpy(), arrays[f"diff_in{k}"]) <= 1e-5
    for k, weight in enumerate(weights):
        assert error(weight.value.grad[0].numpy(), arrays[f"weight_diff{k}"]) <= 1e-5


@pytest.mark.parametrize("name", ACCURACY)
def test_accuracy_is_that_of_real_caffe(caffe_results, name):
    arrays = caffe_results[name]
    net = TorchNet(text_format.Parse(net_text(name), caffe_pb2.NetParameter()), caffe_pb2.TRAIN, {})
    bottoms = {f"in{k}": torch.from_numpy(arrays[f"in{k}"]).unsqueeze(1) for k in range(2)}
    blobs, _ = net.forward(bottoms)
    assert 0 < arrays["top_a"] < 1
    assert blobs["a"].item() == pytest.approx(arrays["top_a"].item(), rel=1e-6)


def drawn(net, seeds=(7,)):
    """The Draws of a first pass of `net`."""
    draws = Draws(seeds, net.numbers(), torch.device("cpu"))
    draws.draw()
    return draws


def fold(name, nets, fold_numbers):
    """(tops, gradients of bottoms and of weights) [F, ...] of the nets `fold_numbers`, each of `nets` with weights and
    bottoms of its own; in float64, so that only a mistake can make a difference."""
    message = text_format.Parse(net_text(name), caffe_pb2.NetParameter())
    net = TorchNet(message, caffe_pb2.TRAIN, {}, seeds=[10 + number for number in fold_numbers])
    rng, bottoms = np.random.default_rng(5), {}
    by_net = [bottoms_of(FOLDED[name][1], rng) for _ in range(nets)]
    for k in range(len(by_net[0])):
        stacked = np.stack([by_net[number][k] for number in fold_numbers], 1)
        bottoms[f"in{k}"] = torch.from_numpy(stacked).double().requires_grad_(FOLDED[name][1][k] not in LABELS)
    for weight in net.owned():
        weight.value = weight.value.double().requires_grad_(weight.lr_mult > 0)
    blobs, loss = net.forward(bottoms, drawn(net, fold_numbers))
    tops = [blobs[top] for top in message.layer[-1].top]
    loss = (sum((top**2).sum() for top in tops) if isinstance(loss, int) else loss).sum()
    loss.backward()
    by_fold = [top.unsqueeze(1) if top.dim() == 1 else top.transpose(0, 1) for top in tops]
    by_fold += [bottom.grad.transpose(0, 1) for bottom in bottoms.values() if bottom.requires_grad]
    return [blob.detach() for blob in by_fold] + [weight.value.grad for weight in net.learned()]


@pytest.mark.parametrize("name", FOLDED)
def test_folds_at_once_give_what_each_gives_alone(name):
    among = fold(name, 3, [0, 1, 2])
    assert any((array[0] != array[1]).any() for array in among)
    for number in range(3):
        for ours, alone in zip(among, fold(name, 3, [number]), strict=True):
            assert torch.allclose(ours[number], alone[0], rtol=1e-9, atol=1e-9 * float(alone.abs().max()))


@pytest.mark.parametrize("name", [name for name in FOLDED if name.startswith("conv")])
def test_folds_in_one_matrix_product_as_on_a_gpu_give_what_each_gives_alone(name, monkeypatch):
    alone = [fold(name, 3, [number]) for number in range(3)]
    monkeypatch.setattr(windows, "net_by_net", lambda x: False)
    for k, among in enumerate(fold(name, 3, [0, 1, 2])):
        for number in range(3):
            expected = alone[number][k][0]
            assert torch.allclose(among[number], expected, rtol=1e-9, atol=1e-9 * float(expected.abs().max()))


def without_data(path):
    """A net's TRAIN layers with Input instead of Data, and no Dropout; the number of its labels."""
    net, plain = text_format.Parse(path.read_text(), caffe_pb2.NetParameter()), caffe_pb2.NetParameter(name="plain")
    labels = [layer for layer in net.layer if layer.type == "InnerProduct"][-1].inner_product_param.num_output
    for top, shape in (("data", (3, 1, 40, 40)), ("label", (3, labels, 1, 1))):
        plain.layer.add(name=top, type="Input", top=[top]).input_param.shape.add(dim=shape)
    plain.layer.extend(layer for layer in net.layer if layer.type not in ("Data", "Dropout"))
    return plain, labels


FULL_NET = """
    folder, out = given["folder"], {}
    caffe.set_random_seed(1)
    net = caffe.Net(folder + "/net.prototxt", caffe.TRAIN)
    net.save(folder + "/caffe.caffemodel")
    for name, blob in np.load(folder + "/in.npz").items(): net.blobs[name].data[...] = blob
    net.forward()
    net.backward()
    for name, blob in net.blobs.items(): out["blob " + name] = blob.data.copy()
    for name, blobs in net.params.items():
        for k, blob in enumerate(blobs): out["grad %s %d" % (name, k)] = blob.diff.copy()
    net.copy_from(folder + "/torch.caffemodel")
    net.forward()
    out["from torch"] = net.blobs["fc2"].data.copy()
    np.savez(folder + "/out.npz", **out)
"""


@pytest.mark.parametrize("dataset", ["disfa", "bp4d"])
def test_the_projects_nets_and_their_models_are_those_of_real_caffe(caffe, tmp_path, dataset):
    """Few images and one seed: in about 1 % of draws of 8 images, one of 50,000 pooling windows or ReLUs is so close a
    call (8e-8) that rounding decides it otherwise, and a gradient differs by 1 % where all blobs agree to 1e-6."""
    message, labels = without_data(NET.parents[1] / dataset / "train_val.prototxt")
    rng = np.random.default_rng(0)
    arrays = {"data": rng.normal(0, 0.2, (3, 1, 40, 40)), "label": rng.integers(-1, 2, (3, labels, 1, 1))}
    np.savez(tmp_path / "in.npz", **arrays)
    (tmp_path / "net.prototxt").write_text(text_format.MessageToString(message))
    given = {name: torch.from_numpy(array).float().unsqueeze(1) for name, array in arrays.items()}
    other, net = (TorchNet(message, caffe_pb2.TRAIN, {}, seeds=[seed]) for seed in (1, 2))
    save_caffemodel(tmp_path / "torch.caffemodel", other, 0)
    caffe(FULL_NET, folder=str(tmp_path))
    caffes = np.load(tmp_path / "out.npz")
    assert np.ptp(caffes["blob fc2"], axis=0).min() > 1e-3  # every feature varies between images

    load_caffemodel(tmp_path / "caffe.caffemodel", net)
    for weight in net.learned():
        weight.value.requires_grad_(True)
    net.forward(given)[1].sum().backward()
    net.steps = net.layers  # in the order of the prototxt, each blob is Caffe's too
    for name, blob in net.forward(given)[0].items():
        expected = caffes[f"blob {name}"]
        assert error(blob.detach().numpy().reshape(expected.shape), expected) <= 1e-5, name
    for name, weights in net.weights.items():
        for k, weight in enumerate(weights):
            assert error(weight.value.grad[0].numpy(), caffes[f"grad {name} {k}"]) <= 1e-5, (name, k)
    ours = other.forward(given)[0]["fc2"].reshape(3, -1).numpy()
    assert np.abs(ours - caffes["blob fc2"]).max() > 1e-3  # another net than Caffe's own
    assert error(ours, caffes["from torch"]) <= 1e-5


INPUT = 'layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 2 dim: 4 dim: 6 dim: 6 } } }\n'


def small_net(layer, bottoms=1, tops='top: "a"', phase=caffe_pb2.TRAIN):
    """A TorchNet of one layer named "tested" over blobs [2, 4, 6, 6]."""
    text = INPUT + 'layer { name: "tested" ' + 'bottom: "data" ' * bottoms + tops + layer + " }"
    return TorchNet(text_format.Parse(text, caffe_pb2.NetParameter()), phase, {})


def test_a_loss_without_a_top_counts_and_any_blob_can_have_a_weight_in_the_loss():
    text = (
        INPUT
        + INPUT.replace('"in"', '"in2"').replace('"data"', '"other"')
        + 'layer { name: "tested" type: "EuclideanLoss" bottom: "data" bottom: "other" }\n'
        + 'layer { name: "second" type: "Power" bottom: "data" top: "a" loss_weight: 0.5 }'
    )
    net = TorchNet(text_format.Parse(text, caffe_pb2.NetParameter()), caffe_pb2.TRAIN, {})
    data = torch.tensor([1.0, 3.0]).reshape(1, 2, 1, 1, 1).expand(2, 2, 4, 6, 6)  # net 0 sees ones, net 1 threes
    _, loss = net.forward({"data": data, "other": torch.zeros_like(data)})
    assert loss.tolist() == [144 / 2 * 1 + 0.5 * 288, 144 / 2 * 9 + 0.5 * 288 * 3]


def test_dropout_scales_what_it_keeps_in_training_and_does_nothing_in_test():
    data = torch.ones(2, 1, 4, 6, 6)
    layer = 'type: "Dropout" dropout_param { dropout_ratio: 0.2 }'
    net = small_net(layer)
    assert set(net.forward({"data": data}, drawn(net))[0]["a"].unique().tolist()) == {0, 1.25}
    assert (small_net(layer, phase=caffe_pb2.TEST).forward({"data": data})[0]["a"] == data).all()


def test_the_gradient_of_batch_norm_in_training_is_that_of_its_definition():
    """In float64: the packaged Caffe computes it wrongly in training."""
    net = small_net('type: "BatchNorm"')
    data = torch.from_numpy(np.random.default_rng(0).normal(2, 3, (2, 1, 4, 6, 6)))

    for weight in net.owned():
        weight.value = weight.value.double()

    def normalized(given):
        return net.forward({"data": given})[0]["a"]

    assert torch.autograd.gradcheck(normalized, data.requires_grad_(True))


def test_uniform_fillers_reach_their_bounds_and_stay_within():
    xavier = fill(caffe_pb2.FillerParameter(type="xavier"), (200, 300), torch.Generator().manual_seed(0))
    assert 0.099 < xavier.max() <= 0.1 and -0.1 <= xavier.min() < -0.099  # sqrt(3 / 300)


MULTILABEL = (
    'type: "Python" loss_weight: 1 python_param { module: "layers.multilabel_softmax_loss" '
    'layer: "MultilabelSoftmaxLossLayer" param_str: "%s" }'
)


@pytest.mark.parametrize(
    "layer, bottoms, message",
    [
        ('type: "InnerProduct" inner_product_param { num_output: 2 axis: 0 }', [IMAGE], "inner_product_param.axis 0"),
        ('type: "InnerProduct" inner_product_param { num_output: 2 axis: -4 }', [IMAGE], "inner_product_param.axis 0"),
        ('type: "SoftmaxWithLoss" softmax_param { axis: 0 }', [IMAGE, IMAGE], "softmax_param.axis 0"),
        ('type: "Scale" scale_param { axis: 1 }', [IMAGE, (4,)], "a second bottom without the axis of the images"),
        ('type: "Accuracy" top: "a" top: "b"', [FEATURE, (3,)], "a second top"),
        ('type: "InnerProduct" blobs { } inner_product_param { num_output: 2 }', [IMAGE], "`blobs` in a prototxt"),
        ('type: "Python" python_param { module: "mine" layer: "Loss" }', [IMAGE] * 2, "another Python layer than"),
        (MULTILABEL % "{oops", [IMAGE] * 2, "python_param.param_str is not JSON"),
        (MULTILABEL % '{\\"nope\\": 1}', [IMAGE] * 2, "param_str has an unknown key"),
        (MULTILABEL % "", [IMAGE] * 3, "a Python layer of other than 2 bottoms"),
    ],
)
def test_a_field_that_is_not_supported_is_named_with_its_layer(layer, bottoms, message):
    layer = text_format.Parse('name: "tested" ' + layer, caffe_pb2.LayerParameter())
    with pytest.raises(InputError, match=rf"layer 'tested' \(\w+\).*{message}"):
        check_layer(layer, bottoms)


def test_a_model_must_have_the_shapes_and_number_of_blobs_that_the_net_has(tmp_path):
    inner = 'type: "InnerProduct" inner_product_param { num_output: 144 %s }'
    first, transposed, plain = (small_net(inner % option) for option in ("", "transpose: true", "bias_term: false"))
    first.weights["tested"][0].value.uniform_(-1, 1)
    path = tmp_path / "a.caffemodel"
    save_caffemodel(path, first, 0)
    with pytest.raises(InputError, match="layer 'tested' has 2 blobs of weights, the net wants 1"):
        load_caffemodel(path, plain)
    load_caffemodel(path, transposed)  # as many rows as columns: nothing tells them apart, for Caffe neither
    message = caffe_pb2.NetParameter.FromString(path.read_bytes())
    message.layer[0].blobs[0].shape.dim[:] = [72, 288]
    path.write_bytes(message.SerializeToString())
    with pytest.raises(InputError, match=r"0 of layer 'tested' have shape \(72, 288\), the net wants \(144, 144\)"):
        load_caffemodel(path, first)


def test_the_table_of_layers_and_the_functions_for_pytorch_agree():
    assert set(FORWARD) == {name for name, known in LAYERS.items() if known.on_torch and not known.is_source}


def test_a_shared_slope_goes_from_caffe_to_pytorch_and_back(caffe, tmp_path):
    """A blob without axes, which a .caffemodel gives no shape at all."""
    text = INPUT + 'layer { name: "tested" type: "PReLU" bottom: "data" top: "a" prelu_param { channel_shared: true } }'
    (tmp_path / "net.prototxt").write_text(text)
    caffe(
        """
        net = caffe.Net(given["folder"] + "/net.prototxt", caffe.TRAIN)
        net.params["tested"][0].data[...] = 0.5
        net.save(given["folder"] + "/caffe.caffemodel")
    """,
        folder=str(tmp_path),
    )
    net = TorchNet(text_format.Parse(text, caffe_pb2.NetParameter()), caffe_pb2.TRAIN, {})
    load_caffemodel(tmp_path / "caffe.caffemodel", net)
    assert net.weights["tested"][0].value.tolist() == [0.5]
    net.weights["tested"][0].value.fill_(0.125)
    save_caffemodel(tmp_path / "torch.caffemodel", net, 0)
    answer = caffe(
        """
        net = caffe.Net(given["folder"] + "/net.prototxt", caffe.TRAIN, weights=given["folder"] + "/torch.caffemodel")
        answer["slope"] = float(net.params["tested"][0].data)
    """,
        folder=str(tmp_path),
    )
    assert answer["slope"] == 0.125


@pytest.mark.parametrize("filler", ["constant", "uniform", "gaussian", "xavier", "msra"])
def test_a_blob_without_axes_can_be_filled(filler):
    assert fill(caffe_pb2.FillerParameter(type=filler), (), torch.Generator().manual_seed(0)).shape == ()


def test_every_supported_type_is_held_against_caffe_or_a_definition():
    tried = {layer.split('"')[1] for layer, _ in CASES.values()}
    assert set(FORWARD) - tried == {"BatchNorm", "Dropout", "Accuracy", "Silence"}  # below, or nothing to compute


def test_the_multilabel_loss_is_that_of_its_definition_in_float64():
    rng = np.random.default_rng(3)
    scores, labels = (
        rng.normal(0, 30, (5, 4)),
        np.array([[1, 0, -1, 1], [0, 0, 0, 0], [-1] * 4, [-1, 1, -1, -1], [1, 1, 1, 1]]),
    )
    expected, gradient = multilabel_softmax(scores, labels)
    layer = caffe_pb2.LayerParameter(name="loss", type="Python")
    given = torch.from_numpy(scores).unsqueeze(1).requires_grad_(True)
    (loss,) = multilabel_softmax_loss(layer, [], [given, torch.from_numpy(labels).unsqueeze(1)], None)
    loss.sum().backward()
    assert loss.item() == pytest.approx(expected, rel=1e-12)
    assert given.grad[:, 0].numpy() == pytest.approx(gradient, rel=1e-12, abs=1e-15)


def sigmoid_terms(scores, labels):
    return np.log1p(np.exp(-np.abs(scores))) + np.maximum(scores, 0) - scores * labels


def test_losses_with_unknown_labels_are_their_formulas_on_both_engines(caffe_results):
    """In float64; an unknown label counts in the default divisor of SigmoidCrossEntropyLoss, the number of images, only
    by its image."""
    for name, divisor in (
        ("sigmoid_loss_ignore", lambda known: len(known)),
        ("sigmoid_loss_valid", lambda known: known.sum()),
        ("sigmoid_loss_full", lambda known: known.size),
        ("sigmoid_loss_none", lambda known: 1),
    ):
        arrays = caffe_results[name]
        scores, labels = arrays["in0"].astype(np.float64), arrays["in1"]
        known = labels >= 0
        assert 0 < known.mean() < 1
        expected = sigmoid_terms(scores, np.where(known, labels, 0))[known].sum() / divisor(known)
        gradient = (1 / (1 + np.exp(-scores)) - labels) * known / divisor(known)
        _, _, bottoms, _ = on_torch(net_text(name), arrays)
        assert arrays["top_a"] == pytest.approx(expected, rel=1e-6)
        for found in (arrays["diff_in0"], bottoms["in0"].grad[:, 0].numpy()):
            assert error(found, gradient) <= 1e-5
    arrays = caffe_results["softmax_loss_pixels"]
    scores, labels = np.moveaxis(arrays["in0"], 1, -1).astype(np.float64), arrays["in1"][:, 0].astype(int)
    log_p = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    expected = -np.mean([row[label] for row, label in zip(log_p.reshape(-1, 4), labels.ravel()) if label >= 0])
    assert arrays["top_a"] == pytest.approx(expected, rel=1e-6)


def batch_norm_net(phase, **fields):
    message = caffe_pb2.NetParameter(name="bn")
    layer = message.layer.add(name="in", type="Input", top=["data"])
    layer.input_param.shape.add(dim=[6, 3, 4, 5])
    message.layer.add(
        name="tested",
        type="BatchNorm",
        bottom=["data"],
        top=["a"],
        batch_norm_param=caffe_pb2.BatchNormParameter(**fields),
    )
    return TorchNet(message, phase, {})


def test_batch_norm_follows_its_definition_in_training_and_its_stored_sums_in_test():
    """The packaged Caffe trains it wrongly, so the definition is what it is held against."""
    data = np.random.default_rng(0).normal(2, 3, (6, 3, 4, 5))
    net = batch_norm_net(caffe_pb2.TRAIN, moving_average_fraction=0.9)
    top = net.forward({"data": torch.from_numpy(data).float().unsqueeze(1)})[0]["a"][:, 0].numpy()
    mean, variance = data.mean((0, 2, 3)), data.var((0, 2, 3))
    expected = (data - mean[:, None, None]) / np.sqrt(variance + 1e-5)[:, None, None]
    assert np.abs(top - expected).max() <= 1e-5 * np.abs(expected).max()
    sums = [weight.value[0].numpy() for weight in net.weights["tested"]]
    assert sums[0] == pytest.approx(mean, rel=1e-5) and sums[2] == 1
    assert sums[1] == pytest.approx(variance * 120 / 119, rel=1e-5)
    test = batch_norm_net(caffe_pb2.TEST)
    test.weights = net.weights
    top = test.forward({"data": torch.from_numpy(data).float().unsqueeze(1)})[0]["a"][:, 0].numpy()
    expected = (data - mean[:, None, None]) / np.sqrt(variance * 120 / 119 + 1e-5)[:, None, None]
    assert np.abs(top - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.9])
def test_dropout_keeps_what_it_should_and_the_same_for_the_same_seed(ratio):
    draws = Draws((1, 1, 2), {"drop": words(ratio, 100_000)}, torch.device("cpu"))
    draws.draw()
    masks = draws.kept("drop", ratio, (100, 1000))
    assert masks[0].float().mean().item() == pytest.approx(1 - ratio, abs=0.005)
    assert (masks[0] == masks[1]).all() and (masks[0] != masks[2]).any()
    assert abs(masks[0].float().mean(0) - (1 - ratio)).max() < 0.25  # no column that is never or always kept


@pytest.mark.parametrize(
    "filler, mean, deviation",
    [
        ({"type": "constant", "value": 2}, 2, 0),
        ({"type": "uniform", "min": -1, "max": 3}, 1, 4 / 12**0.5),
        ({"type": "gaussian", "mean": 1, "std": 0.5}, 1, 0.5),
        ({"type": "xavier"}, 0, (1 / 600) ** 0.5),
        ({"type": "msra", "variance_norm": 1}, 0, (2 / 200) ** 0.5),
        ({"type": "xavier", "variance_norm": 2}, 0, (1 / 400) ** 0.5),
        ({"type": "gaussian", "sparse": 50}, 0, 0.25**0.5),
        ({"type": "positive_unitball"}, 1 / 600, 1 / 600 / 3**0.5),
    ],
)
def test_fillers_sample_from_caffes_distributions(filler, mean, deviation):
    values = fill(caffe_pb2.FillerParameter(**filler), (200, 600), torch.Generator().manual_seed(0))
    assert values.mean().item() == pytest.approx(mean, abs=0.01 if deviation > 0.01 else 1e-7)
    assert values.std().item() == pytest.approx(deviation, rel=0.02)


FILLED = {
    "bilinear": 'type: "Convolution" bottom: "data" top: "a" '
    'convolution_param { num_output: 3 kernel_size: %d weight_filler { type: "bilinear" } }',
    "positive_unitball": 'type: "InnerProduct" bottom: "data" top: "a" '
    'inner_product_param { num_output: %d weight_filler { type: "positive_unitball" } bias_filler '
    '{ type: "positive_unitball" } }',
}


@pytest.mark.parametrize("size", [3, 4])
def test_fillers_without_chance_and_sums_are_those_of_real_caffe(caffe, tmp_path, size):
    texts = {kind: INPUT + f'layer {{ name: "tested" {text % size} }}' for kind, text in FILLED.items()}
    for kind, text in texts.items():
        (tmp_path / f"{kind}.prototxt").write_text(text)
    answer = caffe(
        """
        for kind in given["kinds"]:
            blobs = caffe.Net(given["folder"] + "/" + kind + ".prototxt", caffe.TRAIN).params["tested"]
            answer[kind] = [blob.data.tolist() for blob in blobs]
    """,
        folder=str(tmp_path),
        kinds=list(texts),
    )
    ours = {
        kind: [weight.value[0].numpy() for weight in net.weights["tested"]]
        for kind, net in (
            (kind, TorchNet(text_format.Parse(text, caffe_pb2.NetParameter()), caffe_pb2.TRAIN, {}))
            for kind, text in texts.items()
        )
    }
    assert np.abs(ours["bilinear"][0] - answer["bilinear"][0]).max() < 1e-6 < np.ptp(ours["bilinear"][0])
    for blobs in (ours["positive_unitball"], answer["positive_unitball"]):
        assert np.array(blobs[0]).sum(1) == pytest.approx(np.ones(size), rel=1e-5)
        assert np.array(blobs[1]).tolist() == [1] * size and np.min(blobs[0]) >= 0


@pytest.mark.parametrize(
    "layer, message",
    [
        ('type: "Convolve"', "layer 'tested' \\(Convolve\\): type not supported on PyTorch"),
    ],
)
def test_what_is_not_supported_is_named_before_training(layer, message):
    text = f"""layer {{ name: "in" type: "Input" top: "data" input_param {{ shape {{ dim: 2 dim: 4 }} }} }}
               layer {{ name: "tested" bottom: "data" top: "a" {layer} }}"""
    with pytest.raises(InputError, match=message):
        TorchNet(text_format.Parse(text, caffe_pb2.NetParameter()), caffe_pb2.TRAIN, {})


def test_a_model_comes_back_as_it_was_and_a_wrong_one_is_refused(tmp_path):
    def build(outputs, seed, name="tested"):
        text = f'''layer {{ name: "in" type: "Input" top: "data" input_param {{ shape {{ dim: 2 dim: 4 }} }} }}
                   layer {{ name: "{name}" type: "InnerProduct" bottom: "data" top: "a"
                           inner_product_param {{ num_output: {outputs} weight_filler {{ type: "xavier" }} }} }}'''
        return TorchNet(text_format.Parse(text, caffe_pb2.NetParameter()), caffe_pb2.TRAIN, {}, seeds=[seed])

    first, again = build(3, 0), build(3, 1)
    save_caffemodel(tmp_path / "a.caffemodel", first, 0)
    load_caffemodel(tmp_path / "a.caffemodel", again)
    assert (first.weights["tested"][0].value == again.weights["tested"][0].value).all()
    with pytest.raises(InputError, match=r"weights 0 of layer 'tested' have shape \(3, 4\), the net wants \(5, 4\)"):
        load_caffemodel(tmp_path / "a.caffemodel", build(5, 0))
    with pytest.raises(InputError, match="no weights for layer 'second'; it holds: tested"):
        load_caffemodel(tmp_path / "a.caffemodel", build(3, 0, "second"))
    (tmp_path / "b.caffemodel").write_bytes(b"no model")
    with pytest.raises(InputError, match="b.caffemodel: not a complete .caffemodel"):
        load_caffemodel(tmp_path / "b.caffemodel", first)


@pytest.mark.parametrize(
    "edit, moved",
    [
        (("", ""), ["drop1", "pool1", "relu1"]),
        (
            (
                "pool: MAX kernel_size: 2 stride: 2 }          # paper",
                "pool: AVE kernel_size: 2 stride: 2 }          # paper",
            ),
            [],
        ),
        (('bottom: "pool1" top: "conv2"', 'bottom: "conv1" top: "conv2"'), []),  # conv1 has another reader
        (('type: "ReLU" bottom: "conv1" top: "conv1"', 'type: "ReLU" bottom: "conv1" top: "conv1" loss_weight: 1'), []),
    ],
)
def test_a_relu_moves_behind_the_pooling_only_where_no_other_layer_reads_its_blob(edit, moved):
    text = NET.read_text()
    assert edit[0] in text
    net = text_format.Parse(text.replace(*edit, 1), caffe_pb2.NetParameter())
    names = [layer.name for layer in pooled_first(build_layers(net, caffe_pb2.TRAIN))]
    after = names[names.index("conv1") + 1 :]
    assert after[:3] == (moved or ["relu1", "drop1", "pool1"])


def test_a_moved_relu_changes_neither_loss_nor_gradients():
    net = load_net(NET)
    net_input = torch.randn((8, 1, 1, 40, 40), generator=torch.Generator().manual_seed(1))
    blobs, shapes = (
        {"data": net_input, "label": torch.ones((8, 1, 13, 1, 1))},
        {"data": (8, 1, 40, 40), "label": (8, 13, 1, 1)},
    )
    found = []
    for moved in (True, False):
        model = TorchNet(net, caffe_pb2.TRAIN, shapes)
        assert model.steps != model.layers
        model.steps = model.steps if moved else model.layers
        weights = [weight.value.requires_grad_(True) for weight in model.learned()]
        loss = model.forward(blobs, drawn(model))[1]
        found.append([loss.detach(), *torch.autograd.grad(loss.sum(), weights)])
    for ours, expected in zip(*found):
        assert torch.allclose(ours, expected, rtol=1e-5, atol=1e-7 * float(expected.abs().max()))
