"""What each engine cannot do of each layer: prototxt/LAYERS.md, made of the tables by which the engines refuse it.

python -m tools.report.layer_table    writes it anew; a test fails where it is out of date
"""

from textwrap import fill

from data_prep.system.code import ROOT
from data_prep.system.files import atomic
from tools.engines import caffe_checks
from tools.engines.torch import checks as torch_checks
from tools.net import aborts, in_place
from tools.net.layers import LAYERS
from tools.onnx import limits as onnx_limits
from tools.onnx.layers import FORMS

PATH = ROOT / "prototxt/LAYERS.md"
WIDTH = 118
ENGINES = {"Caffe, as packaged": caffe_checks.LIMITS, "PyTorch": torch_checks.LIMITS, "ONNX": onnx_limits.LIMITS}
TEXT = (
    "# Layers",
    "What an engine cannot do is refused before anything is computed, with an error that names the layer and the "
    "field. All else gives the same numbers in real Caffe, on PyTorch and in ONNX, to 1e-5 of the largest: the tests "
    "run nets with every layer and option (`tests/zoo`). This file is made of the tables by which the engines refuse:",
    "`.venv/bin/python -m tools.report.layer_table`",
    "An ONNX model is a trained net for images. {left_out} are left out of it; nothing in it is random.",
    "Without limits: {free}.",
    "{limits}",
    "## Refused by all",
    "Caffe aborts on these, or computes something else and does not say so.",
    "{refused}",
    "A layer whose top has the name of its bottom works in place. Caffe computes that rightly for {in_place}, for MVN "
    "without normalize_variance, and for Power and MVN on the data themselves. What Caffe takes for the gradient of "
    "another layer must not be changed in place: the tops of MVN, LRN, Sigmoid, TanH, ELU, Softmax and Power. All "
    "else is refused; `tools/net/in_place.py` has the rules, and `tests/tools/net/test_in_place.py` holds them "
    "against Caffe, pair by pair.",
)


def layer_table():
    """The text of prototxt/LAYERS.md."""
    limited = [name for name in LAYERS if any(name in limits for limits in ENGINES.values())]
    left_out = [name for name in LAYERS if name not in FORMS]
    every = ["every layer", "", cell(torch_checks.EVERY_LAYER), ""]
    rows = [[name, *(cell(limits.get(name, ())) for limits in ENGINES.values())] for name in limited]
    refused = [("every layer", aborts.EVERY_LAYER), *sorted(aborts.ABORTS.items())]
    values = {
        "left_out": listed(left_out),
        "free": listed(name for name in LAYERS if name not in limited),
        "limits": table(["layer", *(f"not in {engine}" for engine in ENGINES)], [every, *rows]),
        "refused": table(["layer", "what"], ([name, cell(limits)] for name, limits in refused)),
        "in_place": listed(sorted(in_place.RIGHT - {"Python"})),
    }
    parts = (part.format(**values) for part in TEXT)
    return "\n\n".join(part if part.startswith("|") else fill(part, WIDTH) for part in parts) + "\n"


def cell(limits):
    return "<br>".join(limit.text.rstrip(",") for limit in limits)


def listed(names):
    *first, last = names
    return f"{', '.join(first)} and {last}"


def table(head, rows):
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


if __name__ == "__main__":
    with atomic(PATH) as part:
        part.write_text(layer_table(), encoding="utf-8")
