"""The files of a run beside metrics.json and report.html: results.csv, table.md, bars per AU, training curves."""

import csv
from pathlib import Path

from data_prep.system.files import atomic
from experiments.results import CLASSIFIERS
from experiments.run_files import RESULTS, TABLE, TRAINING_PLOT, bars_plot
from experiments.summary import summary
from tools.engines.run_folder import load_losses
from tools.folds.folder import TRAINING
from tools.report.plots import plot_aus, plot_training
from tools.statistics.intervals import WITH_INTERVALS
from tools.statistics.metrics import CONFUSION, EVENTS, METRICS

COUNTS = (
    "positives",
    "frames",
    "subjects",
    "masked",
    "unscored",
    *CONFUSION,
    *EVENTS,
    "two_afc_by_subject",
    "subjects_scored",
)


def save_files(out, metrics, tasks):
    """Write results.csv, table.md, training.png and aus_<result>.png of each result to the folder `out`."""
    out = Path(out)
    save_csv(out / RESULTS, metrics["results"])
    with atomic(out / TABLE) as part:
        part.write_text(summary(metrics))
    for name, entry in metrics["results"].items():
        plot_result(out / bars_plot(name), entry)
    plot_training(
        out / TRAINING_PLOT,
        {task.name: load_losses(Path(task.folder) / TRAINING) for task in tasks},
        f"Training of each net: {', '.join(metrics['data'].values())}",
    )


def save_csv(path, results):
    """results.csv: one row per result, classifier and AU (or average), then one for each subject alone."""
    of_metrics = [name for metric in METRICS for name in columns_of(metric)]
    with atomic(path) as part, open(part, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["result", "classifier", "au", "subject", *of_metrics, *COUNTS])
        for name, entry in results.items():
            for classifier in filter(entry.get, CLASSIFIERS):
                rows = entry[classifier]["per_au"] | {"average": entry[classifier]["average"]}
                table.writerows([name, classifier, au, "", *csv_cells(values)] for au, values in rows.items())
                table.writerows(
                    [name, classifier, au, subject, *csv_cells(values)]
                    for subject, of_subject in entry[classifier]["by_subject"].items()
                    for au, values in of_subject.items()
                )


def columns_of(metric):
    """The columns of a metric: where it has an interval, its two ends follow it."""
    return (metric, f"{metric}_low", f"{metric}_high") if metric in WITH_INTERVALS else (metric,)


def csv_cells(values):
    """The cells of one AU: each metric with its interval, then the counts; empty where there is none."""
    cells = []
    for metric in METRICS:
        ends = values.get("intervals", {}).get(metric, (None, None))
        cells += [values[metric], *(ends if metric in WITH_INTERVALS else ())]
    cells += [values.get(count) for count in COUNTS]
    return ["" if cell is None or cell != cell else cell for cell in cells]


def plot_result(path, entry):
    """2AFC per AU with intervals, the baseline beside it and the paper's value as a mark."""
    bars, ranges, marks = {}, {}, {}
    for classifier in ("qda", "pca_lda"):
        per_au = [entry[classifier]["per_au"][str(au)] for au in entry["aus"]]
        bars[CLASSIFIERS[classifier]] = [values["two_afc"] for values in per_au]
        ranges[CLASSIFIERS[classifier]] = [values["intervals"]["two_afc"] for values in per_au]
    published = entry.get("published", {})
    if len(published) > 1:  # more than an average
        marks["the paper, on the real dataset"] = [published[str(au)]["two_afc"] for au in entry["aus"]]
    title = f"2AFC per AU: {entry['title']}, on {entry['tested_on']}"
    plot_aus(path, entry["aus"], bars, title, marks=marks, intervals=ranges)
