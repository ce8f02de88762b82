"""Bundles that are broken or made to harm: each is one clear error that names its file, soon and in little memory."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from data_prep.system.code import ROOT
from data_prep.system.digests import file_digest
from prototxt import caffe_pb2
from tests.bundles import random_bundle
from tools.detection.bundle import ARRAYS, CARD, FACTS
from tools.engines.run_folder import DEPLOY, WEIGHTS
from tools.net.prototxt import load_net, save_prototxt
from tools.onnx.model import MODEL

MOST_SECONDS, MOST_MB = 2, 500
ESCAPE = "\x1b]0;pwned\x07\x1b[31m"
BLANK = b"\x93NUMPY\x01\x00"


def seal(folder):
    """Let bundle.json have the digests of the files as they are: whoever changes a bundle can do so."""
    facts = json.loads((folder / FACTS).read_text())
    for name in facts["files"]:
        if (folder / name).is_file():
            facts["files"][name] = file_digest(folder / name)
    (folder / FACTS).write_text(json.dumps(facts))


def facts(**changes):
    """Replace entries of bundle.json."""
    return lambda folder: (folder / FACTS).write_text(json.dumps(json.loads((folder / FACTS).read_text()) | changes))


def aligned(template=((0.2, 0.3), (0.8, 0.3), (0.5, 0.8)), detector="blazeface"):
    """The entry on faces that were aligned by landmarks."""
    return {"detector": detector, "align": "landmarks", "template": template}


def without(key):
    def change(folder):
        entries = json.loads((folder / FACTS).read_text())
        del entries[key]
        (folder / FACTS).write_text(json.dumps(entries))

    return change


def content(name, data):
    """Replace a file's content, and seal the bundle."""

    def change(folder):
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
        if name != FACTS:
            seal(folder)

    return change


def cut(name, keep):
    def change(folder):
        (folder / name).write_bytes((folder / name).read_bytes()[:keep])
        seal(folder)

    return change


def arrays(**changes):
    """Replace arrays, or remove those that are None; they may be objects."""

    def change(folder):
        with np.load(folder / ARRAYS) as old:
            kept = {name: old[name] for name in old} | changes
        np.savez(folder / ARRAYS, **{name: values for name, values in kept.items() if values is not None})
        seal(folder)

    return change


def npy(header, values=b""):
    """An .npy with that text as its header."""
    text = header.encode() + b" " * (-len(header) % 64) + b"\n"
    return BLANK + len(text).to_bytes(2, "little") + text + values


def zipped(name, data, compression=zipfile.ZIP_STORED):
    """Replace one array by bytes, in a zip as anybody can write it."""

    def change(folder):
        with zipfile.ZipFile(folder / ARRAYS) as old:
            entries = {entry: old.read(entry) for entry in old.namelist()}
        with zipfile.ZipFile(folder / ARRAYS, "w", compression) as new:
            for entry, values in (entries | {f"{name}.npy": data}).items():
                new.writestr(entry, values)
        seal(folder)

    return change


def many_entries(folder):
    with zipfile.ZipFile(folder / ARRAYS, "w") as archive:
        for number in range(60_000):
            archive.writestr(f"{number}", b"")
    seal(folder)


def net(edit):
    """Edit the deploy net as a message."""

    def change(folder):
        message = load_net(folder / DEPLOY)
        layers = {layer.name: layer for layer in message.layer}
        edit(message, layers)
        save_prototxt(folder / DEPLOY, message)
        seal(folder)

    return change


def resize(*shape):
    def edit(message, layers):
        message.layer[0].input_param.shape[0].dim[:] = shape

    return net(edit)


def field(layer, name, value):
    """Set one field of a layer's parameters, given as message.field."""

    def edit(message, layers):
        parameters, last = name.rsplit(".", 1)
        target = getattr(layers[layer], parameters)
        if isinstance(value, list):
            getattr(target, last)[:] = value
        else:
            setattr(target, last, value)

    return net(edit)


def renamed(message, layers):
    layers["conv2"].name = "conv2" + ESCAPE


