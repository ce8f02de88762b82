"""Every layer on PyTorch against real Caffe: tops, gradients of bottoms and of weights, and .caffemodel files."""

import numpy as np
import pytest
from google.protobuf import text_format

from data_prep.errors import InputError
from layers.multilabel_softmax import multilabel_softmax
from prototxt import caffe_pb2
from tests.caffe_cases import under_caffe

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.torch_layers import FORWARD, keep, multilabel_softmax_loss  # noqa: E402
from tools.torch_net import TorchNet, fill, load_caffemodel, save_caffemodel  # noqa: E402

IMAGE, FEATURE = (3, 4, 9, 7), (3, 10)
CASES = {  # name: (layer, shapes of its bottoms)
    "conv": ('type: "Convolution" convolution_param { num_output: 6 kernel_size: 3 }', [IMAGE]),
    "conv_stride_pad": ('type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 stride: 2 pad: 1 }', [IMAGE]),
    "conv_sides": ('type: "Convolution" convolution_param { num_output: 4 kernel_h: 3 kernel_w: 2 stride_h: 1 stride_w: 2 '
                   'pad_h: 0 pad_w: 1 bias_term: false }', [IMAGE]),
    "conv_group_dilation": ('type: "Convolution" convolution_param { num_output: 6 kernel_size: 3 group: 2 dilation: 2 }',
                            [IMAGE]),
    "max_2": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 2 stride: 2 }', [IMAGE]),
    "max_3_2": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 3 stride: 2 }', [(2, 3, 10, 8)]),
    "max_pad": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 }', [(2, 3, 8, 9)]),
    "ave_2": ('type: "Pooling" pooling_param { pool: AVE kernel_size: 2 stride: 2 }', [IMAGE]),
    "ave_pad": ('type: "Pooling" pooling_param { pool: AVE kernel_size: 3 stride: 2 pad: 1 }', [(2, 3, 8, 9)]),
    "max_floor": ('type: "Pooling" pooling_param { pool: MAX kernel_size: 2 stride: 2 round_mode: FLOOR }', [IMAGE]),
    "global_ave": ('type: "Pooling" pooling_param { pool: AVE global_pooling: true }', [IMAGE]),
    "global_max": ('type: "Pooling" pooling_param { pool: MAX global_pooling: true }', [IMAGE]),
    "relu": ('type: "ReLU"', [IMAGE]), "leaky": ('type: "ReLU" relu_param { negative_slope: 0.1 }', [FEATURE]),
    "prelu": ('type: "PReLU" prelu_param { filler { type: "uniform" } }', [IMAGE]),
    "prelu_shared": ('type: "PReLU" prelu_param { channel_shared: true }', [FEATURE]),
    "elu": ('type: "ELU" elu_param { alpha: 0.7 }', [IMAGE]), "sigmoid": ('type: "Sigmoid"', [FEATURE]),
    "tanh": ('type: "TanH"', [IMAGE]), "absval": ('type: "AbsVal"', [IMAGE]),
    "power": ('type: "Power" power_param { power: 2 scale: 0.5 shift: 3 }', [FEATURE]),
    "lrn": ('type: "LRN" lrn_param { local_size: 3 alpha: 0.2 beta: 0.6 k: 2 }', [IMAGE]),
    "lrn_within": ('type: "LRN" lrn_param { local_size: 3 alpha: 0.2 norm_region: WITHIN_CHANNEL }', [IMAGE]),
    "mvn": ('type: "MVN"', [IMAGE]), "mvn_across": ('type: "MVN" mvn_param { across_channels: true }', [IMAGE]),
    "mvn_mean": ('type: "MVN" mvn_param { normalize_variance: false }', [IMAGE]),
    "scale": ('type: "Scale" scale_param { bias_term: true filler { type: "uniform" } }', [IMAGE]),
    "bias": ('type: "Bias" bias_param { filler { type: "uniform" } }', [FEATURE]),
    "inner": ('type: "InnerProduct" inner_product_param { num_output: 5 }', [IMAGE]),
    "inner_transpose": ('type: "InnerProduct" inner_product_param { num_output: 5 transpose: true bias_term: false }',
                        [FEATURE]),
    "concat": ('type: "Concat"', [IMAGE, (3, 2, 9, 7)]),
    "concat_last": ('type: "Concat" concat_param { axis: -1 }', [FEATURE, (3, 2)]),
    "slice": ('type: "Slice" top: "b" slice_param { slice_point: 1 }', [IMAGE]),
    "slice_even": ('type: "Slice" top: "b" slice_param { axis: 1 }', [FEATURE]),
    "sum": ('type: "Eltwise" eltwise_param { coeff: 2 coeff: -0.5 }', [IMAGE, IMAGE]),
    "product": ('type: "Eltwise" eltwise_param { operation: PROD }', [IMAGE, IMAGE]),
    "maximum": ('type: "Eltwise" eltwise_param { operation: MAX }', [IMAGE, IMAGE]),
    "flatten": ('type: "Flatten"', [IMAGE]),
    "reshape": ('type: "Reshape" reshape_param { shape { dim: 0 dim: -1 dim: 2 } }', [IMAGE]),
    "softmax": ('type: "Softmax"', [FEATURE]), "softmax_channels": ('type: "Softmax"', [IMAGE]),
    "softmax_loss": ('type: "SoftmaxWithLoss" loss_weight: 2', [FEATURE, "classes"]),
    "softmax_loss_ignore": ('type: "SoftmaxWithLoss" loss_param { ignore_label: 1 }', [FEATURE, "classes"]),
    "softmax_loss_batch": ('type: "SoftmaxWithLoss" loss_param { ignore_label: 1 normalization: BATCH_SIZE }',
                           [FEATURE, "classes"]),
    "softmax_loss_full": ('type: "SoftmaxWithLoss" loss_param { ignore_label: 1 normalization: FULL }', [FEATURE, "classes"]),
    "sigmoid_loss": ('type: "SigmoidCrossEntropyLoss"', [FEATURE, "binary"]),
    "sigmoid_loss_valid": ('type: "SigmoidCrossEntropyLoss" loss_param { ignore_label: -1 normalization: VALID }',
                           [FEATURE, "masked"]),
    "euclidean": ('type: "EuclideanLoss"', [FEATURE, FEATURE]),
    "multilabel": ('type: "Python" loss_weight: 1.5 python_param { module: "layers.multilabel_softmax_loss" '
                   'layer: "MultilabelSoftmaxLossLayer" }', [FEATURE, "masked"]),
    "multilabel_positives": ('type: "Python" loss_weight: 1 python_param { module: "layers.multilabel_softmax_loss" '
                             'layer: "MultilabelSoftmaxLossLayer" param_str: "{\\"normalize_positives\\": true}" }',
                             [FEATURE, "binary"]),
}


