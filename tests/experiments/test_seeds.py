"""Several seeds of one protocol."""

import argparse
import re

import numpy as np
import pytest

from experiments.files import save_csv
from experiments.page_results import seed_tables
from experiments.results import result
from experiments.seeds import add_seeds_option, named_by_seed, settings_of_seeds, spread, with_seeds
from experiments.summary import short_rows
from tests.experiments.test_results import CLOSE, SCORE, pooled
from tests.folds import fold_task
from tools.statistics.intervals import WITH_INTERVALS


def settings(**more):
    return argparse.Namespace(**{"seed": 3, "out": "runs/x", "nets": "runs/nets", "jobs": 2} | more)


def test_each_seed_has_folders_of_its_own_and_the_first_those_of_one_seed():
    first, second, third = settings_of_seeds(settings(seeds=3))
    assert first == settings(seeds=3)
    assert (second.seed, second.out, second.nets) == (4, "runs/x/seed4", "runs/nets/seed4")
    assert (third.seed, third.jobs) == (5, 2)
    assert settings_of_seeds(settings(seeds=2, nets=None))[1].nets is None
    assert settings_of_seeds(settings()) == [settings()]


def test_tasks_of_other_seeds_are_told_apart(tmp_path):
    (task,) = named_by_seed([fold_task(tmp_path, "empirical")], 4)
    assert task.name == "S1, seed 4" and task.folder == str(tmp_path)


def test_the_option_takes_whole_numbers_from_one_on():
    commands = argparse.ArgumentParser()
    add_seeds_option(commands)
    assert commands.parse_args([]).seeds == 1 and commands.parse_args(["--seeds", "3"]).seeds == 3
    with pytest.raises(SystemExit):
        commands.parse_args(["--seeds", "0"])


def entries():
    """Results of two seeds, which differ in one AU."""
    return [{"loso": result("t", "d", pooled(5, SCORE, scores), (1, 12))} for scores in (CLOSE, SCORE)]


def test_one_seed_leaves_results_as_they_are():
    first, _ = entries()
    assert with_seeds(first, [], []) is first and np.isnan(spread(first["loso"]["qda"]["average"], "two_afc"))
    assert "± seeds" not in short_rows(first["loso"])[0]


def test_the_spread_between_seeds_stands_beside_the_interval(tmp_path):
    first, second = entries()
    both = with_seeds(first, [second], [4])["loso"]
    assert both["seeds"] == [4] and "seeds" not in first["loso"]
    values = [entry["loso"]["qda"]["per_au"]["12"]["two_afc"] for entry in (first, second)]
    assert values[0] != values[1]
    own = both["qda"]["per_au"]["12"]
    assert own["seeds"]["two_afc"] == values and set(own["seeds"]) == set(WITH_INTERVALS)
    assert spread(own, "two_afc") == pytest.approx(np.std(values, ddof=1), abs=1e-12)
    assert spread(both["qda"]["per_au"]["1"], "two_afc") == 0
    average = [entry["loso"]["qda"]["average"]["two_afc"] for entry in (first, second)]
    assert spread(both["qda"]["average"], "two_afc") == pytest.approx(np.std(average, ddof=1), abs=1e-12)
    head, *rows = short_rows(both)
    assert rows[1][head.index("± seeds")] == f"{np.std(values, ddof=1):.3f}"
    (block,) = seed_tables(both)
    cells = re.search(r'<th scope="row">12</th>(.*)</tr>', block.html)[1]
    assert f">{spread(own, 'mcc'):.3f}<" in cells and f">{spread(own, 'two_afc'):.3f}<" in cells
    assert "Standard deviation between 2 seeds" in block.html
    assert seed_tables(first["loso"]) == []
    save_csv(tmp_path / "results.csv", {"loso": both})
    assert "two_afc_sd_of_seeds" in (tmp_path / "results.csv").read_text().splitlines()[0]


def test_averages_of_all_seeds_are_over_the_aus_of_the_row():
    first, second = entries()
    qda = dict(second["loso"]["qda"])
    qda["per_au"] = qda["per_au"] | {"12": qda["per_au"]["12"] | {"two_afc": np.nan}}
    qda["average"] = qda["average"] | {"aus": [1]}  # AU 12 could not be trained with this seed
    both = with_seeds(first, [{"loso": second["loso"] | {"qda": qda, "averaged": [1]}}], [4])["loso"]
    found = both["qda"]["average"]["seeds"]["two_afc"]
    assert found[0] == first["loso"]["qda"]["average"]["two_afc"] and np.isnan(found[1])
    assert np.isnan(spread(both["qda"]["average"], "two_afc"))