def weights(edit):
    """Edit the weights as a message."""

    def change(folder):
        message = caffe_pb2.NetParameter.FromString((folder / WEIGHTS).read_bytes())
        edit(message, {layer.name: layer for layer in message.layer})
        (folder / WEIGHTS).write_bytes(message.SerializeToString())
        seal(folder)

    return change


def set_weight(value):
    def edit(message, layers):
        layers["fc1"].blobs[0].data[7] = value

    return weights(edit)


def reshape_weights(message, layers):
    layers["conv2"].blobs[0].shape.dim[:] = [50, 20, 25]


def lose_weights(message, layers):
    layers["conv2"].name = "conv3"


def huge_claim(message, layers):
    layers["conv2"].blobs[0].shape.dim[:] = [2**40, 2**40]


def instead(name, make):
    """Put something else in place of a file."""

    def change(folder):
        (folder / name).unlink()
        make(folder / name)

    return change


def sparse(name, size):
    def change(folder):
        os.truncate(folder / name, size)

    return change


def endless(path):
    path.symlink_to("/dev/zero")


def renamed_file(name):
    """List a file under another name."""

    def change(folder):
        entries = json.loads((folder / FACTS).read_text())
        entries["files"][name] = 64 * "0"
        (folder / FACTS).write_text(json.dumps(entries))

    return change


def many_layers(message, layers):
    for number in range(5000):
        message.layer.add(name=f"r{number}", type="ReLU", bottom=["fc2"], top=["fc2"])


def doubling(message, layers):
    last = "data"
    for number in range(200):
        message.layer.add(name=f"c{number}", type="Concat", bottom=[last, last], top=[f"c{number}"])
        last = f"c{number}"


def mixed_crops(message, layers):
    layers["fc2"].top[:] = ["scores"]
    message.layer.add(name="r", type="Reshape", bottom=["scores"], top=["fc2"]).reshape_param.shape.dim[:] = [13, 1]


def unusual(message, layers):
    layers["fc2"].top[:] = ["scores"]
    message.layer.add(name="lrn", type="LRN", bottom=["scores"], top=["fc2"])  # of pictures alone


def twice(message, layers):
    message.layer.add().CopyFrom(layers["fc1"])


def lmdb(message, layers):
    message.layer[0].type = "Data"
    message.layer[0].data_param.source = "/etc"


def old_input(message, layers):
    message.input.append("data")
    message.input_dim[:] = [1, 1, 40, 40]


def python_layer(message, layers):
    layers["relu1"].type = "Python"
    layers["relu1"].python_param.module = "os"


def nothing(message, layers):
    del message.layer[:]


PIXELS = {"crop": 40, "mean": [128], "scale": 1}  # an entry on preprocessing
DEEP = "[" * 200_000 + "]" * 200_000
DEEP_IN_LIMIT = "[" * 100_000 + "]" * 100_000
SLOW_POOLING = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 256 dim: 256 } } }
layer { name: "pool" type: "Pooling" bottom: "data" top: "fc2" pooling_param { kernel_size: 255 stride: 1 pad: 127 } }
"""
SLOW_CONVOLUTION = """
layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 1 dim: 100 dim: 100 } } }
layer { name: "a" type: "Convolution" bottom: "data" top: "a" convolution_param { num_output: 32 kernel_size: 1 } }
layer { name: "b" type: "Convolution" bottom: "a" top: "fc2"
        convolution_param { num_output: 32 kernel_size: 11 pad: 5 } }
