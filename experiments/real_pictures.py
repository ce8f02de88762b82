"""What a model is worth on real people: your own pictures, labelled by eye, against what the model finds in them.

  python -m experiments.real_pictures photos/ labels.csv --model runs/bundle --out runs/real_pictures

Of each AU 2AFC, and hits and false alarms at the model's own threshold, with 95% intervals over pictures (over people,
where the CSV has a column `person`), for all faces and for each `group` of the CSV; faces that are not found are
counted and left out. data_prep/readers/labelled_pictures.py has the columns. Label before you score, and let no score
change a label. Writes table.md, metrics.json, report.html, and faces.csv with the model's scores of every face.

Beside the AUs two rows tell what they hide: "1 or 2" is any raising of the brows, by the larger of both scores; "6
among 12" is AU 6 among smiles alone, as a detector that knows smiles only does well on AU 6 elsewhere.
"""

import argparse
import csv
import functools
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from data_prep.faces.geometry import is_same, overlap
from data_prep.readers.labelled_pictures import RAISED, read_labelled_pictures
from data_prep.subjects.aus import UNKNOWN
from data_prep.system.arguments import device, positive
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import atomic
from data_prep.system.pool import run_all
from experiments.options import used
from experiments.real_pictures_report import TITLE, save_all
from experiments.recorded import run_folder
from tools.detection.bundle import FACTS, READY, load_bundle
from tools.detection.detection import find_faces, score_faces
from tools.detection.inputs import Input
from tools.detection.job import Job
from tools.report.versions import made_by
from tools.statistics.bootstrap import RATES, drawn_rates, interval_of, rates
from tools.statistics.intervals import FEWEST
from tools.statistics.metrics import mean
from tools.statistics.scored import scored

EVERYBODY = "all"  # the group of all faces
PAIR, AMONG_SMILES = "1 or 2", "6 among 12"
CHEEKS, SMILE = 6, 12


class Seen(NamedTuple):
    """What a model makes of n labelled faces: found bool [n]; score float64 [n, C], present bool [n, C]."""

    found: np.ndarray
    score: np.ndarray
    present: np.ndarray


@functools.cache
def loaded(folder, where):
    return load_bundle(folder, where)


def faces_in(job):
    """[(box, score [C], present [C])] of the picture of a Job; text if it cannot be read."""
    cv2.setNumThreads(1)  # pictures are processed in parallel
    bundle = loaded(job.model, job.device)
    try:
        if not job.input.is_picture:
            return "not a picture; give single pictures"
        frames = score_faces(job, bundle, *find_faces(job, bundle)[:2])
    except InputError as error:
        return str(error)
    return [(face.box.astype(float), face.score, face.present) for frame in frames for face in frame.faces]


def unseen(labelled, bundle):
    """The Seen of faces that are all found, and of which nothing is known yet."""
    shape = len(labelled.faces), len(bundle.facts["aus"])
    return Seen(np.ones(shape[0], bool), np.full(shape, np.nan), np.zeros(shape, bool))


def look(labelled, model, where, jobs, path):
    """The Seen of the faces of a LabelledPictures, read from the CSV `path`."""
    bundle = load_bundle(model, where)
    files = list(dict.fromkeys(face.file.resolve() for face in labelled.faces))
    tasks = [Job(Input(file), file.name, str(model), "", experimental=True, device=where) for file in files]
    found = {job.input.source: faces for job, faces in run_all(faces_in, tasks, jobs, lambda job: job.name)}
    seen = unseen(labelled, bundle)
    seen.found[:] = False
    for row, face in enumerate(labelled.faces):
        faces = found[face.file.resolve()]
        if isinstance(faces, str):
            raise InputError(
                f"{path}:{face.line}: {face.name} cannot be read ({faces}); leave the row out, or copy it again"
            )
        if match := matching(face.box, faces):
            seen.found[row], seen.score[row], seen.present[row] = True, *match[1:]
    return seen


def matching(box, faces):
    """The one of `faces` [(box, ...)] that a labelled box is of, the largest without a box; None if there is none."""
    if box is None:
        return max(faces, key=lambda face: face[0][2], default=None)
    same = [face for face in faces if is_same(face[0], box)]
    return max(same, key=lambda face: overlap(face[0], box), default=None)


def measured(labelled, seen, aus):
    """{row: Scored of vectors [n]}: the labelled AUs that a model of `aus` knows, and the rows beside them."""
    clusters = np.array([f"person {face.person}" if face.person else f"picture {face.name}" for face in labelled.faces])
    column, label = {au: k for k, au in enumerate(aus)}, dict(zip(labelled.aus, labelled.label.T))

    def of(known, score, present):
        known = np.where(seen.found, known, UNKNOWN)
        return scored(known, np.where(seen.found, score, 0), clusters, present)

    rows = {
        str(au): of(label[au], seen.score[:, column[au]], seen.present[:, column[au]]) for au in label if au in column
    }
    if set(RAISED) <= set(column):
        both = [column[au] for au in RAISED]
        rows[PAIR] = of(labelled.either, seen.score[:, both].max(1), seen.present[:, both].any(1))
    if {str(CHEEKS), str(SMILE)} <= set(rows):
        smiles = np.where(label[SMILE] == 1, label[CHEEKS], UNKNOWN)
        rows[AMONG_SMILES] = of(smiles, seen.score[:, column[CHEEKS]], seen.present[:, column[CHEEKS]])
    return {name: row for name, row in rows.items() if (row.label >= 0).any()}


