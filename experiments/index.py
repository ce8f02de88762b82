"""A page over all reports of a folder of runs.

python -m experiments.index runs
"""

import argparse
from pathlib import Path
from urllib.parse import quote

from data_prep.system.errors import InputError, one_clear_error
from experiments.results import count_text
from experiments.run_files import REPORT
from tools.folds.metrics_file import METRICS_FILE, load_metrics
from tools.report.page import Section, links, notice, save_page
from tools.report.tables import number

INDEX, TITLE = "index.html", "All tables and figures"
ORDER = ("demo", "table1", "table2", "table3", "fig1", "fig2", "fig3", "fig4", "search")


def reports(runs):
    """[(folder, title, one line on it, whether it is on synthetic faces)] of the finished runs below `runs`, in the
    paper's order. Raises InputError naming a metrics.json that is missing or damaged."""
    found = []
    for folder in (path.parent for path in Path(runs).glob(f"*/{REPORT}")):
        try:
            metrics = load_metrics(folder)
            found.append((folder, metrics["title"], describe(metrics), metrics.get("synthetic", False)))
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
    entries = [(title, quote(f"{folder.name}/report.html"), line) for folder, title, line, _ in found]
    save_page(runs / INDEX, TITLE, lead, [Section("Reports", [links(entries)])])
    print(f"{runs / INDEX}: {len(found)} reports")


if __name__ == "__main__":
    main()