"""
HOSTILE = {  # what: (the change, file that the error names, what it says)
    # bundle.json
    "facts too deep": (content(FACTS, DEEP_IN_LIMIT), FACTS, "not the description"),
    "facts too long": (content(FACTS, DEEP), FACTS, "more than 262,144 bytes"),
    "facts empty": (content(FACTS, ""), FACTS, "not the description"),
    "facts binary": (content(FACTS, bytes(range(256))), FACTS, "not the description"),
    "facts a list": (content(FACTS, "[1, 2]"), FACTS, "which is an object"),
    "facts null": (content(FACTS, "null"), FACTS, "which is an object"),
    "facts a huge number": (content(FACTS, "9" * 10_000), FACTS, "not the description"),
    "facts with NaN": (facts(format=float("nan")), FACTS, "NaN is not JSON"),
    "format a text": (facts(format="1"), FACTS, "format '1'"),
    "format true": (facts(format=True), FACTS, "format True"),
    "format a list": (facts(format=[[1]]), FACTS, "format"),
    "aus null": (facts(aus=None), FACTS, "'aus' is None"),
    "aus texts": (facts(aus=["1", "12"]), FACTS, "'aus' is"),
    "aus truths": (facts(aus=[True, 12]), FACTS, "'aus' is"),
    "aus huge": (facts(aus=[10**300]), FACTS, "'aus' is"),
    "aus fractions": (facts(aus=[1.0, 12.0]), FACTS, "'aus' is"),
    "aus twice": (facts(aus=[1, 1]), FACTS, "'aus' is"),
    "aus too many": (facts(aus=list(range(1, 900))), FACTS, "'aus' is"),
    "aus an object": (facts(aus={"1": 2}), FACTS, "'aus' is"),
    "no aus": (without("aus"), FACTS, "no 'aus'"),
    "id an escape": (facts(id=ESCAPE), FACTS, "'id' is"),
    "id a formula": (facts(id="=cmd|' /C calc'!A0"), FACTS, "'id' is"),
    "id of two lines": (facts(id="a\nerror: b"), FACTS, "'id' is"),
    "id a number": (facts(id=7), FACTS, "'id' is 7"),
    "id too long": (facts(id="a" * 10_000), FACTS, "'id' is"),
    "data an escape": (facts(data=ESCAPE), FACTS, "'data' is"),
    "data a list": (facts(data=[1]), FACTS, "'data' is"),
    "blob a list": (facts(blob=["fc2"]), FACTS, "'blob' is"),
    "blob an escape": (facts(blob=ESCAPE), FACTS, "'blob' is"),
    "synthetic a text": (facts(synthetic="no"), FACTS, "'synthetic' is"),
    "thresholds a list": (facts(thresholds=[0, 0]), FACTS, "'thresholds' is"),
    "thresholds texts": (facts(thresholds={"1": "x", "12": 0}), FACTS, "'thresholds' is"),
    "thresholds infinite": (content(FACTS, '{"thresholds": {"1": Infinity}}'), FACTS, "Infinity is not JSON"),
    "thresholds of other AUs": (facts(thresholds={"1": 0, "2": 0}), FACTS, "'thresholds' are not of its AUs"),
    "calibration a number": (facts(calibration=1), FACTS, "'calibration' is 1"),
    "calibration of other AUs": (facts(calibration={"1": [1, 0]}), FACTS, "'calibration' is"),
    "calibration of one number": (facts(calibration={"1": [1, 0], "12": [1]}), FACTS, "'calibration' is"),
    "calibration of texts": (facts(calibration={"1": [1, 0], "12": ["1", 0]}), FACTS, "'calibration' is"),
    "calibration turned around": (
        facts(calibration={"1": [1, 0], "12": [-1, 0]}),
        FACTS,
        "'calibration' is",
    ),
    "calibration flat": (facts(calibration={"1": [1, 0], "12": [0, 0]}), FACTS, "'calibration' is"),
    "calibration huge": (facts(calibration={"1": [1, 0], "12": [1, 1e301]}), FACTS, "'calibration' is"),
    "faces a list": (facts(faces=["haar"]), FACTS, "'faces' is"),
    "faces of nobody": (facts(faces={"detector": ESCAPE, "align": "none"}), FACTS, "'faces' is"),
    "faces of a list": (facts(faces={"detector": ["haar"], "align": "none"}), FACTS, "'faces' is"),
    "aligned otherwise": (facts(faces={"detector": "blazeface", "align": "here"}), FACTS, "'faces' is"),
    "aligned by a cascade": (facts(faces=aligned(detector="haar")), FACTS, "'faces' is"),
    "aligned nowhere": (facts(faces={"detector": "blazeface", "align": "landmarks"}), FACTS, "'faces' is"),
    "template a text": (facts(faces=aligned(["a", "b", "c"])), FACTS, "'faces' is"),
    "template of two": (facts(faces=aligned([[0, 0], [1, 0]])), FACTS, "'faces' is"),
    "template in one place": (facts(faces=aligned([[0.5, 0.5]] * 3)), FACTS, "'faces' is"),
    "template of near places": (facts(faces=aligned([[0, 0], [1e-9, 0], [1, 1]])), FACTS, "'faces' is"),
    "template far away": (facts(faces=aligned([[0, 0], [1, 0], [1e300, 1]])), FACTS, "'faces' is"),
    "template of booleans": (facts(faces=aligned([[True, 0], [1, 0], [0, 1]])), FACTS, "'faces' is"),
    "preprocessing a list": (facts(preprocessing=[40]), FACTS, "'preprocessing' is"),
    "preprocessing of another crop": (facts(preprocessing=PIXELS | {"crop": 41}), FACTS, "'preprocessing' is"),
    "preprocessing of texts": (facts(preprocessing=PIXELS | {"scale": "1"}), FACTS, "'preprocessing' is"),
    "preprocessing of many means": (facts(preprocessing=PIXELS | {"mean": [1] * 9}), FACTS, "'preprocessing' is"),
    "preprocessing infinite": (facts(preprocessing=PIXELS | {"scale": 10**400}), FACTS, "'preprocessing' is"),
    "no preprocessing": (without("preprocessing"), FACTS, "'preprocessing' is None"),
    "files a list": (facts(files=[[DEPLOY, 64 * "0"]]), FACTS, "'files' is"),
    "files without digests": (facts(files={DEPLOY: None}), FACTS, "'files' is"),
    "a file above": (renamed_file("../../etc/passwd"), FACTS, "its list of files"),
    "a file anywhere": (renamed_file("/etc/passwd"), FACTS, "its list of files"),
    "a file with an escape": (renamed_file(ESCAPE), FACTS, "its list of files"),
    "a file too many": (renamed_file("run.py"), FACTS, "its list of files"),
    # files
    "facts endless": (instead(FACTS, endless), FACTS, "not a regular file"),
    "facts a pipe": (instead(FACTS, os.mkfifo), FACTS, "not a regular file"),
    "weights endless": (instead(WEIGHTS, endless), WEIGHTS, "not a regular file"),
    "net a pipe": (instead(DEPLOY, os.mkfifo), DEPLOY, "not a regular file"),
    "arrays a folder": (instead(ARRAYS, os.mkdir), ARRAYS, "not a regular file"),
    "arrays a dead link": (instead(ARRAYS, lambda path: path.symlink_to("none")), ARRAYS, "missing"),
    "model endless": (instead(MODEL, endless), MODEL, "not a regular file"),
    "model huge": (sparse(MODEL, 10**12), MODEL, "more than 67,108,864 bytes"),
    "card huge": (sparse(CARD, 10**12), CARD, "more than 262,144 bytes"),
    "weights huge": (sparse(WEIGHTS, 10**12), WEIGHTS, "more than 67,108,864 bytes"),
    "arrays at the limit": (lambda folder: (sparse(ARRAYS, 2**26)(folder), seal(folder)), ARRAYS, "not the arrays"),
    # the net
    "net garbage": (content(DEPLOY, "layer { it is not }"), DEPLOY, "not a prototxt"),
    "net binary": (content(DEPLOY, bytes(range(256))), DEPLOY, "not a prototxt"),
    "net an escape": (content(DEPLOY, f"layer {{ {ESCAPE} }}"), DEPLOY, "control characters"),
    "net empty": (content(DEPLOY, ""), DEPLOY, "0 layers"),
    "net deep": (content(DEPLOY, "layer {" * 30_000), DEPLOY, "not a prototxt"),
    "net many empty layers": (content(DEPLOY, "layer{}" * 37_000), DEPLOY, "37000 layers"),
    "no layer": (net(nothing), DEPLOY, "0 layers"),
    "too many layers": (net(many_layers), DEPLOY, "more than|layers"),
    "input huge": (resize(1, 1, 100_000, 100_000), DEPLOY, "not an Input of 1 x 1 x S x S"),
    "input negative": (resize(1, 1, -40, -40), DEPLOY, "not an Input"),
    "input of many": (resize(10**9, 1, 40, 40), DEPLOY, "not an Input"),
    "input without a shape": (resize(), DEPLOY, "not an Input"),
    "input larger than the mean": (resize(1, 1, 60, 60), WEIGHTS, "'fc1' has weights of"),
    "an old input": (net(old_input), DEPLOY, "the first an Input"),
    "an LMDB": (net(lmdb), DEPLOY, "not an Input"),
    "a layer that runs code": (net(python_layer), DEPLOY, "a model cannot have"),
    "a layer nobody knows": (content(DEPLOY, 'layer { name: "data" type: "\\033[31mX" }'), DEPLOY, "not an Input"),
    "a layer's name an escape": (net(renamed), DEPLOY, "cannot be the name"),
    "no such blob": (facts(blob="fc9"), DEPLOY, "no layer makes the blob 'fc9'"),
    "outputs without end": (
        field("conv2", "convolution_param.num_output", 2**32 - 1),
        DEPLOY,
        "larger than the limits",
    ),
    "padding without end": (field("conv2", "convolution_param.pad", [2**31]), DEPLOY, "larger than the limits"),
    "stride 0": (field("conv2", "convolution_param.stride", [0]), DEPLOY, "does not fit"),
    "group 0": (field("conv2", "convolution_param.group", 0), DEPLOY, "not a net that can be"),
    "a pooling that takes long": (content(DEPLOY, SLOW_POOLING), DEPLOY, "larger than the limits"),
    "a convolution that takes long": (content(DEPLOY, SLOW_CONVOLUTION), DEPLOY, "larger than the limits"),
    "a blob of several crops": (net(mixed_crops), DEPLOY, "not of one crop alone"),
    "two layers of one name": (net(lambda message, layers: setattr(layers["fc2"], "name", "fc1")), DEPLOY, "one name"),
    "a layer that cannot be run": (net(unusual), DEPLOY, "layer 'lrn'.* axes"),
    "blobs that double": (net(doubling), DEPLOY, "larger than the limits"),
    # the weights
    "weights empty": (content(WEIGHTS, b""), WEIGHTS, "'conv1' has weights of"),
    "weights cut": (cut(WEIGHTS, 200_000), WEIGHTS, "ends early"),
    "weights garbage": (content(WEIGHTS, bytes(range(256)) * 100), WEIGHTS, "not the weights"),
    "weights of many layers": (content(WEIGHTS, b"\xa2\x06\x00" * 10**6), WEIGHTS, "bytes besides the weights"),
    "weights of many fields": (content(WEIGHTS, b"\x28\x01" * 10**7), WEIGHTS, "bytes besides the weights"),
    "weights of an old Caffe": (content(WEIGHTS, b"\x12\x02\x0a\x00"), WEIGHTS, "an old Caffe"),
    "weights of other names": (weights(lose_weights), WEIGHTS, "'conv2' has weights of"),
    "weights of one layer twice": (weights(twice), WEIGHTS, "two layers 'fc1' have weights"),
    "weights of other shapes": (weights(reshape_weights), WEIGHTS, "'conv2' has weights of"),
    "weights that claim more": (weights(huge_claim), WEIGHTS, "not the weights"),
    "weights NaN": (set_weight(float("nan")), WEIGHTS, "'fc1' has weights that are not finite"),
    "weights infinite": (set_weight(float("inf")), WEIGHTS, "'fc1' has weights that are not finite"),
    # the arrays
    "arrays no zip": (content(ARRAYS, b"PK\x03\x04 no zip"), ARRAYS, "not the arrays"),
    "arrays cut": (cut(ARRAYS, 20_000), ARRAYS, "not the arrays"),
    "a header of 364 TiB": (
        zipped("mean", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000, 5000000), }", bytes(800))),
        ARRAYS,
        "an array of shape",
    ),
    "a header that is code": (zipped("mean", npy("__import__('os').system('x')")), ARRAYS, "not the arrays"),
    "a header too deep": (zipped("mean", npy("(" * 9000)), ARRAYS, "not the arrays"),
    "an array no array": (zipped("mean", b"text"), ARRAYS, "not the arrays"),
    "a mean of 20,000 x 20,000": (
        zipped("mean", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (20000, 20000), }")),
        ARRAYS,
        "an array of shape",
    ),
    "a mean of 2000 x 3000": (
        arrays(mean=np.zeros((2000, 3000), np.float32), face=np.zeros((2000, 3000), np.float32)),
        ARRAYS,
        "do not serve",
    ),
    "a zip bomb": (zipped("mean", bytes(10**8), zipfile.ZIP_DEFLATED), ARRAYS, "compressed"),
    "a zip of many": (many_entries, ARRAYS, "too many arrays"),
    "objects": (arrays(mean=np.array([{}, print], object)), ARRAYS, "type 'object'"),
    "texts": (arrays(au=np.array(["1", "12"])), ARRAYS, "an array of type"),
    "complex numbers": (arrays(mean=np.zeros((44, 44), complex)), ARRAYS, "an array of type"),
    "a mean that is a number": (arrays(mean=np.float32(0)), ARRAYS, "do not serve"),
    "a mean of three axes": (arrays(mean=np.zeros((44, 44, 3), np.float32)), ARRAYS, "do not serve"),
    "a mean with NaN": (arrays(mean=np.full((44, 44), np.nan, np.float32)), ARRAYS, "mean has values"),
    "a face out of this world": (arrays(face=np.full((44, 44), 1e300)), ARRAYS, "face has values"),
    "no face": (arrays(face=None), ARRAYS, "not those of bundle.json"),
    "no classifier": (arrays(qda12_mean=None), ARRAYS, "not those of bundle.json"),
    "an array too many": (arrays(extra=np.zeros(3)), ARRAYS, "not those of bundle.json"),
    "other AUs": (arrays(au=np.array([1, 13])), ARRAYS, "not those of bundle.json"),
    "a scale of zero": (arrays(qda1_scale=np.zeros(13)), ARRAYS, "not positive"),
    "whitening of other shape": (arrays(qda1_whitening=np.zeros((2, 13))), ARRAYS, "qda1_center has shape|whitening"),
    "an offset of other shape": (arrays(qda1_offset=np.zeros(3)), ARRAYS, "qda1_offset has shape"),
    "an infinite center": (arrays(qda12_center=np.full(13, np.inf)), ARRAYS, "qda12_center has values"),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """{what: (error, seconds, MB, printed)} of every hostile bundle; "as it was" is of one that was not changed."""
    folder = tmp_path_factory.mktemp("bundles")
    plain = random_bundle(folder)
    folders = {"as it was": folder / "as_it_was"}
    shutil.copytree(plain, folders["as it was"])
    for number, (what, (change, _, _)) in enumerate(HOSTILE.items()):
        folders[what] = folder / str(number)
        shutil.copytree(plain, folders[what])
        change(folders[what])
    command = [sys.executable, "-m", "tests.tools.detection.judge", *map(str, folders.values())]
    done = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)), capture_output=True, text=True, check=True
    )
    printed = [folder.with_name(f"{folder.name}.stderr").read_text() for folder in folders.values()]
    return {what: (*verdict, text) for what, verdict, text in zip(folders, json.loads(done.stdout), printed)}


def test_there_are_more_than_forty():
    assert len(HOSTILE) > 40


def test_the_bundle_that_they_are_made_of_is_good(verdicts):
    error, seconds, memory, printed = verdicts["as it was"]
    assert not error and not printed and seconds < MOST_SECONDS and memory < MOST_MB


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_bundle_is_one_line_that_names_its_file(verdicts, what):
    error, seconds, memory, printed = verdicts[what]
    _, name, message = HOSTILE[what]
    assert re.match(rf"\S+/{re.escape(name)}: ", error) and re.search(message, error), error
    assert error.isprintable() and len(error) < 1500 and not printed
    assert seconds < MOST_SECONDS and memory < MOST_MB, (seconds, memory)