def measure(rows, keep, averaged, seed):
    """{"per_au": {row: values}, "average": values} of measured rows, on the faces `keep` bool [n].

    averaged  rows to average over; None for all AUs. Those with fewer than FEWEST of a class are left out, as one face
              would decide
    """
    per_au, drawn = {}, {}
    for name, row in rows.items():
        row = row.rows(keep)
        plain, drawn[name] = rates(row, np.ones((1, len(row.label)))), drawn_rates(row, seed)
        per_au[name] = {
            "positives": int((row.label == 1).sum()),
            "negatives": int((row.label == 0).sum()),
            **{rate: float(plain[rate][0]) for rate in RATES},
            "intervals": {rate: interval_of(drawn[name][rate]) for rate in RATES},
        }
    names = averaged or [name for name in rows if name.isdecimal()]
    names = [name for name in names if min(per_au[name]["positives"], per_au[name]["negatives"]) >= FEWEST]
    average = {rate: mean([per_au[name][rate] for name in names]) for rate in RATES}
    average["intervals"] = {
        rate: interval_of(np.mean([drawn[name][rate] for name in names], axis=0) if names else np.array([]))
        for rate in RATES
    }
    return {"per_au": per_au, "average": average | {"aus": names}}


def measure_groups(labelled, rows, found, averaged, seed):
    """{group: its counts of faces, and what `measure` gives}: of all faces first, then of each group of the CSV."""
    group = np.array([face.group for face in labelled.faces])
    names = [name for name in dict.fromkeys(group.tolist()) if name]
    keeps = {EVERYBODY: np.ones(len(group), bool)} | {name: group == name for name in names}
    return {
        name: {
            "faces": int(keep.sum()),
            "not_found": int((keep & ~found).sum()),
            **measure(rows, keep, averaged, seed),
        }
        for name, keep in keeps.items()
    }


def check_rows(settings, labelled, rows):
    """Raise InputError where there would be nothing to measure, or a name means nothing, or two things."""
    for face in labelled.faces:
        if face.group == EVERYBODY:
            raise InputError(
                f"{settings.labels}:{face.line}: group is {EVERYBODY!r}, as all faces are called; rename it"
            )
    if not rows:
        raise InputError(f"{settings.labels}: no label of an AU that {settings.model} knows; label some of its AUs")
    for name in settings.average or ():
        if name not in rows:
            raise InputError(
                f"--average {name}: no such row; {settings.labels} and {settings.model} have {', '.join(rows)}"
            )


def save_faces(path, labelled, seen, rows):
    """faces.csv: every face, its label (empty: not known) and the model's log-odds of each row of the table."""
    head = ["file", "line", "group", "person", "found"]
    with atomic(path) as part, open(part, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*head, *(f"{name} {what}" for name in rows for what in ("label", "score", "present"))])
        for k, face in enumerate(labelled.faces):
            cells = [
                cell
                for row in rows.values()
                for cell in (
                    "" if row.label[k] == UNKNOWN else int(row.label[k]),
                    f"{row.score[k]:.4f}" if seen.found[k] else "",
                    int(row.present[k]) if seen.found[k] else "",
                )
            ]
            table.writerow([face.name, face.line, face.group, face.person, int(seen.found[k]), *cells])


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", help="folder that the CSV's column `file` starts from")
    parser.add_argument("labels", help="CSV with a row per face")
    parser.add_argument("--model", default=READY, help="folder of a bundle (default: the one that comes with this)")
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument(
        "--average", nargs="+", metavar="ROW", help='rows to average over, e.g. "1 or 2" 4 12 (default: every AU)'
    )
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default 0)")
    parser.add_argument("--index", metavar="FOLDER", help="refresh index.html in it, the page over all runs")
    parser.add_argument("--device", type=device, default="cpu", help="on which the net runs (default %(default)s)")
    parser.add_argument("--jobs", type=positive, help="pictures at a time (default: one per core)")
    settings = parser.parse_args(argv)
    bundle = load_bundle(settings.model, settings.device)
    labelled = read_labelled_pictures(settings.labels, settings.pictures)
    check_rows(settings, labelled, measured(labelled, unseen(labelled, bundle), bundle.facts["aus"]))
    out = Path(settings.out)
    with run_folder(settings, TITLE) as sources:
        sources.files += [Path(settings.labels), Path(settings.model) / FACTS]
        seen = look(labelled, Path(settings.model).resolve(), settings.device, settings.jobs, settings.labels)
        rows = measured(labelled, seen, bundle.facts["aus"])
        metrics = {
            "experiment": "real_pictures",
            "title": TITLE,
            "data": {"pictures": f"{len(labelled.faces)} faces of {Path(settings.labels).name}"},
            "synthetic": False,
            "model": {"id": bundle.id, "trained_on": bundle.facts["data"], "synthetic": bundle.synthetic},
            "intervals_over": "people" if any(face.person for face in labelled.faces) else "pictures",
            "groups": measure_groups(labelled, rows, seen.found, settings.average, settings.seed),
            "settings": used(settings),
            "made_by": made_by(),
            "versions": {"opencv": cv2.__version__, "numpy": np.__version__, "onnxruntime": version("onnxruntime")},
        }
        save_faces(out / "faces.csv", labelled, seen, rows)
        print(save_all(out, metrics))
    print(f"everything is in {out}; open {out}/report.html first")


if __name__ == "__main__":
    main()
