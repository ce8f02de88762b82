"""A page over all reports of a folder of runs: numbers, files, settings, versions, commit and command of each.

python -m experiments.index runs
"""

import argparse
from pathlib import Path
from urllib.parse import quote

from data_prep.system.errors import InputError, one_clear_error
from experiments.page_results import MEASURES, classifiers, result_rows, with_interval
from experiments.results import CLASSIFIERS, count_text
from experiments.run_files import REPORT, RESULTS, TABLE
from tools.folds.metrics_file import METRICS_FILE, load_metrics
from tools.report.page import Section, details, links, notice, paragraph, preformatted, save_page, table
from tools.report.tables import number
from tools.report.versions import made_by_text

INDEX, TITLE = "index.html", "All tables and figures"
FILES = {
    REPORT: "everything on one page",
    TABLE: "the main table, as text",
    RESULTS: "every number in rows, subject by subject too",
    METRICS_FILE: "every number, with settings, versions, commit and command",
}
FIGURES = (".png", ".pdf")
SHOWN = ("two_afc", "average_precision", "accuracy", "f1", "mcc")  # ours: of the averages; all are in the reports
ORDER = ("demo", "table1", "table2", "table3", "fig1", "fig2", "fig3", "fig4", "search")


def reports(runs):
    """[(folder, title, one line on it, blocks of its section, whether it is on synthetic faces)] of the finished runs
    below `runs`, in the paper's order. Raises InputError naming a metrics.json that is missing or damaged."""
    found = []
    for folder in (path.parent for path in Path(runs).glob(f"*/{REPORT}")):
        try:
            metrics = load_metrics(folder)
            line, blocks = describe(metrics), section_blocks(folder, metrics)
            found.append((folder, metrics["title"], line, blocks, metrics.get("synthetic", False)))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{folder / METRICS_FILE}: missing or damaged ({error!r}); run the target that makes {folder} again"
            ) from error
    places = {name: place for place, name in enumerate(ORDER)}
    return sorted(found, key=lambda report: (places.get(report[0].name, len(places)), report[0].name))


def is_index(path):
    """Whether a file is a page that this module has written."""
    return f"<title>{TITLE}</title>" in path.read_text(encoding="utf-8", errors="replace")


def describe(metrics):
    """The results of a run in one line."""
    parts = []
    for name, entry in metrics.get("results", {}).items():
        if "qda" in entry:
            average = entry["qda"]["average"]
            parts.append(
                f"{entry['title']}: 2AFC {number(average['two_afc'], 3)}, accuracy {number(average['accuracy'], 1)}%, "
                f"average of {count_text(average['aus'])}"
            )
        if "best" in entry:
            parts.append(f"fold {name}: best validation loss {number(entry['best']['validation_loss'], 3)}")
    if "phi" in metrics:
        parts.append(f"likeness of the two maps {number(metrics['phi']['likeness'], 2)}")
    if metrics.get("shortened"):
        parts.append(f"shortened run: {', '.join(metrics['shortened'])}")
    return "; ".join(parts)


def section_blocks(folder, metrics):
    """The blocks on a run: averages, tables per AU, files, configuration, command."""
    blocks, results = [], {name: entry for name, entry in metrics.get("results", {}).items() if "qda" in entry}
    if results:
        blocks.append(table(average_rows(results), "Averages over AUs; 95% intervals in brackets"))
    for entry in results.values():
        rows = result_rows(entry, metrics.get("synthetic", False))
        blocks.append(details(f"Per AU: {entry['title']}, on {entry['tested_on']}", [table(rows, entry["title"])]))
    blocks += [details(caption, [table(rows, caption)]) for caption, rows in metrics.get("tables", [])]
    blocks.append(links([(name, quote(f"{folder.name}/{name}"), what) for name, what in files_of(folder)]))
    configuration = [metrics.get("settings", {}), metrics.get("versions", {}), metrics.get("data", {})]
    rows = [["", ""], *([name, str(value)] for part in configuration for name, value in part.items())]
    if len(rows) > 1:
        blocks.append(details("Settings, versions and data", [table(rows, "Settings, versions and data")]))
    if "made_by" in metrics:
        blocks.append(paragraph(f"Made by {made_by_text(metrics['made_by'])}, with this command:"))
    if "command" in metrics:
        blocks.append(preformatted(metrics["command"]))
    return blocks


def average_rows(results):
    """A row for each classifier of each result."""
    rows = [["result", "AUs", "classifier", *(MEASURES[metric][0] for metric in SHOWN)]]
    for entry in results.values():
        for name in classifiers(entry):
            average = entry[name]["average"]
            cells = [with_interval(average, metric) for metric in SHOWN]
            rows.append([entry["title"], str(len(average["aus"])), CLASSIFIERS[name], *cells])
    return rows


def files_of(folder):
    """[(name, what it holds)] of a run's own files, the report first."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    known = [name for name in FILES if name in names]
    figures = [name for name in names if name not in FILES and Path(name).suffix in FIGURES]
    return [*((name, FILES[name]) for name in known), *((name, "figure") for name in figures)]


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", help="folder of run folders")
    runs = Path(parser.parse_args(argv).runs)
    found = reports(runs)
    if not found:
        raise InputError(f"{runs}: no {REPORT} in any folder here; run a target such as `make table1` first")
    if (runs / INDEX).exists() and not is_index(runs / INDEX):
        raise InputError(f"{runs / INDEX}: not written by this project, and would be replaced; move it away")
    lead = []
    if any(synthetic for *_, synthetic in found):
        lead.append(notice("Numbers on synthetic faces show that the system works and say nothing about the datasets."))
    entries = [(title, quote(f"{folder.name}/{REPORT}"), line) for folder, title, line, *_ in found]
    sections = [Section("Reports", [links(entries)])]
    sections += [Section(f"{folder.name}: {title}", blocks) for folder, title, _, blocks, _ in found]
    save_page(runs / INDEX, TITLE, lead, sections)
    print(f"{runs / INDEX}: {len(found)} reports")


if __name__ == "__main__":
    main()
