"""What Data layers give on PyTorch, against real Caffe."""

import numpy as np
import pytest
from google.protobuf import text_format

from data_prep.subjects.lmdb_pair import write_lmdb
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.checks import check_net

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make setup ENGINE=torch")

from tools.engines.torch.data import data_layers, numbers_of  # noqa: E402
from tools.engines.torch.draws import Draws  # noqa: E402

CPU = torch.device("cpu")
SHAPE, CROP = (3, 9, 11), 6
CASES = {
    "mean file": 'mean_file: "{mean}"',
    "mean file, cut": 'mean_file: "{mean}" crop_size: 6 scale: 0.25',
    "one mean": "mean_value: 100 crop_size: 6",
    "a mean for each channel": "mean_value: 10 mean_value: 100 mean_value: 200 scale: 0.5",
}


@pytest.fixture
def images(tmp_path):
    """uint8 images in an LMDB at <tmp_path>/images, and a mean image in <tmp_path>/mean.binaryproto."""
    rng = np.random.default_rng(0)
    images, mean = rng.integers(0, 256, (8, *SHAPE), np.uint8), rng.normal(100, 30, SHAPE).astype(np.float32)
    write_lmdb(tmp_path / "images", images)
    save_mean(tmp_path / "mean.binaryproto", mean[None])
    return images, mean


def save_mean(path, mean):
    message = caffe_pb2.BlobProto(data=mean.ravel().tolist())
    message.num, message.channels, message.height, message.width = mean.shape
    path.write_bytes(message.SerializeToString())


def net_text(folder, transform):
    transform = transform.format(mean=folder / "mean.binaryproto")
    source = f'data_param {{ source: "{folder / "images"}" backend: LMDB batch_size: 4 }}'
    return f'layer {{ name: "data" type: "Data" top: "data" {source} transform_param {{ {transform} }} }}'


def batches(text, training):
    net = text_format.Parse(text, caffe_pb2.NetParameter())
    (layer,), found = data_layers([net], training, CPU), []
    draws = Draws([0], numbers_of([layer]), CPU)
    for _ in range(2):
        draws.draw()
        found.append(layer.next(draws)[:, 0].numpy())
        draws.clock += 1
    return found


@pytest.mark.parametrize("case", CASES)
def test_means_are_subtracted_as_in_real_caffe(caffe, tmp_path, images, case):
    text = net_text(tmp_path, CASES[case])
    (tmp_path / "net.prototxt").write_text(text)
    caffe(
        """
        net = caffe.Net(given["net"], caffe.TEST)
        blobs = [net.forward()["data"].copy() for _ in range(2)]
        np.save(given["out"], np.array(blobs))
    """,
        net=str(tmp_path / "net.prototxt"),
        out=str(tmp_path / "out.npy"),
    )
    expected = np.load(tmp_path / "out.npy")
    assert np.ptp(expected) > 10
    for ours, caffes in zip(batches(text, training=False), expected, strict=True):
        assert np.abs(ours - caffes).max() <= 1e-6 * np.abs(caffes).max()


def test_in_training_the_mean_is_cut_and_mirrored_with_the_image(tmp_path, images):
    pixels, mean = images
    differences = pixels - mean
    found = np.concatenate(batches(net_text(tmp_path, 'mean_file: "{mean}" crop_size: 6 mirror: true'), training=True))
    ways = set()
    for number, ours in enumerate(found):
        for top in range(SHAPE[1] - CROP + 1):
            for left in range(SHAPE[2] - CROP + 1):
                window = differences[number, :, top : top + CROP, left : left + CROP]
                for mirrored in (False, True):
                    if np.allclose(ours, window[..., ::-1] if mirrored else window):
                        ways.add((number, top, left, mirrored))
    assert [number for number, *_ in sorted(ways)] == list(range(8))  # each is one window of its image
    assert len({way[1:] for way in ways}) > 4 and {way[3] for way in ways} == {False, True}


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda path: path.unlink(), "no such mean_file"),
        (lambda path: path.write_bytes(b"no mean"), "not a mean image as Caffe has them"),
        (
            lambda path: save_mean(path, np.zeros((1, 3, 9, 10))),
            r"a mean image of \(1, 3, 9, 10\), but the LMDB has images of \(3, 9, 11\)",
        ),
    ],
)
def test_a_mean_file_that_does_not_fit_is_named(tmp_path, images, change, message):
    net = text_format.Parse(net_text(tmp_path, 'mean_file: "{mean}"'), caffe_pb2.NetParameter())
    check_net(net, ["TEST"])
    change(tmp_path / "mean.binaryproto")
    with pytest.raises(InputError, match=f"mean.binaryproto: {message}"):
        check_net(net, ["TEST"])
