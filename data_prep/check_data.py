"""Check raw datasets before preparing them: what is there, against what is expected, and what is missing or odd.

  python -m data_prep.check_data --disfa /path/to/DISFA --bp4d /path/to/BP4D --ckplus /path/to/CK+ --csv mine.csv

At least one of them is needed. Nothing is written; videos are not decoded, and of a sequence of images only the first
one is. The exit status is 1 if training on one of the datasets would be wrong; what is merely incomplete is noted.
"""

import argparse
import sys
import warnings

from data_prep.datasets.dataset import add_options
from data_prep.datasets.findings import Finding, check_labels, check_pictures, check_recordings, note_list
from data_prep.datasets.table import DATASETS
from data_prep.preparation.dataset import name_of
from data_prep.subjects.provenance import dataset_name, holds_synthetic_tree
from data_prep.system.errors import InputError, one_clear_error


def check(dataset, root, options):
    """The Finding on a Dataset at `root`, read with `options` {name: value}."""
    title, expected = dataset.title_at(root), dataset.expected
    finding = Finding(f"{dataset_name(title, root)} at {root}", [], [], [])
    if holds_synthetic_tree(root):
        finding.notes.append(f"synthetic faces, not {title}: counts and shares are not compared with {title}'s")
        expected = None
    recordings, facts = [], {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            recordings = dataset.read(root, **options)
            facts = dataset.facts_at(root, recordings, options)
        except (InputError, OSError) as error:
            finding.problems.append(str(error))
            recordings = []
    note_list(finding, [str(warning.message) for warning in caught])
    if recordings:
        finding = finding._replace(title=f"{name_of(title, root, recordings)} at {root}")
        check_recordings(finding, recordings, expected)
        check_pictures(finding, recordings, expected)
        finding.lines.extend(f"{heading:13}{text}" for heading, text in facts.items())
        check_labels(finding, recordings, dataset, expected)
    return finding


def print_finding(finding):
    lines = [finding.title, "=" * len(finding.title), *finding.lines]
    for heading, items in (("notes", finding.notes), ("problems", finding.problems)):
        if items:
            lines += ["", f"  {heading}", *(f"    - {item}" for item in items)]
    if finding.problems:
        verdict = "NOT READY: training on this would be wrong"
    else:
        verdict = "ready; see the notes" if finding.notes else "ready"
    lines += ["", verdict, ""]
    encoding = sys.stdout.encoding or "utf-8"  # file names may hold what the terminal cannot show
    print("\n".join(lines).encode(encoding, "backslashreplace").decode(encoding))


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for key, dataset in DATASETS.items():
        parser.add_argument(f"--{key}", metavar=dataset.root)
    add_options(parser, DATASETS.values())
    settings = parser.parse_args(argv)
    roots = {key: getattr(settings, key) for key in DATASETS if getattr(settings, key)}
    if not roots:
        parser.error("name at least one dataset, e.g. --disfa /path/to/DISFA")
    findings = [check(DATASETS[key], root, DATASETS[key].chosen_options(settings)) for key, root in roots.items()]
    for finding in findings:
        print_finding(finding)
    if any(finding.problems for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    main()
