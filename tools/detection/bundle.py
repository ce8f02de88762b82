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

A bundle of linear classifiers ("classifier": "linear" in bundle.json, format 3) sees no mean face. It has, instead of
the arrays of QDA, linear_net float64 [C, K], linear_shape [C, 956] and linear_offset [C] on the net's features and the
shape of the face, and curve_score, curve_level [C, N] that tell intensities (tools/statistics/linear.py). "status" in
its bundle.json says for each AU whether it is usable or experimental.
"""

import hashlib
import shutil
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from data_prep.faces.stage import FaceStage
from data_prep.system.code import ROOT
from data_prep.system.digests import digest, file_digest
from data_prep.system.errors import InputError
from data_prep.system.files import atomic, save_json
from tools.detection.bundle_arrays import check_arrays, linear_arrays, quadratic_arrays
from tools.detection.bundle_card import card, linear_card
from tools.detection.bundle_checks import (
    CALIBRATION,
    CLASSIFIER,
    FORMAT,
    FORMAT_OF_LINEAR,
    LARGEST_DATA,
    LARGEST_TEXT,
    LINEAR,
    PREPROCESSING,
    STATUS,
    THRESHOLDS,
    USABLE,
    calibration_in,
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
from tools.statistics.calibration import Calibration, uncalibrated
from tools.statistics.linear import Curves, Linear
from tools.statistics.quadratic import log_odds

READY = str(ROOT / "models/ready")  # the bundle that comes with this project (`make ready`)
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
    aus            [C] AU numbers of its classifiers
    quadratics     {AU number: Quadratic}, the classifiers; or none, and then
    linear         Linear of all AUs, and
    curves         Curves of the intensities; both None where there are quadratics
    calibration    Calibration of their log-odds, in the order of its AUs, and the thresholds of these
    stage          FaceStage: how the faces that it was trained on were found and cropped
    """

    folder: Path
    facts: dict
    net: Runtime
    preprocessing: Preprocessing
    mean: np.ndarray
    face: np.ndarray
    aus: tuple
    quadratics: dict
    linear: Linear | None
    curves: Curves | None
    calibration: Calibration
    stage: FaceStage

    @property
    def id(self):
        return self.facts["id"]

    @property
    def synthetic(self):
        return self.facts["synthetic"]

    @property
    def sees_mean_face(self):
        """Whether it sees only what differs from a person's mean face, as the paper's method does."""
        return self.linear is None

    def is_usable(self, au):
        return self.facts.get(STATUS, {}).get(str(au), USABLE) == USABLE

    def usable(self):
        """The Bundle of those of its AUs that are usable; itself where all are, or none is."""
        chosen = [column for column, au in enumerate(self.aus) if self.is_usable(au)]
        if self.linear is None or len(chosen) in (0, len(self.aus)):
            return self
        return self._replace(
            aus=tuple(self.aus[column] for column in chosen),
            linear=self.linear.columns(chosen),
            curves=self.curves.columns(chosen),
            calibration=Calibration(*(values[chosen] for values in self.calibration)),
        )

    def scores(self, feature, shapes=None):
        """float64 [n, C] scores of its AUs, of features [n, K] and, where its stage keeps them, shapes [n, 478, 2]."""
        if self.linear is not None:
            return self.linear.scores(feature, shapes)
        return np.stack([log_odds(self.quadratics[au], feature) for au in self.aus], axis=1)

    def features(self, pixels):
        """float32 [n, K]: what the classifiers see of stored pixels [n, 1, S, S], uint8 or float32."""
        values = self.net.run(self.preprocessing.apply(pixels))[self.facts["blob"]]
        return values.reshape(len(pixels), -1)


def write_bundle(
    folder,
    *,
    net,
    weights,
    blob,
    preprocessing,
    mean,
    face,
    facts,
    quadratics=None,
    linear=None,
    curves=None,
    calibration=None,
    prove=lambda bundle: None,
):
    """Write a bundle completely, or not at all; returns its bundle.json.

    net            path of a deploy prototxt
    weights        path of its .caffemodel
    blob           name of the blob of the net that the classifiers see
    preprocessing  Preprocessing by which the net was trained
    mean, face     float32 [S, S], as in arrays.npz
    quadratics     {AU number: Quadratic}, the classifiers
    linear, curves instead of them, a Linear and Curves; then facts has "aus"
    calibration    Calibration of their log-odds, in their order; none if None
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
        aus = list(quadratics) if linear is None else list(facts["aus"])
        arrays = quadratic_arrays(quadratics) if linear is None else linear_arrays(linear, curves)
        np.savez(part / ARRAYS, mean=mean, face=face, au=np.array(aus), **arrays)
        digests = {name: file_digest(part / name) for name in CHECKED}
        calibration = calibration or uncalibrated(len(aus))
        decisions = decision_facts(aus, calibration)
        # what its detections depend on
        name = digest(sorted(digests.items()), facts["faces"], preprocessing, decisions)[:10]
        facts = {
            "format": FORMAT if linear is None else FORMAT_OF_LINEAR,
            "id": f"synthetic-{name}" if facts["synthetic"] else name,
            "blob": blob,
            PREPROCESSING: preprocessing.facts(),
            "aus": aus,
            **({} if linear is None else {CLASSIFIER: LINEAR}),
            **decisions,
            **facts,
        }
        (part / CARD).write_text((card if linear is None else linear_card)(facts, expit(calibration.cut)))
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
    stage = stage_of(facts)
    checked = check_arrays(folder / ARRAYS, contents[ARRAYS], facts, side, features)
    net = runtime(folder / DEPLOY, message, weights, facts["blob"], preprocessing, device)
    bundle = Bundle(
        folder,
        facts,
        net,
        preprocessing=preprocessing,
        aus=tuple(facts["aus"]),
        calibration=calibration_in(folder / FACTS, facts),
        stage=stage,
        **checked,
    )
    if bundle.features(np.zeros((TRIAL, 1, *bundle.mean.shape), np.float32)).size != TRIAL * features:
        refuse(folder / DEPLOY, f"its net makes other features of a crop than {features}")
    return bundle


def decision_facts(aus, calibration):
    """The entries of bundle.json that a Calibration of the AU numbers `aus` makes; calibration_in reads them."""
    facts = {THRESHOLDS: {str(au): float(value) for au, value in zip(aus, calibration.threshold)}}
    if not np.isnan(calibration.slope).any():
        lines = zip(aus, calibration.slope, calibration.intercept)
        facts[CALIBRATION] = {str(au): [float(slope), float(intercept)] for au, slope, intercept in lines}
    return facts


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
