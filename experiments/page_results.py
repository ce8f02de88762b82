"""The sections of report.html on results: numbers per AU beside the paper's and the baseline's, and their counts."""

import json

from experiments.results import CLASSIFIERS, average_name
from experiments.run_files import bars_plot
from experiments.summary import span, values_of
from tools.report.page import Section, details, paragraph, picture, preformatted, table
from tools.report.tables import number


def result_section(out, name, entry):
    """A result: bars, the table per AU, counts."""
    heading = f"{entry['title']}, on {entry['tested_on']}"
    blocks = [
        picture(out / bars_plot(name), f"2AFC per AU, {heading}", "2AFC per AU with 95% intervals over subjects."),
        table(result_rows(entry), f"{heading}. CNN + QDA beside the paper and a PCA + LDA baseline on the same crops"),
        *map(paragraph, entry["notes"]),
        table(classifier_rows(entry), f"{average_name(entry)} over AUs, each classifier"),
        table(metric_rows(entry), "Further metrics of CNN + QDA"),
        table(decision_rows(entry), "Decisions of CNN + QDA, frame by frame and event by event"),
        table(count_rows(entry), "What the numbers rest on, and 2AFC subject by subject"),
    ]
    reasons = {CLASSIFIERS[key]: entry[key]["reasons"] for key in CLASSIFIERS if entry.get(key, {}).get("reasons")}
    if reasons:
        blocks.append(
            details("AUs that could not be trained, or not by plain QDA", [preformatted(json.dumps(reasons, indent=1))])
        )
    return Section(heading, blocks)


def result_rows(entry):
    """The table of a result: ours, the paper's and their difference per AU and on average."""
    published, logit = entry.get("published", {}), entry.get("logit")
    rows = [
        [
            "AU",
            "accuracy %",
            "95%",
            "paper acc. %",
            "difference",
            "2AFC",
            "95%",
            "paper 2AFC",
            "difference",
            "F1",
            "95%",
            "skew-normalized acc. %",
            "majority %",
            "raw logit 2AFC",
            "PCA+LDA acc. %",
            "PCA+LDA 2AFC",
        ]
    ]
    for key in [*map(str, entry["aus"]), "Average"]:
        ours, base = (values_of(entry[classifier], key) for classifier in ("qda", "pca_lda"))
        raw = values_of(logit, key) if logit else {}
        paper = published.get(key, {})
        rows.append(
            [
                average_name(entry) if key == "Average" else key,
                number(ours["accuracy"], 1),
                span(ours, "accuracy", 1),
                number(paper.get("accuracy"), 2),
                difference(ours["accuracy"], paper.get("accuracy"), 1),
                number(ours["two_afc"], 3),
                span(ours, "two_afc", 3),
                number(paper.get("two_afc"), 3),
                difference(ours["two_afc"], paper.get("two_afc"), 3),
                number(ours["f1"], 3),
                span(ours, "f1", 3),
                number(ours["skew_normalized_accuracy"], 1),
                number(ours["majority_accuracy"], 1),
                number(raw.get("two_afc"), 3),
                number(base["accuracy"], 1),
                number(base["two_afc"], 3),
            ]
        )
    return rows


MEASURES = {  # of all classifiers: title and decimals
    "two_afc": ("2AFC", 3),
    "average_precision": ("average precision", 3),
    "accuracy": ("accuracy %", 1),
    "skew_normalized_accuracy": ("skew-normalized accuracy %", 1),
    "f1": ("F1", 3),
    "skew_normalized_f1": ("skew-normalized F1", 3),
    "mcc": ("MCC", 3),
    "kappa": ("kappa", 3),
    "event_f1": ("event F1", 3),
}
FURTHER = ("average_precision", "mcc", "kappa", "skew_normalized_f1", "event_f1")


def classifier_rows(entry):
    """The averages of each classifier, with their intervals."""
    rows = [["", *(cell for title, _ in MEASURES.values() for cell in (title, "95%"))]]
    for name in (name for name in CLASSIFIERS if name in entry):
        values = entry[name]["average"]
        cells = [(number(values[key], digits), span(values, key, digits)) for key, (_, digits) in MEASURES.items()]
        rows.append([CLASSIFIERS[name], *(cell for pair in cells for cell in pair)])
    return rows


def metric_rows(entry):
    """Further metrics per AU and on average, with their intervals."""
    rows = [["AU", "base rate %", *(cell for key in FURTHER for cell in (MEASURES[key][0], "95%"))]]
    for key in [*map(str, entry["aus"]), "Average"]:
        values = values_of(entry["qda"], key)
        cells = [(number(values[metric], 3), span(values, metric, 3)) for metric in FURTHER]
        name = average_name(entry) if key == "Average" else key
        rows.append([name, number(100 * values["base_rate"], 1), *(cell for pair in cells for cell in pair)])
    return rows


DECISIONS = {
    "true_positives": "true positives",
    "false_positives": "false positives",
    "true_negatives": "true negatives",
    "false_negatives": "false negatives",
    "events": "events",
    "events_found": "of them found",
    "predicted_events": "predicted events",
    "predicted_events_right": "of them right",
}


def decision_rows(entry):
    """Counts of frames and of events per AU."""
    rows = [["AU", *DECISIONS.values()]]
    for au, values in entry["qda"]["per_au"].items():
        rows.append([au, *(number(values[name], 0) for name in DECISIONS)])
    return rows


def difference(ours, paper, digits):
    """Ours minus the paper's, with its sign; a dash where either is undefined."""
    return "-" if paper is None or ours is None or ours != ours else f"{ours - paper:+.{digits}f}"


def count_rows(entry):
    """The table of counts behind a result."""
    rows = [
        [
            "AU",
            "positives",
            "frames",
            "masked cells",
            "left out",
            "subjects",
            "with both classes",
            "2AFC subject by subject, mean",
        ]
    ]
    for au, values in entry["qda"]["per_au"].items():
        rows.append(
            [
                au,
                values["positives"],
                values["frames"],
                values["masked"],
                values["unscored"],
                values["subjects"],
                values["subjects_scored"],
                number(values["two_afc_by_subject"], 3),
            ]
        )
    return rows