def bottoms_of(shapes, rng):
    """Random bottoms; labels are class numbers, 0 and 1, or those and -1."""
    kinds = {"classes": lambda: rng.integers(0, 3, (3, 1)), "binary": lambda: rng.integers(0, 2, FEATURE),
             "masked": lambda: rng.integers(-1, 2, FEATURE)}
    return [(kinds[shape]() if isinstance(shape, str) else rng.normal(0, 1, shape)).astype(np.float32) for shape in shapes]


def net_text(name):
    layer, shapes = CASES[name]
    bottoms = bottoms_of(shapes, np.random.default_rng(0))
    inputs = "".join(f'layer {{ name: "in{k}" type: "Input" top: "in{k}" input_param {{ shape {{ '
                     + " ".join(f"dim: {size}" for size in bottom.shape) + " } } }\n" for k, bottom in enumerate(bottoms))
    layer = "".join(f'bottom: "in{k}" ' for k in range(len(bottoms))) + 'top: "a" ' + layer
    layer = layer.replace("num_output", 'weight_filler { type: "xavier" } bias_filler { type: "uniform" } num_output')
    if any(isinstance(shape, str) for shape in shapes):  # Caffe has no gradient for labels, and none for scores without
        layer = layer.replace('"in0"', '"moved"', 1)  # weights before them
        inputs += 'layer { name: "shift" type: "Bias" bottom: "in0" top: "moved" }\n'
        return f'name: "{name}"\n{inputs}layer {{ name: "one" {layer} }}\n'
    return f'name: "{name}"\nforce_backward: true\n{inputs}layer {{ name: "one" {layer} }}\n'


@pytest.fixture(scope="module")
def caffe_results(tmp_path_factory):
    """{name: arrays that real Caffe computed} of all CASES, from one process."""
    cases = {}
    for name, (_, shapes) in CASES.items():
        rng = np.random.default_rng(len(name))
        cases[name] = (net_text(name), {f"in{k}": bottom for k, bottom in enumerate(bottoms_of(shapes, rng))})
    return under_caffe(tmp_path_factory.mktemp("cases"), cases)


