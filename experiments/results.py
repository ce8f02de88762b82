"""What every experiment ends in: metrics.json, results.csv, table.md, pictures and report.html, in one schema.

metrics.json
  experiment, title, data {dataset: what the data are}, synthetic, shortened [why this is not the paper's full run]
  results {test: {"title", "tested_on", "aus", "frames", "qda", "pca_lda", "logit", "published",
    "notes" [remark]}}; a classifier holds per_au {AU: metric values, counts, "intervals" {metric: [low, high]}},
    average (the same), reasons (why an AU is null)
  notes [remark], tables [[caption, rows]] of what sets results against each other; phi (Fig. 4) the matrices and their likeness
  stopped_at {fold: iterations}, detection {dataset: counts}, settings, seconds, versions
Accuracies are percent, 2AFC and F1 0 to 1, intervals 95%, by bootstrap over subjects; what is undefined is null, as are
accuracies and F1 of the raw logit, which has no threshold.
"""

import csv
from pathlib import Path

import numpy as np

from data_prep.system.files import atomic
from experiments.options import used
from tools.engines.run_folder import load_losses
from tools.engines.training import patience
from tools.folds.folder import TRAINING
from tools.folds.metrics_file import save_metrics
from tools.folds.training import trained_iterations
from tools.net.prototxt import load_solver
from tools.report.plots import plot_aus, plot_training
from tools.report.tables import markdown_table, number
from tools.report.versions import versions
from tools.statistics.bootstrap import intervals
from tools.statistics.metrics import METRICS, by_subject, score_all

CLASSIFIERS = {"qda": "CNN + QDA", "pca_lda": "PCA + LDA", "logit": "CNN, raw logit"}
NO_THRESHOLD = "logit"  # the softmax weighs labels against each other: zero does not part presence from absence
THRESHOLD_METRICS = ("accuracy", "f1", "skew_normalized_accuracy")
FEW_SUBJECTS = "An interval over subjects needs two of them: where there is a dash, fewer have known labels."
PAPER_ITERATIONS = 5000  # paper: Sec. V, the fewest it trains


def result(title, tested_on, pooled, aus, published=None, columns=None, notes=()):
    """The entry of metrics["results"] for Pooled scores.

    aus        AU numbers to report
    published  {"1": {"accuracy", "two_afc"}, ..., "Average": ...} of the paper, if it has such a result
    columns    AU numbers of the pooled columns, where a net models more than is reported (default `aus`)
    notes      remarks to show beside the numbers
    """
    keep = [list(columns or aus).index(au) for au in aus]
    label, entry = pooled.label[:, keep], {"title": title, "tested_on": tested_on, "aus": list(aus)}
    entry["frames"] = int((label >= 0).any(axis=1).sum())
    for name, score in pooled.score.items():
        metrics = score_all(label, score[:, keep], aus, pooled.subject)
        ranges = intervals(label, score[:, keep], pooled.subject, aus)
        per_subject = by_subject(label, score[:, keep], pooled.subject, aus)
        for au, values in metrics["per_au"].items():
            values.update(per_subject[au], intervals=ranges["per_au"][au])
        metrics["average"]["intervals"] = ranges["average"]
        metrics["reasons"] = pooled.reasons[name]
        if name == NO_THRESHOLD:
            drop_threshold_metrics(metrics)
        entry[name] = metrics
    few = any(values["subjects"] < 2 for values in entry["qda"]["per_au"].values())
    return entry | {"notes": [*notes, *[FEW_SUBJECTS] * few]} | ({"published": published} if published else {})


def drop_threshold_metrics(metrics):
    """Make what a decision at a score of zero would give undefined, with its intervals."""
    for values in (*metrics["per_au"].values(), metrics["average"]):
        values.update(dict.fromkeys(THRESHOLD_METRICS, np.nan))
        values["intervals"] = values["intervals"] | dict.fromkeys(THRESHOLD_METRICS, [np.nan, np.nan])


def run_facts(experiment, title, prepared, settings, tasks, held_out_of=None):
    """The head of metrics.json. `held_out_of`: subjects that a full run would hold out, where this one may do fewer."""
    solver = load_solver(tasks[0].solver)
    max_iter = settings.iterations or solver.max_iter
    return {
        "experiment": experiment,
        "title": title,
        "data": {key: data.name for key, data in prepared.items()},
        "synthetic": any(data.synthetic for data in prepared.values()),
        "shortened": shortened(max_iter, len(tasks), held_out_of or len(tasks)),
        "engine": settings.engine,
        "folds": {task.name: {name: list(names) for name, names in task.fold.tests.items()} for task in tasks},
        "settings": used(settings) | {"max_iter": max_iter, "patience": patience(max_iter)},
        "stopped_at": {task.name: trained_iterations(task) for task in tasks},
        "detection": {key: data.detection for key, data in prepared.items()},
        "versions": versions(settings.engine),
    }


def shortened(max_iter, folds=1, full=1, least=PAPER_ITERATIONS):
    """[why this is not the paper's full run]: by a `max_iter` below `least`, or by `folds` of `full` ones."""
    reasons = []
    if max_iter < least:
        reasons.append(f"at most {max_iter} iterations instead of the paper's {PAPER_ITERATIONS} to 10000")
    if folds < full:
        reasons.append(f"{folds} of {full} folds")
    return reasons


