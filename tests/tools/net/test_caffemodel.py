"""Files of weights: what is written is what Caffe reads, and what Caffes of any age have written is read."""

import numpy as np
import pytest

from data_prep.system.errors import InputError
from prototxt import caffe_pb2
from tools.net.caffemodel import load_caffemodel, load_weights, save_caffemodel

NET = """
layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 dim: 3 dim: 6 dim: 6 } } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 4 kernel_size: 3 } }
layer { name: "slope" type: "PReLU" bottom: "c" top: "c" prelu_param { channel_shared: true } }
layer { name: "fc" type: "InnerProduct" bottom: "c" top: "f" inner_product_param { num_output: 5 } }
"""
SHAPES = {"conv": [(4, 3, 3, 3), (4,)], "slope": [()], "fc": [(5, 64), (5,)]}
READ = """
net = caffe.Net(given["net"], caffe.TEST, weights=given["weights"])
answer["weights"] = {name: [blob.data.ravel().tolist() for blob in blobs] for name, blobs in net.params.items()}
"""


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {name: [rng.normal(size=shape).astype(np.float32) for shape in shapes] for name, shapes in SHAPES.items()}


def layers(arrays):
    return [(caffe_pb2.LayerParameter(name=name, type="Any"), blobs) for name, blobs in arrays.items()]


def new_blob(array):
    return caffe_pb2.BlobProto(data=array.ravel().tolist(), shape=caffe_pb2.BlobShape(dim=array.shape))


def doubles(array):
    return caffe_pb2.BlobProto(double_data=array.ravel().tolist(), shape=caffe_pb2.BlobShape(dim=array.shape))


def four_sizes(array):
    sizes = dict(zip(("num", "channels", "height", "width"), (1,) * (4 - array.ndim) + array.shape))
    return caffe_pb2.BlobProto(data=array.ravel().tolist(), **sizes)


def model(arrays, blob, old_layers=False):
    """A .caffemodel whose blobs `blob` makes; `old_layers`: in the form of Caffes before `layer`."""
    if old_layers:
        entries = [caffe_pb2.V1LayerParameter(name=name, blobs=map(blob, arrays[name])) for name in arrays]
        return caffe_pb2.OldNetParameter(layers=entries).SerializeToString()
    entries = [caffe_pb2.LayerParameter(name=name, blobs=map(blob, arrays[name])) for name in arrays]
    return caffe_pb2.NetParameter(layer=entries).SerializeToString()


@pytest.mark.parametrize("old_layers", [False, True])
@pytest.mark.parametrize("blob", [new_blob, doubles, four_sizes])
def test_files_of_any_age_are_read_as_caffe_reads_them(caffe, tmp_path, arrays, blob, old_layers):
    (tmp_path / "net.prototxt").write_text(NET)
    path = tmp_path / "a.caffemodel"
    path.write_bytes(model(arrays, blob, old_layers))
    caffes = caffe(READ, net=str(tmp_path / "net.prototxt"), weights=str(path))["weights"]
    found = load_weights(path, SHAPES)
    assert list(found) == list(SHAPES) == list(load_caffemodel(path))
    for name, shapes in SHAPES.items():
        for ours, theirs, array, shape in zip(found[name], caffes[name], arrays[name], shapes, strict=True):
            assert ours.shape == shape and ours.dtype == np.float32
            assert ours.ravel().tolist() == theirs == array.ravel().tolist()


def test_what_is_written_is_what_caffe_reads_and_what_caffe_writes_is_read(caffe, tmp_path, arrays):
    (tmp_path / "net.prototxt").write_text(NET)
    save_caffemodel(tmp_path / "ours.caffemodel", "net", layers(arrays))
    code = READ + "net.save(given['again'])"
    files = {"weights": str(tmp_path / "ours.caffemodel"), "again": str(tmp_path / "caffes.caffemodel")}
    caffes = caffe(code, net=str(tmp_path / "net.prototxt"), **files)["weights"]
    again = load_caffemodel(files["again"])
    for name, blobs in arrays.items():
        assert [blob.ravel().tolist() for blob in blobs] == caffes[name]
        assert all((blob == read).all() and blob.shape == read.shape for blob, read in zip(blobs, again[name]))


@pytest.mark.parametrize(
    "wanted, message",
    [
        (
            {"fc": [(5, 60), (5,)]},
            r"weights 0 of layer 'fc' have shape \(5, 64\), the net wants \(5, 60\); .*rename the layer",
        ),
        ({"fc": [(5, 64)]}, "layer 'fc' has 2 blobs of weights, the net wants 1; .*rename the layer"),
        ({"fc": []}, "layer 'fc' has 2 blobs of weights, the net wants 0"),
    ],
)
def test_weights_that_do_not_fit_are_named_with_both_shapes_and_the_remedy(tmp_path, arrays, wanted, message):
    save_caffemodel(tmp_path / "a.caffemodel", "net", layers(arrays))
    with pytest.raises(InputError, match=f"a.caffemodel: {message}"):
        load_weights(tmp_path / "a.caffemodel", wanted)


def test_only_old_files_may_have_more_axes_than_the_net(tmp_path, arrays):
    def four_axes(array):
        return new_blob(array.reshape((1,) * (4 - array.ndim) + array.shape))

    (tmp_path / "a.caffemodel").write_bytes(model(arrays, four_axes))
    with pytest.raises(InputError, match=r"weights 1 of layer 'conv' have shape \(1, 1, 1, 4\), the net wants \(4,\)"):
        load_weights(tmp_path / "a.caffemodel", SHAPES)


def test_layers_that_only_one_of_both_has_are_left_out_unless_they_are_needed(tmp_path, arrays):
    save_caffemodel(tmp_path / "a.caffemodel", "net", layers(arrays))
    wanted = {"fc": SHAPES["fc"], "fc_new": [(2, 5)]}
    assert list(load_weights(tmp_path / "a.caffemodel", wanted)) == ["fc"]
    with pytest.raises(InputError, match="no weights for layer 'fc_new'; it holds: conv, slope, fc"):
        load_weights(tmp_path / "a.caffemodel", wanted, needed=["fc_new"])


@pytest.mark.parametrize(
    "content, message",
    [
        (None, "no such .caffemodel; train the net first"),
        (b"", "not a .caffemodel with weights"),
        (b"no model", "not a complete .caffemodel"),
        (b"\x89HDF\r\n\x1a\n", "weights as HDF5"),
        ("cut", "not a complete .caffemodel"),
        ("few values", "not a complete .caffemodel"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path, arrays, content, message):
    path = tmp_path / "a.caffemodel"
    if content == "cut":
        content = model(arrays, new_blob)[:-7]
    if content == "few values":
        blob = caffe_pb2.BlobProto(data=[1.0], shape=caffe_pb2.BlobShape(dim=[2, 3]))
        content = caffe_pb2.NetParameter(layer=[caffe_pb2.LayerParameter(name="fc", blobs=[blob])]).SerializeToString()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"a.caffemodel: {message}"):
        load_caffemodel(path)
