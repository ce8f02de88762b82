"""A trained model as one folder that anyone can use: it needs no Caffe and no PyTorch, and holds no pickle and no code.

bundle.json          what it is, see `write_bundle`; written last, with the sha256 of every other file
deploy.prototxt      the net on one crop, for any Caffe
trained.caffemodel   its weights
model.onnx           both of them, for any program that runs ONNX; detection makes the same from the two files, which it
                     has checked, as a bundle may come from anybody
arrays.npz           mean float32 [S, S] training mean image; face float32 [S, S] average face of the training subjects;
                     au int64 [C]; per AU n: qda<n>_center, qda<n>_scale, qda<n>_mean, qda<n>_whitening, qda<n>_offset
                     (tools/statistics/quadratic.py)
README.md            the model card
"""

import hashlib
import shutil
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

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
    PREPROCESSING,
    check_facts,
    check_net,
    preprocessing_in,
    read_file,
    refuse,
    stage_of,
)
from tools.detection.bundle_weights import check_weights
from tools.engines.run_folder import DEPLOY, WEIGHTS
from tools.net.caffemodel import load_caffemodel
from tools.net.preprocessing import Preprocessing
from tools.net.prototxt import load_net, save_prototxt
from tools.onnx.model import MODEL, model_bytes
from tools.onnx.runtime import Runtime

FACTS, ARRAYS, CARD = "bundle.json", "arrays.npz", "README.md"
CHECKED = (DEPLOY, WEIGHTS, ARRAYS)  # what a model is made of
OTHERS = (MODEL, CARD)  # what is made of them
FILES = (FACTS, *CHECKED, *OTHERS)  # what a bundle holds, and nothing else
TRIAL = 2  # ours: crops with which a net is tried; its output must have a part for each


class Bundle(NamedTuple):
    """A loaded model.

    folder         where it is
    facts          what is in bundle.json
    net            Runtime of its net, which makes the features
    preprocessing  Preprocessing of pixels for the net
    mean, face     float32 [S, S], as in arrays.npz
    quadratics     {AU number: Quadratic}, the classifiers
    stage          FaceStage: how the faces that it was trained on were found and cropped
    """

    folder: Path
    facts: dict
    net: Runtime
    preprocessing: Preprocessing
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

    def features(self, pixels):
        """float32 [n, K]: what the classifiers see of stored pixels [n, 1, S, S], uint8 or float32."""
        values = self.net.run(self.preprocessing.apply(pixels))[self.facts["blob"]]
        return values.reshape(len(pixels), -1)


def write_bundle(
    folder, *, net, weights, blob, preprocessing, mean, face, quadratics, facts, prove=lambda bundle: None
):
    """Write a bundle completely, or not at all; returns its bundle.json.

    net            path of a deploy prototxt
    weights        path of its .caffemodel
    blob           name of the blob of the net that the classifiers see
    preprocessing  Preprocessing by which the net was trained
    mean, face     float32 [S, S], as in arrays.npz
    quadratics     {AU number: Quadratic}, the classifiers
    prove          called with the Bundle before its folder has its name; raises InputError if it is not what it should
    facts          {"data" what it was trained on, "synthetic" bool, "subjects" int, "frames" int, "metrics" of held-out
                   subjects or None, "not_modeled" {AU: why}, "versions", "faces" of FaceStage.facts(), ...}
    """
    with atomic(folder, holds=FILES) as part:
        part.mkdir()
        message = load_net(net)
        preprocessing = preprocessing._replace(crop=message.layer[0].input_param.shape[0].dim[-1])
        save_prototxt(part / DEPLOY, message)
        shutil.copyfile(weights, part / WEIGHTS)
        (part / MODEL).write_bytes(model_bytes(message, load_caffemodel(weights), [blob], preprocessing))
        arrays = {
            f"qda{au}_{field}": values
            for au, quadratic in quadratics.items()
            for field, values in quadratic._asdict().items()
        }
        np.savez(part / ARRAYS, mean=mean, face=face, au=np.array(list(quadratics)), **arrays)
        digests = {name: file_digest(part / name) for name in CHECKED}
        name = digest(sorted(digests.items()), facts["faces"], preprocessing)[:10]  # what its detections depend on
        facts = {
            "format": FORMAT,
            "id": f"synthetic-{name}" if facts["synthetic"] else name,
            "blob": blob,
            PREPROCESSING: preprocessing.facts(),
            "aus": list(quadratics),
            "thresholds": {str(au): 0.0 for au in quadratics},
            **facts,
        }
        (part / CARD).write_text(card(facts))
        facts["files"] = digests | {name: file_digest(part / name) for name in OTHERS}
        save_json(part / FACTS, facts)
        prove(load_bundle(part))  # what a reader would refuse is better known now
    return facts


def load_bundle(folder, device="cpu"):
    """The Bundle in `folder`, its net on `device` ("cpu" or a GPU number).

    Raises InputError naming the file that is missing, damaged, does not fit, or cannot be. A bundle may come from
    anybody: tools/detection/bundle_checks.py says what is accepted.
    """
    folder = Path(folder)
    if not folder.joinpath(FACTS).exists():
        raise InputError(f"{folder / FACTS}: no model here; make one with `make bundle`, and give its folder")
    content = read_file(folder / FACTS, LARGEST_TEXT)
    facts = check_facts(folder / FACTS, content, required=CHECKED, known=(*CHECKED, *OTHERS))
    contents = {name: read_bundled(folder / name, digest) for name, digest in facts["files"].items()}
    message, shapes = check_net(folder / DEPLOY, contents[DEPLOY], facts["blob"])
    weights = check_weights(folder / WEIGHTS, contents[WEIGHTS], message, shapes)
    side, features = shapes[message.layer[0].top[0]][-1], prod(shapes[facts["blob"]])
    preprocessing = preprocessing_in(folder / FACTS, facts, side)
    mean, face, quadratics = check_arrays(folder / ARRAYS, contents[ARRAYS], facts["aus"], side, features)
    net = runtime(folder / DEPLOY, message, weights, facts["blob"], preprocessing, device)
    bundle = Bundle(folder, facts, net, preprocessing, mean, face, quadratics, stage_of(facts))
    if bundle.features(np.zeros((TRIAL, 1, *mean.shape), np.float32)).size != TRIAL * features:
        refuse(folder / DEPLOY, f"its net makes other features of a crop than {features}")
    return bundle


def runtime(path, message, weights, blob, preprocessing, device):
    """The Runtime of a net that was checked; `path` of it, for the error."""
    try:
        model = model_bytes(message, weights, [blob], preprocessing)
    except Exception as error:  # parameters that nobody would give may raise anything
        refuse(path, f"not a net that can be run ({error})")
    return Runtime(model, device, name=str(path))


def read_bundled(path, digest):
    """The bytes of a file of the bundle, which have the sha256 `digest`."""
    content = read_file(path, LARGEST_DATA if path.name in (WEIGHTS, MODEL, ARRAYS) else LARGEST_TEXT)
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(f"{path}: not the file that was bundled; copy the whole folder again")
    return content