def save_results(out, metrics, tasks):
    """Write metrics.json, results.csv, table.md, training.png and one bar chart per result."""
    out = Path(out)
    save_metrics(out, metrics)
    save_csv(out / "results.csv", metrics["results"])
    with atomic(out / "table.md") as part:
        part.write_text(summary(metrics))
    for name, entry in metrics["results"].items():
        plot_result(out / f"aus_{name}.png", entry)
    plot_training(
        out / "training.png",
        {task.name: load_losses(Path(task.folder) / TRAINING) for task in tasks},
        f"Training of each net: {', '.join(metrics['data'].values())}",
    )


def save_csv(path, results):
    """results.csv: one row per result, classifier and AU (or average)."""
    counts = ("positives", "frames", "subjects", "masked", "two_afc_by_subject", "subjects_scored")
    head = [
        "result",
        "classifier",
        "au",
        *(name for metric in METRICS for name in (metric, f"{metric}_low", f"{metric}_high")),
        *counts,
    ]
    with atomic(path) as part, open(part, "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        for name, entry in results.items():
            for classifier in filter(entry.get, CLASSIFIERS):
                rows = entry[classifier]["per_au"] | {"average": entry[classifier]["average"]}
                for au, values in rows.items():
                    cells = [
                        cell
                        for metric in METRICS
                        for cell in (values[metric], *values["intervals"].get(metric, ("", "")))
                    ]
                    table.writerow(
                        [name, classifier, au, *map(plain, cells), *(plain(values.get(count, "")) for count in counts)]
                    )


def plain(value):
    """A number for a CSV; nothing where it is undefined."""
    return "" if value is None or value != value else value


def summary(metrics):
    """table.md: what the terminal shows."""
    lines = [f"# {metrics['title']}", "", *(f"{what}." for what in warnings_of(metrics)), ""]
    for caption, rows in metrics.get("tables", []):
        lines += [f"## {caption}", "", markdown_table(rows), ""]
    for entry in metrics["results"].values():
        lines += [f"## {entry['title']}, on {entry['tested_on']}", "", markdown_table(short_rows(entry)), ""]
        lines += [f"{note}\n" for note in entry["notes"]]
    lines += [f"{note}\n" for note in metrics.get("notes", [])]
    lines.append(f"Accuracies are on frames in which a face was found: {'; '.join(detection_rates(metrics))}.")
    return "\n".join(lines) + "\n"


def warnings_of(metrics):
    """What a reader must know before any number, as sentences without their full stop."""
    if metrics["synthetic"]:
        names = ", ".join(sorted(set(metrics["data"].values())))
        yield f"Computed on {names}: these numbers show that the system works and say nothing about the datasets"
    if metrics.get("shortened"):
        yield f"A shortened run: {', '.join(metrics['shortened'])}"


def detection_rates(metrics):
    """ "99.7% of 3600 frames of DISFA", one for each dataset."""
    for key, found in metrics["detection"].items():
        yield f"{100 * found['faces'] / max(found['frames'], 1):.2f}% of {found['frames']} frames of {metrics['data'][key]}"


def short_rows(entry):
    """Rows of the Markdown table of a result, the paper's numbers beside ours."""
    qda, lda, published = entry["qda"], entry["pca_lda"], entry.get("published", {})
    rows = [
        [
            "AU",
            "accuracy %",
            "2AFC",
            "95%",
            "F1",
            "majority %",
            "PCA+LDA 2AFC",
            "paper acc. %",
            "paper 2AFC",
            "positives",
            "frames",
        ]
    ]
    for key in [*map(str, entry["aus"]), "Average"]:
        ours, base = ((result["average"] if key == "Average" else result["per_au"][key]) for result in (qda, lda))
        paper = published.get(key, {})
        rows.append(
            [
                key,
                number(ours["accuracy"], 1),
                number(ours["two_afc"], 3),
                span(ours, "two_afc", 2),
                number(ours["f1"], 3),
                number(ours["majority_accuracy"], 1),
                number(base["two_afc"], 3),
                number(paper.get("accuracy"), 1),
                number(paper.get("two_afc"), 3),
                ours.get("positives", ""),
                ours.get("frames", ""),
            ]
        )
    return rows


def span(values, metric, digits):
    """The interval of a metric as "0.71-0.85"."""
    low, high = values["intervals"].get(metric, (None, None))
    return "-" if low is None or low != low else f"{low:.{digits}f}-{high:.{digits}f}"


def plot_result(path, entry):
    """2AFC per AU with intervals, the baseline beside it and the paper's value as a mark."""

    def of(classifier):
        return [entry[classifier]["per_au"][str(au)] for au in entry["aus"]]

    bars = {CLASSIFIERS[name]: [values["two_afc"] for values in of(name)] for name in ("qda", "pca_lda")}
    ranges = {CLASSIFIERS[name]: [values["intervals"]["two_afc"] for values in of(name)] for name in ("qda", "pca_lda")}
    published = entry.get("published", {})
    marks = (
        {"the paper, on the real dataset": [published[str(au)]["two_afc"] for au in entry["aus"]]}
        if len(published) > 1
        else {}
    )
    plot_aus(path, entry["aus"], bars, f"2AFC per AU: {entry['title']}, on {entry['tested_on']}", marks, ranges)
