"""The results of an experiment, and the schema of its metrics.json.

metrics.json
  experiment, title, data {dataset: what the data are}, synthetic, shortened [why this is not the paper's full run]
  engine, folds {fold: {test set: subjects}}, settings, stopped_at {fold: iterations}, detection {dataset: counts}
  facts {dataset: {heading: text}} on what was found in the data and how they were read
  versions {software: version}, made_by {"version", "commit", "edited"} of this project
  results {test: {"title", "tested_on", "aus", "frames", "qda", "pca_lda", "logit", "published",
    "notes" [remark]}}; a classifier holds per_au {AU: metric values, counts, "intervals" {metric: [low, high]}},
    average (the same), reasons (why an AU is null)
  notes [remark] on what was left out and on results, tables [[caption, rows]] that compare results; phi (Fig. 4): the
    matrices and their likeness
  seconds {stage: seconds}
Accuracies are percent, 2AFC and F1 0 to 1, intervals 95%, by bootstrap over subjects; what is undefined is null, as are
accuracies and F1 of the raw logit, which has no threshold.
"""

import numpy as np

from tools.statistics.bootstrap import intervals
from tools.statistics.metrics import by_subject, score_all

CLASSIFIERS = {"qda": "CNN + QDA", "pca_lda": "PCA + LDA", "logit": "CNN, raw logit"}
NO_THRESHOLD = "logit"  # the softmax weighs labels against each other: zero does not part presence from absence
THRESHOLD_METRICS = ("accuracy", "f1", "skew_normalized_accuracy")
FEW_SUBJECTS = "An interval over subjects needs two of them: where there is a dash, fewer have known labels."


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
        entry[name] = classifier_entry(name, label, score[:, keep], pooled, aus)
    entry["notes"] = list(notes)
    if any(values["subjects"] < 2 for values in entry["qda"]["per_au"].values()):
        entry["notes"].append(FEW_SUBJECTS)
    if published:
        entry["published"] = published
    return entry


def classifier_entry(name, label, score, pooled, aus):
    """Metrics of one classifier with intervals: its `score` [n, C] for `label` [n, C] of the Pooled frames."""
    metrics = score_all(label, score, aus, pooled.subject)
    ranges = intervals(label, score, pooled.subject, aus)
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
