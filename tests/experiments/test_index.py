"""The page over all runs, and the line on each."""

import json
import shlex
import shutil

import pytest

from data_prep.system.files import only_writer
from experiments import fig1, run_state
from experiments.index import main
from experiments.index_entries import describe
from experiments.run_record import wrapped
from experiments.run_state import BUSY, CURRENT, HALF, OLD, commands, state_of
from tests.bundles import random_bundle
from tests.chromium import check_page, check_widths, needs_chromium
from tests.conftest import NET
from tools.engines.run_folder import WEIGHTS
from tools.folds.folder import weights_path


def add_run(runs, name, **metrics):
    """A run folder with a report and its metrics.json."""
    (runs / name).mkdir(parents=True)
    (runs / name / "report.html").write_text("a report")
    (runs / name / "metrics.json").write_text(json.dumps({"title": f"Title of {name}", **metrics}))


def test_an_undefined_average_is_a_dash():
    average = {"two_afc": None, "accuracy": 91.25, "aus": [1, 12]}
    assert (
        describe({"results": {"dev": {"title": "DISFA", "qda": {"average": average}}}})
        == "DISFA: 2AFC -, accuracy 91.3%, average of 2 AUs"
    )


def test_the_stronger_baseline_stands_beside_the_result():
    entry = {"title": "t", "qda": {"average": {"two_afc": 0.89, "accuracy": 91, "aus": [1]}}}
    entry["hog_lda"] = {"average": {"two_afc": 0.919}}
    assert "2AFC 0.890 (HOG + LDA 0.919), accuracy" in describe({"results": {"dev": entry}})


@pytest.mark.parametrize("likeness, shown", [(0.876, "0.88"), (None, "-")])
def test_the_likeness_of_the_maps_is_told(likeness, shown):
    assert describe({"phi": {"likeness": likeness}}) == f"likeness of the two maps {shown}"


def test_a_shortened_run_is_called_one():
    metrics = {"results": {"SN001": {"best": {"validation_loss": 0.5}}}, "shortened": ["1 of 2 folds"]}
    assert describe(metrics) == "fold SN001: best validation loss 0.500; shortened run: 1 of 2 folds"


def test_reports_stand_in_the_paper_s_order_and_synthetic_ones_get_a_notice(tmp_path, capsys):
    for name, synthetic in (("other", False), ("fig1", False), ("table2", True), ("table1", False)):
        add_run(tmp_path, name, synthetic=synthetic)
    (tmp_path / "nets").mkdir()
    main([str(tmp_path)])
    page = (tmp_path / "index.html").read_text()
    places = [page.index(f"Title of {name}") for name in ("table1", "table2", "fig1", "other")]
    assert places == sorted(places) and "say nothing about the datasets" in page
    assert "4 entries" in capsys.readouterr().out


def test_without_synthetic_runs_there_is_no_notice(tmp_path):
    add_run(tmp_path, "table1", synthetic=False)
    main([str(tmp_path)])
    assert "say nothing about the datasets" not in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"title": "t", "results": {"a": {"qda": 1}}}'])
def test_a_damaged_file_is_told_on_the_page_and_in_a_line_with_the_remedy_and_hides_no_other_run(
    tmp_path, capsys, text
):
    add_run(tmp_path, "table1")
    add_run(tmp_path, "table2")
    path = tmp_path / "table1/metrics.json"
    path.write_text(text)
    main([str(tmp_path)])
    (message,) = [line for line in capsys.readouterr().err.splitlines() if "table1" in line]
    assert f"table1 is damaged: {path}: damaged, or of another version (" in message
    assert message.endswith("run its command again.")
    page = (tmp_path / "index.html").read_text()
    assert "Damaged." in page and "Title of table2" in page


@pytest.fixture
def drawn(tmp_path):
    """Draw a net by an experiment that takes a moment, into runs/fig1; returns (folder of runs, the net's prototxt)."""
    net = tmp_path / "net.prototxt"
    net.write_text(NET.read_text())
    fig1.main(["--out", str(tmp_path / "runs/fig1"), "--net", str(net), "--index", str(tmp_path / "runs")])
    return tmp_path / "runs", net


def test_an_experiment_leaves_an_index_with_its_figure_command_and_commit(drawn):
    runs, _ = drawn
    page = (runs / "index.html").read_text()
    command = json.loads((runs / "fig1/run.json").read_text())["made"]["command"]
    assert state_of(runs / "fig1").word == CURRENT and "python" in command
    links = ("fig1/report.html#1-net", "fig1/net.pdf", "fig1/metrics.json")
    assert [link for link in links if f'href="{link}"' not in page] == []
    assert all(text in page for text in ("Made again", "Made by version ", "up to date"))


def test_a_run_whose_source_was_edited_is_out_of_date_until_it_is_made_again(drawn):
    runs, net = drawn
    net.write_text(NET.read_text().replace("num_output: 20", "num_output: 22"))
    main([str(runs)])
    assert state_of(runs / "fig1").word == OLD
    assert "Out of date. ../../net.prototxt has been made anew" in (runs / "index.html").read_text()
    fig1.main(["--out", str(runs / "fig1"), "--net", str(net)])  # an index that is there is refreshed
    assert state_of(runs / "fig1").word == CURRENT
    assert "Out of date" not in (runs / "index.html").read_text()


