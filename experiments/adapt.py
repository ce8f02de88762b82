"""Adapt the ready model to one's own coded pictures or videos, and say, AU by AU, whether that helps.

  python -m experiments.adapt --csv mine.csv --out runs/adapt_mine --data data

Classifiers are moved toward ones that are fitted anew, on frames of one's own people together with rendered ones, the
further the more people there are; the net stays. How much the own frames count is chosen by cross-validation over
people, each person is scored by classifiers that have not seen them (leave-one-person-out), and so are probabilities
and thresholds. An AU for which this is surely worse than the model that it began with keeps the classifier of that.
With fewer than five people whether it helps cannot be known, and all stay as they were.
"""

import argparse
from pathlib import Path

import numpy as np

from data_prep.datasets.table import FILES
from data_prep.preparation.dataset import prepare_dataset
from data_prep.preparation.folders import subjects_folder
from data_prep.rendered.recipes import AUS
from data_prep.subjects.subject_file import subject_path
from data_prep.system.arguments import natural, positive
from data_prep.system.errors import InputError, one_clear_error
from data_prep.system.files import save_json
from experiments.adaptation import LEAST_PEOPLE, Adaptation
from experiments.ready import PEOPLE, PICTURES
from experiments.ready_data import STAGE, rendered, shown
from tools.detection.bundle import READY, Bundle, load_bundle, write_bundle
from tools.engines.run_folder import DEPLOY, WEIGHTS
from tools.report.tables import markdown_table, number, signed
from tools.report.versions import made_by

MOST = 300  # ours: frames of a person, evenly among all that are coded: those of a video repeat each other
RESULT, BUNDLE = "adapt.json", "bundle"


def own_frames(csv, data, aus, jobs=None):
    """The Shown of the people of a CSV: frames in which any of the AU numbers `aus` is coded, at most MOST of each."""
    recordings = FILES.read(csv)
    coded = {au for recording in recordings for au in recording.au}
    if not coded & set(aus):
        raise InputError(f"{csv}: codes none of the model's AUs ({', '.join(map(str, aus))})")
    out = subjects_folder(data, FILES.at(csv).key, stage=STAGE)
    names = prepare_dataset(FILES.title_at(csv), csv, recordings, out, jobs=jobs, stage=STAGE)
    frames = shown([subject_path(out, name) for name in names], aus)
    rows = [np.flatnonzero(frames.subject == name) for name in np.unique(frames.subject)]
    few = [own[np.unique(np.linspace(0, len(own) - 1, MOST).astype(int))] if len(own) > MOST else own for own in rows]
    return frames.rows(np.concatenate(few))


def linear_bundle(folder):
    """The Bundle in `folder`, with all its AUs. Raises InputError if its classifiers are not linear ones."""
    bundle = load_bundle(folder)
    if bundle.linear is None:
        raise InputError(
            f"{folder}: only models such as the ready one can be adapted; to train on your data, `make bundle CSV=`"
        )
    return bundle


def adapt(settings):
    """Do it; returns what adapt.json holds."""
    bundle, out = linear_bundle(settings.model), Path(settings.out)
    own = own_frames(settings.csv, settings.data, bundle.aus, settings.jobs)
    people = rendered(f"{settings.data}/ready", settings.people, PICTURES, 0, settings.ict, settings.jobs)
    beside = people.frames(list(people.people))
    columns = [AUS.index(au) for au in bundle.aus]
    beside = beside._replace(label=beside.label[:, columns], intensity=beside.intensity[:, columns])
    found = Adaptation(bundle, own, beside, settings.seed)
    facts = {**found.facts(), "csv": str(settings.csv), "model": bundle.id, "rendered": len(people.people)}
    out.mkdir(parents=True, exist_ok=True)
    facts["bundle"] = write_adapted(out / BUNDLE, bundle, found, facts)["id"]
    save_json(out / RESULT, facts)
    return facts


def write_adapted(folder, bundle: Bundle, found, facts):
    """Write the bundle of an Adaptation; returns its bundle.json."""
    linear, calibration = found.fitted()
    title = Path(facts["csv"]).name
    return write_bundle(
        folder,
        net=bundle.folder / DEPLOY,
        weights=bundle.folder / WEIGHTS,
        blob=bundle.facts["blob"],
        preprocessing=bundle.preprocessing,
        mean=bundle.mean,
        face=bundle.face,
        linear=linear,
        curves=found.curves(linear),
        calibration=calibration,
        facts={
            "about": f"Model {bundle.id}, adapted to {title}: {len(facts['people'])} people, with rendered ones.",
            "data": f"{title} ({len(facts['people'])} people) and {bundle.facts['data']}",
            "synthetic": False,
            "aus": list(bundle.aus),
            "status": bundle.facts["status"],
            "reasons": facts["verdicts"],
            "measured": found.measured(calibration),
            "subjects": len(facts["people"]),
            "frames": facts["frames"],
            "faces": STAGE.facts(),
            "adapted_from": bundle.id,
            "versions": bundle.facts["versions"],
            "made_by": made_by(),
        },
    )


def report(facts):
    """What the terminal shows."""
    rows = [["AU", "positive frames", "ready 2AFC", "adapted 2AFC", "difference", "95% interval", "it"]]
    for au, each in facts["per_au"].items():
        span = span_of(each["interval"])
        figures = [number(each["ready"], 3), number(each["adapted"], 3), signed(each["difference"], 3)]
        rows.append([f"AU{int(au):02d}", each["positives"], *figures, span, facts["verdicts"][au]])
    curve = [["people that train", "mean 2AFC of people left out"]]
    curve += [[count, number(value, 3)] for count, value in facts["learning_curve"].items()]
    lines = [
        f"{len(facts['people'])} people of {facts['csv']}, {facts['frames']} frames; each scored by classifiers that "
        f"have not seen them. Own frames count {100 * facts['share']:.0f}%, rendered ones the rest.",
        markdown_table(rows),
        f"better than model {facts['model']} for {len(facts['better'])} of {len(facts['per_au'])} AUs; on average "
        f"{signed(facts['average']['difference'], 4)}, 95% interval {span_of(facts['average']['interval'])}",
        markdown_table(curve),
    ]
    if len(facts["people"]) < LEAST_PEOPLE:
        lines.append(
            f"With fewer than {LEAST_PEOPLE} people it cannot be known whether this helps for others: no difference "
            "has an interval, and the bundle keeps the classifiers that it began with. Code more people."
        )
    return "\n\n".join(lines)


def span_of(interval):
    return "-" if np.isnan(interval[0]) else f"{signed(interval[0], 3)} to {signed(interval[1], 3)}"


@one_clear_error
def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", required=True, metavar="FILE", help="your coded pictures or videos")
    parser.add_argument("--out", required=True, help="folder for the result and the bundle")
    parser.add_argument("--data", required=True, metavar="FOLDER", help="for faces, yours and rendered ones")
    parser.add_argument("--model", default=READY, help="what to adapt (default: the model that comes with this)")
    parser.add_argument("--ict", help="folder of a checkout of github.com/ICT-VGL/ICT-FaceKit, for a third source")
    parser.add_argument(
        "--people", type=positive, default=PEOPLE, help="rendered, of each source (default %(default)s)"
    )
    parser.add_argument("--seed", type=natural, default=0)
    parser.add_argument("--jobs", type=positive, help="processes at a time (default: one per core)")
    settings = parser.parse_args(argv)
    facts = adapt(settings)
    print(f"{report(facts)}\n\n{settings.out}/{BUNDLE}: model {facts['bundle']}")


if __name__ == "__main__":
    main()
