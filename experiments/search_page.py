"""report.html of a random search."""

from experiments.facts import warnings_of
from experiments.page_settings import made_blocks
from tools.engines.run_folder import NET, SOLVER
from tools.report.page import Section, details, notice, paragraph, picture, preformatted, save_page, table
from tools.report.tables import number
from tools.search.study import BEST


def save_search_page(path, metrics, folders):
    """Write the page; `folders` {fold: folder of its search}."""
    lead = [notice(text) for text in warnings_of(metrics)]
    lead.append(
        paragraph(
            "Each trial samples a net and a solver from the ranges of the paper's Sec. V and is judged by its "
            "lowest validation loss. Samples whose kernels do not fit the image are left out before training, and are "
            "no trials."
        )
    )
    lead += [paragraph(note) for note in metrics["notes"]]
    save_page(
        path,
        metrics["title"],
        lead,
        [
            *(search_section(name, entry, folders[name]) for name, entry in metrics["results"].items()),
            Section("Configuration", made_blocks(metrics)),
        ],
    )


def search_section(name, entry, folder):
    """The search of one fold: its best trial, the plot, all trials, and the prototxts to use."""
    trials, winner = entry["trials"], entry["best"]
    left_out = [trial for trial in trials if trial["state"] == "pruned"]
    trained = [trial for trial in trials if trial["state"] != "pruned"]
    return Section(
        f"Fold {name}",
        [
            paragraph(
                f"Best: trial {winner['trial']} with a validation loss of {number(winner['validation_loss'], 4)} nats. "
                f"{len(trials)} samples were drawn for {len(trials) - entry['infeasible']} trials; "
                f"{entry['infeasible']} did not fit the crop and were left out. Of the entire space "
                f"{number(100 * entry['infeasible_share_of_space'], 0)}% do not fit."
            ),
            picture(
                folder / "search.png",
                "Validation loss against each sampled parameter",
                "Lowest validation loss of each trained trial against each sampled parameter, nats. Ring: the best "
                "trial; gray ticks: samples that were left out.",
            ),
            trial_table(trained, "Trials: losses in nats"),
            *([trial_table(left_out, "Samples that were left out before training, and why")] if left_out else []),
            details(f"{BEST}/{NET}", [preformatted((folder / BEST / NET).read_text())]),
            details(f"{BEST}/{SOLVER}", [preformatted((folder / BEST / SOLVER).read_text())]),
        ],
    )


def trial_table(trials, caption):
    """A table of dictionaries, without the columns in which none of them has a value."""
    columns = [key for key in dict.fromkeys(key for row in trials for key in row) if any(map(has(key), trials))]
    rows = [[column.replace("_", " ").replace(".", " ") for column in columns]]
    return table(rows + [[shown(row.get(column)) for column in columns] for row in trials], caption)


def has(key):
    return lambda row: row.get(key) not in (None, "")


def shown(value):
    """A value of a trial as a cell: four decimals, or three digits where it is small; nothing for None."""
    if isinstance(value, float):
        return number(value, 4) if value >= 0.001 else f"{value:.2e}"
    return "" if value is None else value
