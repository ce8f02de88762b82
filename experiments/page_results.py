"""The sections of report.html on results: numbers per AU beside the paper's and the baseline's, and their counts."""

import numpy as np

from data_prep.subjects.provenance import is_synthetic
from experiments.probabilities import CALIBRATION_GROUPS, calibration_rows
from experiments.results import BASELINES, CLASSIFIERS, average_name
from experiments.run_files import bars_plot, reliability_plot
from experiments.seeds import spread
from experiments.summary import span, values_of
from tools.report.page import Section, details, paragraph, picture, table
from tools.report.tables import number, signed

BARS = (
    "2AFC per AU with 95% intervals over subjects, where they are defined; 0.5 is chance. An AU without frames of both "
    'classes has no 2AFC: where its bar would stand it says "undefined".'
)
BESIDE = {
    True: "CNN + QDA beside the paper's numbers, and baselines",
    False: "CNN + QDA beside baselines",
}


RELIABILITY = "Mean probability against the share of frames with the AU, in ten bins, all AUs together."
IN_BRACKETS = "95% intervals in brackets"
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
FURTHER = ("average_precision", "skew_normalized_accuracy", "skew_normalized_f1", "mcc", "kappa", "event_f1")
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


def result_section(out, name, entry):
    """A result: bars, the table per AU, counts."""
    heading = f"{entry['title']}, on {entry['tested_on']}"
    after = f", and after them the {deviation_text(entry)}" if "seeds" in entry else ""
    blocks = [
        picture(out / bars_plot(name), f"2AFC per AU, {heading}", BARS),
        result_table(entry, f"{heading}. {BESIDE[bool(entry.get('published'))]} on the same crops; {IN_BRACKETS}"),
        *map(paragraph, entry["notes"]),
        table(classifier_rows(entry), f"{average_name(entry)} over AUs of each classifier; {IN_BRACKETS}{after}"),
        table(metric_rows(entry), f"Further metrics of CNN + QDA; {IN_BRACKETS}"),
        *seed_tables(entry),
        table(decision_rows(entry), "Decisions of CNN + QDA, frame by frame and event by event"),
        picture(out / reliability_plot(name), f"Reliability of the probabilities, {heading}", RELIABILITY),
        probability_table(entry),
        table(count_rows(entry), "What the numbers rest on, and 2AFC subject by subject"),
    ]
    untrained = {key: entry[key]["reasons"] for key in CLASSIFIERS if key in entry}
    for title, found in (
        ("AUs that could not be trained, or not by plain QDA", untrained),
        ("AUs whose probabilities are calibrated on all AUs together", {"qda": entry["calibration"]["uncalibrated"]}),
    ):
        rows = [[CLASSIFIERS[key], where, why] for key, reasons in found.items() for where, why in reasons.items()]
        if rows:
            blocks.append(details(title, [table([["classifier", "where", "why"], *rows], title, head_columns=2)]))
    return Section(heading, blocks)


def result_columns(entry):
    """Yield (group, head, function of an AU's key or "Average" that gives the cell) of the table of a result.

    The paper's numbers have columns where there are any, the difference from them only on the data that they are of.
    """

    def value(classifier, metric, digits):
        return lambda key: number(values_of(entry[classifier], key)[metric], digits)

    def interval(metric):
        return lambda key: with_interval(values_of(entry["qda"], key), metric, seeds=False)

    def paper(metric, digits):
        return lambda key: number(published.get(key, {}).get(metric), digits)

    def difference(metric, digits):
        def cell(key):
            ours, theirs = values_of(entry["qda"], key)[metric], published.get(key, {}).get(metric)
            return signed(None if None in (ours, theirs) else ours - theirs, digits)

        return cell

    published = entry.get("published", {})
    for group, metric, digits in (("accuracy, %", "accuracy", 1), ("2AFC", "two_afc", 3), ("F1", "f1", 3)):
        yield group, "CNN\N{NO-BREAK SPACE}+ QDA", interval(metric)
        if any(metric in row for row in published.values()):
            yield group, "paper", paper(metric, 2 if metric == "accuracy" else digits)
            if not is_synthetic(entry["tested_on"]):
                yield group, "diff.", difference(metric, digits)
        if metric == "accuracy":
            yield group, "majority", value("qda", "majority_accuracy", 1)
        if metric == "two_afc" and "logit" in entry:
            yield group, "raw logit", value("logit", metric, digits)
        for name in (name for name in BASELINES if name in entry):
            yield group, CLASSIFIERS[name].replace(" ", "\N{NO-BREAK SPACE}", 1), value(name, metric, digits)


def result_table(entry, caption):
    """The table of a result: ours, the paper's and the baselines' per AU and on average, grouped by metric."""
    columns = list(result_columns(entry))
    rows = [["AU", *(head for _, head, _ in columns)]]
    for key in [*map(str, entry["aus"]), "Average"]:
        name = average_name(entry) if key == "Average" else key
        rows.append([name, *(cell(key) for _, _, cell in columns)])
    return table(rows, caption, groups=["", *(group for group, _, _ in columns)])


def with_interval(values, metric, seeds=True):
    """A metric with its interval: "0.918 (0.87-0.95)"; with several seeds, their spread after it unless not wanted."""
    digits = MEASURES[metric][1]
    text, ends = number(values[metric], digits), span(values, metric, digits - 1)
    between = spread(values, metric) if seeds else np.nan
    return text + f" ({ends})" * (ends != "-") + f" \u00b1 {number(between, digits)}" * (between == between)


def classifier_rows(entry):
    """The averages of each classifier, a column each."""
    names = [name for name in CLASSIFIERS if name in entry]
    rows = [["average", *(CLASSIFIERS[name] for name in names)]]
    for metric, (title, _) in MEASURES.items():
        rows.append([title, *(with_interval(entry[name]["average"], metric) for name in names)])
    return rows


def metric_rows(entry):
    """Further metrics per AU and on average."""
    rows = [["AU", "base rate %", *(MEASURES[metric][0] for metric in FURTHER)]]
    for key in [*map(str, entry["aus"]), "Average"]:
        values = values_of(entry["qda"], key)
        name = average_name(entry) if key == "Average" else key
        cells = [with_interval(values, metric, seeds=False) for metric in FURTHER]
        rows.append([name, number(100 * values["base_rate"], 1), *cells])
    return rows


def seed_tables(entry):
    """The table of how far the metrics of QDA differ between seeds, if there are several."""
    if "seeds" not in entry:
        return []
    rows = [["AU", *(title for title, _ in MEASURES.values())]]
    for key in [*map(str, entry["aus"]), "Average"]:
        values, name = values_of(entry["qda"], key), average_name(entry) if key == "Average" else key
        rows.append([name, *(number(spread(values, metric), digits) for metric, (_, digits) in MEASURES.items())])
    return [table(rows, f"{deviation_text(entry).capitalize()}, CNN + QDA")]


def deviation_text(entry):
    return f"standard deviation between {1 + len(entry['seeds'])} seeds"


def probability_table(entry):
    """The table of a result's probabilities: their errors, and how they agree with intensities."""
    rows, caption = calibration_rows(entry), "Errors of the probabilities of CNN + QDA, and before they were calibrated"
    if entry.get("intensity"):
        caption += "; agreement of 5 x probability with coded intensities"
    return table(rows, caption, groups=CALIBRATION_GROUPS[: len(rows[0])])


def decision_rows(entry):
    """Counts of frames and of events per AU."""
    rows = [["AU", *DECISIONS.values()]]
    for au, values in entry["qda"]["per_au"].items():
        rows.append([au, *(number(values[name], 0) for name in DECISIONS)])
    return rows


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
