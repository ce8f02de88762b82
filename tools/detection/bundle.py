"""A trained model as one folder that anyone can use: no Caffe, no PyTorch, no pickle, no code in it.

bundle.json          what it is, see `write_bundle`; written last, with the sha256 of every other file
deploy.prototxt      the net on one crop, for any Caffe
trained.caffemodel   its weights
arrays.npz           mean float32 [S, S] training mean image; face float32 [S, S] average face of the training subjects;
                     au int64 [C]; per AU n qda<n>_center, _scale, _mean, _whitening, _offset (tools/statistics/quadratic.py)
README.md            the model card
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.system.digests import file_digest
from data_prep.system.errors import InputError
from data_prep.system.files import atomic
from prototxt import caffe_pb2
from tools.detection.bundle_card import card
from tools.engines.run_folder import DEPLOY, WEIGHTS
from tools.net.prototxt import load_net, save_prototxt
from tools.net.shapes import infer_shapes
from tools.statistics.quadratic import Quadratic

FACTS, ARRAYS, CARD = "bundle.json", "arrays.npz", "README.md"
FILES = (FACTS, DEPLOY, WEIGHTS, ARRAYS, CARD)  # what a bundle holds, and nothing else
FORMAT = 1  # of the folder; a reader refuses any other


class Bundle(NamedTuple):
    """A loaded model.

    facts  bundle.json
    net    cv2.dnn.Net
    layer  name of the layer whose output is the features
    crop   pixels a side that the net sees
    mean, face  float32 [S, S]
    qda    {AU number: Quadratic}
    """

    facts: dict
    net: object
    layer: str
    crop: int
    mean: np.ndarray
    face: np.ndarray
    qda: dict

    @property
    def id(self):
        return self.facts["id"]

    @property
    def synthetic(self):
        return self.facts["synthetic"]


def write_bundle(folder, net, weights, blob, mean, face, qda, facts):
    """Write a bundle whole, or not at all; returns its bundle.json.

    net      path of a deploy prototxt; `blob` of it is what the Quadratics `qda` {AU: Quadratic} see
    weights  path of its .caffemodel
    facts    {"data" what it was trained on, "synthetic" bool, "subjects" int, "frames" int, "metrics" of held-out
             subjects or None, "not_modeled" {AU: why}, "versions", ...}
    """
    with atomic(folder, holds=FILES) as part:
        part.mkdir()
        save_prototxt(part / DEPLOY, load_net(net))
        shutil.copyfile(weights, part / WEIGHTS)
        arrays = {f"qda{au}_{field}": values for au, one in qda.items() for field, values in one._asdict().items()}
        np.savez(part / ARRAYS, mean=mean, face=face, au=np.array(list(qda)), **arrays)
        digests = {name: file_digest(part / name) for name in (DEPLOY, WEIGHTS, ARRAYS)}
        name = hashlib.sha256("".join(digests.values()).encode()).hexdigest()[:10]
        facts = {
            "format": FORMAT,
            "id": ("synthetic-" if facts["synthetic"] else "") + name,
            "blob": blob,
            "aus": list(qda),
            "thresholds": {str(au): 0.0 for au in qda},
            **facts,
        }
        (part / CARD).write_text(card(facts))
        facts["files"] = {**digests, CARD: file_digest(part / CARD)}
        (part / FACTS).write_text(json.dumps(facts, indent=1) + "\n")
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
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            qda = {
                int(au): Quadratic(*(arrays[f"qda{au}_{field}"] for field in Quadratic._fields)) for au in arrays["au"]
            }
            mean, face = arrays["mean"], arrays["face"]
        message = load_net(folder / DEPLOY)
        shapes, _ = infer_shapes(message, caffe_pb2.TEST, {})
        net = cv2.dnn.readNetFromCaffe(str(folder / DEPLOY), str(folder / WEIGHTS))
        net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    except (KeyError, ValueError, cv2.error) as error:
        raise InputError(
            f"{folder}: the files of this bundle do not fit each other ({error}); make it again"
        ) from error
    crop, layer = check_fit(folder, facts, message, shapes, mean, face, qda)
    return Bundle(facts, net, layer, crop, mean, face, qda)


def load_facts(folder):
    path = Path(folder) / FACTS
    if not path.is_file():
        raise InputError(f"{path}: no model here; make one with `make bundle`, and give its folder")
    try:
        facts = json.loads(path.read_text())
        known, files = facts["format"] == FORMAT, dict(facts["files"])
        facts["id"], facts["aus"], facts["blob"], facts["synthetic"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the description of a model ({error!r}); copy the folder again") from error
    if not known:
        raise InputError(f"{path}: format {facts['format']}, this version reads {FORMAT}; make the bundle again")
    if not {DEPLOY, WEIGHTS, ARRAYS} <= set(files) or any(Path(name).name != name for name in files):
        raise InputError(f"{path}: its list of files is not that of a model; copy the folder again")
    return facts


def check_fit(folder, facts, message, shapes, mean, face, qda):
    """(pixels a side that the net sees, the layer that makes the features). Raises InputError where sizes differ."""
    makers = [layer.name for layer in message.layer if facts["blob"] in layer.top]
    if not makers:
        raise InputError(f"{folder / DEPLOY}: no layer makes the blob {facts['blob']!r}; make the bundle again")
    crop, features = shapes[message.layer[0].top[0]][-1], int(np.prod(shapes[facts["blob"]][1:]))
    if mean.shape != face.shape or min(mean.shape) < crop:
        raise InputError(
            f"{folder / ARRAYS}: a mean of {mean.shape} and a face of {face.shape} do not serve a net that "
            f"sees {crop} x {crop}; make the bundle again"
        )
    if sorted(qda) != sorted(facts["aus"]) or any(one.mean.shape != (2, features) for one in qda.values()):
        raise InputError(f"{folder / ARRAYS}: its classifiers are not those of {FACTS}; make the bundle again")
    return crop, makers[-1]
