"""Versions of everything that computes a number."""

import platform
import subprocess
from importlib.metadata import version

import cv2

from tools.engines.process import caffe_python

PACKAGES = ("numpy", "scikit-learn", "lmdb", "protobuf")


def versions(engine="caffe"):
    """Versions of everything that computes a number."""
    if engine == "torch":
        return {
            "python": platform.python_version(),
            "opencv": cv2.__version__,
            **{package: version(package) for package in (*PACKAGES, "torch")},
        }
    code = (
        "import os; os.environ['GLOG_minloglevel']='3'; import caffe, numpy, platform; "
        "print(caffe.__version__, numpy.__version__, platform.python_version())"
    )
    caffe, caffe_numpy, caffe_interpreter = subprocess.run(
        [caffe_python(), "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    return {
        "python": platform.python_version(),
        "opencv": cv2.__version__,
        **{package: version(package) for package in PACKAGES},
        "caffe": caffe,
        "caffe_numpy": caffe_numpy,
        "caffe_python": caffe_interpreter,
    }
