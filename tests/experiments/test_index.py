"""The page over all runs, and the line on each."""

import json

import pytest

from experiments.index import describe, main
from experiments.results import result
from tests.experiments.test_results import SCORE, pooled
from tools.folds.metrics_file import save_metrics
from tools.report.tables import number


def add_run(runs, name, **metrics):
    """A run folder with a report and its metrics.json."""
    (runs / name).mkdir(parents=True)
    (runs / name / "report.html").write_text("a report")
    (runs / name / "metrics.json").write_text(json.dumps({"title": f"Title of {name}", **metrics}))


def test_an_undefined_average_is_a_dash():
    average = {"two_afc": None, "accuracy": 91.25, "aus": [1, 12]}
    assert (
        describe({"results": {"dev": {"title": "DISFA", "qda": {"average": average}}}})
        == "DISFA: 2AFC -, accuracy 91.2%, average of 2 AUs"
    )


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
    assert "4 reports" in capsys.readouterr().out


def test_without_synthetic_runs_there_is_no_notice(tmp_path):
    add_run(tmp_path, "table1", synthetic=False)
    main([str(tmp_path)])
    assert "say nothing about the datasets" not in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"title": "t", "results": {"a": {"qda": 1}}}', None])
def test_a_damaged_or_missing_file_is_one_line_that_names_it_and_the_remedy(tmp_path, capsys, text):
    add_run(tmp_path, "table1")
    path = tmp_path / "table1/metrics.json"
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and message.startswith(f"error: {path}: missing or damaged (")
    assert f"run the target that makes {tmp_path}/table1 again" in message


def test_a_folder_without_reports_says_what_to_run(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    assert "run a target such as `make table1` first" in capsys.readouterr().err


def test_each_run_has_its_files_numbers_settings_versions_commit_and_command(tmp_path):
    entry = result("Leave-one-subject-out", "drawn faces", pooled(5, SCORE), (1,))
    run = {
        "results": {"loso": entry},
        "settings": {"seed": 0, "mvn": "none"},
        "versions": {"numpy": "9.9"},
        "made_by": {"version": "0.1", "commit": "abc1234", "edited": False},
        "command": ".venv/bin/python -m experiments.table1 --out 'runs/table 1'",
        "tables": [["Side by side", [["a", "b"], ["c", "d"]]]],
    }
    (tmp_path / "table 1").mkdir()
    (tmp_path / "table 1/report.html").write_text("a report")
    save_metrics(tmp_path / "table 1", {"title": "Table I"} | run)
    for name in ("results.csv", "aus_loso.png", "fig.pdf", ".lock"):
        (tmp_path / "table 1" / name).write_text("")
    main([str(tmp_path)])
    page = (tmp_path / "index.html").read_text()
    for name in ("report.html", "metrics.json", "results.csv", "aus_loso.png", "fig.pdf"):
        assert f'href="table%201/{name}"' in page
    for text in ("seed", "none", "numpy", "9.9", "commit abc1234", "&#x27;runs/table 1&#x27;", "Side by side"):
        assert text in page
    assert ".lock" not in page and number(entry["qda"]["average"]["two_afc"], 3) in page
    assert "CNN, raw logit" in page and "PCA + LDA" in page


def test_a_run_of_an_earlier_version_is_listed_with_what_it_has(tmp_path):
    add_run(tmp_path, "fig1", made_by={"version": "0.1", "commit": None, "edited": None})
    main([str(tmp_path)])
    assert "commit unknown" in (tmp_path / "index.html").read_text()
