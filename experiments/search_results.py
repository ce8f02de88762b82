"""What a random search found on one fold: its entry of metrics.json, and its files."""

import csv

from data_prep.system.files import atomic
from tools.report.plot_search import plot_search
from tools.search.space import infeasible_share
from tools.search.study import best, write_best


def search_result(found):
    """The entry of metrics["results"] of a FoldSearch."""
    winner = best(found.study)
    return {
        "best": {"trial": winner.number, "validation_loss": winner.value, **winner.params},
        "infeasible": sum(trial.reason is not None for trial in found.trials),
        "trials": trial_rows(found),
        "infeasible_share_of_space": infeasible_share(found.search.net, found.search.crop),
    }


def trial_rows(found):
    """A dictionary per trial: number, state, loss, iterations, parameters, why it has no loss."""
    return [trial_row(stored) for stored in found.study.trials[: len(found.trials)]]


def trial_row(stored):
    """The row of a trial as Optuna stored it."""
    facts = stored.user_attrs
    return {
        "trial": stored.number,
        "state": stored.state.name.lower(),
        "validation_loss": stored.value,
        "best_iteration": facts.get("best_iteration"),
        "stopped_at": facts.get("stopped_at"),
        **stored.params,
        "why": facts.get("reason", facts.get("why")),
    }


def save_search_files(found, title):
    """Write best/, search.pdf and .png, and trials.csv to the folder of a FoldSearch."""
    write_best(found.folder, found.study, found.search)
    plot_search(found.folder / "search", found.study, title)
    rows = trial_rows(found)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with atomic(found.folder / "trials.csv") as part, open(part, "w", newline="") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