def on_torch(text, arrays, nets=1):
    """What Caffe gave, computed on PyTorch; with several nets of the same weights, each on the same bottoms."""
    message = text_format.Parse(text, caffe_pb2.NetParameter())
    net = TorchNet(message, caffe_pb2.TRAIN, {}, seeds=[0] * nets)
    bottoms = {name: torch.from_numpy(arrays[name]).unsqueeze(1).repeat(1, nets, *[1] * (arrays[name].ndim - 1))
               for name in arrays if name.startswith("in")}
    for name in bottoms:
        bottoms[name].requires_grad_(True)
    for k, weight in enumerate(net.weights["one"]):
        weight.value.copy_(torch.from_numpy(arrays[f"weight{k}"]))
        weight.value.requires_grad_(True)
    blobs, loss = net.forward(bottoms)
    tops = [name for name in message.layer[-1].top]
    if isinstance(loss, int):
        loss = sum((blobs[top] * torch.from_numpy(arrays[f"seed_{top}"]).unsqueeze(1)).sum() for top in tops)
    loss.sum().backward()
    return blobs, tops, bottoms, net.weights["one"]


def error(ours, caffes):
    return np.abs(ours - caffes).max() / max(np.abs(caffes).max(), 1e-30)


@pytest.mark.parametrize("name", CASES)
def test_a_layer_gives_what_real_caffe_gives(caffe_results, name):
    arrays = caffe_results[name]
    blobs, tops, bottoms, weights = on_torch(net_text(name), arrays)
    for top in tops:
        caffes = arrays[f"top_{top}"]
        assert np.ptp(caffes) > 0 or caffes.size == 1
        assert error(blobs[top].detach().numpy().reshape(caffes.shape), caffes) <= 1e-5
    if not CASES[name][0].startswith('type: "Accuracy"'):
        assert error(bottoms["in0"].grad[:, 0].numpy(), arrays["diff_in0"]) <= 1e-5
    for k, weight in enumerate(weights):
        assert error(weight.value.grad[0].numpy(), arrays[f"weight_diff{k}"]) <= 1e-5


@pytest.mark.parametrize("name", CASES)
def test_three_nets_at_once_give_three_times_the_same(caffe_results, name):
    arrays = caffe_results[name]
    one, three = on_torch(net_text(name), arrays), on_torch(net_text(name), arrays, nets=3)
    for top in one[1]:
        alone = one[0][top].detach().reshape(-1 if one[0][top].dim() == 1 else one[0][top].shape)
        for net in range(3):
            among = three[0][top].detach()[net : net + 1] if alone.dim() == 1 else three[0][top].detach()[:, net : net + 1]
            assert torch.allclose(among, alone, rtol=1e-5, atol=1e-6)
    for alone, among in zip(one[3], three[3]):
        for net in range(3):
            assert torch.allclose(among.value.grad[net], alone.value.grad[0], rtol=1e-4, atol=1e-6)


def test_every_supported_type_is_held_against_caffe_or_a_definition():
    tried = {layer.split('"')[1] for layer, _ in CASES.values()}
    assert set(FORWARD) - tried == {"BatchNorm", "Dropout", "Accuracy", "Silence"}  # below, or nothing to compute


def test_the_multilabel_loss_is_that_of_its_definition_in_float64():
    rng = np.random.default_rng(3)
    scores, labels = rng.normal(0, 30, (5, 4)), np.array([[1, 0, -1, 1], [0, 0, 0, 0], [-1] * 4, [-1, 1, -1, -1], [1, 1, 1, 1]])
    expected, gradient = multilabel_softmax(scores, labels)
    layer = caffe_pb2.LayerParameter(name="loss", type="Python")
    given = torch.from_numpy(scores).unsqueeze(1).requires_grad_(True)
    (loss,) = multilabel_softmax_loss(layer, [], [given, torch.from_numpy(labels).unsqueeze(1)], None)
    loss.sum().backward()
    assert loss.item() == pytest.approx(expected, rel=1e-12)
    assert given.grad[:, 0].numpy() == pytest.approx(gradient, rel=1e-12, abs=1e-15)


def batch_norm_net(phase, **fields):
    message = caffe_pb2.NetParameter(name="bn")
    layer = message.layer.add(name="in", type="Input", top=["data"])
    layer.input_param.shape.add(dim=[6, 3, 4, 5])
    message.layer.add(name="one", type="BatchNorm", bottom=["data"], top=["a"],
                      batch_norm_param=caffe_pb2.BatchNormParameter(**fields))
    return TorchNet(message, phase, {})


