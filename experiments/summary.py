"""table.md of a run, which the terminal shows too: a table per result, the paper's numbers beside ours."""

from experiments.facts import data_facts, faces_found, warnings_of
from experiments.results import BASELINES, average_name
from experiments.seeds import spread
from tools.report.tables import markdown_table, number


def summary(metrics):
    """The text of table.md."""
    lines = [f"# {metrics['title']}", "", *warnings_of(metrics), ""]
    for caption, rows in metrics.get("tables", []):
        lines += [f"## {caption}", "", markdown_table(rows), ""]
    for entry in metrics["results"].values():
        lines += [f"## {entry['title']}, on {entry['tested_on']}", "", markdown_table(short_rows(entry)), ""]
        lines += [f"{note}\n" for note in entry["notes"]]
    lines += [f"{note}\n" for note in metrics.get("notes", [])]
    lines.append(faces_found(metrics))
    lines += [f"{name}: {heading}: {text}." for name, heading, text in data_facts(metrics)]
    return "\n".join(lines) + "\n"


def short_rows(entry):
    """Rows of the table of a result; the paper's numbers have columns where there are any."""
    published = entry.get("published", {})
    rows = [
        [
            "AU",
            "accuracy %",
            "2AFC",
            "95%",
            *(["± seeds"] if "seeds" in entry else []),
            "F1",
            "majority %",
            "HOG+LDA 2AFC",
            "PCA+LDA 2AFC",
            *(["paper acc. %", "paper 2AFC"] if published else []),
            "positives",
            "frames",
        ]
    ]
    for key in [*map(str, entry["aus"]), "Average"]:
        ours = values_of(entry["qda"], key)
        hog, pixels = (values_of(entry[name], key) if name in entry else {} for name in BASELINES)
        paper = published.get(key, {})
        rows.append(
            [
                average_name(entry) if key == "Average" else key,
                number(ours["accuracy"], 1),
                number(ours["two_afc"], 3),
                span(ours, "two_afc", 2),
                *([number(spread(ours, "two_afc"), 3)] if "seeds" in entry else []),
                number(ours["f1"], 3),
                number(ours["majority_accuracy"], 1),
                number(hog.get("two_afc"), 3),
                number(pixels.get("two_afc"), 3),
                *([number(paper.get("accuracy"), 2), number(paper.get("two_afc"), 3)] if published else []),
                ours.get("positives", ""),
                ours.get("frames", ""),
            ]
        )
    return rows


def values_of(classifier, key):
    """A classifier's values of an AU, or of "Average"."""
    return classifier["average"] if key == "Average" else classifier["per_au"][key]


def span(values, metric, digits):
    """The interval of a metric as "0.71-0.85", or "-0.05 to 0.20"; a dash where it is undefined."""
    low, high = values["intervals"].get(metric, (None, None))
    if low is None or low != low:
        return "-"
    between = " to " if low < 0 else "-"
    return f"{number(low, digits)}{between}{number(high, digits)}"
