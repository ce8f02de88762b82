"""A trained model as one folder that anyone can use: it needs no Caffe and no PyTorch, and holds no pickle and no code.

bundle.json          what it is, see `write_bundle`; written last, with the sha256 of every other file
deploy.prototxt      the net on one crop, for any Caffe
trained.caffemodel   its weights
arrays.npz           mean float32 [S, S] training mean image; face float32 [S, S] average face of the training subjects;
                     au int64 [C]; per AU n: qda<n>_center, qda<n>_scale, qda<n>_mean, qda<n>_whitening, qda<n>_offset
                     (tools/statistics/quadratic.py)
README.md            the model card
"""

import contextlib
import hashlib
import shutil
from math import prod
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from google.protobuf import text_format

from data_prep.faces.stage import FaceStage
from data_prep.system.digests import digest, file_digest
from data_prep.system.errors import InputError
from data_prep.system.files import atomic, save_json
from tools.detection.bundle_arrays import check_arrays
from tools.detection.bundle_card import card
from tools.detection.bundle_checks import (
    FORMAT,
    LARGEST_DATA,
    LARGEST_TEXT,
    check_facts,
    check_net,
    read_file,
    refuse,
    stage_of,
)
from tools.detection.bundle_weights import check_weights
from tools.engines.run_folder import DEPLOY, WEIGHTS
from tools.net.prototxt import load_net, save_prototxt

FACTS, ARRAYS, CARD = "bundle.json", "arrays.npz", "README.md"
CHECKED = (DEPLOY, WEIGHTS, ARRAYS)  # what a model is made of
FILES = (FACTS, *CHECKED, CARD)  # what a bundle holds, and nothing else
TRIAL = 2  # ours: crops with which a net is tried; its output must have a part for each


class Bundle(NamedTuple):
    """A loaded model.

    folder      where it is
    facts       what is in bundle.json
    net         cv2.dnn.Net
    layer       name of the layer whose output is the features
    crop        pixels a side that the net sees
    mean, face  float32 [S, S], as in arrays.npz
    quadratics  {AU number: Quadratic}, the classifiers
    stage       FaceStage: how the faces that it was trained on were found and cropped
    """

    folder: Path
    facts: dict
    net: object
    layer: str
    crop: int
    mean: np.ndarray
    face: np.ndarray
    quadratics: dict
    stage: FaceStage

    @property
    def id(self):
        return self.facts["id"]

    @property
    def synthetic(self):
        return self.facts["synthetic"]


def write_bundle(folder, *, net, weights, blob, mean, face, quadratics, facts, prove=lambda bundle: None):
    """Write a bundle completely, or not at all; returns its bundle.json.

    net         path of a deploy prototxt
    weights     path of its .caffemodel
    blob        name of the blob of the net that the classifiers see
    mean, face  float32 [S, S], as in arrays.npz
    quadratics  {AU number: Quadratic}, the classifiers
    prove       called with the Bundle before its folder has its name; raises InputError if it is not what it should be
    facts       {"data" what it was trained on, "synthetic" bool, "subjects" int, "frames" int, "metrics" of held-out
                subjects or None, "not_modeled" {AU: why}, "versions", "faces" of FaceStage.facts(), ...}
    """
    with atomic(folder, holds=FILES) as part:
        part.mkdir()
        save_prototxt(part / DEPLOY, load_net(net))
        shutil.copyfile(weights, part / WEIGHTS)
        arrays = {
            f"qda{au}_{field}": values
            for au, quadratic in quadratics.items()
            for field, values in quadratic._asdict().items()
        }
        np.savez(part / ARRAYS, mean=mean, face=face, au=np.array(list(quadratics)), **arrays)
        digests = {name: file_digest(part / name) for name in CHECKED}
        name = digest(sorted(digests.items()), facts["faces"])[:10]  # what its detections depend on
        facts = {
            "format": FORMAT,
            "id": f"synthetic-{name}" if facts["synthetic"] else name,
            "blob": blob,
            "aus": list(quadratics),
            "thresholds": {str(au): 0.0 for au in quadratics},
            **facts,
        }
        (part / CARD).write_text(card(facts))
        facts["files"] = {**digests, CARD: file_digest(part / CARD)}
        save_json(part / FACTS, facts)
        prove(load_bundle(part))  # what a reader would refuse is better known now
    return facts


def load_bundle(folder):
    """The Bundle in `folder`. Raises InputError naming the file that is missing, damaged, does not fit, or cannot be.

    A bundle may come from anybody: tools/detection/bundle_checks.py says what is accepted.
    """
    folder = Path(folder)
    if not folder.joinpath(FACTS).exists():
        raise InputError(f"{folder / FACTS}: no model here; make one with `make bundle`, and give its folder")
    content = read_file(folder / FACTS, LARGEST_TEXT)
    facts = check_facts(folder / FACTS, content, required=CHECKED, known=(*CHECKED, CARD))
    contents = {name: read_bundled(folder / name, digest) for name, digest in facts["files"].items()}
    message, shapes, layer = check_net(folder / DEPLOY, contents[DEPLOY], facts["blob"])
    check_weights(folder / WEIGHTS, contents[WEIGHTS], message, shapes)
    crop, features = shapes[message.layer[0].top[0]][-1], prod(shapes[facts["blob"]])
    mean, face, quadratics = check_arrays(folder / ARRAYS, contents[ARRAYS], facts["aus"], crop, features)
    net = opencv_net(folder / DEPLOY, message, contents[WEIGHTS])
    if run(folder / DEPLOY, net, layer, np.zeros((TRIAL, 1, crop, crop), np.float32)).size != TRIAL * features:
        refuse(folder / DEPLOY, f"OpenCV makes other features of a crop than {features}")
    stage = stage_of(facts)
    return Bundle(folder, facts, net, layer, crop=crop, mean=mean, face=face, quadratics=quadratics, stage=stage)


def read_bundled(path, digest):
    """The bytes of a file of the bundle, which have the sha256 `digest`."""
    content = read_file(path, LARGEST_DATA if path.name in (WEIGHTS, ARRAYS) else LARGEST_TEXT)
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(f"{path}: not the file that was bundled; copy the whole folder again")
    return content


def opencv_net(path, message, weights):
    """The cv2.dnn.Net of a deploy prototxt, read from `path` as a message, with the bytes of its weights."""
    text = text_format.MessageToString(message).encode()
    try:
        with silent():
            net = cv2.dnn.readNetFromCaffe(np.frombuffer(text, np.uint8), np.frombuffer(weights, np.uint8))
        net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    except cv2.error as error:
        refuse(path, f"OpenCV cannot make this net ({error.err})")
    return net


def run(path, net, layer, pixels):
    """float32: the output of `layer` for pixels float32 [n, 1, S, S]. `path` of the net, for the error."""
    try:
        with silent():
            net.setInput(pixels)
            return net.forward(layer)
    except cv2.error as error:
        refuse(path, f"OpenCV cannot run this net ({error.err})")


@contextlib.contextmanager
def silent():
    """Keep OpenCV from printing its errors; they are raised too."""
    before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(before)
