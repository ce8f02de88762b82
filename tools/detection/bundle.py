"""A trained model as one folder that anyone can use: it needs no Caffe and no PyTorch, and holds no pickle and no code.

bundle.json          what it is, see `write_bundle`; written last, with the sha256 of every other file
deploy.prototxt      the net on one crop, for any Caffe
trained.caffemodel   its weights
arrays.npz           mean float32 [S, S] training mean image; face float32 [S, S] average face of the training subjects;
                     au int64 [C]; per AU n: qda<n>_center, qda<n>_scale, qda<n>_mean, qda<n>_whitening, qda<n>_offset
                     (tools/statistics/quadratic.py)
README.md            the model card
"""

import hashlib
import shutil
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from data_prep.system.files import atomic, load_json, save_json
from prototxt import caffe_pb2
from tools.detection.bundle_card import card
from tools.engines.run_folder import DEPLOY, WEIGHTS
from tools.net.prototxt import load_net, save_prototxt
from tools.net.shapes import infer_shapes
from tools.statistics.quadratic import Quadratic

FACTS, ARRAYS, CARD = "bundle.json", "arrays.npz", "README.md"
FILES = (FACTS, DEPLOY, WEIGHTS, ARRAYS, CARD)  # what a bundle holds, and nothing else
FORMAT = 1  # version of the folder's layout; any other is refused


class Bundle(NamedTuple):
    """A loaded model.

    facts       what is in bundle.json
    net         cv2.dnn.Net
    layer       name of the layer whose output is the features
    crop        pixels a side that the net sees
    mean, face  float32 [S, S], as in arrays.npz
    quadratics  {AU number: Quadratic}, the classifiers
    """

    facts: dict
    net: object
    layer: str
    crop: int
    mean: np.ndarray
    face: np.ndarray
    quadratics: dict

    @property
    def id(self):
        return self.facts["id"]

    @property
    def synthetic(self):
        return self.facts["synthetic"]


def write_bundle(folder, *, net, weights, blob, mean, face, quadratics, facts):
    """Write a bundle completely, or not at all; returns its bundle.json.

    net         path of a deploy prototxt
    weights     path of its .caffemodel
    blob        name of the blob of the net that the classifiers see
    mean, face  float32 [S, S], as in arrays.npz
    quadratics  {AU number: Quadratic}, the classifiers
    facts       {"data" what it was trained on, "synthetic" bool, "subjects" int, "frames" int, "metrics" of held-out
                subjects or None, "not_modeled" {AU: why}, "versions", ...}
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
        digests = {name: file_digest(part / name) for name in (DEPLOY, WEIGHTS, ARRAYS)}
        name = hashlib.sha256("".join(digests.values()).encode()).hexdigest()[:10]
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
    return facts


def load_bundle(folder):
    """The Bundle in `folder`. Raises InputError naming the file that is missing, damaged or does not fit."""
    folder = Path(folder)
    facts = load_facts(folder)
    for name, expected in facts["files"].items():
        if not (folder / name).is_file():
            raise InputError(f"{folder / name}: missing from the bundle; copy the whole folder again")
        if file_digest(folder / name) != expected:
            raise InputError(f"{folder / name}: not the file that was bundled; copy the whole folder again")
    try:
        mean, face, quadratics = load_arrays(folder / ARRAYS)
        message = load_net(folder / DEPLOY)
        shapes, _ = infer_shapes(message, caffe_pb2.TEST, {})
        net = cv2.dnn.readNetFromCaffe(str(folder / DEPLOY), str(folder / WEIGHTS))
        net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    except (KeyError, ValueError, cv2.error) as error:
        raise InputError(
            f"{folder}: the files of this bundle do not fit each other ({error}); make it again"
        ) from error
    layer = feature_layer(folder / DEPLOY, message, facts["blob"])
    crop, features = shapes[message.layer[0].top[0]][-1], int(np.prod(shapes[facts["blob"]][1:]))
    if mean.shape != face.shape or min(mean.shape) < crop:
        raise InputError(
            f"{folder / ARRAYS}: a mean of {mean.shape} and a face of {face.shape} do not serve a net that "
            f"sees {crop} x {crop}; make the bundle again"
        )
    is_of_net = all(quadratic.mean.shape == (2, features) for quadratic in quadratics.values())
    if sorted(quadratics) != sorted(facts["aus"]) or not is_of_net:
        raise InputError(f"{folder / ARRAYS}: its classifiers are not those of {FACTS}; make the bundle again")
    return Bundle(facts, net, layer, crop, mean, face, quadratics)


def load_arrays(path):
    """(mean, face, {AU: Quadratic}) of arrays.npz."""
    with np.load(path, allow_pickle=False) as arrays:
        quadratics = {
            int(au): Quadratic(*(arrays[f"qda{au}_{field}"] for field in Quadratic._fields)) for au in arrays["au"]
        }
        return arrays["mean"], arrays["face"], quadratics


def feature_layer(path, message, blob):
    """The name of the layer of the net at `path` that makes the features. Raises InputError if there is none."""
    makers = [layer.name for layer in message.layer if blob in layer.top]
    if not makers:
        raise InputError(f"{path}: no layer makes the blob {blob!r}; make the bundle again")
    return makers[-1]


def load_facts(folder):
    """bundle.json in `folder`. Raises InputError if there is none, or it is not one that this version reads."""
    path = Path(folder) / FACTS
    if not path.is_file():
        raise InputError(f"{path}: no model here; make one with `make bundle`, and give its folder")
    try:
        facts = load_json(path)
        is_known, files = facts["format"] == FORMAT, dict(facts["files"])
        missing = {"id", "aus", "blob", "synthetic"} - set(facts)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the description of a model ({error!r}); copy the folder again") from error
    if missing:
        raise InputError(f"{path}: not the description of a model (no {min(missing)!r}); copy the folder again")
    if not is_known:
        raise InputError(f"{path}: format {facts['format']}, this version reads {FORMAT}; make the bundle again")
    if not {DEPLOY, WEIGHTS, ARRAYS} <= set(files) or any(Path(name).name != name for name in files):
        raise InputError(f"{path}: its list of files is not that of a model; copy the folder again")
    return facts
