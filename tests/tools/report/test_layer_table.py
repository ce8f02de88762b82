"""prototxt/LAYERS.md says what the code refuses."""

from tools.net.layers import LAYERS
from tools.report.layer_table import PATH, layer_table


def test_the_table_of_layers_is_up_to_date():
    assert PATH.read_text() == layer_table(), "run .venv/bin/python -m tools.report.layer_table"


def test_it_names_every_type_of_layer_and_what_each_engine_cannot_do_of_it():
    text = layer_table()
    assert all(name in text for name in LAYERS)
    rows = {line.split(" | ")[0].strip("| "): line for line in text.split("## Refused")[0].splitlines()}
    assert "computes wrongly" in rows["BatchNorm"].split(" | ")[1]
    assert "another Python layer" in rows["Python"].split(" | ")[2]
    assert "softmax_param.axis 0" in rows["Softmax"].split(" | ")[3]
