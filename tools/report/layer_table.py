"""What each engine cannot do of each layer: prototxt/LAYERS.md, made from the engines' own tables.

python -m tools.report.layer_table    writes it anew; a test fails where it is out of date
"""

from data_prep.system.code import ROOT
from data_prep.system.files import atomic
from tools.engines import caffe_checks
from tools.engines.torch import checks as torch_checks
from tools.net import aborts
from tools.net.layers import LAYERS
from tools.onnx import limits as onnx_limits
from tools.onnx.layers import FORMS

PATH = ROOT / "prototxt/LAYERS.md"
HEAD = """# Layers

What each engine cannot do of each type of layer. `python -m tools.report.layer_table` makes this file from the tables by
which the engines refuse it, each with an error that names the layer, the field and the remedy. All the rest gives the same
numbers everywhere, to 1e-5: the tests run small nets with every layer and option through real Caffe, PyTorch and ONNX.

An ONNX model is a trained net for images: it has no labels, no losses and nothing random.

| layer | Caffe, as packaged | PyTorch | ONNX |
|---|---|---|---|
"""
REFUSED = """
## Refused by all

Caffe aborts on these, or computes something else than it says, so they are refused before any engine starts.

| layer | what |
|---|---|
"""


def layer_table():
    """The text of prototxt/LAYERS.md."""
    rows = [[name, *(cell(limits, name) for limits in (caffe_checks.LIMITS, torch_checks.LIMITS))] for name in LAYERS]
    rows = [[*row, onnx_cell(row[0])] for row in rows]
    every = ["every layer", "", texts(torch_checks.EVERY_LAYER), ""]
    refused = [("every layer", aborts.EVERY_LAYER), *aborts.ABORTS.items()]
    return HEAD + table([every, *rows]) + REFUSED + table([name, texts(limits)] for name, limits in refused)


def cell(limits, kind):
    return texts(limits.get(kind, ())) or "all"


def onnx_cell(kind):
    return cell(onnx_limits.LIMITS, kind) if kind in FORMS else "left out"


def texts(limits):
    return "; ".join(f"not {limit.text}" for limit in limits)


def table(rows):
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    with atomic(PATH) as part:
        part.write_text(layer_table(), encoding="utf-8")
