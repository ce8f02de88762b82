"""A bundle with random weights, and videos of a photograph: enough for everything but what a detection means."""

import cv2
import numpy as np
from skimage import data

from data_prep.faces.shape import VALUES
from data_prep.faces.stage import PAPER, FaceStage
from prototxt import caffe_pb2
from tests.conftest import NET
from tools.detection.bundle import write_bundle
from tools.net.edits import deploy_net
from tools.net.preprocessing import Preprocessing
from tools.net.prototxt import load_net, save_prototxt
from tools.net.shapes import infer_shapes
from tools.statistics.linear import Curves, Linear
from tools.statistics.qda import fit_qda

AUS = (1, 12)
LINEAR_STAGE = FaceStage("blazeface", "landmarks", shapes=True)
MEASURED = {
    "rests_on": "both",
    "two_afc": {"one source": 0.9, "another": 0.8},
    "hits": 0.7,
    "false_alarms": 0.04,
    "intensity_correlation": {"one source": 0.8, "another": 0.6},
}
LINEAR_FACTS = {
    "aus": list(AUS),
    "status": {"1": "experimental", "12": "usable"},
    "reasons": {"1": "it is a test", "12": "it is a test"},
    "measured": {"1": MEASURED, "12": MEASURED},
}
WEIGHTS = {  # {layer: shapes of its blobs} of the net on crops of 40 x 40
    "conv1": [(20, 1, 5, 5), (20,)],
    "conv2": [(50, 20, 5, 5), (50,)],
    "fc1": [(32, 2450), (32,)],
    "fc2": [(13, 32), (13,)],
}


def random_bundle(folder, synthetic=False, stage=PAPER, scale=0.0078431373, calibration=None, linear=False):
    """Write a bundle of AUs 1 and 12 with random weights, for faces of a FaceStage, to `folder`/bundle; its path.

    linear  with linear classifiers, AU 1 experimental, as `make ready` writes them
    """
    rng = np.random.default_rng(0)
    net = deploy_net(load_net(NET), (1, 1, 40, 40))
    save_prototxt(folder / "deploy.prototxt", net)
    shapes, _ = infer_shapes(net, caffe_pb2.TEST, {})
    weights = caffe_pb2.NetParameter()
    for layer in net.layer:
        blobs = WEIGHTS.get(layer.name)
        if blobs:
            filled = weights.layer.add(name=layer.name, type=layer.type)
            for shape in blobs:
                filled.blobs.add(data=rng.normal(0, 0.1, int(np.prod(shape))).tolist()).shape.dim.extend(shape)
    (folder / "weights").write_bytes(weights.SerializeToString())
    feature = rng.normal(0, 1, (200, shapes["fc2"][1]))
    write_bundle(
        folder / "bundle",
        net=folder / "deploy.prototxt",
        weights=folder / "weights",
        blob="fc2",
        preprocessing=Preprocessing(40, (128.0,), scale),
        mean=np.zeros((44, 44), np.float32),
        face=np.full((44, 44), 120, np.float32),
        **(random_linear(rng) if linear else {"quadratics": random_quadratics(feature)}),
        calibration=calibration,
        facts={
            "data": "synthetic faces in DISFA's layout" if synthetic else "test data",
            "synthetic": synthetic,
            "faces": (LINEAR_STAGE if linear else stage).facts(),
            "subjects": 3,
            "frames": 200,
            "metrics": None,
            "not_modeled": {"5": "0 positive and 200 negative training frames"},
            "versions": {},
            **(LINEAR_FACTS if linear else {}),
        },
    )
    return folder / "bundle"


def random_quadratics(feature):
    return {au: fit_qda(feature, feature[:, k] > 0.3)[0] for k, au in enumerate(AUS)}


def random_linear(rng):
    linear = Linear(rng.normal(0, 1, (2, 13)), rng.normal(0, 0.1, (2, VALUES)), rng.normal(0, 1, 2))
    return {"linear": linear, "curves": Curves(np.array([[-1.0, 0, 4]] * 2), np.array([[0.0, 0, 5]] * 2))}


def photograph():
    """uint8 [512, 512, 3] BGR: a face about 105 pixels wide, its box from (172, 62) on."""
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


def video(path, pictures, fps=25):
    """Write uint8 [H, W, 3] pictures as an .avi; returns its path."""
    pictures = list(pictures)
    size = pictures[0].shape[1::-1] if pictures else (64, 48)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, size)
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path
