"""Fig. 1: the drawings of the nets, and the page around them."""

import json

import pytest

from experiments.fig1 import main
from tests.conftest import NET


def test_both_committed_nets_are_drawn_and_shown_on_a_page(tmp_path, capsys):
    main(["--out", str(tmp_path / "new/fig1")])
    out = tmp_path / "new/fig1"
    for name in ("bp4d", "disfa"):
        assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        assert (out / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    page = (out / "report.html").read_text()
    assert page.count("<img ") == 2 and "num_output: 13" in page and "num_output: 11" in page
    assert "Made by version " in page
    metrics = json.loads((out / "metrics.json").read_text())
    assert list(metrics["nets"]) == ["bp4d", "disfa"] and metrics["made_by"]["version"]
    assert "report.html" in capsys.readouterr().out


def test_an_edited_net_is_drawn_alone_under_its_own_name(tmp_path):
    net = tmp_path / "edited.prototxt"
    net.write_text(NET.read_text().replace("num_output: 20 ", "num_output: 7 "))
    main(["--out", str(tmp_path / "out"), "--net", str(net)])
    assert json.loads((tmp_path / "out/metrics.json").read_text())["nets"] == {"edited": str(net)}
    assert sorted(path.name for path in (tmp_path / "out").glob("[!.]*")) == [
        "edited.pdf",
        "edited.png",
        "metrics.json",
        "report.html",
        "run.json",
    ]


def test_a_mistake_in_the_net_is_one_line_that_names_its_file_and_layer(tmp_path, capsys):
    net = tmp_path / "edited.prototxt"
    net.write_text(NET.read_text().replace('bottom: "pool1"', 'bottom: "pol1"'))
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path / "out"), "--net", str(net)])
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and str(net) in message and "'conv2'" in message
    assert not (tmp_path / "out/metrics.json").exists()
