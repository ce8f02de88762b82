"""The files an experiment ends in: metrics.json, a Markdown table, and pictures."""

import csv
import json
import math
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import cv2

from data_prep.files import whole
from tools.engine import caffe_python

PACKAGES = ("numpy", "scikit-learn", "lmdb", "protobuf")


def versions(engine="caffe"):
    """Versions of everything that computes a number."""
    if engine == "torch":
        return {"python": platform.python_version(), "opencv": cv2.__version__,
                **{package: version(package) for package in (*PACKAGES, "torch")}}
    code = "import os; os.environ['GLOG_minloglevel']='3'; import caffe, numpy, platform; " \
           "print(caffe.__version__, numpy.__version__, platform.python_version())"
    caffe, caffe_numpy, caffe_interpreter = subprocess.run(
        [caffe_python(), "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return {"python": platform.python_version(), "opencv": cv2.__version__,
            **{package: version(package) for package in PACKAGES},
            "caffe": caffe, "caffe_numpy": caffe_numpy, "caffe_python": caffe_interpreter}


def save_metrics(path, metrics):
    """Write metrics.json; what is undefined (NaN) becomes null."""
    with whole(path) as part:
        part.write_text(json.dumps(without_nan(metrics), indent=1) + "\n")


def load_metrics(run):
    """metrics.json of the run folder `run`. Raises FileNotFoundError where there is none."""
    return json.loads((Path(run) / "metrics.json").read_text())


def without_nan(value):
    if isinstance(value, dict):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def load_published(path):
    """A published table: {"1": {column: number}, ..., "Average": ...} from a CSV whose first column is `au`."""
    with open(path, newline="") as file:
        rows = [row for row in csv.DictReader(line for line in file if not line.startswith("#"))]
    return {row.pop("au"): {column: float(cell) for column, cell in row.items()} for row in rows}


def markdown_table(rows):
    """Rows of cells as a Markdown table; the first row is the head. Floats are shown as given by their caller."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]

    def line(row):
        cells = [str(cell).ljust(width) if not column else str(cell).rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        return "| " + " | ".join(cells) + " |"

    rule = "|" + "|".join("-" * (width + 2 - bool(column)) + ":" * bool(column)
                          for column, width in enumerate(widths)) + "|"
    return "\n".join([line(rows[0]), rule, *map(line, rows[1:])])


def number(value, digits):
    return "-" if value is None or math.isnan(value) else f"{value:.{digits}f}"
