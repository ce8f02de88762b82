"""Two runs paired by subject, on folds of one frame and on made-up scores."""

import numpy as np
import pytest

from experiments.compare import main, table
from tests.folds import finished_run
from tools.statistics.scored import scored


def test_the_first_run_is_better_where_its_scores_are_right():
    label = np.array([[1], [0], [0], [1]])
    subject = np.array(["a", "a", "b", "b"])
    head, *rows = table((12,), scored(label, 2 * label - 1.0, subject), scored(label, 1.0 - 2 * label, subject))
    assert head[4:] == ["difference", "95%", "first better, % sure"]
    assert rows[0] == ["12", "two_afc", "1.000", "0.000", "+1.000", "-", "-"]
    assert rows[1] == ["12", "accuracy", "100.0", "0.0", "+100.0", "-", "-"]
    assert [row[0] for row in rows[3:]] == ["average"] * 3


def test_with_one_subject_each_interval_is_a_dash_and_a_line_tells_why(tmp_path, capsys):
    main([str(finished_run(tmp_path / name, "S1")) for name in ("first", "second")])
    output = capsys.readouterr().out
    assert "1 subjects, 2 frames; averages are over AU 12" in output and "nan" not in output and "- to -" not in output
    (accuracy,) = (line for line in output.splitlines() if line.startswith("| average | accuracy"))
    assert [cell.strip() for cell in accuracy.split("|")[5:8]] == ["+0.0", "-", "-"]
    assert "An interval needs 5 subjects who have both classes" in output


def test_with_five_subjects_nothing_needs_to_be_explained(tmp_path, capsys):
    main([str(finished_run(tmp_path / name, "S1", "S2", "S3", "S4", "S5")) for name in ("first", "second")])
    output = capsys.readouterr().out
    assert "5 folds" in output and "5 subjects, 10 frames" in output and "An interval" not in output
    assert "+0.000 to +0.000" in output


def test_runs_on_other_frames_are_not_compared(tmp_path, capsys):
    first, second = finished_run(tmp_path / "first", "S1"), finished_run(tmp_path / "second", "S1", frame=2)
    with pytest.raises(SystemExit):
        main([str(first), str(second)])
    assert "tested on different frames (frames differ); compare runs on the same data" in capsys.readouterr().err