def test_the_code_that_makes_numbers_of_scores_is_nothing_to_a_run_without_scores(drawn, monkeypatch):
    runs, net = drawn
    fig1.main(["--out", str(runs / "fig1"), "--net", str(net)])
    monkeypatch.setattr(run_state, "code_digest", lambda _: "edited")
    assert state_of(runs / "fig1").word == CURRENT


def test_a_run_that_was_stopped_is_half_done_on_the_page(drawn, monkeypatch):
    runs, net = drawn

    def stop(*_):
        assert "being made now" in (runs / "index.html").read_text()
        raise KeyboardInterrupt

    monkeypatch.setattr(fig1, "save_figure_page", stop)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        fig1.main(["--out", str(runs / "other"), "--net", str(net), "--index", str(runs)])
    page = (runs / "index.html").read_text()
    assert state_of(runs / "other").word == HALF
    begun = json.loads((runs / "other/run.json").read_text())["begun"]["command"]
    assert commands(runs / "other") == [((runs / "other").resolve(), begun)]
    assert "Half done." in page and "other: Fig. 1" in page and "up to date" in page


def test_a_run_at_work_is_being_made(tmp_path):
    add_run(tmp_path, "table1")
    (tmp_path / "table1/.lock").touch()
    (tmp_path / "table1/run.json").write_text('{"begun": {"title": "t", "command": "c", "settings": {}}}')
    with only_writer(tmp_path / "table1"):
        assert state_of(tmp_path / "table1").word == BUSY
    assert state_of(tmp_path / "table1") == (OLD, ["Another command has begun here and not ended: c"])


def test_a_page_of_the_users_stays_and_the_run_ends_well(tmp_path, capsys):
    (tmp_path / "index.html").write_text("mine")
    fig1.main(["--out", str(tmp_path / "fig1"), "--net", str(NET), "--index", str(tmp_path)])
    assert (tmp_path / "index.html").read_text() == "mine" and (tmp_path / "fig1/report.html").is_file()
    assert "not written by this project, and would be replaced; move it away" in capsys.readouterr().err


def test_unless_asked_for_no_page_appears_beside_a_run_folder(tmp_path):
    fig1.main(["--out", str(tmp_path / "fig1"), "--net", str(NET)])
    assert not (tmp_path / "index.html").exists()


def test_commands_of_what_is_needed_stand_first(tmp_path):
    add_run(tmp_path, "search")
    add_run(tmp_path, "table1")
    made = {"ended": "", "needs": [], "folds": [], "files": {}, "code": ""}
    (tmp_path / "search/run.json").write_text(json.dumps({"made": made | {"command": "make the search"}}))
    of_table = made | {"command": "make the table", "needs": ["../search"]}
    (tmp_path / "table1/run.json").write_text(json.dumps({"made": of_table}))
    main([str(tmp_path)])
    assert "make the search\nmake the table" in (tmp_path / "index.html").read_text()


def test_a_bundle_names_its_fold_and_the_commands_of_both(tmp_path):
    bundle = random_bundle(tmp_path)
    add_run(tmp_path, "demo")
    made = {"ended": "", "needs": [], "folds": [], "files": {}, "code": "", "command": "make the demo"}
    (tmp_path / "demo/run.json").write_text(json.dumps({"made": made}))
    weights = weights_path(tmp_path / "demo/fold_SN001")
    weights.parent.mkdir(parents=True)
    main([str(tmp_path)])
    assert "The fold that it was made of is not here" in (tmp_path / "index.html").read_text()
    shutil.copy(bundle / WEIGHTS, weights)
    main([str(tmp_path)])
    page = (tmp_path / "index.html").read_text()
    assert "The fold that it was made of is not here" not in page and f'href="{bundle.name}/README.md"' in page
    assert page.index("make the demo\n.venv/bin/python -m experiments.bundle --fold") > 0


def test_what_was_detected_names_its_command_and_model(tmp_path):
    facts = {"model": "abc", "command": "python -m tools.detect a.mp4", "made_by": {"version": "1", "commit": None}}
    facts |= {"versions": {"numpy": "2"}, "synthetic": False}
    facts["made_by"]["edited"] = None
    (tmp_path / "detect").mkdir()
    (tmp_path / "detect/a.json").write_text(json.dumps(facts))
    (tmp_path / "detect/a.html").write_text("a page")
    main([str(tmp_path)])
    page = (tmp_path / "index.html").read_text()
    assert 'href="detect/a.html"' in page and "python -m tools.detect a.mp4" in page and "model abc" in page
    assert "The model that it was made with is not here." in page


def test_a_long_command_is_broken_where_a_shell_takes_it():
    command = "python -m experiments.table1 --out 'my runs/table1' " + "--option value " * 12
    text = wrapped(command)
    assert max(map(len, text.splitlines())) <= 110 and len(text.splitlines()) > 1
    assert shlex.split(text.replace("\\\n", "")) == shlex.split(command)


@needs_chromium
def test_the_index_is_a_faultless_page_on_all_screens(drawn):
    runs, _ = drawn
    by = {"version": "1", "commit": "abc", "edited": False}
    add_run(runs, "table1", settings={"seed": 0}, versions={"numpy": "2"}, made_by=by)
    main([str(runs)])
    facts, seen = check_page(runs / "index.html"), check_widths(runs / "index.html")
    assert not facts["console"] and not facts["requests"] and not facts["overflow"]
    assert seen[1920] == seen[1200] == (0, []) and seen[390][0] == 0


def test_a_folder_without_reports_says_what_to_run(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    assert "run a target such as `make table1` first" in capsys.readouterr().err
