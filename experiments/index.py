"""A page over all reports of a folder of runs.

python -m experiments.index runs
"""

import argparse
import json
from pathlib import Path
from urllib.parse import quote

from data_prep.system.errors import InputError, one_clear_error
from tools.report.page import Section, links, notice, save_page
from tools.report.tables import number

INDEX, TITLE = "index.html", "All tables and figures"
ORDER = ("demo", "table1", "table2", "table3", "fig1", "fig2", "fig3", "fig4", "search")


def reports(runs):
    """[(folder, metrics)] of the finished runs below `runs`, in the paper's order."""
    found = []
    for path in Path(runs).glob("*/report.html"):
        try:
            found.append((path.parent, json.loads((path.parent / "metrics.json").read_text())))
        except (OSError, ValueError) as error:
            raise InputError(f"{path.parent}/metrics.json: cannot be read ({error}); run its target again") from error
    names = {name: number for number, name in enumerate(ORDER)}
    return sorted(found, key=lambda entry: (names.get(entry[0].name, len(names)), entry[0].name))


def is_index(path):
    """Whether a file is a page that this module has written."""
    return f"<title>{TITLE}</title>" in path.read_text(encoding="utf-8", errors="replace")


def describe(metrics):
    """One line on what a run found."""
    lines = []
    for entry in metrics.get("results", {}).values():
        if "qda" in entry:
            two_afc, accuracy = (entry["qda"]["average"][metric] for metric in ("two_afc", "accuracy"))
            lines.append(f"{entry['title']}: 2AFC {number(two_afc, 3)}, accuracy {number(accuracy, 1)}%")
    if "phi" in metrics and metrics["phi"]["likeness"] is not None:
        lines.append(f"likeness of the two maps {metrics['phi']['likeness']:.2f}")
    lines += [
        f"fold {name}: best validation loss {number(entry['best']['validation_loss'], 3)}"
        for name, entry in metrics.get("results", {}).items()
        if "best" in entry
    ]
    if metrics.get("shortened"):
        lines.append(f"shortened run: {', '.join(metrics['shortened'])}")
    return "; ".join(lines)


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", help="folder of run folders")
    runs = Path(parser.parse_args(argv).runs)
    found = reports(runs)
    if not found:
        raise InputError(f"{runs}: no report.html in any folder here; run a target such as `make table1` first")
    if (runs / INDEX).exists() and not is_index(runs / INDEX):
        raise InputError(f"{runs / INDEX}: not written by this project, and would be replaced; move it away")
    synthetic = any(metrics.get("synthetic") for _, metrics in found)
    lead = [
        notice("Numbers on synthetic faces show that the system works and say nothing about the datasets.")
    ] * synthetic
    entries = [(metrics["title"], quote(f"{folder.name}/report.html"), describe(metrics)) for folder, metrics in found]
    save_page(runs / INDEX, TITLE, lead, [Section("Reports", [links(entries)])])
    print(f"{runs}/{INDEX}: {len(found)} reports")


if __name__ == "__main__":
    main()
