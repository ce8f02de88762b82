"""The results of an experiment, and the schema of its metrics.json.

metrics.json
  experiment, title, data {dataset: what the data are}, synthetic, shortened [why this is not the paper's full run]
  engine, folds {fold: {test set: subjects}}, settings, stopped_at {fold: iterations}, detection {dataset: counts}
  versions {software: version}, made_by {"version", "commit", "edited"} of this project
  results {test: {"title", "tested_on", "aus", "averaged" [AU], "frames", "qda", "pca_lda", "logit", "published",
    "notes" [remark]}}; a classifier holds per_au {AU: metric values, counts, "intervals" {metric: [low, high]}},
    average (the same), reasons (why an AU is null, or not plain QDA)
  notes [remark], tables [[caption, rows]] that compare results; phi (Fig. 4): the matrices and their likeness
  seconds {stage: seconds}
Accuracies are percent, 2AFC and F1 0 to 1, intervals 95%, over subjects (tools/statistics/intervals.py); what is
undefined is null, as are accuracies and F1 of the raw logit, which has no threshold. All classifiers are scored on the
same frames, and averages are over the same AUs for all of them and for the paper.
"""

import numpy as np

from data_prep.subjects.aus import UNKNOWN
from tools.statistics.intervals import FEWEST, intervals
from tools.statistics.metrics import averaged_aus, by_subject, mean, score_all

CLASSIFIERS = {"qda": "CNN + QDA", "pca_lda": "PCA + LDA", "logit": "CNN, raw logit"}
NO_THRESHOLD = "logit"  # the softmax weighs labels against each other: zero does not part presence from absence
THRESHOLD_METRICS = ("accuracy", "f1", "skew_normalized_accuracy")
FEW_SUBJECTS = f"An interval needs {FEWEST} subjects who have both classes: where there is a dash, fewer have them."


def result(title, tested_on, pooled, aus, published=None, columns=None, notes=()):
    """The entry of metrics["results"] for Pooled scores.

    aus        AU numbers to report
    published  {"1": {"accuracy", "two_afc"}, ..., "Average": ...} of the paper, if it has such a result
    columns    AU numbers of the pooled columns, where a net models more than is reported (default `aus`)
    notes      remarks to show beside the numbers
    """
    keep = [list(columns or aus).index(au) for au in aus]
    label, scores = pooled.label[:, keep], {name: score[:, keep] for name, score in pooled.score.items()}
    compared = np.where(np.any([np.isnan(score) for score in scores.values()], axis=0), UNKNOWN, label)
    averaged = averaged_aus(compared, np.zeros(compared.shape), aus)
    entry = {"title": title, "tested_on": tested_on, "aus": list(aus), "averaged": averaged}
    entry["frames"] = int((label >= 0).any(axis=1).sum())
    for name, score in scores.items():
        entry[name] = classifier_entry(name, compared, score, pooled, aus, averaged)
        for values, masked in zip(entry[name]["per_au"].values(), (label < 0).sum(axis=0)):
            values["masked"], values["unscored"] = int(masked), values["masked"] - int(masked)
    entry["notes"] = [*notes, *notes_on(entry)]
    if published:
        entry["published"] = over_averaged(published, entry)
    return entry


def notes_on(entry):
    """Sentences on what the numbers of a result leave out."""
    per_au = entry["qda"]["per_au"]
    out = [au for au in entry["aus"] if au not in entry["averaged"]]
    if out:
        yield (
            f"Averages, the paper's too, are over {aus_text(entry['averaged'])}: {aus_text(out)} "
            f"{'have' if len(out) > 1 else 'has'} no scored frame of one of the two classes."
        )
    unscored = [f"{values['unscored']} of AU {au}" for au, values in per_au.items() if values["unscored"]]
    if unscored:
        yield (
            "Left out in every column, as a classifier of their fold could not be trained (the reasons are below): "
            f"frames: {', '.join(unscored)}."
        )
    if any(values["subjects_scored"] < FEWEST for values in per_au.values()):
        yield FEW_SUBJECTS


def aus_text(aus):
    """AU numbers in words: "AUs 1, 2 and 12"."""
    if not aus:
        return "no AU"
    *first, last = map(str, aus)
    return f"AUs {', '.join(first)} and {last}" if first else f"AU {last}"


def count_text(aus):
    """How many AUs: "12 AUs"."""
    return f"{len(aus)} AU" if len(aus) == 1 else f"{len(aus)} AUs"


def average_name(entry):
    """What the row of averages is called: with their number where not all AUs are in them."""
    return "Average" if entry["averaged"] == entry["aus"] else f"Average of {count_text(entry['averaged'])}"


def average_over(entry, aus, metric="two_afc"):
    """The average of QDA's metric over the AU numbers `aus`."""
    return mean([entry["qda"]["per_au"][str(au)][metric] for au in aus])


def over_averaged(published, entry):
    """The paper's numbers for the AUs of a result; its average over those that ours is over, as printed if all are."""
    if entry["averaged"] == entry["aus"]:
        return published
    rows = [published.get(str(au)) for au in entry["averaged"]]
    if not rows or None in rows:
        return {au: row for au, row in published.items() if au != "Average"}
    return published | {"Average": {metric: mean([row[metric] for row in rows]) for metric in rows[0]}}


def classifier_entry(name, label, score, pooled, aus, averaged):
    """Metrics of one classifier with intervals: its `score` [n, C] for `label` [n, C] of the Pooled frames."""
    metrics = score_all(label, score, aus, pooled.subject, averaged)
    ranges = intervals(label, score, pooled.subject, aus, averaged)
    per_subject = by_subject(label, score, pooled.subject, aus)
    for au, values in metrics["per_au"].items():
        values.update(per_subject[au], intervals=ranges["per_au"][au])
    metrics["average"]["intervals"] = ranges["average"]
    metrics["reasons"] = pooled.reasons[name]
    return without_threshold_metrics(metrics) if name == NO_THRESHOLD else metrics


def without_threshold_metrics(metrics):
    """`metrics` with NaN for what needs a decision at a score of zero, and for its intervals."""

    def without(values):
        ranges = values["intervals"] | {metric: [np.nan, np.nan] for metric in THRESHOLD_METRICS}
        return values | dict.fromkeys(THRESHOLD_METRICS, np.nan) | {"intervals": ranges}

    per_au = {au: without(values) for au, values in metrics["per_au"].items()}
    return metrics | {"per_au": per_au, "average": without(metrics["average"])}
