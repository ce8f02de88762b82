"""The sections of report.html on results: numbers per AU beside those of the paper and of baselines."""

import json

from experiments.probabilities import calibration_rows
from experiments.results import BASELINES, CLASSIFIERS, average_name
from experiments.run_files import bars_plot, reliability_plot
from experiments.seeds import spread
from experiments.summary import span, values_of
from tools.report.page import Section, details, paragraph, picture, preformatted, table
from tools.report.tables import number

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
MAIN = ("two_afc", "accuracy", "f1")
FURTHER = tuple(metric for metric in MEASURES if metric not in MAIN)
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


def result_section(out, name, entry, synthetic):
    """A result: bars, the table per AU, the classifiers side by side, probabilities, counts.

    synthetic  whether it is on drawn faces: then the paper's numbers are no measure of it
    """
    heading = f"{entry['title']}, on {entry['tested_on']}"
    beside = "HOG + LDA and PCA + LDA on the same crops" + (" and the paper" if entry.get("published") else "")
    calibration = "Mean probability against the share of frames with the AU, in ten bins, all AUs together."
    blocks = [
        picture(out / bars_plot(name), f"2AFC per AU, {heading}", "2AFC per AU with 95% intervals over subjects."),
        table(result_rows(entry, synthetic), f"{heading}. CNN + QDA, beside {beside}; 95% intervals in brackets"),
        *map(paragraph, entry["notes"]),
        table(classifier_rows(entry), f"{average_name(entry)} over AUs of each classifier; 95% intervals in brackets"),
        table(metric_rows(entry, FURTHER), "Further metrics of CNN + QDA; 95% intervals in brackets"),
        table(decision_rows(entry), "Decisions of CNN + QDA, frame by frame and event by event"),
        picture(out / reliability_plot(name), f"Reliability of the probabilities, {heading}", calibration),
        table(calibration_rows(entry), "Errors of the probabilities of CNN + QDA, and before they were calibrated"),
        table(count_rows(entry), "What the numbers rest on, and 2AFC subject by subject"),
    ]
    for title, found in (
        (
            "AUs that could not be trained, or not by plain QDA",
            {key: entry[key]["reasons"] for key in classifiers(entry)},
        ),
        ("AUs whose probabilities are calibrated on all AUs together", {"qda": entry["calibration"]["uncalibrated"]}),
    ):
        texts = {CLASSIFIERS[key]: reasons for key, reasons in found.items() if reasons}
        if texts:
            blocks.append(details(title, [preformatted(json.dumps(texts, indent=1))]))
    return Section(heading, blocks)


def classifiers(entry):
    """The names of the classifiers of a result, in the order of tables."""
    return [name for name in CLASSIFIERS if name in entry]


def rows_of(entry):
    """[(what a row is called, its key)] for each AU and the average."""
    return [*((str(au), str(au)) for au in entry["aus"]), (average_name(entry), "Average")]


def with_interval(values, metric):
    """A metric with its interval: "0.918 (0.87-0.95)"; where there are several seeds, their spread, too."""
    digits = MEASURES[metric][1]
    text, ends = number(values[metric], digits), span(values, metric, digits - 1)
    if ends != "-":
        text += f" ({ends})"
    between = spread(values, metric)
    return text if between != between else f"{text} ± {number(between, digits)}"


def result_rows(entry, synthetic):
    """The table of a result: ours, the baselines', the paper's and, on real data, the differences from these."""
    head = ["AU", *(MEASURES[metric][0] for metric in MAIN), "majority %"]
    head += [f"{CLASSIFIERS[name]} {MEASURES[metric][0]}" for name in BASELINES for metric in ("two_afc", "f1")]
    head += ["raw logit 2AFC"]
    if published := entry.get("published"):
        head += ["paper accuracy %", "paper 2AFC"]
        head += [] if synthetic else ["accuracy - paper's", "2AFC - paper's"]
    rows = [head]
    for name, key in rows_of(entry):
        ours = values_of(entry["qda"], key)
        row = [name, *(with_interval(ours, metric) for metric in MAIN), number(ours["majority_accuracy"], 1)]
        for classifier in BASELINES:
            values = values_of(entry[classifier], key) if classifier in entry else {}
            row += [number(values.get(metric), 3) for metric in ("two_afc", "f1")]
        row.append(number(values_of(entry["logit"], key)["two_afc"] if "logit" in entry else None, 3))
        if published:
            paper = published.get(key, {})
            row += [number(paper.get("accuracy"), 2), number(paper.get("two_afc"), 3)]
            if not synthetic:
                row += [difference(ours[metric], paper.get(metric), MEASURES[metric][1]) for metric in MAIN[1::-1]]
        rows.append(row)
    return rows


def classifier_rows(entry):
    """The averages of each classifier, a column each."""
    names = classifiers(entry)
    rows = [["average", *(CLASSIFIERS[name] for name in names)]]
    for metric, (title, _) in MEASURES.items():
        rows.append([title, *(with_interval(entry[name]["average"], metric) for name in names)])
    return rows


def metric_rows(entry, metrics):
    """Metrics of QDA per AU and on average."""
    rows = [["AU", "base rate %", *(MEASURES[metric][0] for metric in metrics)]]
    for name, key in rows_of(entry):
        values = values_of(entry["qda"], key)
        rows.append(
            [name, number(100 * values["base_rate"], 1), *(with_interval(values, metric) for metric in metrics)]
        )
    return rows


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
