"""The table of ridges on folds of one feature."""

import pytest

from experiments.ridge import main, table
from tests.folds import finished_fold, finished_run


@pytest.mark.parametrize("priors, accuracy", [("empirical", "50.00"), ("equal", "100.00")])
def test_qda_is_fitted_with_the_priors_of_the_fold(tmp_path, priors, accuracy):
    finished_fold(tmp_path / "fold_S1", priors)
    (used,) = [line for line in table([tmp_path / "fold_S1"]).splitlines() if "(used)" in line]
    assert used.split("|")[3].strip() == accuracy


@pytest.mark.parametrize("classifiers, shown", [(("qda", "pca_lda", "logit"), True), (("qda", "pca_lda"), False)])
def test_raw_logits_have_a_row_where_they_are_what_qda_saw(tmp_path, classifiers, shown):
    finished_fold(tmp_path / "fold_S1", "empirical", classifiers=classifiers)
    assert ("raw logits" in table([tmp_path / "fold_S1"])) == shown


def test_the_command_prints_a_row_per_ridge_and_marks_the_one_in_use(tmp_path, capsys):
    main([str(finished_run(tmp_path / "run", "S1", "S2"))])
    output = capsys.readouterr().out
    assert output.startswith("2 folds of ") and output.count("(used)") == 1 and "| 0.001 (used) " in output
    assert "nan" not in output and "| raw logits " in output


def test_without_a_finished_run_it_says_what_to_do(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
    assert "no finished run here; run its experiment first, e.g. `make demo`" in capsys.readouterr().err
