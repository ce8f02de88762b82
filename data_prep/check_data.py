"""Check raw datasets before preparing them: what is there, against what is expected, and what is missing or odd.

  python -m data_prep.check_data --disfa /path/to/DISFA --bp4d /path/to/BP4D --ckplus /path/to/CK+ --csv mine.csv

Any of them alone will do. Nothing is written; videos are not decoded, only the first image of a sequence is. Ends with
exit status 1 if training on one of them would be wrong; a merely incomplete dataset is told in notes.
"""

import argparse
import sys
import warnings
from collections import Counter
from pathlib import Path

from data_prep.datasets.expected import BP4D, CKPLUS, DISFA
from data_prep.datasets.findings import Finding, count_labels, count_units, look_at_pictures, some
from data_prep.readers.bp4d import FERA_DEV, FERA_TRAIN, offset_of, read_bp4d
from data_prep.readers.ckplus import read_ckplus, ungraded_count
from data_prep.readers.csv_dataset import read_csv_dataset
from data_prep.readers.disfa import read_disfa
from data_prep.subjects.provenance import SYNTHETIC, dataset_name
from data_prep.system.errors import InputError, one_clear_error


def check(name, root, read, expected=None, facts=None):
    """The Finding of the dataset `name` at `root`. `read()` gives its recordings, `facts(recordings)` further lines."""
    finding = Finding(f"{dataset_name(name, root)} at {root}", [], [], [])
    if (Path(root) / SYNTHETIC).exists():
        finding.notes.append(f"synthetic faces, not {name}: counts and shares are not compared with {name}'s")
        expected = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            recordings = read()
            more = facts(recordings) if facts else []
        except (InputError, OSError) as error:
            finding.problems.append(str(error))
            recordings = []
    finding.notes.extend(some([str(warning.message) for warning in caught], "\n    - "))
    if recordings:
        count_units(finding, recordings, expected)
        look_at_pictures(finding, recordings, expected)
        finding.lines.extend(more)
        count_labels(finding, recordings, expected)
    return finding


def bp4d_facts(recordings):
    """Lines on the frame offsets in use and on the partitions of FERA 2015."""
    offsets = Counter(offset_of(recording) for recording in recordings)
    lines = [f"{'frame offset':13}" + ", ".join(f"{offset} in {n:,} tasks" for offset, n in sorted(offsets.items()))]
    for name, subjects, full in (("FERA train", FERA_TRAIN, 75586), ("FERA dev", FERA_DEV, 71261)):
        part = [recording for recording in recordings if recording.subject in subjects]
        frames, people = sum(len(recording.frame) for recording in part), {recording.subject for recording in part}
        lines.append(
            f"{name:13}{frames:>9,}   from {len(people)} subjects; in all of BP4D {full:,} from {len(subjects)}"
        )
    return lines


def print_finding(finding):
    lines = [finding.title, "=" * len(finding.title), *finding.lines]
    for heading, items in (("notes", finding.notes), ("problems", finding.problems)):
        if items:
            lines.append("\n" * bool(finding.lines) + f"  {heading}\n    - " + "\n    - ".join(items))
    verdict = "ready; see the notes" if finding.notes else "ready"
    lines.append(f"\n{'NOT READY: training on this would be wrong' if finding.problems else verdict}\n")
    encoding = sys.stdout.encoding or "utf-8"  # file names may hold what the terminal cannot show
    print("\n".join(lines).encode(encoding, "backslashreplace").decode(encoding))


def check_disfa(root):
    return check("DISFA", root, lambda: read_disfa(root), DISFA)


def check_bp4d(root):
    return check("BP4D", root, lambda: read_bp4d(root), BP4D, bp4d_facts)


def check_ckplus(root):
    def ungraded(_):
        return [f"{'ungraded':13}{ungraded_count(root):>9,}   AUs coded without an intensity, here counted as absent"]

    return check("CK+", root, lambda: read_ckplus(root), CKPLUS, ungraded)


def check_csv(path):
    return check(Path(path).stem, path, lambda: read_csv_dataset(path))


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checks = {"disfa": check_disfa, "bp4d": check_bp4d, "ckplus": check_ckplus, "csv": check_csv}
    for name in checks:
        parser.add_argument(f"--{name}", metavar="FILE" if name == "csv" else "ROOT")
    given = {name: root for name, root in vars(parser.parse_args(argv)).items() if root}
    if not given:
        parser.error("name at least one dataset, e.g. --disfa /path/to/DISFA")
    findings = [checks[name](root) for name, root in given.items()]
    for finding in findings:
        print_finding(finding)
    if any(finding.problems for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    main()
