"""The table of ridges on folds of one feature."""

import pytest

from experiments.ridge import table
from tests.folds import finished_fold


@pytest.mark.parametrize("priors, accuracy", [("empirical", "0.00"), ("equal", "100.00")])
def test_qda_is_fitted_with_the_priors_of_the_fold(tmp_path, priors, accuracy):
    finished_fold(tmp_path / "fold_S1", priors)
    (used,) = [line for line in table([tmp_path / "fold_S1"]).splitlines() if "(used)" in line]
    assert used.split("|")[3].strip() == accuracy


@pytest.mark.parametrize("classifiers, shown", [(("qda", "pca_lda", "logit"), True), (("qda", "pca_lda"), False)])
def test_raw_logits_have_a_row_where_they_are_what_qda_saw(tmp_path, classifiers, shown):
    finished_fold(tmp_path / "fold_S1", "empirical", classifiers=classifiers)
    assert ("raw logits" in table([tmp_path / "fold_S1"])) == shown
