"""A page over all runs of a folder: every table, figure and number, how it was made, and which command makes it again.

  python -m experiments.index runs

Every experiment refreshes the page in the folder that its --index names, else the one beside its run folder, if there
is one. The page tells which runs are up to date, out of date, half done, and being made.
"""

import argparse
import sys
from pathlib import Path

from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import only_writer
from experiments.index_entries import entry_of
from experiments.run_files import REPORT
from experiments.run_state import digest_of
from tools.report.page import Section, notice, paragraph, save_page, table

INDEX, TITLE = "index.html", "All tables and figures"
ORDER = [  # of the paper, then what is not in it
    *("demo", "table1", "table2", "table3", "fig1", "fig2", "fig3", "fig4", "search", "mvn"),
    *("loso", "transfer", "bundle"),
]


def entries(runs):
    """The Entries of the folders below `runs`, in the paper's order."""
    digest_of.cache_clear()
    places = {name: place for place, name in enumerate(ORDER)}
    folders = [path for path in Path(runs).iterdir() if path.is_dir() and not path.name.startswith(".")]
    folders.sort(key=lambda path: (places.get(path.name.split("_")[0], len(places)), path.name))
    return [entry for folder in folders if (entry := entry_of(folder, runs))]


def is_index(path):
    """Whether a file is a page that this module has written."""
    return f"<title>{TITLE}</title>" in path.read_text(encoding="utf-8", errors="replace")


def save_index(runs):
    """Write the page; returns its Entries. Raises InputError if there is no run, or another file in its place."""
    path = Path(runs) / INDEX
    if path.exists() and not is_index(path):
        raise InputError(f"{path}: not written by this project, and would be replaced; move it away")
    with only_writer(runs, among_others=True, wait=True):
        found = entries(runs)
        if not found:
            raise InputError(f"{runs}: no {REPORT} in any folder here; run a target such as `make table1` first")
        save_page(path, TITLE, lead(found), [Section(f"{entry.name}: {entry.title}", entry.blocks) for entry in found])
    return found


def lead(found):
    """The blocks above all runs: warnings, and an overview."""
    blocks = []
    if any(entry.synthetic for entry in found):
        text = "Numbers on synthetic faces show that the system works and say nothing about the datasets."
        blocks.append(notice(text))
    blocks.append(paragraph("What each folder of runs holds, how it was made, and the command that makes it again."))
    head = ["folder", "what", "state", "result", "commit", "ended"]
    rows = [[e.name, e.title, e.state.word, e.line, commit_text(e.made_by), unbroken(e.ended)] for e in found]
    return [*blocks, table([head, *rows], "Overview")]


def unbroken(date):
    """A date whose parts stay in one line."""
    return date.replace("-", "\N{NON-BREAKING HYPHEN}")


def commit_text(made_by):
    """The commit of a `made_by`, and whether files differed from it."""
    return f"{made_by.get('commit') or 'unknown'}{' (edited)' if made_by.get('edited') else ''}" if made_by else ""


def refresh(settings, out):
    """Bring the index page up to date as a run in the folder `out` begins or ends; a run never fails by it."""
    runs = getattr(settings, "index", None) or Path(out).parent
    if not getattr(settings, "index", None) and not ((runs / INDEX).is_file() and is_index(runs / INDEX)):
        return
    try:
        save_index(runs)
    except (InputError, OSError) as error:
        print(f"the index of all runs was not refreshed: {error}", file=sys.stderr)


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", help="folder of run folders")
    runs = Path(parser.parse_args(argv).runs)
    if not runs.is_dir():
        raise InputError(f"{runs}: no such folder; run a target such as `make table1` first")
    found = save_index(runs)
    for entry in found:
        for reason in entry.state.reasons:
            print(f"{entry.name} is {entry.state.word}: {reason}", file=sys.stderr)
    print(f"{runs / INDEX}: {len(found)} {'entry' if len(found) == 1 else 'entries'}")


if __name__ == "__main__":
    main()
