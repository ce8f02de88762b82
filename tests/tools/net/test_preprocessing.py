"""What a net is shown, read from its Data layer, as Caffe's own Data layer makes it."""

import numpy as np
import pytest

from data_prep.subjects.lmdb_pair import image_lmdb, load_lmdb
from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tests.conftest import NET
from tools.detection.bundle_checks import preprocessing_in
from tools.net.preprocessing import Preprocessing, preprocessing_of
from tools.net.prototxt import load_net, save_prototxt


def caffes_data(caffe, folder, net):
    """What Caffe's Data layer in TEST makes of the first batch."""
    save_prototxt(folder / "net.prototxt", net)
    caffe(
        """
        net = caffe.Net(given['net'], caffe.TEST)
        net.forward()
        np.save(given['out'], net.blobs['data'].data)
        """,
        net=str(folder / "net.prototxt"),
        out=str(folder / "data.npy"),
    )
    return np.load(folder / "data.npy")


@pytest.mark.parametrize("crop, mean, scale", [(36, [100.5], 0.01), (0, [], 1), (37, [], 0.0078431373), (0, [3], 2)])
def test_it_is_that_of_the_test_phase_to_the_bit(caffe, run_folder, net, crop, mean, scale):
    for layer in net.layer:
        if layer.name == "data":
            p = layer.transform_param
            p.crop_size, p.scale, p.mean_value[:] = crop, scale, mean
    seen, found = caffes_data(caffe, run_folder, net), preprocessing_of(net)
    assert found == Preprocessing(crop, tuple(mean), float(str(np.float32(scale))))
    assert seen.std() > 0 and np.array_equal(found.apply(load_lmdb(image_lmdb(run_folder / "val"))[: len(seen)]), seen)


@pytest.mark.parametrize("crop", [0, 37])
def test_a_mean_image_is_cut_as_the_images_are(caffe, run_folder, net, crop):
    image = np.random.default_rng(3).uniform(0, 255, (1, 1, 44, 44)).astype(np.float32)
    blob = caffe_pb2.BlobProto(data=image.ravel().tolist(), num=1, channels=1, height=44, width=44)
    (run_folder / "mean.binaryproto").write_bytes(blob.SerializeToString())
    for layer in net.layer:
        if layer.name == "data":
            layer.transform_param.Clear()
            layer.transform_param.mean_file, layer.transform_param.crop_size = (
                str(run_folder / "mean.binaryproto"),
                crop,
            )
    seen, found = caffes_data(caffe, run_folder, net), preprocessing_of(net)
    pixels = load_lmdb(image_lmdb(run_folder / "val"))[: len(seen)]
    assert np.array_equal(found.apply(pixels), seen)
    side = crop or 44
    assert preprocessing_in("bundle.json", {"format": 2, "preprocessing": found._replace(crop=side).facts()}, side)


@pytest.mark.parametrize(
    "edit, message",
    [
        ("mirror: true", "mirror: true in TEST"),
        ('mean_file: "mean.binaryproto"', "mean.binaryproto: no such mean_file"),
    ],
)
def test_preprocessing_that_cannot_be_described_is_an_error(tmp_path, edit, message):
    path = tmp_path / "net.prototxt"
    path.write_text(
        NET.read_text().replace("{ crop_size: 40 mean_value: 128", f"{{ {edit} crop_size: 40 mean_value: 128")
    )
    with pytest.raises(InputError, match=message):
        preprocessing_of(load_net(path))


def test_pixels_are_cut_in_the_middle_and_each_channel_has_its_mean():
    pixels = np.arange(2 * 3 * 5 * 5, dtype=np.uint8).reshape(2, 3, 5, 5)
    seen = Preprocessing(2, (1, 2, 3), 0.5).apply(pixels)
    assert seen.dtype == np.float32
    assert np.array_equal(seen, (pixels[:, :, 1:3, 1:3] - np.array([1.0, 2, 3]).reshape(-1, 1, 1)) / 2)
    assert np.array_equal(Preprocessing().apply(pixels), pixels)