def test_batch_norm_follows_its_definition_in_training_and_its_stored_sums_in_test():
    """The packaged Caffe trains it wrongly, so the definition is what it is held against."""
    data = np.random.default_rng(0).normal(2, 3, (6, 3, 4, 5))
    net = batch_norm_net(caffe_pb2.TRAIN, moving_average_fraction=0.9)
    top = net.forward({"data": torch.from_numpy(data).float().unsqueeze(1)})[0]["a"][:, 0].numpy()
    mean, variance = data.mean((0, 2, 3)), data.var((0, 2, 3))
    expected = (data - mean[:, None, None]) / np.sqrt(variance + 1e-5)[:, None, None]
    assert np.abs(top - expected).max() <= 1e-5 * np.abs(expected).max()
    sums = [weight.value[0].numpy() for weight in net.weights["one"]]
    assert sums[0] == pytest.approx(mean, rel=1e-5) and sums[2] == 1
    assert sums[1] == pytest.approx(variance * 120 / 119, rel=1e-5)
    test = batch_norm_net(caffe_pb2.TEST)
    test.weights = net.weights
    top = test.forward({"data": torch.from_numpy(data).float().unsqueeze(1)})[0]["a"][:, 0].numpy()
    expected = (data - mean[:, None, None]) / np.sqrt(variance * 120 / 119 + 1e-5)[:, None, None]
    assert np.abs(top - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("ratio", [0.2, 0.5, 0.9])
def test_dropout_keeps_what_it_should_and_the_same_for_the_same_seed(ratio):
    masks = [keep((100, 1000), ratio, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert masks[0].float().mean().item() == pytest.approx(1 - ratio, abs=0.005)
    assert (masks[0] == masks[1]).all() and (masks[0] != masks[2]).any()
    assert abs(masks[0].float().mean(0) - (1 - ratio)).max() < 0.25  # no column that is never or always kept


@pytest.mark.parametrize("filler, mean, deviation", [
    ({"type": "constant", "value": 2}, 2, 0), ({"type": "uniform", "min": -1, "max": 3}, 1, 4 / 12**0.5),
    ({"type": "gaussian", "mean": 1, "std": 0.5}, 1, 0.5), ({"type": "xavier"}, 0, (1 / 600) ** 0.5),
    ({"type": "msra", "variance_norm": 1}, 0, (2 / 200) ** 0.5), ({"type": "xavier", "variance_norm": 2}, 0, (1 / 400) ** 0.5),
    ({"type": "gaussian", "sparse": 50}, 0, 0.25**0.5)])
def test_fillers_draw_from_caffes_distributions(filler, mean, deviation):
    drawn = fill(caffe_pb2.FillerParameter(**filler), (200, 600), torch.Generator().manual_seed(0))
    assert drawn.mean().item() == pytest.approx(mean, abs=0.01) and drawn.std().item() == pytest.approx(deviation, rel=0.02)


@pytest.mark.parametrize("layer, said", [
    ('type: "Convolve"', "layer 'one' \\(Convolve\\): type not supported on PyTorch"),
    ('type: "InnerProduct" param { name: "shared" } inner_product_param { num_output: 2 }', "shared by name"),
    ('type: "InnerProduct" inner_product_param { num_output: 2 weight_filler { type: "bilinear" } }', "filler 'bilinear'"),
])
def test_what_is_not_supported_is_named_before_training(layer, said):
    text = f'''layer {{ name: "in" type: "Input" top: "data" input_param {{ shape {{ dim: 2 dim: 4 }} }} }}
               layer {{ name: "one" bottom: "data" top: "a" {layer} }}'''
    with pytest.raises(InputError, match=said):
        TorchNet(text_format.Parse(text, caffe_pb2.NetParameter()), caffe_pb2.TRAIN, {})


def test_a_model_comes_back_as_it_was_and_a_wrong_one_is_refused(tmp_path):
    def build(outputs, seed, name="one"):
        text = f'''layer {{ name: "in" type: "Input" top: "data" input_param {{ shape {{ dim: 2 dim: 4 }} }} }}
                   layer {{ name: "{name}" type: "InnerProduct" bottom: "data" top: "a"
                           inner_product_param {{ num_output: {outputs} weight_filler {{ type: "xavier" }} }} }}'''
        return TorchNet(text_format.Parse(text, caffe_pb2.NetParameter()), caffe_pb2.TRAIN, {}, seeds=[seed])

    first, again = build(3, 0), build(3, 1)
    save_caffemodel(tmp_path / "a.caffemodel", first, 0)
    load_caffemodel(tmp_path / "a.caffemodel", again)
    assert (first.weights["one"][0].value == again.weights["one"][0].value).all()
    with pytest.raises(InputError, match=r"weights 0 of layer 'one' have shape \(3, 4\), the net wants \(5, 4\)"):
        load_caffemodel(tmp_path / "a.caffemodel", build(5, 0))
    with pytest.raises(InputError, match="no weights of layer 'two'; it holds: one"):
        load_caffemodel(tmp_path / "a.caffemodel", build(3, 0, "two"))
    (tmp_path / "b.caffemodel").write_bytes(b"no model")
    with pytest.raises(InputError, match="b.caffemodel: not a .caffemodel"):
        load_caffemodel(tmp_path / "b.caffemodel", first)
