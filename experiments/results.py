"""The results of an experiment, and the schema of its metrics.json.

metrics.json
  experiment, title, data {dataset: what the data are}, synthetic, shortened [why this is not the paper's full run]
  engine, folds {fold: {test set: subjects}}, settings, stopped_at {fold: iterations}, detection {dataset: counts}
  facts {dataset: {heading: text}} on what was found in the data and how they were read
  versions {software: version}, made_by {"version", "commit", "edited"} of this project, command that made it
  results {test: {"title", "tested_on", "aus", "averaged" [AU], "frames", "qda", "logit", "hog_lda", "pca_lda",
    "calibration" and "intensity" (experiments/probabilities.py), "published", "notes" [remark]}}; a classifier holds
    per_au {AU: metric values, counts, "intervals" {metric: [low, high]}}, average (the same), by_subject {subject: {AU:
    metric values, counts}}, reasons (why an AU is null, or not plain QDA)
  notes [remark] on what was left out and on results, tables [[caption, rows]] that compare results; phi (Fig. 4): the
    matrices and their likeness
  cost (experiments/cost.py), seconds {stage: seconds}
tools/statistics/metrics.py describes the metrics; intervals are 95%, over subjects (tools/statistics/intervals.py).
Undefined is null, and so is of the raw logit what needs decisions: it has no threshold, unless one is chosen. All
classifiers are scored on the same frames, and averages are over the same AUs for all of them and for the paper.
"""

import numpy as np

from data_prep.subjects.aus import UNKNOWN
from experiments.probabilities import calibration_entry, intensity_entry
from tools.folds.run import scored_by
from tools.statistics.intervals import FEWEST, intervals
from tools.statistics.metrics import THRESHOLD_METRICS, averaged_aus, by_subject, mean, score_all
from tools.statistics.scored import scored

CLASSIFIERS = {  # in the order of tables
    "qda": "CNN + QDA",
    "logit": "CNN, raw logit",
    "hog_lda": "HOG + LDA",
    "pca_lda": "PCA + LDA",
}
BASELINES = ("hog_lda", "pca_lda")
FEW_SUBJECTS = f"An interval needs {FEWEST} subjects who have both classes: where there is a dash, fewer have them."


def result(title, tested_on, pooled, aus, published=None, columns=None, notes=()):
    """The entry of metrics["results"] for Pooled scores.

    aus        AU numbers to report
    published  {"1": {"accuracy", "two_afc"}, ..., "Average": ...} of the paper, if it has such a result
    columns    AU numbers of the pooled columns, where a net models more than is reported (default `aus`)
    notes      remarks to show beside the numbers
    """
    keep = [list(columns or aus).index(au) for au in aus]
    pooled = columns_of(pooled, keep)
    unscored = np.any([np.isnan(score) for score in pooled.score.values()], axis=0)
    compared = pooled._replace(label=np.where(unscored, UNKNOWN, pooled.label))
    averaged = averaged_aus(scored(compared.label, np.zeros(compared.label.shape)), aus)
    entry = {"title": title, "tested_on": tested_on, "aus": list(aus), "averaged": averaged}
    entry["frames"] = int((pooled.label >= 0).any(axis=1).sum())
    for name in pooled.score:
        entry[name] = classifier_entry(name, compared, aus, averaged)
        for values, masked in zip(entry[name]["per_au"].values(), (pooled.label < 0).sum(axis=0)):
            values["masked"], values["unscored"] = int(masked), values["masked"] - int(masked)
    entry["calibration"] = calibration_entry(compared, aus)
    if graded := intensity_entry(compared, aus):
        entry["intensity"] = graded
    entry["notes"] = [*notes, *notes_on(entry)]
    if published:
        entry["published"] = over_averaged(published, entry)
    return entry


def columns_of(pooled, keep):
    """The Pooled frames with the columns `keep` of their AUs."""
    by_classifier = {
        field: {name: values[:, keep] for name, values in getattr(pooled, field).items()}
        for field in ("score", "threshold", "probability")
    }
    return pooled._replace(label=pooled.label[:, keep], intensity=pooled.intensity[:, keep], **by_classifier)


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
            "Frames left out of every column, as a classifier of their fold could not be trained (the reasons are "
            f"below): {', '.join(unscored)}."
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


def classifier_entry(name, pooled, aus, averaged):
    """Metrics of a classifier on Pooled frames, with intervals, and subject by subject."""
    frames = scored_by(pooled, name)
    metrics, ranges = score_all(frames, aus, averaged), intervals(frames, aus, averaged)
    metrics["average"]["intervals"] = ranges["average"]
    metrics["by_subject"] = by_subject(frames, aus)
    for au, values in metrics["per_au"].items():
        alone = [subject[au]["two_afc"] for subject in metrics["by_subject"].values()]
        alone = [value for value in alone if not np.isnan(value)]
        values |= {"two_afc_by_subject": mean(alone), "subjects_scored": len(alone), "intervals": ranges["per_au"][au]}
    metrics["reasons"] = pooled.reasons[name]
    return without_decisions(metrics) if np.isnan(pooled.threshold[name]).all() else metrics


def without_decisions(metrics):
    """`metrics` with NaN for what needs decisions, and for its intervals."""

    def without(values):
        missing = dict.fromkeys(set(THRESHOLD_METRICS) & set(values), np.nan)
        if "intervals" in values:
            missing["intervals"] = {
                metric: [np.nan, np.nan] if metric in THRESHOLD_METRICS else ends
                for metric, ends in values["intervals"].items()
            }
        return values | missing

    per_au = {au: without(values) for au, values in metrics["per_au"].items()}
    by_subject = {
        subject: {au: without(values) for au, values in of_subject.items()}
        for subject, of_subject in metrics["by_subject"].items()
    }
    return metrics | {"per_au": per_au, "average": without(metrics["average"]), "by_subject": by_subject}
